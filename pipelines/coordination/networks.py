"""Groups of accounts behind flagged edges, and the innocent explanations that fit them.

A network is a synchronised posting pattern: it says that accounts posted the same things at the
same moments more often than chance allows, never why, and nothing about anyone's intent.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pipelines.coordination.parameters import MICROSECONDS

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# Who, by the page register, copies or repeats as part of the job.
AID_TYPES: Final = frozenset({"agency", "un", "health_authority"})
PRESS_TYPES: Final = frozenset({"local_media", "radio", "town_page"})
PARTNER_TYPES: Final = frozenset({"civil_society"})
# News that breaks is one or two objects that many take up; a pattern keeps coming back.
BREAKING_MAX_OBJECTS: Final = 2
BREAKING_MIN_ACCOUNTS: Final = 10
# A share button is pressed by many others too, and for hours.
BUTTON_MIN_SPREAD: Final = 3600 * MICROSECONDS


@dataclass(frozen=True)
class Network:
    """One synchronised posting pattern.

    account_pairs: its flagged pairs. median_spread: seconds from the first to the last share of an
    object by its accounts, the median over objects. explained_by: agency_campaign, press_copy,
    breaking_news, share_button, or None. post_ids: the evidence.
    """

    accounts: tuple[str, ...]
    objects: int
    account_pairs: int
    first_at: datetime
    last_at: datetime
    median_spread: float
    explained_by: str | None
    post_ids: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """What a report may know, as JSON values: counts, times and evidence, no account."""
        return {
            "pattern": "synchronised_posting",
            "accounts": len(self.accounts),
            "objects": self.objects,
            "posts": len(self.post_ids),
            "account_pairs": self.account_pairs,
            "first_at": self.first_at.isoformat(),
            "last_at": self.last_at.isoformat(),
            "median_spread_seconds": round(self.median_spread, 1),
            "explained_by": self.explained_by,
            "post_ids": list(self.post_ids),
        }


@dataclass(frozen=True)
class Context:
    """What is known beside the evidence.

    shares: all shares looked at, as `Shares.of` takes them. source_types: type of each account by
    the page register. posts_with_link: contents that carry a link.
    """

    shares: pl.DataFrame
    source_types: Mapping[str, str]
    posts_with_link: Set[str]


def find_networks(evidence: pl.DataFrame, context: Context) -> list[Network]:
    """The connected groups of the flagged pairs in `evidence`, those with most objects first."""
    if evidence.is_empty():
        return []
    component = _components(evidence)
    numbers = evidence["account_id"].replace_strict(component, return_dtype=pl.Int64)
    groups = evidence.with_columns(numbers.alias("network")).partition_by("network")
    networks = [_network(pairs, context) for pairs in groups]
    return sorted(networks, key=lambda network: (-network.objects, network.accounts))


def _components(evidence: pl.DataFrame) -> dict[str, int]:
    """The connected component of each account."""
    names = pl.concat([evidence["account_id"], evidence["account_id_y"]]).unique().sort()
    code = pl.Enum(names)
    older = evidence["account_id"].cast(code).to_physical().to_numpy()
    newer = evidence["account_id_y"].cast(code).to_physical().to_numpy()
    graph = coo_array((np.ones(len(older)), (older, newer)), shape=(len(names), len(names)))
    _, labels = connected_components(graph, directed=False)
    return dict(zip(names.to_list(), labels.tolist(), strict=True))


def _network(pairs: pl.DataFrame, context: Context) -> Network:
    ends = [
        pairs.select("object_id", *(pl.col(f"{name}{end}").alias(name) for name in _ENDS))
        for end in ("", "_y")
    ]
    inside = pl.concat(ends).unique()
    spread = inside.group_by("object_id").agg(_SPREAD)["spread"]
    accounts = tuple(inside["account_id"].unique().sort())
    both = pairs.select(
        low=pl.min_horizontal("account_id", "account_id_y"),
        high=pl.max_horizontal("account_id", "account_id_y"),
    )
    return Network(
        accounts=accounts,
        objects=len(spread),
        account_pairs=both.n_unique(),
        first_at=_moment(inside["timestamp_share"].min()),
        last_at=_moment(inside["timestamp_share"].max()),
        median_spread=float(np.median(spread.to_numpy())) / MICROSECONDS,
        explained_by=_explanation(accounts, inside, context),
        post_ids=tuple(inside["content_id"].unique().sort()),
    )


_ENDS: Final = ("account_id", "content_id", "timestamp_share")
_SPREAD: Final = (pl.col("timestamp_share").max() - pl.col("timestamp_share").min()).alias("spread")


def _explanation(accounts: tuple[str, ...], inside: pl.DataFrame, context: Context) -> str | None:
    """The first innocent explanation that fits all of a network."""
    types = {context.source_types[account] for account in accounts}
    everyone = context.shares.join(inside.select("object_id").unique(), on="object_id")
    if types <= AID_TYPES | PARTNER_TYPES and types & AID_TYPES:
        return "agency_campaign"
    if types <= AID_TYPES | PARTNER_TYPES | PRESS_TYPES and types & PRESS_TYPES:
        return "press_copy"
    if _is_breaking_news(everyone):
        return "breaking_news"
    if _is_share_button(everyone, accounts, inside, context):
        return "share_button"
    return None


def _is_breaking_news(everyone: pl.DataFrame) -> bool:
    """One or two objects that many accounts shared."""
    few = everyone["object_id"].n_unique() <= BREAKING_MAX_OBJECTS
    return few and everyone["account_id"].n_unique() >= BREAKING_MIN_ACCOUNTS


def _is_share_button(
    everyone: pl.DataFrame, accounts: tuple[str, ...], inside: pl.DataFrame, context: Context
) -> bool:
    """Links only, each taken up for over an hour, and by at least as many others."""
    if not set(inside["content_id"]) <= context.posts_with_link:
        return False
    is_member = pl.col("account_id").is_in(accounts)
    objects = everyone.group_by("object_id").agg(
        _SPREAD,
        members=pl.col("account_id").filter(is_member).n_unique(),
        others=pl.col("account_id").filter(~is_member).n_unique(),
    )
    long = objects["spread"] > BUTTON_MIN_SPREAD
    return bool((long & (objects["others"] >= objects["members"])).all())


def _moment(microseconds: Any) -> datetime:
    return EPOCH + timedelta(microseconds=int(microseconds))

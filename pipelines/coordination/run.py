"""Detection on the store: the shares of some weeks, platform by platform, and what was found."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl
from sqlmodel import Session, col, delete, select

from config.errors import UsageError
from models import Account, CoordinationRun, CoShareEdge, Share
from pipelines.coordination.detect import Detection, detect
from pipelines.coordination.networks import EPOCH, Context, Network, find_networks
from pipelines.coordination.parameters import DetectParameters
from pipelines.coordination.shares import COLUMNS, Shares
from pipelines.coordination.significance import MIN_JOINT_OBJECTS
from pipelines.periods import WEEK, Period

# One week rarely holds two objects of a pattern; older weeks belong to another story.
LOOKBACK_WEEKS: Final = 4
# Links, texts and reposts are looked at together: a pattern may use all of them.
OBJECT_KIND: Final = "all"
STORE_PARAMETERS: Final = DetectParameters(fdr=0.05, count_posts_once=True)
# What differs from run to run stays out of the store.
_UNSTORED: Final = ("parameters", "seconds", "peak_memory_bytes")


@dataclass(frozen=True)
class Found:
    """What one platform gave."""

    platform: str
    detection: Detection
    networks: list[Network]


def run_detection(
    session: Session,
    period: Period,
    *,
    week: str,
    parameters: DetectParameters = STORE_PARAMETERS,
    lookback_weeks: int = LOOKBACK_WEEKS,
    now: datetime,
) -> CoordinationRun:
    """Detect in the `lookback_weeks` weeks that end with the period and store run and edges.

    Platforms are tested apart: an account of one never meets one of the other by chance, and a
    quiet platform would make a busy one look rare. Pseudonyms change with the quarter, so that
    nothing joins accounts across its end. Stored edges have at least two joint objects. Running
    again replaces what the same week had. UsageError without a false-discovery rate.
    """
    if parameters.fdr is None or lookback_weeks < 1:
        raise UsageError("a run on the store needs a false-discovery rate and one week or more")
    parameters = replace(parameters, count_posts_once=True)
    window = Period(period.end - lookback_weeks * WEEK, period.end)
    shares = load_shares(session, window)
    found = [
        _found(platform, shares.filter(pl.col("platform") == platform), parameters)
        for platform in shares["platform"].unique().sort()
    ]
    run = CoordinationRun(
        id=f"{week}:{OBJECT_KIND}",
        object_kind=OBJECT_KIND,
        start=window.start,
        end=window.end,
        parameters={**asdict(parameters), "lookback_weeks": lookback_weeks},
        summary=_summary(found, parameters) | {"complete": now >= period.end},
        networks=[
            {"platform": one.platform, **network.facts()}
            for one in found
            for network in one.networks
        ],
    )
    return _store(session, run, found)


def load_shares(session: Session, period: Period) -> pl.DataFrame:
    """Shares of a period as `Shares.of` takes them, with object_kind, platform and source_type.

    Object ids begin with their kind, so that of a text and the link in it the text counts.
    """
    rows = session.exec(
        select(Share, Account.platform, Account.source_type)
        .join(Account, col(Account.pseudonym) == col(Share.account))
        .where(col(Share.shared_at) >= period.start, col(Share.shared_at) < period.end)
        .order_by(col(Share.post_id), col(Share.object_kind), col(Share.object_id))
    ).all()
    return pl.DataFrame(
        [
            (
                f"{share.object_kind}:{share.object_id}",
                share.account,
                share.post_id,
                (share.shared_at - EPOCH) // timedelta(microseconds=1),
                share.object_kind,
                platform,
                source_type,
            )
            for share, platform, source_type in rows
        ],
        schema=_SCHEMA,
        orient="row",
    )


_SCHEMA: Final = {
    "object_id": pl.String,
    "account_id": pl.String,
    "content_id": pl.String,
    "timestamp_share": pl.Int64,
    "object_kind": pl.String,
    "platform": pl.String,
    "source_type": pl.String,
}


def _found(platform: str, shares: pl.DataFrame, parameters: DetectParameters) -> Found:
    detection = detect(Shares.of(shares), parameters)
    context = Context(
        shares=shares.select(COLUMNS),
        source_types=dict(shares.select("account_id", "source_type").iter_rows()),
        posts_with_link=frozenset(shares.filter(pl.col("object_kind") == "url")["content_id"]),
    )
    return Found(platform, detection, find_networks(detection.evidence, context))


def _summary(found: Sequence[Found], parameters: DetectParameters) -> dict[str, Any]:
    """Sums over the platforms, how to read them, and each platform's own summary."""
    own = [one.detection.summary for one in found]
    counts = ("rows", "rows_unusable", "accounts", "pairs", "edges", "flagged")
    by_chance = [summary["flagged_under_permutation"] for summary in own]
    return {
        **{name: sum(summary[name] for summary in own) for name in counts},
        "flagged_under_permutation": [
            sum(flagged[number] for flagged in by_chance)
            for number in range(parameters.permutations)
        ],
        "tested": sum(one.detection.tested for one in found),
        "reading": _reading(found),
        "platforms": {
            one.platform: {
                name: value
                for name, value in one.detection.summary.items()
                if name not in _UNSTORED
            }
            for one in found
        },
    }


def _reading(found: Sequence[Found]) -> str:
    """pattern, explained, none, or too_few: no two accounts shared two objects in step."""
    networks = [network for one in found for network in one.networks]
    if any(network.explained_by is None for network in networks):
        return "pattern"
    if networks:
        return "explained"
    return "none" if any(one.detection.tested for one in found) else "too_few"


def _store(session: Session, run: CoordinationRun, found: Sequence[Found]) -> CoordinationRun:
    session.exec(delete(CoShareEdge).where(col(CoShareEdge.run_id) == run.id))
    stored = session.merge(run)
    session.flush()
    for one in found:
        edges = one.detection.edges.filter(pl.col("n_objects") >= MIN_JOINT_OBJECTS)
        session.add_all(_edge(run.id, edge) for edge in edges.iter_rows(named=True))
    session.flush()
    return stored


def _edge(run_id: str, edge: dict[str, Any]) -> CoShareEdge:
    return CoShareEdge(
        run_id=run_id,
        account=edge["account_id"],
        account_y=edge["account_id_y"],
        weight=edge["n_objects"],
        avg_time_delta=edge["avg_time_delta"],
        p_value=edge["p_value"],
        q_value=edge["q_value"],
        flagged=edge["flagged"],
    )

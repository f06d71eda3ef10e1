"""Edges between accounts: pairs of shares counted by Vigie's rule or exactly as CooRTweet does."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.coordination.pairs import Pairs, distinct, group_of
from pipelines.coordination.parameters import MICROSECONDS, DetectParameters
from pipelines.coordination.shares import Codes, Flags, Shares

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Joined:
    """Pairs of shares grouped by the two accounts behind them.

    low, high: account codes of each edge, low < high, sorted. edge: the edge of each pair.
    n_objects: distinct objects of each edge.
    """

    pairs: Pairs
    low: Codes
    high: Codes
    edge: Codes
    n_objects: Codes

    def __len__(self) -> int:
        return len(self.low)

    def where(self, keep: Flags) -> "Joined":
        """The edges for which the mask holds, with their pairs."""
        left = keep[self.edge]
        renumbered = np.cumsum(keep) - 1
        return Joined(
            pairs=self.pairs.where(left),
            low=self.low[keep],
            high=self.high[keep],
            edge=renumbered[self.edge[left]],
            n_objects=self.n_objects[keep],
        )


def join(shares: Shares, account: Codes, pairs: Pairs) -> Joined:
    """Group pairs by their two accounts, given each row's account."""
    ends = account[pairs.older], account[pairs.newer]
    keys, edge = group_of(np.minimum(*ends) * len(shares.accounts) + np.maximum(*ends))
    return Joined(
        pairs=pairs,
        low=keys // max(len(shares.accounts), 1),
        high=keys % max(len(shares.accounts), 1),
        edge=edge,
        n_objects=_distinct_in(edge, shares.object_[pairs.older], len(keys)),
    )


def between_accounts(
    shares: Shares, account: Codes, candidates: Pairs, parameters: DetectParameters
) -> Pairs:
    """Candidate pairs that two different accounts made, before any account is left out.

    `coortweet` also leaves out pairs with a row whose object is its own content.
    """
    differ = account[candidates.older] != account[candidates.newer]
    if parameters.semantics == "coortweet":
        differ &= ~(shares.own_object[candidates.older] | shares.own_object[candidates.newer])
    return candidates.where(differ)


def taking_part(
    shares: Shares, account: Codes, pairs: Pairs, parameters: DetectParameters
) -> Pairs:
    """Pairs that stay after the minimum participation of the semantics in use.

    `distinct`: both accounts have at least `min_participation` distinct objects in all these pairs.
    Judged once: what a removed account takes with it is not counted again.
    """
    if parameters.semantics == "coortweet":
        return _as_coortweet(shares, account, pairs, parameters.min_participation)
    rows = np.concatenate([pairs.older, pairs.newer])
    objects = _distinct_in(account[rows], shares.object_[rows], len(shares.accounts))
    enough = objects >= parameters.min_participation
    return pairs.where(enough[account[pairs.older]] & enough[account[pairs.newer]])


def accounts_left(shares: Shares, account: Codes, parameters: DetectParameters) -> int:
    """Accounts whose pairs are tested: those active enough, whenever and beside whom they shared.

    `distinct`: at least `min_participation` distinct objects; `coortweet`: as many rows. Choosing
    by activity alone leaves the error rate of the tests as it is (Bourgon, Gentleman and Huber
    2010, PNAS 107:9546).
    """
    if parameters.semantics == "coortweet":
        counts = np.bincount(account[account >= 0], minlength=len(shares.accounts))
    else:
        usable = shares.usable
        counts = _distinct_in(account[usable], shares.object_[usable], len(shares.accounts))
    return int((counts >= max(parameters.min_participation, 1)).sum())


def _as_coortweet(shares: Shares, account: Codes, pairs: Pairs, minimum: int) -> Pairs:
    """CooRTweet 2.1.3: accounts with few input rows go, then pairs where neither end has enough.

    The second count is of input rows (unusable ones too) whose content stands in any pair left.
    """
    known = account >= 0
    rows = np.bincount(account[known], minlength=len(shares.accounts))
    active = np.zeros(len(shares), dtype=np.bool_)
    active[known] = rows[account[known]] >= minimum
    pairs = pairs.where(active[pairs.older] & active[pairs.newer])
    coordinated = np.zeros(len(shares.contents), dtype=np.bool_)
    coordinated[shares.content[pairs.older]] = True
    coordinated[shares.content[pairs.newer]] = True
    counted = np.flatnonzero(active & (shares.content >= 0))
    counted = counted[coordinated[shares.content[counted]]]
    enough = np.bincount(account[counted], minlength=len(shares.accounts)) >= minimum
    accepted = np.zeros(len(shares.contents), dtype=np.bool_)
    accepted[shares.content[counted[enough[account[counted]]]]] = True
    return pairs.where(
        accepted[shares.content[pairs.older]] | accepted[shares.content[pairs.newer]]
    )


def weights(joined: Joined, parameters: DetectParameters) -> Codes:
    """Weight of each edge: distinct objects, or pair rows (`coortweet`)."""
    if parameters.semantics == "coortweet":
        return np.bincount(joined.edge, minlength=len(joined)).astype(np.int64)
    return joined.n_objects


def edge_table(shares: Shares, joined: Joined, parameters: DetectParameters) -> pl.DataFrame:
    """One row an edge, sorted by code point of (account_id, account_id_y), the smaller first.

    avg_time_delta: mean seconds over the pairs of shares. n_content_id, n_content_id_y: contents of
    account_id and of account_id_y; with `coortweet` those of the older and of the newer shares,
    as CooRTweet gives them. edge_symmetry_score: the smaller of the two over the larger.
    """
    first, second = _contents(shares, joined, parameters)
    names = shares.accounts
    return pl.DataFrame(
        {
            "account_id": names.gather(joined.low),
            "account_id_y": names.gather(joined.high),
            "weight": weights(joined, parameters),
            "n_objects": joined.n_objects,
            "avg_time_delta": _mean_delta(shares, joined),
            "n_content_id": first,
            "n_content_id_y": second,
            "edge_symmetry_score": np.minimum(first, second) / np.maximum(first, second),
        }
    )


def _contents(shares: Shares, joined: Joined, parameters: DetectParameters) -> tuple[Codes, Codes]:
    first, second = joined.pairs.older, joined.pairs.newer
    if parameters.semantics == "distinct":
        swap = shares.account[first] > shares.account[second]
        first, second = np.where(swap, second, first), np.where(swap, first, second)
    return (
        _distinct_in(joined.edge, shares.content[first], len(joined)),
        _distinct_in(joined.edge, shares.content[second], len(joined)),
    )


def _mean_delta(shares: Shares, joined: Joined) -> Floats:
    delta = shares.moment[joined.pairs.newer] - shares.moment[joined.pairs.older]
    total = np.bincount(joined.edge, weights=delta / MICROSECONDS, minlength=len(joined))
    mean: Floats = total / np.bincount(joined.edge, minlength=len(joined))
    return mean


def _distinct_in(group: Codes, value: Codes, groups: int) -> Codes:
    """Number of distinct values in each of the groups 0 .. groups - 1."""
    if len(value) == 0:
        return np.zeros(groups, dtype=np.int64)
    width = int(value.max()) + 1
    return np.bincount(distinct(group * width + value) // width, minlength=groups)

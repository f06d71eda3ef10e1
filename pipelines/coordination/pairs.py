"""Pairs of shares of one object inside a sliding time window, counted before they are made."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from config.errors import VigieError
from pipelines.coordination.parameters import DetectParameters
from pipelines.coordination.shares import Codes, Flags, Shares

Rows = npt.NDArray[np.int64]

# Measured peaks of the whole detection (benchmarks/coordination.py), rounded up.
BYTES_PER_PAIR: Final = 320
BYTES_PER_ROW: Final = 400


class TooManyPairsError(VigieError):
    """The pairs inside the window need more memory than the limit allows."""


@dataclass(frozen=True)
class Pairs:
    """Two rows each of the shares: the older and the newer; equal times keep the input order."""

    older: Rows
    newer: Rows

    def __len__(self) -> int:
        return len(self.older)

    def where(self, keep: Flags) -> "Pairs":
        """The pairs for which the mask holds."""
        return Pairs(self.older[keep], self.newer[keep])


@dataclass(frozen=True)
class Sweep:
    """Usable rows by object and time; `reach`: how many rows after each lie in its window."""

    order: Rows
    reach: Rows

    @property
    def pairs(self) -> int:
        """The exact number of pairs inside the window, of any accounts."""
        return int(self.reach.sum())


def sweep(shares: Shares, window: int) -> Sweep:
    """Sort the usable shares and count their pairs at most `window` microseconds apart.

    O(n log n) in time and O(n) in memory, however many pairs there are.
    """
    rows = np.flatnonzero(shares.usable)
    order = rows[np.lexsort((shares.moment[rows], shares.object_[rows]))]
    moments, objects = shares.moment[order], shares.object_[order]
    times = distinct(moments)
    # One rising key of object and rank of time finds every window's end in a single search.
    key = objects * len(times) + np.searchsorted(times, moments)
    beyond = objects * len(times) + np.searchsorted(times, moments + window, side="right")
    return Sweep(order, np.searchsorted(key, beyond) - np.arange(1, len(order) + 1))


def refuse_beyond_memory(found: Sweep, parameters: DetectParameters) -> None:
    """Raise TooManyPairsError when the pairs of a sweep would need more than the memory limit."""
    need = found.pairs * BYTES_PER_PAIR + len(found.order) * BYTES_PER_ROW
    if need > parameters.memory_limit:
        raise TooManyPairsError(
            f"{found.pairs} pairs of shares lie within {parameters.time_window:g} s and would need "
            f"{need / 1e6:.0f} MB, above --memory-limit {parameters.memory_limit / 1e6:g}MB; "
            "raise the limit, shorten --time-window or leave out objects that everyone shares"
        )


def pairs_of(shares: Shares, found: Sweep, *, posts_once: bool) -> Pairs:
    """All pairs of a sweep but those within one content, by object, older and newer.

    posts_once: of several objects that join the same two contents only the first counts.
    """
    first = np.repeat(np.arange(len(found.order)), found.reach)
    starts = np.cumsum(found.reach) - found.reach
    step = np.arange(found.pairs) - np.repeat(starts, found.reach)
    pairs = Pairs(found.order[first], found.order[first + step + 1])
    pairs = pairs.where(shares.content[pairs.older] != shares.content[pairs.newer])
    return pairs.where(_first_of_contents(shares, pairs)) if posts_once else pairs


def _first_of_contents(shares: Shares, pairs: Pairs) -> Flags:
    """Marks the pairs of the smallest object of each two contents."""
    ends = shares.content[pairs.older], shares.content[pairs.newer]
    key = np.minimum(*ends) * len(shares.contents) + np.maximum(*ends)
    group, objects = group_of(key)[1], shares.object_[pairs.older]
    smallest = np.full(group.max(initial=-1) + 1, len(shares.objects))
    np.minimum.at(smallest, group, objects)
    keep: Flags = objects == smallest[group]
    return keep


def distinct(values: Codes) -> Codes:
    """The distinct values, sorted; `np.unique` hashes and takes many times as long."""
    ordered = np.sort(values)
    return ordered[_starts(ordered)]


def group_of(keys: Codes) -> tuple[Codes, Codes]:
    """The distinct keys, sorted, and for each entry the place of its key among them."""
    order = np.argsort(keys)
    ordered = keys[order]
    starts = _starts(ordered)
    group = np.empty(len(keys), dtype=np.int64)
    group[order] = np.cumsum(starts) - 1
    return ordered[starts], group


def _starts(ordered: Codes) -> Flags:
    """Marks the first of each run of equal values."""
    starts = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=starts[1:])
    return starts

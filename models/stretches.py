"""Arithmetic of half-open stretches of time: [start, end)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

NOTHING = timedelta()


class Stretch(NamedTuple):
    """A half-open stretch of time; empty when it does not end after it starts."""

    start: datetime
    end: datetime

    def cut(self, other: "Stretch") -> "Stretch":
        """The part that lies in the other one; it may be empty."""
        return Stretch(max(self.start, other.start), min(self.end, other.end))

    @property
    def empty(self) -> bool:
        """Whether no moment lies in it."""
        return self.end <= self.start


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same moments as disjoint stretches that do not touch, oldest first."""
    found: list[Stretch] = []
    for one in sorted(s for s in stretches if not s.empty):
        if found and one.start <= found[-1].end:
            found[-1] = Stretch(found[-1].start, max(found[-1].end, one.end))
        else:
            found.append(one)
    return found


def missing(stretches: Iterable[Stretch], period: Stretch) -> list[Stretch]:
    """The parts of a period that no stretch covers, oldest first."""
    found, reached = [], period.start
    for one in merged(s.cut(period) for s in stretches):
        found.append(Stretch(reached, one.start))
        reached = one.end
    found.append(Stretch(reached, period.end))
    return [one for one in found if not one.empty]


def length(stretches: Iterable[Stretch]) -> timedelta:
    """How long disjoint stretches are together."""
    return sum((one.end - one.start for one in stretches), NOTHING)

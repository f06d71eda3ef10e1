"""The coverage ledger: per hour or day, what was asked of one query, received, missing and why.

Windows are the truth (table `coverage`); the ledger is derived from them and from the posts
held. Windows of several runs, versions and sources may overlap: what any of them received
completely is complete.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from models.stretches import Stretch, length, merged, missing

COMPLETE: Final = "complete"
PARTIAL: Final = "partial"
FAILED: Final = "failed"
NOT_ASKED: Final = "not_asked"
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
# Full-archive search stands in for recent search where that no longer reaches.
COUNTS_ONLY: Final = ("x_counts",)  # their windows bring figures, no posts
# A page's or a site's feed does not reach further back; no failure.
BY_DESIGN: Final = ("ranked_history", "older_than_feed")
STANDS_IN_FOR: Final = {"x_archive": "x_search"}


def by_design(reason: str) -> bool:
    """Whether a window stays open because of how the source works, so that nobody can mend it."""
    return any(word in reason for word in BY_DESIGN)


@dataclass(frozen=True)
class AskedWindow:
    """One window of one query as coverage has it."""

    source: str
    query_version: str
    stretch: Stretch
    status: str
    reason: str | None = None


@dataclass(frozen=True)
class Probe:
    """What the platform itself counts in a window."""

    stretch: Stretch
    counted: int


@dataclass(frozen=True)
class Received:
    """Posts and comments held that were created in a stretch; never one sum."""

    posts: int = 0
    comments: int = 0

    def __add__(self, other: "Received") -> "Received":
        return Received(self.posts + other.posts, self.comments + other.comments)


@dataclass(frozen=True)
class QueryFacts:
    """All that is known of one query: windows, items by version and hour, the platform's counts.

    `received` is None for a part of a query: what it finds is held under the whole query.
    """

    source: str
    query_id: str
    windows: tuple[AskedWindow, ...] = ()
    received: Mapping[tuple[str, datetime], Received] | None = field(default_factory=dict)
    probes: tuple[Probe, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One hour or day of one query under one version.

    `state`, `share` and `reasons` are of the whole hour or day, whatever the version; `cut` says
    that the period asked for begins or ends inside it.
    """

    source: str
    query_id: str
    query_version: str | None
    start: datetime
    end: datetime
    state: str
    share: float
    version_share: float
    via: tuple[str, ...]
    reasons: tuple[str, ...]
    posts: int | None
    comments: int | None
    counted: int | None
    cut: bool

    def as_row(self) -> dict[str, Any]:
        """Plain values, in the order of the documented columns."""
        return {
            **asdict(self),
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "via": "+".join(self.via),
            "reasons": "; ".join(self.reasons),
        }


@dataclass(frozen=True)
class Gap:
    """A stretch before the last moment received of a query that nothing received."""

    source: str
    query_id: str
    stretch: Stretch
    reason: str


def entries(facts: QueryFacts, period: Stretch, step: timedelta) -> list[Entry]:
    """The ledger of one query in hours or days of UTC, oldest first."""
    slots = _slots(period, step)
    windows = _by_slot(facts.windows, slots, step)
    received = _received(facts, step)
    found: list[Entry] = []
    for slot in slots:
        found += _entries_of(facts, slot, slot.cut(period), windows[slot.start], received)
    return found


def gaps(facts: QueryFacts) -> list[Gap]:
    """What is missing from the first moment asked to the last one received, oldest first.

    What comes after is no gap yet: the next run of its source asks for it anyway.
    """
    received = _complete(facts.windows)
    if not received:
        return []
    asked = Stretch(min(w.stretch.start for w in facts.windows), received[-1].end)
    holes = missing(received, asked)
    return [
        Gap(facts.source, facts.query_id, hole, "; ".join(_reasons(facts.windows, [hole])))
        for hole in holes
    ]


def _slots(period: Stretch, step: timedelta) -> list[Stretch]:
    midnight = period.start.replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight + (period.start - midnight) // step * step
    found = []
    while start < period.end:
        found.append(Stretch(start, start + step))
        start += step
    return found


def _by_slot(
    windows: Iterable[AskedWindow], slots: list[Stretch], step: timedelta
) -> dict[datetime, list[AskedWindow]]:
    """The windows that touch each slot; each window is met once per slot it touches."""
    found: dict[datetime, list[AskedWindow]] = defaultdict(list)
    if not slots:
        return found
    first, last = slots[0].start, slots[-1].end
    for window in windows:
        part = window.stretch.cut(Stretch(first, last))
        if part.empty:
            continue
        start = first + (part.start - first) // step * step
        while start < part.end:
            found[start].append(window)
            start += step
    return found


def _received(facts: QueryFacts, step: timedelta) -> dict[datetime, dict[str, Received]]:
    found: dict[datetime, dict[str, Received]] = defaultdict(dict)
    for (version, moment), items in (facts.received or {}).items():
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        start = midnight + (moment - midnight) // step * step
        found[start][version] = found[start].get(version, Received()) + items
    return found


def _entries_of(
    facts: QueryFacts,
    slot: Stretch,
    part: Stretch,
    windows: list[AskedWindow],
    received: Mapping[datetime, Mapping[str, Received]],
) -> list[Entry]:
    holes = missing(_complete(windows), part)
    items = received.get(slot.start, {})
    versions: list[str | None] = [*sorted({w.query_version for w in windows} | set(items))]
    whole, is_part = part.end - part.start, facts.received is None
    return [
        Entry(
            source=facts.source,
            query_id=facts.query_id,
            query_version=version,
            start=part.start,
            end=part.end,
            state=_state(windows, holes, part),
            share=_share(1 - length(holes) / whole),
            version_share=_share(length(_complete(windows, part, version)) / whole),
            via=tuple(sorted({w.source for w in windows if w.status == COMPLETE})),
            reasons=_reasons(windows, holes),
            posts=None if is_part else items.get(version or "", Received()).posts,
            comments=None if is_part else items.get(version or "", Received()).comments,
            counted=_counted(facts.probes, part),
            cut=part != slot,
        )
        for version in versions or [None]
    ]


def _complete(
    windows: Iterable[AskedWindow], part: Stretch | None = None, version: str | None = None
) -> list[Stretch]:
    return merged(
        w.stretch if part is None else w.stretch.cut(part)
        for w in windows
        if w.status == COMPLETE and version in (None, w.query_version)
    )


def _state(windows: list[AskedWindow], holes: list[Stretch], part: Stretch) -> str:
    if not holes:
        return COMPLETE
    asked = [w for w in windows if not w.stretch.cut(part).empty]
    if holes != [part] or any(w.status == PARTIAL for w in asked):
        return PARTIAL
    return FAILED if asked else NOT_ASKED


def _reasons(windows: Iterable[AskedWindow], holes: list[Stretch]) -> tuple[str, ...]:
    """Why the holes are there; `not_asked` where no window lies over a part of one."""
    given = list(windows)
    met = {
        w.reason or w.status
        for w in given
        if w.status != COMPLETE and any(not w.stretch.cut(hole).empty for hole in holes)
    }
    if any(missing((w.stretch for w in given), hole) for hole in holes):
        met.add(NOT_ASKED)
    return tuple(sorted(met))


def _counted(probes: Iterable[Probe], part: Stretch) -> int | None:
    """The platform's count of exactly this stretch; None when its probes do not tile it."""
    inside = sorted(
        (p for p in probes if part.start <= p.stretch.start and p.stretch.end <= part.end),
        key=lambda p: p.stretch,
    )
    reached = part.start
    for probe in inside:
        if probe.stretch.start != reached:
            return None
        reached = probe.stretch.end
    return sum(p.counted for p in inside) if inside and reached == part.end else None


def _share(value: float) -> float:
    return round(value, 4)

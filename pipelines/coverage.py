"""What was really collected in a period, so that a gap is never read as a fall."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, select

from config.queries.watched import Endpoint
from config.watchlist import Watchlist
from models import CommentCoverage, Coverage, Post
from models.ledger import STANDS_IN_FOR
from models.watchlist_version import asked_together
from pipelines.periods import Period

COMPLETE: Final = "complete"
# The spider that collects a platform, and so the source its gaps belong to.
SOURCE_OF_PLATFORM: Final = {"x": "x_search", "facebook": "facebook_pages"}
ENDPOINTS: Final[tuple[Endpoint, ...]] = ("recent", "all")
# What comments can stand under: a page that shares a post with words of its own makes a quote.
THREAD_KINDS: Final = ("post", "quote", "repost")
NOTHING_WATCHED: Final = "nothing_watched"

Windows = Mapping[tuple[str, str], Sequence[Period]]


@dataclass(frozen=True)
class SourceCoverage:
    """One query or page: the part of the period completely received, 0 to 1, and the rest."""

    source: str
    query_id: str
    fraction: float
    gaps: tuple[Period, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing of the period is missing."""
        return not self.gaps


@dataclass(frozen=True)
class WeekCoverage:
    """All that is watched, in one period.

    `comments_claimed` and `comments_collected` stand for the posts created in the period whose
    claimed number is known; `comments_unknown` counts collected Facebook posts without one.
    `gaps` holds keys of source, query or page, and `missing` or `partial`, for example
    `x_search:un_agencies:partial`.
    """

    sources: tuple[SourceCoverage, ...]
    comments_claimed: int
    comments_collected: int
    comments_unknown: int
    gaps: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every query and page was collected for the whole period."""
        return not self.gaps

    def of_platform(self, platform: str) -> tuple[SourceCoverage, ...]:
        """The queries or pages of one platform."""
        source = SOURCE_OF_PLATFORM.get(platform)
        return tuple(entry for entry in self.sources if entry.source == source)

    def gaps_of_platform(self, platform: str) -> tuple[str, ...]:
        """Gap keys of one platform; a platform that is not watched is a gap."""
        return gap_keys(self.of_platform(platform))


def week_coverage(session: Session, period: Period, watchlist: Watchlist) -> WeekCoverage:
    """Coverage of each query and page of the watchlist; one without any window has fraction 0."""
    windows = _complete_windows(session, period)
    together = _asked_together(session, watchlist)
    sources = tuple(
        _source_coverage(
            source, query_id, _whole(windows, source, together[source, query_id], period), period
        )
        for source, query_id in watched(watchlist)
    )
    claimed, collected, unknown = _comment_counts(session, period)
    return WeekCoverage(sources, claimed, collected, unknown, gap_keys(sources))


def watched(watchlist: Watchlist) -> list[tuple[str, str]]:
    """(source, query id) of all that should be collected, in the order of the watchlist."""
    queries = [("x_search", query.query_id) for query in watchlist.x_queries]
    return queries + [("facebook_pages", page.register_id) for page in watchlist.facebook_pages]


def _asked_together(
    session: Session, watchlist: Watchlist
) -> Mapping[tuple[str, str], set[frozenset[str]]]:
    """For each query or page, the sets of ids under which the whole of it was ever asked."""
    found = {watched_one: {frozenset([watched_one[1]])} for watched_one in watched(watchlist)}
    for query_id, sets in asked_together(session).items():
        if (known := found.get(("x_search", query_id))) is not None:
            known |= sets
    for endpoint in ENDPOINTS:
        for query_id, parts in parts_by_query(watchlist, endpoint).items():
            found["x_search", query_id].add(parts)
    return found


def parts_by_query(
    watchlist: Watchlist, endpoint: Endpoint = "recent"
) -> dict[str, frozenset[str]]:
    """The parts that each query is asked in now, at one of X's endpoints."""
    found: dict[str, set[str]] = defaultdict(set)
    for part in watchlist.x_parts(endpoint):
        found[part.query_id].add(part.part_id)
    return {query_id: frozenset(parts) for query_id, parts in found.items()}


def _whole(
    windows: Windows, source: str, sets: Iterable[frozenset[str]], period: Period
) -> list[Period]:
    """When all parts of a query were collected: a moment that one part lacks is a gap."""
    return [window for parts in sets for window in _common(windows, source, parts, period)]


def _common(
    windows: Windows, source: str, parts: frozenset[str], period: Period
) -> tuple[Period, ...]:
    gaps = [
        gap
        for part_id in sorted(parts)
        for gap in uncovered(period, windows.get((source, part_id), ()))
    ]
    return uncovered(period, gaps)


def gap_keys(sources: Sequence[SourceCoverage]) -> tuple[str, ...]:
    """A key for each source with a gap; nothing watched at all is a gap too."""
    if not sources:
        return (NOTHING_WATCHED,)
    return tuple(
        f"{entry.source}:{entry.query_id}:{'partial' if entry.fraction else 'missing'}"
        for entry in sources
        if not entry.complete
    )


def uncovered(period: Period, windows: Iterable[Period]) -> tuple[Period, ...]:
    """The parts of a period that no window covers, in order."""
    gaps = []
    reached = period.start
    for window in sorted(windows):
        if window.start > reached and reached < period.end:
            gaps.append(Period(reached, min(window.start, period.end)))
        reached = max(reached, window.end)
    if reached < period.end:
        gaps.append(Period(reached, period.end))
    return tuple(gaps)


def _source_coverage(
    source: str, query_id: str, windows: Sequence[Period], period: Period
) -> SourceCoverage:
    gaps = uncovered(period, windows)
    missing = sum((gap.end - gap.start for gap in gaps), timedelta())
    return SourceCoverage(source, query_id, 1 - missing / (period.end - period.start), gaps)


def _complete_windows(session: Session, period: Period) -> Windows:
    rows = session.exec(
        select(Coverage)
        .where(Coverage.status == COMPLETE)
        .where(col(Coverage.window_start) < period.end, col(Coverage.window_end) > period.start)
    )
    windows: dict[tuple[str, str], list[Period]] = defaultdict(list)
    for row in rows:
        # What full-archive search brought later is no gap of recent search any more.
        source = STANDS_IN_FOR.get(row.source, row.source)
        windows[source, row.query_id].append(Period(row.window_start, row.window_end))
    return windows


def _comment_counts(session: Session, period: Period) -> tuple[int, int, int]:
    """Comments claimed, comments collected, posts whose claimed number is unknown."""
    rows = session.exec(
        select(CommentCoverage.claimed, CommentCoverage.collected)
        .select_from(Post)
        .join(CommentCoverage, col(CommentCoverage.post_id) == col(Post.id), isouter=True)
        .where(Post.platform == "facebook", col(Post.kind).in_(THREAD_KINDS))
        .where(col(Post.created_at) >= period.start, col(Post.created_at) < period.end)
    ).all()
    known = [(claimed, collected) for claimed, collected in rows if claimed is not None]
    return (
        sum(claimed for claimed, _ in known),
        sum(collected for _, collected in known),
        len(rows) - len(known),
    )

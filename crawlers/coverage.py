"""What was really collected, window by window."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from config.queries.watched import query_of
from crawlers.checkpoints import Poll, Window
from models import Coverage, CrawlCheckpoint
from models.stretches import Stretch, merged
from models.watchlist_version import asked_together

COMPLETE: Final = "complete"
PARTIAL: Final = "partial"
FAILED: Final = "failed"
OLDER_THAN_SEARCH: Final = "older_than_search_window"
# Nothing can be done about it: a feed gives a choice of a page's older posts.
RANKED_HISTORY: Final = "ranked_history"


@dataclass(frozen=True)
class WindowResult:
    """How the window of a poll ended."""

    status: str
    reason: str | None = None


def complete_windows(
    session: Session, source: str, query_id: str, *, version: str | None = None
) -> tuple[Window, ...]:
    """Windows of a query, in any version or in one, that were wholly collected, oldest first."""
    asked = (
        select(Coverage.window_start, Coverage.window_end)
        .where(
            Coverage.source == source,
            Coverage.query_id == query_id,
            Coverage.status == COMPLETE,
        )
        .order_by(col(Coverage.window_start))
    )
    if version is not None:
        asked = asked.where(Coverage.query_version == version)
    return tuple(Window(start, end) for start, end in session.exec(asked))


def collected_windows(session: Session, source: str, query_id: str) -> tuple[Window, ...]:
    """Windows in which all that a query or a part asks for was collected, under any of its names.

    A part is covered where it was complete itself, and where the whole query was: in one piece,
    or in all the parts it was asked in before.
    """
    whole = query_of(query_id)
    together = asked_together(session).get(whole, set()) | {frozenset([whole])}
    found = list(complete_windows(session, source, query_id))
    for parts in sorted(together, key=sorted):
        if query_id not in parts:
            found += _common(complete_windows(session, source, part) for part in sorted(parts))
    return tuple(sorted(found, key=lambda window: (window.start, window.end)))


def _common(several: Iterable[tuple[Window, ...]]) -> list[Window]:
    """What lies in a window of each."""
    # Months of windows that follow one another are one.
    first, *others = (_joined(windows) for windows in several)
    common = first
    for windows in others:
        met = (
            Window(max(one.start, other.start), min(one.end, other.end))
            for one in common
            for other in windows
        )
        common = [window for window in met if window]
    return common


def _joined(windows: Iterable[Window]) -> list[Window]:
    return [Window(*one) for one in merged(Stretch(w.start, w.end) for w in windows)]


def record_window(session: Session, poll: Poll, result: WindowResult, run_id: int) -> None:
    """Write the coverage of a poll's window; a complete window is never made smaller."""
    row = Coverage(
        source=poll.source,
        query_id=poll.query_id,
        window_start=poll.window.start,
        window_end=poll.window.end,
        status=result.status,
        reason=result.reason,
        query_version=poll.query_version,
        posts=poll.posts,
        crawl_run_id=run_id,
    )
    known = session.get(Coverage, (row.source, row.query_id, row.window_start))
    if known is not None and _says_more(known, row):
        return
    session.merge(row)


def recorded_by(session: Session, poll: Poll, run_id: int) -> bool:
    """Whether a run has written the coverage of a poll's window."""
    row = session.get(Coverage, (poll.source, poll.query_id, poll.window.start))
    return row is not None and row.crawl_run_id == run_id


def _says_more(known: Coverage, new: Coverage) -> bool:
    if known.status != COMPLETE:
        return False
    return new.status != COMPLETE or known.window_end > new.window_end


def record_unreachable(
    session: Session, query: tuple[str, str, str], window: Window, *, now: datetime, run_id: int
) -> None:
    """Write a window of (source, query id, version) the platform no longer answers for."""
    record_window(
        session, Poll(*query, now, window), WindowResult(FAILED, OLDER_THAN_SEARCH), run_id
    )


def record_unfinished(session: Session, source: str, reason: str, run_id: int) -> None:
    """Write the windows of a source whose polls have begun and not ended."""
    rows = session.exec(
        select(CrawlCheckpoint).where(
            CrawlCheckpoint.source == source, col(CrawlCheckpoint.done).is_(False)
        )
    )
    for row in rows:
        window = Window(row.window_start, row.window_end)
        if not window:  # things asked by id have none
            continue
        poll = Poll(source, row.query_id, row.query_version, row.polled_at, window)
        held = poll.after_page(row.state["posts"], None)
        record_window(session, held, WindowResult(PARTIAL, reason), run_id)

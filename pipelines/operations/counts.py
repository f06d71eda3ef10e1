"""Posts a day per source and query, against the days before: what a collection archivist looks at.

A day is compared with the median of the 7 and 28 days before it, of those days that were wholly
received only. Posts and comments are counted apart.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Final

from sqlmodel import Session, col, select

from config.queries.watched import query_of
from config.vocabulary import COMMENT_KINDS
from models import Coverage, Post, PostCollection
from models.ledger import COMPLETE, COUNTS_ONLY, STANDS_IN_FOR
from models.stretches import Stretch, length, merged, missing

SPANS: Final = (7, 28)
DAY: Final = timedelta(days=1)
_Key = tuple[str, str]
_Parts = dict[str, list[tuple[Stretch, bool]]]  # by part: windows, and whether they are complete


@dataclass(frozen=True)
class DayCount:
    """One query or page on one day; a median is None when no day before was wholly received."""

    source: str
    query_id: str
    posts: int
    comments: int
    share: float | None  # part of the day received; None: the source has no windows
    median_7: float | None
    median_28: float | None

    @property
    def is_quiet(self) -> bool:
        """Whether the whole day was received and nothing was there, as on most days."""
        received = self.share in (None, 1) and self.posts + self.comments == 0
        return received and not self.median_7 and not self.median_28


def day_counts(session: Session, day: date) -> list[DayCount]:
    """Counts of every source and query that received something in the last four weeks."""
    end = datetime.combine(day, time(), UTC) + DAY
    start = end - DAY * (SPANS[-1] + 1)
    held = _held(session, start, end)
    windows = _windows(session, start, end)
    return [
        _count(key, held.get(key, {}), windows.get(key), day)
        for key in sorted(held.keys() | windows.keys())
    ]


def _count(
    key: _Key,
    held: Mapping[date, tuple[int, int]],
    windows: _Parts | None,
    day: date,
) -> DayCount:
    posts, comments = held.get(day, (0, 0))
    before = [day - timedelta(days=back) for back in range(1, SPANS[-1] + 1)]
    whole = [
        (back, sum(held.get(one, (0, 0))))
        for back, one in enumerate(before, start=1)
        if windows is None or _share(windows, one) == 1
    ]
    seven, twenty_eight = (
        median(found) if (found := [items for back, items in whole if back <= span]) else None
        for span in SPANS
    )
    share = None if windows is None else _share(windows, day)
    return DayCount(*key, posts, comments, share, seven, twenty_eight)


def _share(windows: _Parts, day: date) -> float:
    """The part of a day in which every part of a query asked that day was received."""
    start = datetime.combine(day, time(), UTC)
    whole = Stretch(start, start + DAY)
    asked = [
        part
        for part in windows.values()
        if any(not stretch.cut(whole).empty for stretch, _ in part)
    ]
    if not asked:
        return 0.0
    holes = [
        hole
        for part in asked
        for hole in missing((one for one, complete in part if complete), whole)
    ]
    return 1 - length(merged(holes)) / DAY


def _held(
    session: Session, start: datetime, end: datetime
) -> dict[_Key, dict[date, tuple[int, int]]]:
    rows = session.exec(
        select(PostCollection, Post.created_at, Post.kind)
        .join(Post, col(Post.id) == col(PostCollection.post_id))
        .where(col(Post.created_at) >= start, col(Post.created_at) < end)
    )
    met: set[tuple[str, str, str]] = set()
    found: dict[_Key, dict[date, tuple[int, int]]] = defaultdict(dict)
    for row, created_at, kind in rows:
        key = (STANDS_IN_FOR.get(row.source, row.source), query_of(row.query_id))
        if (*key, row.post_id) in met:
            continue
        met.add((*key, row.post_id))
        posts, comments = found[key].get(created_at.date(), (0, 0))
        is_comment = kind in COMMENT_KINDS
        found[key][created_at.date()] = (posts + (not is_comment), comments + is_comment)
    return found


def _windows(session: Session, start: datetime, end: datetime) -> dict[_Key, _Parts]:
    rows = session.exec(
        select(Coverage)
        .where(col(Coverage.window_start) < end, col(Coverage.window_end) > start)
        .where(col(Coverage.source).not_in(COUNTS_ONLY))
    )
    found: dict[_Key, _Parts] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        source = STANDS_IN_FOR.get(row.source, row.source)
        part = found[source, query_of(row.query_id)][row.query_id]
        part.append((Stretch(row.window_start, row.window_end), row.status == COMPLETE))
    for (_, query_id), parts in found.items():
        _share_out(query_id, parts)
    return found


def _share_out(query_id: str, parts: _Parts) -> None:
    """What was received of a whole query at once was received of each of its parts."""
    if query_id in parts and len(parts) > 1:
        whole = parts.pop(query_id)
        for part in parts.values():
            part += whole

"""Gaps that fill themselves: which can be asked again, when, and which stay for good.

A gap is asked again by its own source while the platform still answers for it, by full-archive
search where that is set up, and not at all when nobody can fill it; then it is final, with the
reason.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from config.settings import Settings
from config.watchlist import Watchlist, load_watchlist
from crawlers.context import DONE
from crawlers.ledger import read_facts
from crawlers.process import CrawlOutcome
from crawlers.sources import SPIDERS
from crawlers.spiders.polling import PollingSpider
from models import CoverageGap
from models.database import open_session
from models.ledger import BY_DESIGN, STANDS_IN_FOR, Gap, gaps
from models.stretches import Stretch

log = logging.getLogger(__name__)

FIRST_PAUSE: Final = timedelta(hours=6)
LONGEST_PAUSE: Final = timedelta(days=2)
MOST_TRIES: Final = 5
# What a platform does not serve however often it is asked.
HOPELESS: Final = (*BY_DESIGN, "permission")
OUT_OF_REACH: Final = "out_of_reach"
ARCHIVE_OF: Final = {shown: archive for archive, shown in STANDS_IN_FOR.items()}


@dataclass(frozen=True)
class Means:
    """What may be used to fill gaps at one moment."""

    now: datetime
    archive: bool  # full-archive search is open to this deployment

    def source_for(self, gap: Gap) -> tuple[str, Stretch] | None:
        """Which source can still be asked for a gap, and for which part; None: nobody."""
        spider = SPIDERS.get(gap.source)
        if spider is None or not issubclass(spider, PollingSpider):
            return None
        archive = ARCHIVE_OF.get(gap.source)
        floor = spider.rule.floor(self.now)
        if floor is None or gap.stretch.start >= floor:
            return gap.source, gap.stretch
        if self.archive and archive in SPIDERS:
            return archive, gap.stretch
        within = Stretch(floor, gap.stretch.end)
        return None if within.empty else (gap.source, within)


@dataclass(frozen=True)
class Refill:
    """One crawl that fills gaps: of one source, over one period, only what is missing."""

    source: str
    stretch: Stretch
    keys: tuple[tuple[str, str, datetime], ...]


def next_try(tries: int, tried_at: datetime | None) -> datetime | None:
    """When a gap may be asked again: at once, then after ever longer pauses."""
    if tried_at is None:
        return None
    pause = FIRST_PAUSE * (1 << max(tries - 1, 0))
    return tried_at + min(pause, LONGEST_PAUSE)


def final_reason(gap: Gap, tries: int, means: Means) -> str | None:
    """Why a gap stays for good; None while it may still be filled."""
    hopeless = next((word for word in HOPELESS if word in gap.reason), None)
    if hopeless is not None:
        return hopeless
    if means.source_for(gap) is None:
        return f"{OUT_OF_REACH}: the platform no longer answers for that time"
    if tries >= MOST_TRIES:
        return f"asked again {tries} times: {gap.reason}"
    return None


def sync_gaps(
    session: Session, means: Means, watchlist: Watchlist | None = None
) -> list[CoverageGap]:
    """Write the gaps the windows have now; gives those that are open, oldest first.

    A gap that shrank keeps its tries; one that is gone is marked as filled.
    """
    stored = list(session.exec(select(CoverageGap).where(col(CoverageGap.filled_at).is_(None))))
    current = [gap for facts in read_facts(session, watchlist) for gap in gaps(facts)]
    kept = set()
    rows = []
    for gap in current:
        before = [row for row in stored if _same(row, gap)]
        row = _row_of(session, gap, before, means)
        kept.add((row.source, row.query_id, row.window_start))
        rows.append(row)
    for row in stored:
        if (row.source, row.query_id, row.window_start) not in kept:
            row.filled_at = means.now
            session.add(row)
    session.flush()
    return [row for row in rows if row.final is None]


def plan_refills(rows: Sequence[CoverageGap], means: Means) -> list[Refill]:
    """The crawls that would fill what is due, one for each source."""
    due: dict[str, list[tuple[CoverageGap, Stretch]]] = {}
    for row in rows:
        at = next_try(row.tries, row.tried_at)
        found = means.source_for(_gap_of(row))
        if found is not None and (at is None or at <= means.now):
            due.setdefault(found[0], []).append((row, found[1]))
    return [
        Refill(
            source,
            Stretch(min(s.start for _, s in parts), max(s.end for _, s in parts)),
            tuple((row.source, row.query_id, row.window_start) for row, _ in parts),
        )
        for source, parts in sorted(due.items())
    ]


def refill(
    engine: Engine,
    settings: Settings,
    crawl: Callable[[Refill], CrawlOutcome],
    may_start: Callable[[str], bool] = lambda _source: True,
) -> list[tuple[Refill, CrawlOutcome]]:
    """Find gaps and have those that are due crawled; each try is recorded before it starts.

    A source that may not start now, for want of a token or of money, costs its gaps no try.
    """
    means = Means(settings.clock(), settings.x_archive)
    watchlist = load_watchlist(settings.watchlist, x_tier=settings.x_tier)
    with open_session(engine) as session:
        due = plan_refills(sync_gaps(session, means, watchlist), means)
        planned = [one for one in due if may_start(one.source)]
        for one in planned:
            for key in one.keys:
                row = session.get_one(CoverageGap, key)
                row.tries, row.tried_at = row.tries + 1, means.now
    done = [(one, crawl(one)) for one in planned]
    for one, outcome in done:
        if outcome.status != DONE:
            log.warning("refill by %s: %s %s", one.source, outcome.status, outcome.reason)
    if done:
        with open_session(engine) as session:
            sync_gaps(session, means, watchlist)
    return done


def _same(row: CoverageGap, gap: Gap) -> bool:
    if (row.source, row.query_id) != (gap.source, gap.query_id):
        return False
    return not Stretch(row.window_start, row.window_end).cut(gap.stretch).empty


def _row_of(session: Session, gap: Gap, before: list[CoverageGap], means: Means) -> CoverageGap:
    key = (gap.source, gap.query_id, gap.stretch.start)
    row = session.get(CoverageGap, key)
    if row is None or row.filled_at is not None:
        row = session.merge(
            CoverageGap(
                source=gap.source,
                query_id=gap.query_id,
                window_start=gap.stretch.start,
                window_end=gap.stretch.end,
                reason=gap.reason,
                found_at=min((b.found_at for b in before), default=means.now),
                tries=max((b.tries for b in before), default=0),
                tried_at=max((b.tried_at for b in before if b.tried_at), default=None),
            )
        )
    row.window_end, row.reason, row.filled_at = gap.stretch.end, gap.reason, None
    row.final = final_reason(gap, row.tries, means)
    session.add(row)
    return row


def _gap_of(row: CoverageGap) -> Gap:
    return Gap(row.source, row.query_id, Stretch(row.window_start, row.window_end), row.reason)

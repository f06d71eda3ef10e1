"""Runs that died: found by the lock nobody holds, marked, and begun again where they stopped.

So are runs that nobody else begins again: those of a source without a job of its own, stopped by
a limit or by its budget. A run that a person stopped stays stopped.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, update
from sqlmodel import Session, col, func, select

from config.errors import SourceError
from crawlers.checkpoints import Asked
from crawlers.context import FAILED, PARTIAL, RATE_LIMITED
from crawlers.coverage import COMPLETE
from crawlers.locks import crawl_lock_name, source_lock
from crawlers.sources import SPIDERS
from crawlers.spiders.polling import PollingSpider
from models import Coverage, CrawlCheckpoint, CrawlRun
from models.database import open_session, read_session
from models.locks import is_locked
from models.stretches import Stretch

SINCE: Final = "asked_since"
UNTIL: Final = "asked_until"
INTERRUPTED: Final = "interrupted"
BY_A_LIMIT: Final = ("budget: ", "page_limit: ")


@dataclass(frozen=True)
class Unfinished:
    """A source whose run did not come to its end, and the period it still wants."""

    source: str
    stretch: Stretch


def period_named(asked: Asked) -> dict[str, str]:
    """What a run notes at its start: one that is killed records no window it had planned."""
    if asked.since is None:
        return {}
    until = min(asked.until or asked.now, asked.now)
    return {SINCE: asked.since.isoformat(), UNTIL: until.isoformat()}


def mark_dead_runs(engine: Engine, locks: Path, now: datetime) -> list[str]:
    """Mark runs that say they run while no process holds their source; gives their sources."""
    with open_session(engine) as session:
        running = session.exec(
            select(CrawlRun)
            .where(CrawlRun.status == "running", col(CrawlRun.source).in_(sorted(SPIDERS)))
            .order_by(col(CrawlRun.id))
        ).all()
        dead = {run.source for run in running if not _alive(engine, locks, run.source)}
        ended = update(CrawlRun).where(
            # One that came to its end while we looked has said so itself.
            col(CrawlRun.status) == "running",
            col(CrawlRun.id).in_([run.id for run in running if run.source in dead]),
        )
        session.connection().execute(
            ended.values(status=FAILED, reason=INTERRUPTED, finished_at=now)
        )
    return sorted(dead)


def to_resume(engine: Engine, on_demand: Collection[str]) -> list[Unfinished]:
    """What is to be begun again: died anywhere, or stopped by a limit where no job comes by.

    A run that would ask otherwise once its period is named is left to its own job.
    """
    found = []
    with read_session(engine) as session:
        for run in _newest_runs(session):
            spider = SPIDERS.get(run.source)
            if spider is None or not issubclass(spider, PollingSpider):
                continue
            if _is_dead(run) or (run.source in on_demand and _is_limited(run)):
                stretch = _wanted(session, run)
                if stretch is not None and not _would_ask_otherwise(spider, run, stretch):
                    found.append(Unfinished(run.source, stretch))
    return found


def _would_ask_otherwise(spider: type[PollingSpider], run: CrawlRun, stretch: Stretch) -> bool:
    """Whether a named period has another rule: recent counts become those of the archive."""
    if SINCE in run.stats:
        return False
    live = spider.rule_for(Asked(stretch.end, None, None))
    return spider.rule_for(Asked(stretch.end, stretch.start, stretch.end)) != live


def _newest_runs(session: Session) -> list[CrawlRun]:
    newest = select(func.max(CrawlRun.id)).group_by(CrawlRun.source)
    return list(
        session.exec(
            select(CrawlRun).where(col(CrawlRun.id).in_(newest)).order_by(col(CrawlRun.source))
        )
    )


def _is_dead(run: CrawlRun) -> bool:
    return run.status == FAILED and run.reason == INTERRUPTED


def _is_limited(run: CrawlRun) -> bool:
    if run.status == PARTIAL:
        return (run.reason or "").startswith(BY_A_LIMIT)
    return run.status == RATE_LIMITED


def _wanted(session: Session, run: CrawlRun) -> Stretch | None:
    """From the first to the last moment the run has asked for and not received."""
    begun = session.exec(
        select(CrawlCheckpoint).where(
            CrawlCheckpoint.source == run.source, col(CrawlCheckpoint.done).is_(False)
        )
    )
    missed = session.exec(
        select(Coverage).where(
            Coverage.source == run.source,
            Coverage.crawl_run_id == run.id,
            Coverage.status != COMPLETE,
        )
    )
    windows = [Stretch(row.window_start, row.window_end) for row in (*begun, *missed)]
    if SINCE in run.stats:
        named = Stretch(*(datetime.fromisoformat(run.stats[end]) for end in (SINCE, UNTIL)))
        windows += [] if named.empty else [named]
    if not windows:
        return None
    return Stretch(min(one.start for one in windows), max(one.end for one in windows))


def _alive(engine: Engine, locks: Path, source: str) -> bool:
    try:
        with source_lock(locks, source):
            pass
    except SourceError:
        return True
    return is_locked(engine, crawl_lock_name(source))

"""Runs that died: found by the lock nobody holds, marked, and begun again where they stopped."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlmodel import col, select

from config.errors import SourceError
from crawlers.context import FAILED
from crawlers.locks import crawl_lock_name, source_lock
from crawlers.sources import SPIDERS
from models import CrawlCheckpoint, CrawlRun
from models.database import open_session
from models.locks import is_locked

INTERRUPTED: Final = "interrupted"


@dataclass(frozen=True)
class Unfinished:
    """A source whose run died inside a window, and the period its checkpoints still want."""

    source: str
    start: datetime
    end: datetime


def dead_runs(engine: Engine, locks: Path, now: datetime) -> list[str]:
    """Mark runs that say they run while no process holds their source; gives their sources."""
    with open_session(engine) as session:
        running = session.exec(
            select(CrawlRun)
            .where(CrawlRun.status == "running", col(CrawlRun.source).in_(sorted(SPIDERS)))
            .order_by(col(CrawlRun.id))
        ).all()
        dead = {run.source for run in running if not _alive(engine, locks, run.source)}
        for run in running:
            if run.source in dead:
                run.status, run.reason, run.finished_at = FAILED, INTERRUPTED, now
                session.add(run)
    return sorted(dead)


def unfinished(engine: Engine, source: str) -> Unfinished | None:
    """What the checkpoints of a source still want; None when every poll ended."""
    with open_session(engine) as session:
        rows = session.exec(
            select(CrawlCheckpoint).where(
                CrawlCheckpoint.source == source, col(CrawlCheckpoint.done).is_(False)
            )
        ).all()
    if not rows:
        return None
    return Unfinished(
        source, min(row.window_start for row in rows), max(row.window_end for row in rows)
    )


def _alive(engine: Engine, locks: Path, source: str) -> bool:
    try:
        with source_lock(locks, source):
            pass
    except SourceError:
        return True
    return is_locked(engine, crawl_lock_name(source))

"""What the command line asks of collection, as plain rows."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from config.errors import UsageError
from config.settings import Settings
from crawlers.context import SOURCES
from crawlers.process import plan_crawl, run_crawl
from models import CrawlCheckpoint, CrawlRun
from models.database import make_engine, read_session, require_current_schema


def crawl_source(source: str, since: datetime | None, until: datetime | None) -> dict[str, Any]:
    """Crawl one source in its own process; UsageError for a source we do not have."""
    _check_source(source)
    return asdict(run_crawl(source, since=since, until=until))


def dry_run_lines(
    settings: Settings, source: str, since: datetime | None, until: datetime | None
) -> list[dict[str, Any]]:
    """What a crawl would ask, with expected posts and money where they can be known."""
    _check_source(source)
    return [asdict(one) for one in plan_crawl(source, settings=settings, since=since, until=until)]


def crawl_status(settings: Settings) -> list[dict[str, Any]]:
    """One row per source and query: its window, whether it is done, and the newest run's end."""
    engine = make_engine(settings.store_url)
    require_current_schema(engine)
    with read_session(engine) as session:
        ends = {
            run.source: (run.status, run.reason)
            for run in session.exec(select(CrawlRun).order_by(col(CrawlRun.id)))
        }
        checkpoints = session.exec(
            select(CrawlCheckpoint).order_by(
                col(CrawlCheckpoint.source), col(CrawlCheckpoint.query_id)
            )
        ).all()
    engine.dispose()
    return [
        {
            "source": row.source,
            "query": row.query_id,
            "from": row.window_start.isoformat(),
            "to": row.window_end.isoformat(),
            "collected": "whole" if row.done else "unfinished",
            "last_run": ends.get(row.source, (None, None))[0],
            "reason": ends.get(row.source, (None, None))[1],
        }
        for row in checkpoints
    ]


def _check_source(source: str) -> None:
    if source not in SOURCES:
        raise UsageError(f"{source!r} is no source; write one of {', '.join(SOURCES)}, or status")

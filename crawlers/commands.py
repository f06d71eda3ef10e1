"""What the command line asks of collection, as plain rows."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from config.settings import Settings
from crawlers.dry_run import Plan, plan_crawl
from crawlers.process import run_crawl
from crawlers.sources import SPIDERS, spider_of
from models import Coverage, CrawlCheckpoint, CrawlRun, PlatformId
from models.database import make_engine, read_session, require_current_schema

COMPLIANCE_SOURCE: Final = "x_compliance"


def crawl_source(source: str, since: datetime | None, until: datetime | None) -> dict[str, Any]:
    """Crawl one source in its own process; UsageError for a source we do not have."""
    spider_of(source)
    return asdict(run_crawl(source, since=since, until=until))


def ask_compliance(settings: Settings) -> dict[str, Any] | None:
    """Ask X which of the stored posts it no longer shows; None when there is none to ask about."""
    engine = make_engine(settings.store_url)
    with read_session(engine) as session:
        held = session.exec(select(PlatformId.post_id).where(PlatformId.platform == "x")).first()
    engine.dispose()
    if held is None:
        return None
    return {"source": COMPLIANCE_SOURCE, **asdict(run_crawl(COMPLIANCE_SOURCE))}


def dry_run(
    settings: Settings, source: str, since: datetime | None, until: datetime | None
) -> Plan:
    """What a crawl would ask, with expected posts and money where they can be known."""
    spider_of(source)
    return plan_crawl(source, settings=settings, since=since, until=until)


def crawl_status(settings: Settings) -> list[dict[str, Any]]:
    """One row per source and query: its newest window, what came of it, and the last run's end.

    A source whose runs never got as far as a window has one row of its own.
    """
    engine = make_engine(settings.store_url)
    require_current_schema(engine)
    with read_session(engine) as session:
        runs = {
            run.source: run for run in session.exec(select(CrawlRun).order_by(col(CrawlRun.id)))
        }
        checkpoints = session.exec(
            select(CrawlCheckpoint).order_by(
                col(CrawlCheckpoint.source), col(CrawlCheckpoint.query_id)
            )
        ).all()
        rows = [_status(row, _collected(session, row), runs.get(row.source)) for row in checkpoints]
    engine.dispose()
    met = {row.source for row in checkpoints}
    return rows + [
        _status(None, None, run)
        for source, run in sorted(runs.items())
        if source in SPIDERS and source not in met
    ]


def _collected(session: Session, row: CrawlCheckpoint) -> str:
    """What the coverage of the window says; `unfinished` while the poll is under way."""
    if not row.done:
        return "unfinished"
    if row.window_start == row.window_end:
        return "asked by id"
    coverage = session.get(Coverage, (row.source, row.query_id, row.window_start))
    return "unknown" if coverage is None else coverage.status


def _status(
    row: CrawlCheckpoint | None, collected: str | None, run: CrawlRun | None
) -> dict[str, Any]:
    return {
        "source": row.source if row else run.source if run else None,
        "query": row.query_id if row else None,
        "from": row.window_start.isoformat() if row else None,
        "to": row.window_end.isoformat() if row else None,
        "collected": collected,
        "last_run": run.status if run else None,
        "reason": run.reason if run else None,
    }

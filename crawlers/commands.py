"""What the command line asks of collection, as plain rows."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlmodel import Session, col, select

from config.errors import VigieError
from config.settings import Settings
from config.watchlist import Watchlist, load_watchlist
from crawlers.checkpoints import Asked
from crawlers.dry_run import Plan, plan_crawl
from crawlers.ledger import By, export_bytes, gap_rows, ledger
from crawlers.process import run_crawl
from crawlers.progress import RUNNING, WAITING
from crawlers.recall import recall
from crawlers.sources import SPIDERS, spider_of
from crawlers.spiders.x_search import XSearchSpider
from crawlers.verdicts import json_object
from models import Coverage, CrawlCheckpoint, CrawlRun, PlatformId
from models.database import make_engine, read_session, require_current_schema
from models.ledger import Entry
from models.stretches import Stretch

LEDGER_DAYS: Final = 7

COMPLIANCE_SOURCE: Final = "x_compliance"


def crawl_source(
    settings: Settings,
    source: str,
    since: datetime | None,
    until: datetime | None,
    timeout: float | None = None,
) -> dict[str, Any]:
    """Crawl one source in its own process; UsageError for one we do not have, or cannot ask so.

    After `timeout` seconds it is told to stop, wherever it is; its checkpoint is kept.
    """
    spider_of(source).check(Asked(settings.clock(), since, until))
    return asdict(run_crawl(source, since=since, until=until, timeout=timeout))


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
        rows = [
            _status(row, _collected(session, row), runs.get(row.source), settings.home)
            for row in checkpoints
        ]
    engine.dispose()
    met = {row.source for row in checkpoints}
    return rows + [
        _status(None, None, run, settings.home)
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
    row: CrawlCheckpoint | None, collected: str | None, run: CrawlRun | None, home: Path
) -> dict[str, Any]:
    source = row.source if row else run.source if run else ""
    return {
        "source": source,
        "query": row.query_id if row else None,
        "from": row.window_start.isoformat() if row else None,
        "to": row.window_end.isoformat() if row else None,
        "collected": collected,
        "now": _now(home, source),
        "last_run": run.status if run else None,
        "reason": run.reason if run else None,
    }


def _now(home: Path, source: str) -> str | None:
    """What a crawl that runs says of itself; None when none runs."""
    path = home / "status" / f"crawl-{source}.json"
    told = json_object(path.read_bytes()) if path.is_file() else None
    if told is None or told.get("state") not in (RUNNING, WAITING):
        return None
    until = f" until {told['until']}" if told.get("until") else ""
    return f"{told['state']}{until}, {told.get('pages')} pages, {told.get('posts')} posts"


@dataclass(frozen=True)
class CoverageLedger:
    """The ledger of a period, for a person, a program or a file."""

    period: Stretch
    by: By
    made_at: datetime
    entries: Sequence[Entry]
    gaps: Sequence[dict[str, Any]]

    def rows(self) -> list[dict[str, Any]]:
        """Every row with every column."""
        return [entry.as_row() for entry in self.entries]

    def table(self) -> list[dict[str, Any]]:
        """What a person reads of it."""
        return [_short(entry) for entry in self.entries]

    def export(self, path: Path) -> bytes:
        """The ledger as a file of the name's ending, .csv or .json."""
        about = {
            "made_at": self.made_at.isoformat(),
            "since": self.period.start.isoformat(),
            "until": self.period.end.isoformat(),
            "by": self.by,
        }
        return export_bytes(self.entries, self.gaps, path, about)


def coverage_ledger(
    settings: Settings, since: datetime | None, until: datetime | None, by: By
) -> CoverageLedger:
    """What was asked, received and missed from `since` to `until`; by default the last week."""
    end = until or settings.clock()
    period = Stretch(since or end - timedelta(days=LEDGER_DAYS), end)
    engine = make_engine(settings.store_url)
    require_current_schema(engine)
    with read_session(engine) as session:
        found = CoverageLedger(
            period,
            by,
            settings.clock(),
            ledger(session, _watchlist(settings), period, by),
            gap_rows(session, period),
        )
    engine.dispose()
    return found


def recall_rows(
    settings: Settings, since: datetime | None, until: datetime | None
) -> list[dict[str, Any]]:
    """X's own count of each query beside what live search brought of the same hours.

    By default those of the last week.
    """
    end = until or settings.clock()
    start = since or end - timedelta(days=LEDGER_DAYS)
    engine = make_engine(settings.store_url)
    require_current_schema(engine)
    with read_session(engine) as session:
        found = recall(session, XSearchSpider.name, start, end)
    engine.dispose()
    return [{**asdict(one), "share": one.share} for one in found]


def _watchlist(settings: Settings) -> Watchlist | None:
    """The watchlist in force; what was collected can be told without one."""
    try:
        return load_watchlist(settings.watchlist, x_tier=settings.x_tier)
    except VigieError:
        return None


def _short(entry: Entry) -> dict[str, Any]:
    when = f"{entry.start:%Y-%m-%d}" if entry.end - entry.start > timedelta(hours=1) else None
    return {
        "source": entry.source,
        "query": entry.query_id,
        "version": entry.query_version,
        "when": when or f"{entry.start:%Y-%m-%d %H:%M}",
        "state": entry.state + (" (part of it)" if entry.cut else ""),
        "share": f"{math.floor(1000 * entry.share) / 10:g} %",
        "posts": entry.posts,
        "comments": entry.comments,
        "counted": entry.counted,
        "why": "; ".join(entry.reasons) or None,
    }

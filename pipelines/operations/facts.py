"""How collection stands: sources, money, gaps, yield, comments, disk. Read from store and home.

The doctor, the daily mail, the heartbeat and the metrics all tell these facts, so that they
cannot contradict each other. None of them holds a text, a handle or a platform's id.
"""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from sqlmodel import Session, col, func, select

from config.queries.watched import query_of
from config.settings import Settings
from config.watchlist import Watchlist
from models import (
    CommentCoverage,
    CountProbe,
    Coverage,
    CoverageGap,
    CrawlRun,
    Post,
    PostCollection,
    Quarantine,
)
from models.ledger import COMPLETE, STANDS_IN_FOR, by_design
from models.spend import SpendTotals, totals
from models.stretches import Stretch, missing

IMPORT: Final = "import"
RUNNING: Final = "running"
COMMENT_DAYS: Final = 30
RANKED: Final = "ranked"
USAGE_SOURCE: Final = "x_usage"
FAILS_ALWAYS_AFTER: Final = timedelta(days=1)
ASKED_WITHIN: Final = timedelta(days=3)  # what is no longer asked does not fail
FINAL_GAPS_SHOWN: Final = timedelta(days=28)
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class SourceFacts:
    """One source: its last runs, and what it does right now by its state file."""

    source: str
    last_status: str | None
    last_reason: str | None
    last_success: datetime | None  # end of the last run that ended well
    requests: int = 0  # of the runs of the last day
    rate_waits: int = 0
    retries: int = 0
    clock_skew: float | None = None  # seconds our clock is ahead of the platform's
    state: str | None = None  # running, waiting, or how it ended; None: no state file
    state_since: str | None = None
    until: str | None = None  # when a wait or a limit ends
    pages: int = 0
    posts: int = 0


@dataclass(frozen=True)
class Failing:
    """A query or page that is not received while the platform lets others through."""

    source: str
    query_id: str
    since: datetime  # end of what was last received, or start of the first window asked
    reason: str


@dataclass(frozen=True)
class LowYield:
    """A query or page that brought less than its minimum in a week that was wholly received."""

    source: str
    query_id: str
    received: int
    minimum: int


@dataclass(frozen=True)
class MoneyFacts:
    """Spend of a day and its month beside the limits and beside what X itself says."""

    spent: SpendTotals
    daily_limit: float | None
    monthly_limit: float | None
    posts_limit: int
    platform_posts: int | None = None  # posts of the month by X's own count; None: not asked
    platform_day: datetime | None = None  # up to when


@dataclass(frozen=True)
class OperationsFacts:
    """Everything at one moment."""

    at: datetime
    sources: tuple[SourceFacts, ...]
    money: MoneyFacts
    gaps: tuple[CoverageGap, ...]  # open ones, and final ones found lately
    failing: tuple[Failing, ...]
    low_yield: tuple[LowYield, ...]
    comments_claimed: int
    comments_collected: int
    comments_unknown: int  # threads whose claimed number is not told
    comments_hidden: int | None  # of those held, by their page; None: noted of no thread
    authors_known: int | None  # of those held, that tell their author; None: noted of no thread
    threads_unnoted: int  # last polled before hidden comments and authors were noted
    threads_ranked: int  # served by rank, so that what is missing is no chance
    quarantined: int
    quarantined_today: int
    disk_free: int | None  # bytes; None: cannot be told
    disk_total: int | None


def gather(
    session: Session, settings: Settings, watchlist: Watchlist | None, now: datetime
) -> OperationsFacts:
    """The facts at a moment; without a watchlist nothing is known of minimums."""
    threads = _threads(session, now)
    known = [thread for thread in threads if thread.claimed is not None]
    free, total = _disk(settings.home)
    day = now - timedelta(days=1)
    return OperationsFacts(
        at=now,
        sources=_sources(session, settings.home, day),
        money=money_of(session, settings, now.date()),
        gaps=_gaps(session, now),
        failing=_failing(session, now),
        low_yield=low_yield(session, minimums_of(watchlist), now),
        comments_claimed=sum(thread.claimed or 0 for thread in known),
        comments_collected=sum(thread.collected for thread in known),
        comments_unknown=len(threads) - len(known),
        comments_hidden=_known_sum(thread.hidden for thread in threads),
        authors_known=_known_sum(thread.authors_known for thread in threads),
        threads_unnoted=sum(None in (thread.hidden, thread.authors_known) for thread in threads),
        threads_ranked=sum(thread.ordering == RANKED for thread in threads),
        quarantined=_count(session, Quarantine),
        quarantined_today=_count(session, Quarantine, col(Quarantine.created_at) >= day),
        disk_free=free,
        disk_total=total,
    )


def minimums_of(watchlist: Watchlist | None) -> dict[tuple[str, str], int]:
    """The least a query or page brings in an ordinary week, where the watchlist says so."""
    if watchlist is None:
        return {}
    told = {
        **{("x_search", query.query_id): query.minimum_weekly for query in watchlist.x_queries},
        **{
            ("facebook_pages", page.register_id): page.minimum_weekly
            for page in watchlist.facebook_pages
        },
    }
    return {key: minimum for key, minimum in told.items() if minimum is not None}


def low_yield(
    session: Session, minimums: Mapping[tuple[str, str], int], now: datetime
) -> tuple[LowYield, ...]:
    """Queries and pages below their minimum; a week with a gap says nothing about yield."""
    found = []
    for (source, query_id), minimum in sorted(minimums.items()):
        ids, windows = _windows_of(session, source, query_id, now - 2 * WEEK)
        until = min((max(s.end for s in windows[one]) for one in ids if windows[one]), default=None)
        if until is None or now - until > FAILS_ALWAYS_AFTER:
            continue
        week = Stretch(until - WEEK, until)
        if any(missing(windows[one], week) for one in ids):
            continue
        received = _received(session, source, [query_id, *ids], week.start, week.end)
        if received < minimum:
            found.append(LowYield(source, query_id, received, minimum))
    return tuple(found)


def state_files(home: Path) -> dict[str, dict[str, Any]]:
    """What each crawl wrote about itself; a file that cannot be read says nothing."""
    found = {}
    for path in sorted((home / "status").glob("crawl-*.json")):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(told, dict):
            found[path.stem.removeprefix("crawl-")] = told
    return found


def _sources(session: Session, home: Path, day: datetime) -> tuple[SourceFacts, ...]:
    """From each source's last run, its last good one, and those of the last day."""
    states = state_files(home)
    newest = select(func.max(CrawlRun.id)).group_by(CrawlRun.source)
    last = {
        run.source: run
        for run in session.exec(select(CrawlRun).where(col(CrawlRun.id).in_(newest)))
        if not run.source.startswith(IMPORT)
    }
    good = dict(
        session.exec(
            select(CrawlRun.source, func.max(col(CrawlRun.finished_at)))
            .where(CrawlRun.status == "done")
            .group_by(CrawlRun.source)
        ).all()
    )
    recent: dict[str, list[CrawlRun]] = {}
    for run in session.exec(select(CrawlRun).where(col(CrawlRun.started_at) >= day)):
        recent.setdefault(run.source, []).append(run)
    return tuple(
        _source(last.get(source), recent.get(source, []), states.get(source, {}), source, good)
        for source in sorted(last.keys() | states.keys())
    )


def _source(
    last: CrawlRun | None,
    recent: Sequence[CrawlRun],
    state: Mapping[str, Any],
    source: str,
    good: Mapping[str, datetime | None],
) -> SourceFacts:
    if last is not None and last.id == state.get("run_id") and last.status != RUNNING:
        # A crawl that was killed could not write its end into its file.
        state = {**state, "state": last.status, "until": None}
    return SourceFacts(
        source=source,
        last_status=last.status if last else None,
        last_reason=last.reason if last else None,
        last_success=good.get(source),
        requests=sum(run.requests for run in recent),
        rate_waits=sum(_stat(run, "rate_waits") for run in recent),
        retries=sum(_stat(run, "retries") for run in recent),
        clock_skew=last.stats.get("clock_skew_seconds") if last else None,
        state=state.get("state"),
        state_since=state.get("since"),
        until=state.get("until"),
        pages=int(state.get("pages") or 0),
        posts=int(state.get("posts") or 0),
    )


def _stat(run: CrawlRun, name: str) -> int:
    return int(run.stats.get(name) or 0)


def money_of(session: Session, settings: Settings, day: date) -> MoneyFacts:
    """What X cost on a day and in its month, as far as it is known now."""
    month = datetime.combine(day.replace(day=1), time(), UTC)
    next_month = (month + timedelta(days=31)).replace(day=1)
    read, until = session.exec(
        select(func.sum(CountProbe.counted), func.max(col(CountProbe.window_end)))
        .where(CountProbe.source == USAGE_SOURCE, col(CountProbe.window_start) >= month)
        .where(col(CountProbe.window_start) < next_month)
    ).one()
    return MoneyFacts(
        spent=totals(session, day),
        daily_limit=settings.x_daily_usd,
        monthly_limit=settings.x_monthly_usd,
        posts_limit=settings.x_monthly_posts,
        platform_posts=read,
        platform_day=until,
    )


def _gaps(session: Session, now: datetime) -> tuple[CoverageGap, ...]:
    """Open gaps, and final ones of the last weeks; the ledger holds all of them."""
    is_new = col(CoverageGap.found_at) >= now - FINAL_GAPS_SHOWN
    rows = session.exec(
        select(CoverageGap)
        .where(col(CoverageGap.filled_at).is_(None))
        .where(col(CoverageGap.final).is_(None) | is_new)
        .order_by(col(CoverageGap.source), col(CoverageGap.query_id), col(CoverageGap.window_start))
    )
    return tuple(rows)


def _failing(session: Session, now: datetime) -> tuple[Failing, ...]:
    """Queries whose newest window failed, and that have received nothing for a day."""
    first = _by_query(session, func.min(col(Coverage.window_start)))
    received = _by_query(session, func.max(col(Coverage.window_end)), COMPLETE)
    found = []
    for (source, query_id), start in sorted(
        _by_query(session, func.max(col(Coverage.window_start))).items()
    ):
        row = session.get_one(Coverage, (source, query_id, start))
        reason = row.reason or row.status
        if source in STANDS_IN_FOR or now - row.window_end > ASKED_WITHIN or by_design(reason):
            continue
        since = received.get((source, query_id), first[source, query_id])
        if row.status != COMPLETE and row.window_end - since >= FAILS_ALWAYS_AFTER <= now - since:
            found.append(Failing(source, query_id, since, reason))
    return tuple(found)


def _by_query(
    session: Session, what: Any, status: str | None = None
) -> dict[tuple[str, str], datetime]:
    wanted = select(Coverage.source, Coverage.query_id, what).group_by(
        Coverage.source, Coverage.query_id
    )
    if status is not None:
        wanted = wanted.where(Coverage.status == status)
    return {(source, query_id): moment for source, query_id, moment in session.exec(wanted)}


def _threads(session: Session, now: datetime) -> list[CommentCoverage]:
    return list(
        session.exec(
            select(CommentCoverage)
            .join(Post, col(Post.id) == col(CommentCoverage.post_id))
            .where(col(Post.created_at) >= now - timedelta(days=COMMENT_DAYS))
        )
    )


def _known_sum(counts: Iterable[int | None]) -> int | None:
    """The sum of what is known; 0 without threads, None when nothing is known of any."""
    told = list(counts)
    known = [count for count in told if count is not None]
    return sum(known) if known or not told else None


def _count(session: Session, table: type[Quarantine], *where: Any) -> int:
    return session.exec(select(func.count()).select_from(table).where(*where)).one()


def _disk(home: Path) -> tuple[int | None, int | None]:
    try:
        usage = shutil.disk_usage(home)
    except OSError:
        return None, None
    return usage.free, usage.total


def _windows_of(
    session: Session, source: str, query_id: str, since: datetime
) -> tuple[list[str], dict[str, list[Stretch]]]:
    """The complete windows of a query, or of the parts it is asked in; none of one that fails."""
    rows = session.exec(
        select(Coverage).where(Coverage.source == source).where(col(Coverage.window_end) > since)
    )
    windows: dict[str, list[Stretch]] = {}
    for row in rows:
        if _is_part(row.query_id, query_id):
            complete = windows.setdefault(row.query_id, [])
            if row.status == COMPLETE:
                complete.append(Stretch(row.window_start, row.window_end))
    return sorted(windows), windows


def _is_part(part: str, query_id: str) -> bool:
    return query_id in (part, query_of(part))


def _received(
    session: Session, source: str, ids: Sequence[str], start: datetime, end: datetime
) -> int:
    return session.exec(
        select(func.count(func.distinct(PostCollection.post_id)))
        .join(Post, col(Post.id) == col(PostCollection.post_id))
        .where(PostCollection.source == source, col(PostCollection.query_id).in_(ids))
        .where(col(Post.created_at) >= start, col(Post.created_at) < end)
    ).one()

"""One crawl in a process of its own: `python -m crawlers.run SOURCE [--since] [--until]`.

Prints {"run_id": N} once the run is recorded. Exit code 0 when all that was asked has been
collected; otherwise 1, with one line on stderr.
"""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from sqlalchemy import Engine
from sqlmodel import Session, select

from config.errors import SourceError, UsageError, VigieError
from config.keyring import Keyring
from config.settings import Settings
from config.watchlist import Watchlist, load_watchlist
from crawlers import resume
from crawlers.checkpoints import Asked, Poll
from crawlers.collector import rare_collection
from crawlers.context import (
    DONE,
    FAILED,
    PARTIAL,
    CrawlContext,
    Ending,
)
from crawlers.coverage import WindowResult, record_unfinished, record_window, recorded_by
from crawlers.crawl_log import crawl_log
from crawlers.locks import crawl_lock_name, source_lock
from crawlers.progress import Progress
from crawlers.scrapy_settings import scrapy_settings
from crawlers.sources import SPIDERS, spider_of
from crawlers.spiders.polling import ApiSpider, polling_spider
from models import CrawlRun
from models.database import make_engine, open_session, require_current_schema
from models.locks import store_lock
from models.watchlist_version import refuse_unannounced, remember_version

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one crawl; gives the exit code."""
    try:
        given = _parse(arguments)
        ending = crawl(
            given.source,
            Settings(),
            since=given.since,
            until=given.until,
            only_missing=given.only_missing,
        )
    except VigieError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    if ending.status == DONE:
        return 0
    sys.stderr.write(f"{given.source}: {ending.status}: {ending.reason}\n")
    return 1


def crawl(
    source: str,
    settings: Settings,
    *,
    since: datetime | None,
    until: datetime | None,
    only_missing: bool = False,
) -> Ending:
    """Crawl one source to its end and record the run. Starts the reactor: once per process."""
    asked = Asked(settings.clock(), since, until)
    spider_of(source).check(asked)
    require_token(source, settings)
    watchlist = load_watchlist(settings.watchlist, x_tier=settings.x_tier)
    engine = make_engine(settings.store_url)
    require_current_schema(engine)
    with (
        source_lock(settings.home / "locks", source),
        store_lock(engine, crawl_lock_name(source)),
    ):
        context = CrawlContext(
            settings=settings,
            watchlist=watchlist,
            keyring=Keyring(settings.keys_dir),
            engine=engine,
            run_id=begin_run(engine, source, watchlist, settings, asked),
            now=settings.clock(),
            since=since,
            until=until,
            only_missing=only_missing,
        )
        context.progress = Progress(
            settings.home / "status", source, context.run_id, settings.clock()
        )
        with crawl_log(settings.home / "logs" / f"crawl-{source}.log", settings.log_level):
            with rare_collection():
                crawler = _run_spider(SPIDERS[source], context)
            ending = ending_of(context, _facts(crawler))
            log.info("%s: run %d: %s %s", source, context.run_id, ending.status, ending.reason)
        _finish(context, source, ending, crawler)
    engine.dispose()
    return ending


def require_token(source: str, settings: Settings) -> None:
    """Refuse a crawl whose token is missing, saying where to get it."""
    access = spider_of(source).access
    if access is not None and not spider_of(source).platform_of(settings).token:
        raise SourceError(f"{access.variable} is not set; {access.advice}")


@dataclass(frozen=True)
class ScrapyFacts:
    """What Scrapy noticed of a crawl that our own code did not handle."""

    finish_reason: str | None
    errors: int  # exceptions in callbacks and at the start
    queries: int  # queries or pages of the watchlist


def ending_of(context: CrawlContext, facts: ScrapyFacts) -> Ending:
    """How a run ended: its own reason, an unforeseen error, a signal, refusals, or well."""
    if context.ending is not None:
        return context.ending
    if facts.errors or facts.finish_reason is None:
        return Ending(FAILED, "internal: an unforeseen error; see the log")
    if facts.finish_reason != "finished":
        return Ending(PARTIAL, f"stopped: {facts.finish_reason}; run it again to go on")
    if context.refused:
        return _refusals(context.refused, facts.queries)
    return Ending(DONE, "")


def _refusals(refused: dict[str, str], queries: int) -> Ending:
    status = FAILED if len(refused) >= queries else PARTIAL
    query_id, reason = next(iter(refused.items()))
    return Ending(status, f"{len(refused)} of {queries} not collected, first {query_id}: {reason}")


def _run_spider(spider: type[ApiSpider], context: CrawlContext) -> Crawler:
    process = AsyncCrawlerProcess(scrapy_settings(context.settings))
    crawler = process.create_crawler(spider)
    task = process.crawl(crawler, context=context)
    process.start()
    _log_failure(task)
    return crawler


def _log_failure(task: "asyncio.Future[None]") -> None:
    if task.done() and not task.cancelled() and (error := task.exception()):
        log.error("the crawl could not be started", exc_info=error)


def _facts(crawler: Crawler) -> ScrapyFacts:
    stats = crawler.stats
    return ScrapyFacts(
        finish_reason=stats.get_value("finish_reason"),
        errors=stats.get_value("spider_exceptions/count", 0),
        queries=len(polling_spider(crawler).query_ids()),
    )


def begin_run(
    engine: Engine,
    source: str,
    watchlist: Watchlist,
    settings: Settings,
    asked: Asked | None = None,
) -> int:
    """Record that a run has begun, and for which period if it was named; gives its id."""
    with open_session(engine) as session:
        refuse_unannounced(session, watchlist, settings.watchlist)
        remember_version(session, watchlist, settings.clock())
        # The locks are ours, so a run still marked as running was cut off.
        running = select(CrawlRun).where(CrawlRun.source == source, CrawlRun.status == "running")
        for cut_off in session.exec(running):
            cut_off.status, cut_off.reason = FAILED, "interrupted"
            cut_off.finished_at = settings.clock()
        run = CrawlRun(
            source=source,
            started_at=settings.clock(),
            query_version=watchlist.version,
            register_version=watchlist.register.version,
            stats={} if asked is None else resume.period_named(asked),
        )
        session.add(run)
        session.flush()
        assert run.id is not None
        run_id = run.id
    sys.stdout.write(json.dumps({"run_id": run_id}) + "\n")
    sys.stdout.flush()
    return run_id


def _finish(context: CrawlContext, source: str, ending: Ending, crawler: Crawler) -> None:
    now = context.settings.clock()
    if context.progress is not None:
        context.progress.ended(now, ending.status, ending.reason, context.limited_until)
    with open_session(context.engine) as session:
        run = session.get_one(CrawlRun, context.run_id)
        run.status = ending.status
        run.reason = ending.reason or None
        run.finished_at = now
        run.requests = crawler.stats.get_value("downloader/request_count", 0)
        run.stats = _stats(context, crawler)
        if ending.status != DONE:
            not_begun = _not_begun(session, context, crawler)
            record_unfinished(session, source, ending.reason, context.run_id)
            for poll in not_begun:
                record_window(session, poll, WindowResult(FAILED, ending.reason), context.run_id)


def _not_begun(session: Session, context: CrawlContext, crawler: Crawler) -> list[Poll]:
    """The windows that were planned and of which no page came, unless this run told why."""
    spider = polling_spider(crawler)
    planned = [*filter(None, [getattr(spider, "poll", None)]), *spider.polls]
    return [
        poll
        for poll in planned
        if poll.pages == 0 and poll.window and not recorded_by(session, poll, context.run_id)
    ]


def _stats(context: CrawlContext, crawler: Crawler) -> dict[str, Any]:
    counted = crawler.stats.get_stats().items()
    own = {name.removeprefix("vigie/"): n for name, n in counted if name.startswith("vigie/")}
    if context.limited_until is not None:
        own["waiting_until"] = context.limited_until.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {**own, "refused": context.refused} if context.refused else own


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m crawlers.run", description=__doc__)
    parser.add_argument("source", choices=tuple(SPIDERS))
    parser.add_argument("--since", type=moment, help="2024-09-16 or 2024-09-16T06:00:00Z")
    parser.add_argument("--until", type=moment, help="the first moment not wanted any more")
    parser.add_argument(
        "--only-missing", action="store_true", help="leave out what is complete already"
    )
    return parser.parse_args(arguments)


def moment(text: str) -> datetime:
    """A day (its midnight in UTC) or a time with its offset; UsageError for anything else."""
    try:
        if len(text) == len("2024-09-16"):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(_wanted(text)) from None
    if found.tzinfo is None:
        raise UsageError(_wanted(text))
    return found.astimezone(UTC)


def _wanted(text: str) -> str:
    return f"{text!r} is no moment; write 2024-09-16 or 2024-09-16T06:00:00Z"


if __name__ == "__main__":
    sys.exit(main())

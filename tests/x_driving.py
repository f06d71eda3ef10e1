"""A spider's own steps over real HTTP, without the crawl process: callbacks, verdicts, commits.

What Scrapy's engine does between them is tested by the crawl processes.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request as PlainRequest
from urllib.request import urlopen

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, ResponseDataLossError
from scrapy.http import Response
from scrapy.statscollectors import MemoryStatsCollector
from sqlmodel import Session, SQLModel, select
from twisted.python.failure import Failure

from config.keyring import Keyring
from config.watchlist import load_watchlist
from crawlers.context import CrawlContext
from crawlers.item_pipelines import PagePipeline
from crawlers.middlewares import AnswerMiddleware, Patience, TokenMiddleware
from crawlers.pages import PageItem
from crawlers.run import begin_run
from crawlers.sources import SPIDERS
from crawlers.spiders.polling import ApiSpider
from crawling import Deployment
from models.database import make_engine

Send = Callable[[Request], Response]


@dataclass
class Run:
    """What a run did."""

    spider: ApiSpider
    requests: list[Request] = field(default_factory=list)
    items: list[PageItem] = field(default_factory=list)
    naps: list[float] = field(default_factory=list)

    @property
    def context(self) -> CrawlContext:
        return self.spider.context

    @property
    def stats(self) -> dict[str, Any]:
        return dict(self.spider.crawler.stats.get_stats())


@dataclass
class Driver:
    """Runs spiders of one deployment in this process."""

    deployment: Deployment
    clock: float = field(default_factory=time.time)

    def run(
        self,
        source: str,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        send: Send | None = None,
        stop_after: int | None = None,
        **settings: Any,
    ) -> Run:
        """One run to its end; it is cut off after `stop_after` kept pages when that is given."""
        with self._spider(source, since, until, settings) as spider:
            run = Run(spider)
            self._walk(run, send or plain_send, stop_after)
        return run

    def rows(self, table: type[SQLModel]) -> list[Any]:
        """All rows of a table."""
        return self.deployment.rows(table)

    @contextmanager
    def _spider(
        self,
        source: str,
        since: datetime | None,
        until: datetime | None,
        more: dict[str, Any],
    ) -> Iterator[ApiSpider]:
        settings = self.deployment.settings.model_copy(update=more)
        engine = make_engine(settings.store_url)
        watchlist = load_watchlist(settings.watchlist)
        context = CrawlContext(
            settings=settings,
            watchlist=watchlist,
            keyring=Keyring(settings.keys_dir),
            engine=engine,
            run_id=begin_run(engine, source, watchlist, settings),
            now=settings.clock(),
            since=since,
            until=until,
        )
        crawler = Crawler(SPIDERS[source])
        crawler.stats = MemoryStatsCollector(crawler)
        spider = SPIDERS[source].from_crawler(crawler, context=context)
        crawler.spider = spider
        try:
            yield spider
        finally:
            engine.dispose()

    def _walk(self, run: Run, send: Send, stop_after: int | None) -> None:
        spider = run.spider
        pipeline = PagePipeline.from_crawler(spider.crawler)
        token = TokenMiddleware.from_crawler(spider.crawler)
        answers = self._answers(run)
        spider.polls.extend(spider._plan())
        waiting: deque[Any] = deque(spider.next_poll())
        while waiting:
            entry = waiting.popleft()
            if isinstance(entry, PageItem):
                pipeline._commit(entry)
                run.items.append(entry)
                if stop_after is not None and len(run.items) >= stop_after:
                    return
                continue
            run.requests.append(entry)
            waiting.extendleft(reversed(self._answered(run, entry, answers, token, send)))

    def _answered(
        self, run: Run, request: Request, answers: AnswerMiddleware, token: Any, send: Send
    ) -> list[Any]:
        try:
            asyncio.run(answers.process_request(request))
            token.process_request(request)
            run.spider.crawler.stats.inc_value("response_received_count")
            answer = self._sent(request, answers, send)
        except IgnoreRequest as error:
            assert request.errback is not None
            return list(request.errback(Failure(error)))
        if isinstance(answer, Request):
            return [answer]
        answer.request = request
        assert callable(request.callback)
        return list(request.callback(answer))

    def _sent(self, request: Request, answers: AnswerMiddleware, send: Send) -> Any:
        try:
            response = send(request)
        except (OSError, ResponseDataLossError) as error:
            return asyncio.run(answers.process_exception(request, error))
        return asyncio.run(answers.process_response(request, response))

    def _answers(self, run: Run) -> AnswerMiddleware:
        async def nap(seconds: float) -> None:
            run.naps.append(seconds)
            self.clock += seconds

        settings = run.context.settings
        patience = Patience(
            settings.max_rate_wait,
            0.0,
            random.Random(1),
            may_go_on=lambda: True,
            clock=lambda: self.clock,
            sleep=nap,
        )
        spider = run.spider
        return AnswerMiddleware(
            spider.context, spider.platform, patience, spider.crawler.stats.inc_value
        )


def plain_send(request: Request) -> Response:
    """Send a request as it is and give the answer, whatever its status."""
    headers = {name.decode(): values[0].decode() for name, values in request.headers.items()}
    plain = PlainRequest(  # the address of a stand-in
        request.url, method=request.method, data=request.body or None, headers=headers
    )
    try:
        with urlopen(plain, timeout=10) as answer:
            return _response(request, answer.status, answer.headers, answer.read())
    except HTTPError as error:
        return _response(request, error.code, error.headers, error.read())
    except HTTPException as error:  # fewer bytes than promised
        raise ResponseDataLossError from error


def _response(request: Request, status: int, headers: Any, body: bytes) -> Response:
    told = dict(headers.items())
    return Response(request.url, status=status, headers=told, body=body)


def change(deployment: Deployment, table: type[SQLModel], row_key: Any, **values: Any) -> None:
    """Change a stored row by hand."""
    with deployment.engine() as engine, Session(engine) as session:
        row = session.get_one(table, row_key)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)
        session.commit()


def first(deployment: Deployment, statement: Any) -> Any:
    """The first row of a question to the store."""
    with deployment.engine() as engine, Session(engine) as session:
        return session.exec(statement).first()


__all__ = ["Driver", "Run", "change", "first", "plain_send", "select"]

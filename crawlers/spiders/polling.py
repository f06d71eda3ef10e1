"""What both spiders share: one poll after another, one request in flight.

A callback yields a PageItem and then the next request. The item is committed before the request
is scheduled (see crawlers.item_pipelines), so a spider keeps its position in memory and never
reads it back from the store.
"""

import logging
from abc import abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.asyncio import run_in_thread
from sqlmodel import Session
from twisted.python.failure import Failure

from config.errors import VigieError
from config.keyring import Keyring
from config.settings import Settings
from config.watchlist import Watchlist
from crawlers.checkpoints import (
    Asked,
    Poll,
    Progress,
    QueryPlan,
    WindowRule,
    load_unfinished,
    plan_query,
)
from crawlers.context import CrawlContext
from crawlers.coverage import (
    FAILED,
    PARTIAL,
    WindowResult,
    complete_windows,
    record_unreachable,
)
from crawlers.pages import PageItem
from crawlers.parsers.items import ParsedPage, RejectedRecord
from crawlers.storage import Collection, FetchedPage
from crawlers.verdicts import Judge
from models.database import open_session

log = logging.getLogger(__name__)


class QueryRefused(IgnoreRequest):
    """This query, page or thread cannot be read; the others go on."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RunStopped(IgnoreRequest):
    """No further request makes sense in this run."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Platform:
    """Where a spider asks, with which token, and how its answers are judged."""

    name: str  # facebook, x or web
    base_url: str
    base_url_variable: str  # the setting an operator would correct
    token: str = field(repr=False)
    judge: Judge


@dataclass(frozen=True)
class Access:
    """The setting that holds a platform's token, and where an operator gets one."""

    variable: str
    advice: str


class PollingSpider(Spider):
    """Walks the polls of its source in turn; a subclass says how one poll is walked.

    What the rest of the program asks of a source is told by its spider's class: name, windows,
    access, and what it asks for.
    """

    name: str
    rule: ClassVar[WindowRule]
    acquisition: ClassVar[str]
    access: ClassVar[Access | None]  # None: no token is needed

    def __init__(self, *args: Any, context: CrawlContext, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.context = context
        self.polls: deque[Poll] = deque()
        self.poll: Poll  # the one being walked; set before its first request

    @classmethod
    @abstractmethod
    def platform_of(cls, settings: Settings) -> Platform:
        """The platform this spider asks."""

    @classmethod
    @abstractmethod
    def queries_of(cls, watchlist: Watchlist) -> dict[str, str]:
        """Queries or pages of the watchlist, in order: id, and what a person reads of it."""

    @property
    def platform(self) -> Platform:
        """The platform of this deployment."""
        return self.platform_of(self.context.settings)

    def query_ids(self) -> list[str]:
        """Ids of the queries or pages, in order."""
        return list(self.queries_of(self.context.watchlist))

    @abstractmethod
    def request(self) -> Request:
        """The request the current poll needs next."""

    async def start(self) -> AsyncIterator[Any]:
        """Plan all polls, then ask the first page of the first one."""
        try:
            self.polls.extend(await run_in_thread(self._plan))
        except VigieError as error:
            self.context.end("failed", str(error))
        log.info("%s: %d windows to ask", self.name, len(self.polls))
        for request in self.next_poll():
            yield request

    def next_poll(self) -> Iterator[Request]:
        """Turn to the next poll; yields its first request, or nothing at the end."""
        if self.polls and self.context.ending is None:
            self.poll = self.polls.popleft()
            yield self.request()

    def page_of(self, response: Response, endpoint: str) -> FetchedPage:
        """The body of a response as received."""
        return FetchedPage(
            platform=self.platform.name,
            endpoint=endpoint,
            body=response.body,
            received_at=self.context.settings.clock(),
        )

    def item(self, page: FetchedPage | None, parsed: ParsedPage, **more: Any) -> PageItem:
        """The page as an item of the current poll, which has been moved past it."""
        self._count("vigie/partial_errors", len(parsed.errors))
        return PageItem(
            poll=self.poll,
            platform=self.platform.name,
            page=page,
            parsed=parsed,
            under=self._collection(),
            **more,
        )

    def unreadable(self, page: FetchedPage, problem: str) -> Iterator[PageItem | Request]:
        """Keep a page no parser could read, and give up its poll."""
        rejected = RejectedRecord(reason="unreadable_page", path="$", detail=problem)
        yield from self.give_up(
            "unreadable_page: the answer is not what the endpoint promises",
            page=page,
            parsed=ParsedPage(rejected=(rejected,)),
            under=self._collection(),
        )

    def refused(self, failure: Failure) -> Iterator[PageItem | Request]:
        """Errback: go on with the next query, or end the run."""
        error = failure.value
        if isinstance(error, QueryRefused):
            yield from self.give_up(error.reason)
        elif isinstance(error, RunStopped):
            self.context.end(error.status, error.reason)
        elif not isinstance(error, IgnoreRequest):
            self.context.end("failed", f"internal: {type(error).__name__}; see the log")

    def give_up(self, reason: str, **page: Any) -> Iterator[PageItem | Request]:
        """Record that the current poll failed, and turn to the next query."""
        query_id = self.poll.query_id
        log.warning("%s: given up: %s", query_id, reason)
        self.context.refused[query_id] = reason
        self.polls = deque(poll for poll in self.polls if poll.query_id != query_id)
        status = PARTIAL if self.poll.pages > 0 else FAILED
        yield PageItem(
            poll=self.poll,
            platform=self.platform.name,
            result=WindowResult(status, reason),
            **page,
        )
        yield from self.next_poll()

    def _collection(self) -> Collection:
        return Collection(
            source=self.name,
            query_id=self.poll.query_id,
            query_version=self.poll.query_version,
            polled_at=self.poll.polled_at,
            acquisition=self.acquisition,
            run_id=self.context.run_id,
        )

    def _count(self, name: str, by: int) -> None:
        if by:
            self.crawler.stats.inc_value(name, by)

    def _plan(self) -> list[Poll]:
        polls: list[Poll] = []
        with open_session(self.context.engine) as session:
            for query_id in self.query_ids():
                plan = self._plan_query(session, query_id)
                polls.extend(plan.polls)
        return polls

    def _plan_query(self, session: Session, query_id: str) -> QueryPlan:
        context = self.context
        query = (self.name, query_id, context.watchlist.version)
        plan = plan_stored_query(
            session,
            context.keyring,
            query,
            self.rule,
            Asked(context.now, context.since, context.until, context.only_missing),
        )
        for window in plan.unreachable:
            log.warning("%s: posts before %s can no longer be asked", query_id, window.end)
            record_unreachable(session, query, window, now=context.now, run_id=context.run_id)
        return plan


def plan_stored_query(
    session: Session, keyring: Keyring, query: tuple[str, str, str], rule: WindowRule, asked: Asked
) -> QueryPlan:
    """The plan of one (source, query id, version) from what the store knows of it."""
    source, query_id, _ = query
    unfinished, saved_at = load_unfinished(session, keyring, source, query_id)
    progress = Progress(unfinished, saved_at, complete_windows(session, source, query_id))
    return plan_query(query, rule, progress, asked)


def polling_spider(crawler: Crawler) -> PollingSpider:
    """The crawler's spider, which carries the context its components need."""
    assert isinstance(crawler.spider, PollingSpider)
    return crawler.spider

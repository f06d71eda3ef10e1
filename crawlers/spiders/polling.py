"""What all spiders share: one poll after another, one request in flight.

A callback yields a PageItem and then the next request. The item is committed before the request
is scheduled (see crawlers.item_pipelines), so a spider keeps its position in memory and never
reads it back from the store.
"""

import logging
from abc import abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Final

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
    Window,
    WindowRule,
    load_memory,
    load_unfinished,
    plan_query,
)
from crawlers.context import CrawlContext
from crawlers.coverage import (
    FAILED,
    PARTIAL,
    WindowResult,
    collected_windows,
    record_unreachable,
)
from crawlers.pages import PageItem
from crawlers.parsers.items import ParsedPage, RejectedRecord
from crawlers.storage import Collection, FetchedPage
from crawlers.verdicts import Cause, Judge
from models.database import open_session

log = logging.getLogger(__name__)

# Keys of a request's meta.
ENDPOINT: Final = "endpoint"  # path template, never an address
MOST_POSTS: Final = "most_posts"  # how many posts the answer can hold at most
JUDGE: Final = "judge"  # who judges its answer, when it is not the platform's judge
PAUSE: Final = "pause"  # seconds to wait before it is sent


class QueryRefused(IgnoreRequest):
    """This query, page or thread cannot be read; the others go on."""

    def __init__(
        self, reason: str, cause: Cause | None = None, server_time: datetime | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cause = cause
        self.server_time = server_time


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


@dataclass(frozen=True)
class Planning:
    """What the polls of a run are planned from."""

    session: Session
    keyring: Keyring
    watchlist: Watchlist
    settings: Settings
    asked: Asked


class ApiSpider(Spider):
    """Walks the polls of its source in turn; a subclass plans them and walks one.

    What the rest of the program asks of a source is told by its spider's class: name, access,
    and what it asks for.
    """

    name: str
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
        """What is asked, in order: id of a query, page or errand, and what a person reads of it."""

    @classmethod
    @abstractmethod
    def plan(cls, planning: Planning) -> list[tuple[str, QueryPlan]]:
        """The polls of a run, by query id, from what the store knows."""

    @classmethod
    def check(cls, asked: Asked) -> None:
        """UsageError when this source cannot be run for the period asked."""

    @classmethod
    def version_of(cls, watchlist: Watchlist, query_id: str) -> str:  # noqa: ARG003
        """The version of what is asked under an id; a change of it restarts an open window."""
        return watchlist.version

    def collected_by(self) -> tuple[str, str]:
        """Id and version of the query or page that what the current poll finds is counted for."""
        return self.poll.query_id, self.poll.query_version

    @property
    def platform(self) -> Platform:
        """The platform of this deployment."""
        return self.platform_of(self.context.settings)

    def query_ids(self) -> list[str]:
        """Ids of what is asked, in order."""
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
        log.info("%s: %d polls to ask", self.name, len(self.polls))
        for request in self.next_poll():
            yield request

    def next_poll(self) -> Iterator[Request]:
        """Turn to the next poll; yields its first request, or nothing at the end."""
        if self.polls and self.context.ending is None:
            upcoming = self.polls.popleft()
            earlier = getattr(self, "poll", None)
            if earlier is not None and earlier.query_id == upcoming.query_id:
                upcoming = replace(upcoming, memory=earlier.memory)
            self.poll = upcoming
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
        self.count("vigie/partial_errors", len(parsed.errors))
        return PageItem(
            poll=self.poll,
            platform=self.platform.name,
            page=page,
            parsed=parsed,
            under=self.collection(),
            **more,
        )

    def unreadable(self, page: FetchedPage, problem: str) -> Iterable[PageItem | Request]:
        """Keep a page no parser could read, and give up its poll."""
        rejected = RejectedRecord(reason="unreadable_page", path="$", detail=problem)
        yield from self.give_up(
            "unreadable_page: the answer is not what the endpoint promises",
            page=page,
            parsed=ParsedPage(rejected=(rejected,)),
            under=self.collection(),
        )

    def refused(self, failure: Failure) -> Iterator[PageItem | Request]:
        """Errback: go on with the next query, or end the run."""
        error = failure.value
        if isinstance(error, QueryRefused):
            recovered = self.recover(error)
            yield from self.give_up(error.reason) if recovered is None else recovered
        elif isinstance(error, RunStopped):
            self.context.end(error.status, error.reason)
        elif not isinstance(error, IgnoreRequest):
            self.context.end("failed", f"internal: {type(error).__name__}; see the log")

    def recover(self, refusal: QueryRefused) -> Iterable[PageItem | Request] | None:  # noqa: ARG002
        """What to do instead of giving the poll up; None: nothing helps."""
        return None

    def give_up(self, reason: str, **page: Any) -> Iterator[PageItem | Request]:
        """Record that all windows of the current query failed, and turn to the next query."""
        query_id = self.poll.query_id
        log.warning("%s: given up: %s", query_id, reason)
        self.context.refused[query_id] = reason
        further = [poll for poll in self.polls if poll.query_id == query_id]
        self.polls = deque(poll for poll in self.polls if poll.query_id != query_id)
        yield PageItem(
            poll=self.poll,
            platform=self.platform.name,
            result=_given_up(self.poll, reason) if self.poll.window else None,
            further=tuple((poll, _given_up(poll, reason)) for poll in further if poll.window),
            done=True,
            **page,
        )
        yield from self.next_poll()

    def collection(self) -> Collection:
        """Under what the current poll's pages are kept."""
        query_id, query_version = self.collected_by()
        return Collection(
            source=self.name,
            query_id=query_id,
            query_version=query_version,
            polled_at=self.poll.polled_at,
            acquisition=self.acquisition,
            run_id=self.context.run_id,
        )

    def count(self, name: str, by: int = 1) -> None:
        """Add to a figure of the run."""
        if by:
            self.crawler.stats.inc_value(name, by)

    def _plan(self) -> list[Poll]:
        context = self.context
        asked = Asked(context.now, context.since, context.until, context.only_missing)
        polls: list[Poll] = []
        with open_session(context.engine) as session:
            planning = Planning(
                session, context.keyring, context.watchlist, context.settings, asked
            )
            for query_id, plan in self.plan(planning):
                polls.extend(plan.polls)
                self._record_unreachable(session, query_id, plan)
        return polls

    def _record_unreachable(self, session: Session, query_id: str, plan: QueryPlan) -> None:
        context = self.context
        query = (self.name, query_id, self.version_of(context.watchlist, query_id))
        for window in plan.unreachable:
            log.warning("%s: posts before %s can no longer be asked", query_id, window.end)
            record_unreachable(session, query, window, now=context.now, run_id=context.run_id)


class PollingSpider(ApiSpider):
    """Collects windows of time of each query or page, one after the other."""

    rule: ClassVar[WindowRule]

    @classmethod
    def rule_for(cls, asked: Asked) -> WindowRule:  # noqa: ARG003 (for those it matters to)
        """How windows are drawn in a run for the period asked."""
        return cls.rule

    @classmethod
    def collected_elsewhere(cls, planning: Planning, query_id: str) -> tuple[Window, ...]:  # noqa: ARG003
        """Windows of a query that another source has wholly collected."""
        return ()

    @classmethod
    def plan(cls, planning: Planning) -> list[tuple[str, QueryPlan]]:
        """For each query its unfinished poll, then the window since the last one."""
        rule = cls.rule_for(planning.asked)
        plans = []
        for query_id in cls.queries_of(planning.watchlist):
            query = (cls.name, query_id, cls.version_of(planning.watchlist, query_id))
            progress = replace(
                stored_progress(planning.session, planning.keyring, cls.name, query_id),
                elsewhere=cls.collected_elsewhere(planning, query_id),
            )
            plans.append((query_id, plan_query(query, rule, progress, planning.asked)))
        return plans


def stored_progress(session: Session, keyring: Keyring, source: str, query_id: str) -> Progress:
    """What the store knows of one query of a source."""
    unfinished, saved_at = load_unfinished(session, keyring, source, query_id)
    return Progress(
        unfinished,
        saved_at,
        collected_windows(session, source, query_id),
        memory=load_memory(session, keyring, source, query_id),
    )


def _given_up(poll: Poll, reason: str) -> WindowResult:
    return WindowResult(PARTIAL if poll.pages > 0 else FAILED, reason)


def polling_spider(crawler: Crawler) -> ApiSpider:
    """The crawler's spider, which carries the context its components need."""
    assert isinstance(crawler.spider, ApiSpider)
    return crawler.spider

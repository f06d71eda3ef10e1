"""Downloader middlewares: the token, and what follows from a platform's answer."""

import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.utils.asyncio import sleep

from crawlers.context import PARTIAL, RATE_LIMITED, CrawlContext
from crawlers.spiders.polling import (
    JUDGE,
    PAUSE,
    Platform,
    QueryRefused,
    RunStopped,
    polling_spider,
)
from crawlers.verdicts import (
    Accept,
    Answer,
    Hold,
    Judge,
    Refuse,
    Retry,
    Stop,
    Wait,
    limited_until,
)

log = logging.getLogger(__name__)

MAX_TRIES: Final = 5
BACKOFF_FACTOR: Final = 2.0  # first back-off, in request delays
LONGEST_BACKOFF: Final = 60.0
NETWORK_ERRORS: Final = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    OSError,  # also raised when a compressed body is cut short
)


class TokenMiddleware:
    """Adds the token as a header, to requests for its own platform only.

    It is never part of an address, because addresses are logged and compared.
    """

    def __init__(self, base_url: str, token: str) -> None:
        self._base_url = base_url.rstrip("/") + "/"
        self._token = token

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy for the crawler's spider."""
        platform = polling_spider(crawler).platform
        return cls(platform.base_url, platform.token)

    def process_request(self, request: Request) -> None:
        """Add the header."""
        if self._token and request.url.startswith(self._base_url):
            request.headers["Authorization"] = f"Bearer {self._token}"


@dataclass(frozen=True)
class Patience:
    """How long to wait: for limits at most `max_wait` seconds, between tries ever longer."""

    max_wait: float
    first_backoff: float
    chance: random.Random
    may_go_on: Callable[[], bool]  # False once the crawl has been told to stop
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = sleep

    def backoff(self, tries: int) -> float:
        """Seconds before the next try: doubling, jittered between half and the whole."""
        whole = min(self.first_backoff * 2.0 ** (tries - 1), LONGEST_BACKOFF)
        return whole * self.chance.uniform(0.5, 1.0)

    async def rest(self, seconds: float) -> None:
        """Sleep, but end the run at once when the crawl is told to stop meanwhile."""
        end = self.clock() + seconds
        while (left := end - self.clock()) > 0:
            if not self.may_go_on():
                raise RunStopped(PARTIAL, "stopped: shutdown while waiting; run it again to go on")
            await self.sleep(min(left, 1.0))


class AnswerMiddleware:
    """Waits, tries again, refuses a query or ends the run, as the platform's answer demands."""

    def __init__(
        self,
        context: CrawlContext,
        platform: Platform,
        patience: Patience,
        count: Callable[[str], None],
    ) -> None:
        self._context = context
        self._platform = platform
        self._patience = patience
        self._count = count
        self._hold: Hold | None = None
        self._pause = 0.0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy for the crawler's spider."""
        spider = polling_spider(crawler)
        settings = spider.context.settings
        patience = Patience(
            max_wait=settings.max_rate_wait,
            first_backoff=BACKOFF_FACTOR * settings.request_delay,
            chance=random.Random(spider.context.run_id),  # noqa: S311 (jitter, no secret)
            may_go_on=lambda: crawler.crawling,
        )
        return cls(spider.context, spider.platform, patience, crawler.stats.inc_value)

    async def process_request(self, request: Request) -> None:
        """Hold the request back while a limit is in force; drop it when the run has ended."""
        if self._context.ending is not None:
            raise IgnoreRequest("the run has ended")
        if pause := request.meta.get(PAUSE):
            await self._sleep(pause, "the platform works on it")
        await self._slow_down()
        hold, self._hold = self._hold, None
        if hold is None:
            return
        if hold.until is None:
            raise RunStopped(RATE_LIMITED, f"rate_limited: {hold.reason}")
        await self._wait_until(hold.until)

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        """Pass a readable page on; otherwise ask again, or raise QueryRefused or RunStopped."""
        judge: Judge = request.meta.get(JUDGE, self._platform.judge)
        verdict = judge(_answer(response), self._patience.clock())
        if isinstance(verdict, Accept):
            self._hold, self._pause = verdict.hold, verdict.pause
            return response
        if isinstance(verdict, Refuse):
            raise QueryRefused(verdict.reason, verdict.cause, _server_time(response))
        if isinstance(verdict, Stop):
            raise RunStopped(verdict.status, verdict.reason)
        if isinstance(verdict, Wait):
            return await self._ask_after(request, verdict.until)
        return await self._ask_again(request, verdict)

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Ask again after a network error; a page that is too large is refused."""
        if isinstance(exception, DownloadCancelledError):
            raise QueryRefused("too_large: the answer is larger than a page may be")
        if not isinstance(exception, NETWORK_ERRORS):
            return None
        reason = (
            f"unreachable: {self._platform.base_url} did not answer "
            f"({type(exception).__name__}); check {self._platform.base_url_variable} "
            "and the network"
        )
        return await self._ask_again(request, Retry(reason))

    async def _ask_after(self, request: Request, until: float) -> Request:
        again = _counted(request)
        if again is None:
            raise self._limited(until)
        await self._wait_until(until)
        return again

    async def _ask_again(self, request: Request, retry: Retry) -> Request:
        again = _counted(request)
        if again is None:
            reason = f"{retry.reason} (tried {MAX_TRIES} times)"
            raise QueryRefused(reason) if retry.alone else RunStopped(retry.status, reason)
        seconds = self._patience.backoff(again.meta["tries"])
        log.warning("asking again in %.1f s: %s", seconds, retry.reason)
        self._count("vigie/retries")
        await self._sleep(seconds, retry.reason)
        return again

    async def _slow_down(self) -> None:
        pause, self._pause = self._pause, 0.0
        if pause > 0:
            self._count("vigie/slowdowns")
            await self._sleep(pause, "much of the allowance is used")

    async def _wait_until(self, moment: float) -> None:
        seconds = moment - self._patience.clock()
        if seconds > self._patience.max_wait:
            raise self._limited(moment)
        if seconds > 0:
            log.warning("waiting %.0f s for the rate limit of %s", seconds, self._platform.name)
            self._count("vigie/rate_waits")
            await self._sleep(seconds, "rate limit")

    async def _sleep(self, seconds: float, reason: str) -> None:
        now = self._patience.clock()
        self._context.waiting(_moment(now), _moment(now + seconds), reason)
        await self._patience.rest(seconds)
        self._context.working(_moment(self._patience.clock()))

    def _limited(self, until: float) -> RunStopped:
        self._context.limited_until = _moment(until)
        return RunStopped(RATE_LIMITED, limited_until(until))


def _answer(response: Response) -> Answer:
    headers = {
        name.decode("latin-1").lower(): b",".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }
    return Answer(response.status, headers, response.body)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _server_time(response: Response) -> datetime | None:
    """The platform's clock, from the Date header of its answer."""
    told = response.headers.get("Date")
    try:
        moment = parsedate_to_datetime(told.decode("ascii")) if told else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def _counted(request: Request) -> Request | None:
    """The request with its tries counted, None when it has been tried often enough."""
    tries = request.meta.get("tries", 0) + 1
    if tries >= MAX_TRIES:
        return None
    return request.replace(meta={**request.meta, "tries": tries})

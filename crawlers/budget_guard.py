"""The budget guard in a crawl: before each request a reservation, with each page its spend.

Near a limit, a request is reserved with its worst case before it is made, and settled in the
transaction of its page. A reservation whose answer never came stays on its day as spent: asking
the same again takes its place, and X bills a post once a day.
"""

import hashlib
from typing import Final, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.asyncio import run_in_thread
from sqlalchemy import text
from sqlmodel import Session

from crawlers.budget import (
    LOOK_EVERY,
    Allowed,
    Denied,
    Limits,
    Reading,
    ask_of,
    decide,
    reading_of,
    with_size,
)
from crawlers.context import PARTIAL, CrawlContext
from crawlers.pages import PageItem
from crawlers.spiders.polling import Platform, RunStopped, polling_spider
from models import Spend
from models.database import open_session
from models.spend import UNSETTLED, day_of, totals

BILLED_PLATFORM: Final = "x"
OK: Final = 200
_KEY: Final = int.from_bytes(hashlib.sha256(b"vigie spend").digest()[:7], "big")


class BudgetMiddleware:
    """Lets a request to X through only when its worst case can be paid for."""

    def __init__(self, context: CrawlContext, platform: Platform, source: str) -> None:
        self._context = context
        self._guarded = platform.name == BILLED_PLATFORM
        self._base_url = platform.base_url
        self._source = source
        self._limits = Limits.of(context.settings)
        self._unwatched = 0  # requests that may pass before the next look

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy for the crawler's spider."""
        spider = polling_spider(crawler)
        return cls(spider.context, spider.platform, spider.name)

    async def process_request(self, request: Request) -> Request | None:
        """Reserve the request, smaller if need be; RunStopped when a limit forbids it."""
        if not self._guarded:
            return None
        if self._unwatched:
            self._unwatched -= 1
            return None
        # A gateway's address may have a path of its own in front.
        asked = request.url.removeprefix(self._base_url)
        answer = await run_in_thread(reserve, self._context, self._source, self._limits, asked)
        if isinstance(answer, Denied):
            raise RunStopped(PARTIAL, answer.reason)
        self._unwatched = LOOK_EVERY if answer.far else 0
        if answer.size == ask_of(asked, self._limits).size:
            return None
        # The smaller request comes by here again, and fits.
        return request.replace(url=with_size(request.url, answer.size))

    async def process_response(
        self,
        request: Request,  # noqa: ARG002 (Scrapy's)
        response: Response,
    ) -> Response:
        """Give a reservation back when the platform refused: failed requests are not billed."""
        if self._guarded and response.status != OK:
            await run_in_thread(self._release)
        return response

    def _release(self) -> None:
        with open_session(self._context.engine) as session:
            settle(session, self._context, self._source)


def reserve(context: CrawlContext, source: str, limits: Limits, url: str) -> Allowed | Denied:
    """Set the worst case of a request aside, or say why it may not be made."""
    now = context.settings.clock()
    key = (source, day_of(now))
    ask = ask_of(url, limits)
    with open_session(context.engine) as session:
        one_at_a_time(session)
        answer = decide(ask, limits, totals(session, now.date(), without=key), now)
        if isinstance(answer, Allowed) and not answer.far:
            context.reserved_on = day_of(now)
            _write(session, (*key, UNSETTLED), answer.worst)
    return answer


def settle(session: Session, context: CrawlContext, source: str) -> None:
    """Take back the reservation of the request whose answer has come."""
    if context.reserved_on is None:
        return
    row = session.get(Spend, (source, context.reserved_on, UNSETTLED))
    if row is not None:
        session.delete(row)
        session.flush()
    context.reserved_on = None


def record_page(session: Session, context: CrawlContext, item: PageItem) -> None:
    """Write what a page cost, in its transaction, in place of its reservation."""
    if item.page is None:
        return
    reading = reading_of(
        item.page.endpoint,
        item.parsed,
        platform=item.platform,
        bill_included=context.settings.x_bill_included,
    )
    settle(session, context, item.poll.source)
    record_spend(session, (item.poll.source, day_of(item.page.received_at), item.page.endpoint),
                 reading)  # fmt: skip


def record_spend(session: Session, key: tuple[str, str, str], reading: Reading) -> None:
    """Add a reading to a (source, day, endpoint)."""
    row = session.get(Spend, key)
    if row is None:
        _write(session, key, reading)
        return
    row.requests += reading.requests
    row.posts += reading.posts
    row.users += reading.users
    row.usd = round(row.usd + reading.usd, 6)
    session.add(row)


def one_at_a_time(session: Session) -> None:
    """Wait for other crawls that reserve; SQLite's transactions do so by themselves."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _KEY})


def _write(session: Session, key: tuple[str, str, str], reading: Reading) -> None:
    source, day, endpoint = key
    session.merge(
        Spend(
            source=source,
            day=day,
            endpoint=endpoint,
            requests=reading.requests,
            posts=reading.posts,
            users=reading.users,
            usd=reading.usd,
        )
    )
    session.flush()

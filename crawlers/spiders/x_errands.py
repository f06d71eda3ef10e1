"""X endpoints that are asked for stored posts by id: an errand is one list of them."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from scrapy import Request

from config.watchlist import Watchlist
from crawlers.checkpoints import Poll, QueryPlan
from crawlers.context import PARTIAL
from crawlers.pages import PageItem
from crawlers.parsers.items import ParsedPage
from crawlers.spiders.polling import Planning, stored_progress
from crawlers.spiders.x_api import Call, XSpider
from crawlers.storage import FetchedPage

FORGOTTEN_AFTER: Final = timedelta(days=60)


@dataclass(frozen=True)
class Errand:
    """What an errand's list is made from: the store, and what earlier runs remembered."""

    name: str
    planning: Planning
    memory: Mapping[str, Any]


class XErrandSpider(XSpider):
    """Runs the errands of a source; a subclass says what is due and how one step is asked."""

    errands: ClassVar[tuple[tuple[str, str], ...]]  # id, and what a person reads of it
    position_life: ClassVar[timedelta] = timedelta(hours=12)

    @classmethod
    def queries_of(cls, watchlist: Watchlist) -> dict[str, str]:  # noqa: ARG003 (by the store)
        """The errands of this source."""
        return dict(cls.errands)

    @classmethod
    @abstractmethod
    def due(cls, errand: Errand) -> Mapping[str, Any] | None:
        """The position an errand starts from, None when nothing is due."""

    @classmethod
    def plan(cls, planning: Planning) -> list[tuple[str, QueryPlan]]:
        """An errand cut off lately goes on; each other one starts from what is due now."""
        plans = []
        for errand, _ in cls.errands:
            poll = cls._poll(planning, errand)
            plans.append((errand, QueryPlan((poll,) if poll is not None else ())))
        return plans

    @classmethod
    def _poll(cls, planning: Planning, errand: str) -> Poll | None:
        now = planning.asked.now
        known = stored_progress(planning.session, planning.keyring, cls.name, errand)
        if known.unfinished is not None and known.saved_at is not None:
            fresh = now - known.saved_at < cls.position_life
            if fresh and known.unfinished.position is not None:
                return known.unfinished
        position = cls.due(Errand(errand, planning, known.memory))
        if position is None:
            return None
        query = (cls.name, errand, cls.version_of(planning.watchlist, errand))
        return Poll.errand(query, now, position, known.memory)

    @abstractmethod
    def call(self) -> Call:
        """The next call of the current errand."""

    @abstractmethod
    def step(self, parsed: ParsedPage) -> Mapping[str, Any] | None:
        """The position after a page was read, None at the errand's end; may remember things."""

    def request(self) -> Request:
        """The current errand's next request."""
        return self.ask(self.call())

    @property
    def position(self) -> Mapping[str, Any]:
        """Where the current errand stands."""
        assert self.poll.position is not None
        return self.poll.position

    def take(self, page: FetchedPage, parsed: ParsedPage) -> Iterable[PageItem | Request]:
        """Keep the page and go on with the errand, or turn to the next one."""
        position = self.step(parsed)
        posts = sum(not post.context for post in parsed.posts)
        self.poll = self.poll.after_page(posts, position)
        yield self.item(page, parsed, done=position is None, **self.extras(page, parsed))
        yield from self.onward(done=position is None)

    def extras(self, page: FetchedPage, parsed: ParsedPage) -> dict[str, Any]:  # noqa: ARG002
        """More that is kept with a page."""
        return {}

    def onward(self, *, done: bool) -> Iterable[Request]:
        """The next request, within the run's limit of pages."""
        limit = self.context.settings.x_max_pages_per_run
        asked: int = self.crawler.stats.get_value("response_received_count", 0)
        if asked >= limit and (self.polls or not done):
            self.context.end(PARTIAL, f"page_limit: {limit} pages asked; run it again to go on")
        elif done:
            yield from self.next_poll()
        else:
            yield self.request()


def lately(asked: Mapping[str, Any], now: datetime, place: int) -> dict[str, Any]:
    """The entries of a memory that are not too old; the time stands at `place` of each."""
    return {
        key: entry
        for key, entry in asked.items()
        if now - datetime.fromisoformat(entry[place]) < FORGOTTEN_AFTER
    }

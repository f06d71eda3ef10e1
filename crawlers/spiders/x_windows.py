"""X endpoints that are asked window by window, newest first, page by page.

A window is divided when it is too large, when its page token is no longer taken, or when X's
clock does not allow it: what is newer than the oldest post received is complete, the rest is a
window of its own (docs/decisions/0009-polling-windows.md).
"""

import math
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from scrapy import Request

from crawlers.checkpoints import Asked, Poll, Window, WindowRule
from crawlers.context import PARTIAL
from crawlers.coverage import COMPLETE, FAILED, OLDER_THAN_SEARCH, WindowResult
from crawlers.pages import PageItem
from crawlers.parsers.items import ParsedPage
from crawlers.spiders.polling import PollingSpider, QueryRefused
from crawlers.spiders.x_api import Call, XSpider, posted_at
from crawlers.storage import FetchedPage

SPLIT_PAGES: Final = 25  # pages of one window before it is divided
MOST_RESTARTS: Final = 3  # of a window whose tokens are not taken before any post came
SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True)
class Place:
    """Where the poll of a window stands."""

    since: datetime  # asked from here on: the window, and the overlap before it
    token: str | None = None
    oldest: datetime | None = None  # of the posts received so far
    restarts: int = 0

    def after(self, parsed: ParsedPage) -> "Place":
        """The place one page further on."""
        oldest = posted_at(parsed.oldest_id)
        known = [moment for moment in (oldest, self.oldest) if moment is not None]
        return replace(self, token=parsed.next_token, oldest=min(known, default=None))

    def as_json(self) -> dict[str, Any]:
        """Plain values for the checkpoint."""
        return {
            "since": self.since.isoformat(),
            "next_token": self.token,
            "oldest": self.oldest.isoformat() if self.oldest else None,
            "restarts": self.restarts,
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> "Place":
        """The place of a checkpoint."""
        oldest = state["oldest"]
        return cls(
            datetime.fromisoformat(state["since"]),
            state["next_token"],
            datetime.fromisoformat(oldest) if oldest else None,
            state["restarts"],
        )


class XWindowSpider(XSpider, PollingSpider):
    """Walks windows of an X endpoint; a subclass says which call a place needs."""

    # Posts can be indexed after the window that should have held them was asked.
    overlap: ClassVar[timedelta] = timedelta(0)

    @abstractmethod
    def call(self, place: Place) -> Call:
        """The call for the next page of the current poll."""

    def request(self) -> Request:
        """The current poll's next page."""
        return self.ask(self.call(self.place))

    @property
    def place(self) -> Place:
        """Where the current poll stands."""
        if self.poll.position is not None:
            return Place.from_json(self.poll.position)
        context = self.context
        asked = Asked(context.now, context.since, context.until)
        return Place(self.asked_from(self.poll.window, asked))

    @classmethod
    def asked_from(cls, window: Window, asked: Asked) -> datetime:
        """Where the request for a window begins: at the overlap before it, as far as X reaches."""
        floor = cls.rule_for(asked).floor(asked.now)
        # A period that an operator named is asked as it was named.
        overlap = cls.overlap if asked.since is None else timedelta(0)
        since = window.start - overlap
        return since if floor is None else min(max(since, floor), window.start)

    def take(self, page: FetchedPage, parsed: ParsedPage) -> Iterable[PageItem | Request]:
        """Keep the page, then go on with its window, divide it, or turn to the next one."""
        before = self.place
        after = before.after(parsed)
        repeated = after.token is not None and after.token == before.token
        if repeated:
            self.count("vigie/repeated_tokens")
        self.poll = self.poll.after_page(self._received(parsed), after.as_json())
        if repeated or (after.token is not None and self.poll.pages >= SPLIT_PAGES):
            divided = self._divided(after)
            if divided is not None:
                yield from self._keep_divided(page, parsed, divided)
                return
        yield from self._keep(page, parsed, repeated=repeated, last=after.token is None)

    def recover(self, refusal: QueryRefused) -> Iterable[PageItem | Request] | None:
        """Divide the window at what has been received, or draw it again by X's clock."""
        if refusal.cause == "token":
            return self._without_token()
        if refusal.cause in ("end_time", "start_time") and refusal.server_time is not None:
            return self._by_their_clock(refusal.server_time)
        return super().recover(refusal)

    def rows_of(self, parsed: ParsedPage, page: FetchedPage) -> tuple[Any, ...]:  # noqa: ARG002
        """Further rows that are kept with a page."""
        return ()

    def closing(self, place: Place) -> WindowResult:  # noqa: ARG002 (for those it matters to)
        """How a window ended whose last page has come."""
        return WindowResult(COMPLETE)

    @property
    def _rule(self) -> WindowRule:
        context = self.context
        return self.rule_for(Asked(context.now, context.since, context.until))

    def _received(self, parsed: ParsedPage) -> int:
        window = self.poll.window
        return sum(
            not post.context and window.start <= post.created_at < window.end
            for post in parsed.posts
        )

    def _keep(
        self, page: FetchedPage, parsed: ParsedPage, *, repeated: bool, last: bool
    ) -> Iterator[PageItem | Request]:
        result = None
        if last:
            result = self.closing(self.place)
        elif repeated:
            result = WindowResult(PARTIAL, "repeated_next_token")
        yield self.item(page, parsed, result=result, rows=self.rows_of(parsed, page))
        if result is not None and result.reason is not None:
            self.context.refused[self.poll.query_id] = result.reason
        yield from self._onward(ended=result is not None)

    def _keep_divided(
        self, page: FetchedPage, parsed: ParsedPage, divided: "tuple[Poll, Poll]"
    ) -> Iterator[PageItem | Request]:
        self.poll, rest = divided
        item = self.item(page, parsed, result=WindowResult(COMPLETE))
        rest = replace(rest, memory=self.poll.memory)
        yield replace(item, then=rest)
        self.polls.appendleft(rest)
        yield from self._onward(ended=True)

    def _onward(self, *, ended: bool) -> Iterator[Request]:
        limit = self.context.settings.x_max_pages_per_run
        asked: int = self.crawler.stats.get_value("response_received_count", 0)
        if asked >= limit and (self.polls or not ended):
            self.context.end(PARTIAL, f"page_limit: {limit} pages asked; run it again to go on")
        elif ended:
            yield from self.next_poll()
        else:
            yield self.request()

    def _divided(self, place: Place) -> tuple[Poll, Poll] | None:
        """The newer part, which is complete, and the rest; None where it cannot be divided."""
        window = self.poll.window
        if place.oldest is None:
            return None
        # The second of the oldest post is asked again: more posts of it may be on the next page.
        cut = _whole_seconds(place.oldest) + SECOND
        if not window.start < cut < window.end:
            return None
        self.count("vigie/windows_divided")
        rest = self.poll.restarted(Window(window.start, cut), self.poll.query_version)
        return replace(self.poll, window=Window(cut, window.end)), rest

    def _without_token(self) -> Iterable[PageItem | Request] | None:
        place = self.place
        divided = self._divided(place)
        if divided is not None:
            newer, rest = divided
            self.polls.appendleft(rest)
            self.poll = newer
            return self._recorded(WindowResult(COMPLETE), rest)
        if place.restarts >= MOST_RESTARTS:
            return None
        again = replace(place, token=None, restarts=place.restarts + 1)
        self.poll = replace(self.poll, position=again.as_json())
        return [self.request()]

    def _by_their_clock(self, server_now: datetime) -> Iterable[PageItem | Request] | None:
        """The window again between what X's own clock allows; None when it already is."""
        rule, window = self._rule, self.poll.window
        floor = rule.floor(server_now)
        start = window.start if floor is None else max(window.start, floor + SECOND)
        end = min(window.end, rule.latest(server_now))
        if (start, end) == (window.start, window.end) or self.poll.pages:
            return None
        skew = math.ceil((self.context.settings.clock() - server_now).total_seconds())
        self.crawler.stats.set_value("vigie/clock_skew_seconds", skew)
        rest = self.poll.restarted(Window(start, end), self.poll.query_version)
        lost = Window(window.start, min(start, window.end))
        if lost:
            # X answers no further back, so there is no overlap either.
            rest = replace(rest, position=Place(start).as_json())
        if rest.window:
            self.polls.appendleft(rest)
        if lost:
            self.poll = replace(self.poll, window=lost)
            result = WindowResult(FAILED, OLDER_THAN_SEARCH)
            return self._recorded(result, rest if rest.window else None)
        return self.next_poll()

    def _recorded(self, result: WindowResult, rest: Poll | None) -> Iterator[PageItem | Request]:
        yield PageItem(
            poll=self.poll, platform=self.platform.name, result=result, done=True, then=rest
        )
        yield from self.next_poll()


def _whole_seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)

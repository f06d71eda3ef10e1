"""Who passed a stored X post on: its quotes, and its reposts with their time.

Keyword search has returned no reposts since May 2026, so the shares that coordination needs are
asked post by post: of posts that were passed on often, are young, and have spread since last
asked. Reposts are asked as posts (`/retweets`): the list of accounts (`/retweeted_by`) gives no
times, and a share without its time says nothing.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from scrapy import Request
from sqlalchemy import SQLColumnExpression

from crawlers.due import SpreadRule, platform_ids, spread_due
from crawlers.pages import PageItem
from crawlers.parsers.items import ParsedPage, RejectedRecord
from crawlers.spiders.polling import QueryRefused
from crawlers.spiders.x_api import POST_FIELDS, Call
from crawlers.spiders.x_errands import Errand, XErrandSpider, lately
from crawlers.storage import FetchedPage


class XSpreadSpider(XErrandSpider):
    """Walks the pages of a list under each post that is worth asking."""

    endpoint: ClassVar[str]
    page_size: ClassVar[int] = 100

    @classmethod
    @abstractmethod
    def counted(cls) -> SQLColumnExpression[int | None]:
        """The count that says how often a post was passed on."""

    @classmethod
    def due(cls, errand: Errand) -> Mapping[str, Any] | None:
        """Ids and counts of the posts to ask, and no page token yet."""
        planning = errand.planning
        settings = planning.settings
        rule = SpreadRule(settings.x_least_spread, most=settings.x_spread_posts_per_run)
        asked = errand.memory.get("asked", {})
        found = spread_due(planning.session, planning.asked.now, cls.counted(), rule, asked)
        counts = dict(found)
        ids = platform_ids(planning.session, planning.keyring, list(counts))
        waiting = [(ours, theirs, counts[ours]) for ours, theirs in ids.items()]
        return _start(waiting) if waiting else None

    def call(self) -> Call:
        """The next page under the first post of the list."""
        _, post_id, _ = self.position["waiting"][0]
        params = {"max_results": str(self.page_size), **POST_FIELDS[self.vocabulary]}
        if self.position["token"] is not None:
            params["pagination_token"] = self.position["token"]
        return Call(self.endpoint, params, path={"id": post_id}, most_posts=self.page_size)

    def step(self, parsed: ParsedPage) -> Mapping[str, Any] | None:
        """The next page of this post, or the next post."""
        token = parsed.next_token
        if token is not None and token != self.position["token"]:
            return {**self.position, "token": token}
        return self._next_post()

    def recover(self, refusal: QueryRefused) -> Iterable[PageItem | Request] | None:
        """A post whose list is refused is passed over; the others are still asked."""
        recovered = super().recover(refusal)
        if recovered is not None or refusal.cause == "vocabulary":
            return recovered
        if refusal.cause == "token" and self.position["token"] and not self.position["again"]:
            # The list can be had from its start only; what it repeats is known and adds nothing.
            again = {**self.position, "token": None, "again": True}
            self.poll = replace(self.poll, position=again)
            return [self.request()]
        self.count("vigie/lists_refused")
        position = self._next_post()
        self.poll = self.poll.after_page(0, position)
        return self._passed_over(done=position is None)

    def unreadable(self, page: FetchedPage, problem: str) -> Iterable[PageItem | Request]:
        """Keep the page in quarantine, and pass its post over."""
        rejected = RejectedRecord(reason="unreadable_page", path="$", detail=problem)
        position = self._next_post()
        self.poll = self.poll.after_page(0, position)
        yield self.item(page, ParsedPage(rejected=(rejected,)), done=position is None)
        yield from self.onward(done=position is None)

    def _passed_over(self, *, done: bool) -> Iterable[PageItem | Request]:
        yield self.item(None, ParsedPage(), done=done)
        yield from self.onward(done=done)

    def _next_post(self) -> Mapping[str, Any] | None:
        (ours, _, count), *others = self.position["waiting"]
        now = self.context.now
        asked = lately(self.poll.memory.get("asked", {}), now, place=0)
        asked[ours] = (now.isoformat(), count)
        self.poll = self.poll.remembering(asked=asked)
        return _start(others) if others else None


def _start(waiting: Sequence[Any]) -> dict[str, Any]:
    return {"waiting": waiting, "token": None, "again": False}

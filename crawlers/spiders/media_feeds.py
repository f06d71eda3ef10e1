"""RSS and Atom feeds of media sites: one request a feed, its newest entries as posts of the web.

A feed shows its newest entries only. What it reaches back to is complete; a window that begins
earlier is complete from its oldest entry on, and the part before it is lost and says so.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from scrapy import Request
from scrapy.http import Response

from config.media_feeds import MediaFeed
from config.settings import Settings
from config.watchlist import Watchlist
from crawlers.checkpoints import Window, WindowRule
from crawlers.coverage import COMPLETE, PARTIAL, WindowResult
from crawlers.pages import PageItem
from crawlers.parsers.feeds import parse_feed
from crawlers.parsers.items import ParsedPage, UnreadablePayload
from crawlers.spiders.polling import ENDPOINT, Platform, PollingSpider
from crawlers.verdicts import RETRIED_STATUSES, Accept, Answer, Refuse, Retry, Verdict

FEED: Final = "feed"
RULE: Final = WindowRule(first=timedelta(days=30), reach=None, lag=timedelta(0), position_life=None)
OLDER_THAN_FEED: Final = "older_than_feed: the feed shows its newest entries only"
# Headers of an answer, and those that ask whether it has changed since.
UNCHANGED_SINCE: Final = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}


def judge_feed(answer: Answer, now: float) -> Verdict:  # noqa: ARG001 (a Judge has a clock)
    """Verdict on an answer of a media site."""
    if answer.status in RETRIED_STATUSES or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Retry(f"http_{answer.status}")
    if answer.status not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
        return Refuse(f"http_{answer.status}: the site does not give its feed at this address")
    return Accept()


class MediaFeedsSpider(PollingSpider):
    """Asks each feed of the watchlist for its entries."""

    name = "media_feeds"
    rule = RULE
    acquisition = "public_feed"
    access = None

    @classmethod
    def platform_of(cls, settings: Settings) -> Platform:
        """The web: every feed has an address of its own, and no token."""
        return Platform(
            name="web",
            base_url=settings.feed_base_url or "",
            base_url_variable="the feed's url in the watchlist",
            token="",
            judge=judge_feed,
        )

    @classmethod
    def queries_of(cls, watchlist: Watchlist) -> dict[str, str]:
        """The watchlist's feeds, by register id."""
        return {feed.register_id: feed.name for feed in watchlist.media_feeds}

    @property
    def feed(self) -> MediaFeed:
        """The feed being asked."""
        feeds = {feed.register_id: feed for feed in self.context.watchlist.media_feeds}
        return feeds[self.poll.query_id]

    def request(self) -> Request:
        """The feed, if it has changed since it was last read."""
        # How far an unchanged feed reaches back is not told: a period that was named is read anew.
        known = self.poll.memory if self.context.since is None else {}
        headers = {asks: known[told] for told, asks in UNCHANGED_SINCE.items() if told in known}
        return Request(
            self.feed.address(self.context.settings.feed_base_url),
            headers=headers,
            callback=self.parse,
            errback=self.refused,
            meta={ENDPOINT: FEED},
        )

    def parse(self, response: Response) -> Iterator[PageItem | Request]:
        """Keep the feed; the window is complete from its oldest entry on."""
        if response.status == HTTPStatus.NOT_MODIFIED:
            self.poll = self.poll.after_page(0, None)
            yield self.item(None, ParsedPage(), result=WindowResult(COMPLETE))
            yield from self.next_poll()
            return
        page = self.page_of(response, FEED)
        try:
            parsed = parse_feed(page.body, feed_id=self.feed.register_id)
        except UnreadablePayload as error:
            yield from self.unreadable(page, str(error))
            return
        yield from self._without_what_is_lost(parsed)
        told = {name: value for name in UNCHANGED_SINCE if (value := _header(response, name))}
        window = self.poll.window
        posts = sum(window.start <= post.created_at < window.end for post in parsed.posts)
        self.poll = replace(self.poll.after_page(posts, None), memory=told)
        yield self.item(page, parsed, result=WindowResult(COMPLETE))
        yield from self.next_poll()

    def _without_what_is_lost(self, parsed: ParsedPage) -> Iterator[PageItem]:
        """Record the part of the window that the feed no longer shows, and leave it."""
        window = self.poll.window
        oldest = min((post.created_at for post in parsed.posts), default=window.start)
        cut = min(oldest.replace(microsecond=0), window.end)
        if cut <= window.start:
            return
        rest = replace(self.poll, window=Window(cut, window.end))
        yield PageItem(
            poll=replace(self.poll, window=Window(window.start, cut)),
            platform=self.platform.name,
            result=WindowResult(PARTIAL, OLDER_THAN_FEED),
            then=rest,
        )
        self.poll = rest


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None

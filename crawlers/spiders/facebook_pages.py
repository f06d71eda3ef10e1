"""Graph API: the posts of the watchlist's pages, and the comments under each of them.

A feed page is followed by the comment threads of its posts, then by the next feed page. Posts of
some days before the window are asked again, for comments and counts that came since.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from config.settings import Settings
from config.watchlist import FacebookPage, Watchlist
from crawlers.checkpoints import Poll, WindowRule
from crawlers.coverage import COMPLETE, PARTIAL, Thread, WindowResult
from crawlers.pages import PageItem
from crawlers.parsers.facebook import parse_graph_comments, parse_graph_feed
from crawlers.parsers.items import ParsedPage, PostItem, UnreadablePayload
from crawlers.spiders.polling import Access, Platform, PollingSpider, QueryRefused
from crawlers.storage import FetchedPage
from crawlers.verdicts import json_object, judge_graph

RULE: Final = WindowRule(
    first=timedelta(days=30),
    reach=None,
    lag=timedelta(0),
    position_life=timedelta(days=1),  # cursors are not to be kept long
)
FACEBOOK_ACCESS: Final = Access(
    "VIGIE_FACEBOOK_TOKEN",
    "put a system user or page token from the Meta app dashboard into .env",
)
FEED: Final = "feed"
COMMENTS: Final = "comments"
# Without filter(stream) the total claims top-level comments only, and replies look like a surplus.
FEED_FIELDS: Final = (
    "id,message,story,created_time,updated_time,permalink_url,from,status_type,parent_id,"
    "is_published,message_tags,shares,"
    "attachments{media_type,type,url,unshimmed_url,title,description,target,media,"
    "subattachments},"
    "reactions.limit(0).summary(total_count),"
    "comments.filter(stream).limit(0).summary(total_count)"
)
COMMENT_FIELDS: Final = (
    "id,message,created_time,like_count,comment_count,from,message_tags,parent,attachment"
)


@dataclass(frozen=True)
class OpenThread:
    """A post whose comments are still to be asked, from a cursor on."""

    post_platform_id: str
    claimed: int | None
    after: str | None = None

    def closed(self) -> Thread:
        """The thread as coverage wants it."""
        return Thread(self.post_platform_id, self.claimed)


@dataclass(frozen=True)
class Position:
    """Where a page's poll stands: the next feed page, and the threads before it."""

    after: str | None = None
    feed_done: bool = False
    repeated: bool = False  # the feed gave the same cursor twice
    threads: tuple[OpenThread, ...] = ()

    @property
    def done(self) -> bool:
        """Nothing is left to ask."""
        return self.feed_done and not self.threads

    def result(self) -> WindowResult | None:
        """How the window ended, None while it goes on."""
        if not self.done:
            return None
        return WindowResult(PARTIAL, "repeated_cursor") if self.repeated else WindowResult(COMPLETE)

    def after_feed(self, parsed: ParsedPage) -> "Position":
        """The position after a feed page: its threads come first."""
        repeated = parsed.next_token is not None and parsed.next_token == self.after
        return replace(
            self,
            after=parsed.next_token,
            feed_done=parsed.next_token is None or repeated,
            repeated=repeated,
            threads=tuple(
                OpenThread(post.platform_id, post.claimed_comments)
                for post in _own_posts(parsed)
                if post.claimed_comments != 0
            ),
        )

    def after_comments(self, cursor: str | None) -> "Position":
        """The position after a page of comments; cursor None closes the thread."""
        first, *others = self.threads
        if cursor is None or cursor == first.after:
            return replace(self, threads=tuple(others))
        return replace(self, threads=(replace(first, after=cursor), *others))

    def as_json(self) -> dict[str, Any]:
        """Plain values for the checkpoint."""
        threads = [[t.post_platform_id, t.claimed, t.after] for t in self.threads]
        return {
            "after": self.after,
            "feed_done": self.feed_done,
            "repeated": self.repeated,
            "threads": threads,
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any] | None) -> "Position":
        """The position of a checkpoint; the start when there is none."""
        if state is None:
            return cls()
        threads = tuple(OpenThread(*entry) for entry in state["threads"])
        return cls(state["after"], state["feed_done"], state["repeated"], threads)


def feed_params(
    poll: Poll, position: Position, *, lookback_days: int, page_size: int
) -> dict[str, str]:
    """Parameters of the next feed page: the window and the days before it."""
    since = poll.window.start - timedelta(days=lookback_days)
    params = {
        "fields": FEED_FIELDS,
        "since": str(int(since.timestamp())),
        "until": str(int(poll.window.end.timestamp())),
        "limit": str(page_size),
    }
    return params if position.after is None else {**params, "after": position.after}


def comment_params(thread: OpenThread, *, page_size: int) -> dict[str, str]:
    """Parameters of the next page of a thread, replies included, oldest first."""
    params = {
        "fields": COMMENT_FIELDS,
        "filter": "stream",
        "order": "chronological",
        "limit": str(page_size),
    }
    return params if thread.after is None else {**params, "after": thread.after}


def facebook_platform(settings: Settings) -> Platform:
    """The Graph API of a deployment."""
    token = settings.facebook_token
    return Platform(
        name="facebook",
        base_url=settings.facebook_base_url.rstrip("/"),
        base_url_variable="VIGIE_FACEBOOK_BASE_URL",
        token=token.get_secret_value() if token else "",
        judge=judge_graph,
    )


class FacebookPagesSpider(PollingSpider):
    """Asks each page of the watchlist for its posts and their comments."""

    name = "facebook_pages"
    rule = RULE
    acquisition = "graph_api"
    access = FACEBOOK_ACCESS

    @classmethod
    def platform_of(cls, settings: Settings) -> Platform:
        """The Graph API."""
        return facebook_platform(settings)

    @classmethod
    def queries_of(cls, watchlist: Watchlist) -> dict[str, str]:
        """The watchlist's pages, by register id."""
        return {
            page.register_id: page.name or page.register_id for page in watchlist.facebook_pages
        }

    @property
    def fb_page(self) -> FacebookPage:
        """The page being asked."""
        pages = {page.register_id: page for page in self.context.watchlist.facebook_pages}
        return pages[self.poll.query_id]

    @property
    def position(self) -> Position:
        """Where the current poll stands."""
        return Position.from_json(self.poll.position)

    def request(self) -> Request:
        """The first open thread's next comments, or else the next feed page."""
        settings = self.context.settings
        position = self.position
        if position.threads:
            thread = position.threads[0]
            params = comment_params(thread, page_size=settings.facebook_page_size)
            url = self._address(thread.post_platform_id, COMMENTS, params)
            return Request(url, callback=self.parse_comments, errback=self.thread_refused)
        params = feed_params(
            self.poll,
            position,
            lookback_days=settings.facebook_lookback_days,
            page_size=settings.facebook_page_size,
        )
        url = self._address(self.fb_page.page_id, FEED, params)
        return Request(url, callback=self.parse_feed, errback=self.refused)

    def parse_feed(self, response: Response) -> Iterator[PageItem | Request]:
        """Keep a page of posts, and open the threads under them."""
        page = self.page_of(response, FEED)
        try:
            parsed = parse_graph_feed(json_object(page.body) or {}, page_id=self.fb_page.page_id)
        except UnreadablePayload as error:
            yield from self.unreadable(page, str(error))
            return
        posts = _own_posts(parsed)
        without = tuple(Thread(p.platform_id, 0) for p in posts if p.claimed_comments == 0)
        window = self.poll.window
        in_window = sum(window.start <= post.created_at < window.end for post in posts)
        yield from self._move(
            self.position.after_feed(parsed), page, parsed, posts=in_window, threads=without
        )

    def parse_comments(self, response: Response) -> Iterator[PageItem | Request]:
        """Keep a page of comments; the last one closes the thread."""
        page = self.page_of(response, COMMENTS)
        before = self.position
        thread = before.threads[0]
        try:
            parsed = parse_graph_comments(
                json_object(page.body) or {},
                post_id=thread.post_platform_id,
                page_id=self.fb_page.page_id,
            )
        except UnreadablePayload as error:
            yield from self.unreadable(page, str(error))
            return
        after = before.after_comments(parsed.next_token)
        closed = len(after.threads) < len(before.threads)
        yield from self._move(after, page, parsed, threads=(thread.closed(),) if closed else ())

    def thread_refused(self, failure: Failure) -> Iterator[PageItem | Request]:
        """Errback of comments: a refused thread is closed as it is, the page goes on."""
        if not isinstance(failure.value, QueryRefused):
            yield from self.refused(failure)
            return
        self.crawler.stats.inc_value("vigie/threads_refused")
        before = self.position
        thread = before.threads[0]
        yield from self._move(before.after_comments(None), None, threads=(thread.closed(),))

    def _move(
        self,
        position: Position,
        page: FetchedPage | None,
        parsed: ParsedPage | None = None,
        *,
        posts: int = 0,
        threads: tuple[Thread, ...] = (),
    ) -> Iterator[PageItem | Request]:
        self.poll = self.poll.after_page(posts, position.as_json())
        result = position.result()
        if result is not None and result.reason is not None:
            self.context.refused[self.poll.query_id] = result.reason
        yield self.item(page, parsed or ParsedPage(), result=result, threads=threads)
        if result is None:
            yield self.request()
        else:
            yield from self.next_poll()

    def _address(self, node: str, edge: str, params: Mapping[str, str]) -> str:
        version = self.context.settings.facebook_api_version
        return (
            f"{self.platform.base_url}/{version}/{quote(node, safe='')}/{edge}?{urlencode(params)}"
        )


def _own_posts(parsed: ParsedPage) -> list[PostItem]:
    return [post for post in parsed.posts if post.kind == "post" and not post.context]

"""Graph API: the posts of the watchlist's pages, and the comments under each of them.

Posts of some days before the window are asked again, for comments and counts that came since,
and so are older threads that are still short. A known post that the feed no longer shows is
asked for by its id. A feed gives a choice of a page's older posts, so a window that began long
before it was asked is never complete.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from config.settings import Settings
from config.watchlist import FacebookPage, Watchlist
from crawlers import graph_requests
from crawlers.checkpoints import Poll, QueryPlan
from crawlers.comments import Thread
from crawlers.graph_photos import FeedPage
from crawlers.graph_position import Position, bare_threads, own_posts
from crawlers.graph_requests import COMMENTS, NODE, PHOTOS
from crawlers.graph_threads import OpenThread
from crawlers.graph_verdicts import (
    BAD_REQUEST,
    CURSOR,
    GONE,
    TOO_MUCH,
    judge_graph,
    kind_of,
    usage_of,
)
from crawlers.graph_windows import RULE, asked_period, divided, is_live, shortfall
from crawlers.page_posts import ShortThreads, posts_of, short_threads
from crawlers.pages import PageItem
from crawlers.parsers.facebook import comment_summary, parse_graph_comments, parse_graph_feed
from crawlers.parsers.facebook_photos import photos_in
from crawlers.parsers.items import GoneItem, ParsedPage, RejectedRecord, UnreadablePayload
from crawlers.parsers.tokens import without_tokens
from crawlers.spiders.polling import Access, Planning, Platform, PollingSpider, QueryRefused
from crawlers.storage import FetchedPage
from crawlers.verdicts import json_object
from models.database import open_session

log = logging.getLogger(__name__)

FACEBOOK_ACCESS: Final = Access(
    "VIGIE_FACEBOOK_TOKEN",
    "put a system user or page token from the Meta app dashboard into .env",
)


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known: dict[str, tuple[str, ...]] = {}  # register id -> posts the feed should show
        self.short: dict[str, ShortThreads] = {}

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

    @classmethod
    def plan(cls, planning: Planning) -> list[tuple[str, QueryPlan]]:
        """For each page its unfinished poll, then the window since the last one."""
        return [(query_id, divided(plan)) for query_id, plan in super().plan(planning)]

    @property
    def fb_page(self) -> FacebookPage:
        """The page being asked."""
        pages = {page.register_id: page for page in self.context.watchlist.facebook_pages}
        return pages[self.poll.query_id]

    @property
    def position(self) -> Position:
        """Where the current poll stands."""
        if self.poll.position is not None:
            return Position.from_json(self.poll.position)
        if not is_live(self.poll):
            return Position()
        query_id = self.poll.query_id
        return Position.starting(
            self.known.get(query_id, ()), self.short.get(query_id, ShortThreads()).due
        )

    @property
    def lookback(self) -> timedelta:
        """How long before its window a live poll looks."""
        return timedelta(days=self.context.settings.facebook_lookback_days)

    def request(self) -> Request:
        """The first open thread's comments, or else the feed, or else a known post by its id."""
        position = self.position
        size = self.context.settings.facebook_page_size
        if position.threads:
            return self._thread_request(position, size)
        if position.feed_done:
            params = graph_requests.node_params(position.manner)
            return self._ask(position.unseen[0], params, self.parse_node, self.node_refused)
        edge = f"{self.fb_page.page_id}/{position.manner.feed_edge}"
        params = graph_requests.feed_params(
            asked_period(self.poll, self.lookback),
            position.cursor.position,
            position.manner,
            page_size=size,
        )
        return self._ask(edge, params, self.parse_feed, self.refused)

    def parse_feed(self, response: Response) -> Iterator[PageItem | Request]:
        """Keep a page of posts, and open the threads under them."""
        position = self.position
        page = self.page_of(response, position.manner.feed_edge)
        body = json_object(page.body) or {}
        try:
            parsed = parse_graph_feed(body, page_id=self.fb_page.page_id)
        except UnreadablePayload as error:
            yield from self.unreadable(page, str(error))
            return
        known = self.known.get(self.poll.query_id, ())
        photos = {photo: post for photo, post in photos_in(body).items() if post not in known}
        yield from self._with_photos(FeedPage(page, parsed, photos))

    def parse_photos(self, response: Response, feed: FeedPage) -> Iterator[PageItem | Request]:
        """Keep what photos show beside the posts they stand in."""
        yield from self._with_photos(feed.told(self.page_of(response, PHOTOS)))

    def photos_refused(self, failure: Failure) -> Iterator[PageItem | Request]:
        """Errback of photos: their posts are kept without what they show."""
        if not isinstance(failure.value, QueryRefused):
            yield from self.refused(failure)
            return
        feed: FeedPage = failure.request.cb_kwargs["feed"]  # type: ignore[attr-defined]
        self.count("vigie/photos_refused", len(feed.asked))
        yield from self._with_photos(feed.not_told())

    def _with_photos(self, feed: FeedPage) -> Iterator[PageItem | Request]:
        """Ask what the photos of a page of posts show, then keep the page."""
        if feed.photos:
            params = graph_requests.photo_params(feed.asked)
            request = self._ask("", params, self.parse_photos, self.photos_refused)
            yield request.replace(cb_kwargs={"feed": feed})
        else:
            yield from self._keep_feed(feed)

    def _keep_feed(self, feed: FeedPage) -> Iterator[PageItem | Request]:
        parsed = feed.parsed
        after, window = self.position.after_feed(parsed), self.poll.window
        in_window = sum(window.start <= p.created_at < window.end for p in own_posts(parsed))
        # A page that is asked again is counted then.
        counted = 0 if after.cursor.detours else in_window
        threads = bare_threads(parsed)
        yield from self._move(
            after, feed.page, parsed, posts=counted, threads=threads, beside=feed.beside
        )

    def parse_comments(self, response: Response) -> Iterator[PageItem | Request]:
        """Keep a page of comments; the last one closes the thread."""
        page = self.page_of(response, COMMENTS)
        position = self.position
        thread = position.threads[0]
        body = json_object(page.body) or {}
        try:
            parsed = self._read_comments(body, thread)
        except UnreadablePayload as error:
            self.count("vigie/threads_refused")
            yield from self._move_thread(position, thread.refused(), page, _unread(error))
            return
        after = thread.after_page(parsed, comment_summary(body))
        self.count("vigie/threads_asked_apart", len(after.asked) - len(thread.asked))
        yield from self._move_thread(position, after, page, parsed)

    def parse_node(self, response: Response) -> Iterator[PageItem | Request]:
        """Keep a known post that the feed did not show and that is there all the same."""
        page, position = self.page_of(response, NODE), self.position
        try:
            parsed = parse_graph_feed(json_object(page.body) or {}, page_id=self.fb_page.page_id)
        except UnreadablePayload as error:
            yield from self._move(position.check_refused(gone=False), page, _unread(error))
            return
        self.count("vigie/posts_left_out_by_feed")
        threads = bare_threads(parsed)
        yield from self._move(position.after_check(parsed), page, parsed, threads=threads)

    def recover(self, refusal: QueryRefused) -> Iterable[PageItem | Request] | None:
        """Ask the feed otherwise: in smaller pages, from its start, fewer fields, another edge."""
        position = self.position
        kind = kind_of(refusal.reason)
        after = self._smaller(kind)
        if after is None and kind in (CURSOR, BAD_REQUEST) and position.cursor.position is not None:
            after = position.feed_restarted()
            self.count("vigie/cursors_expired")
        if after is None:
            after = position.in_another_manner(kind)
            if after is not None:
                self._note_manner(after)
        return None if after is None else self._turn(after)

    def thread_refused(self, failure: Failure) -> Iterator[PageItem | Request]:
        """Errback of comments: the thread is asked otherwise, or closed as it is."""
        refusal = failure.value
        if not isinstance(refusal, QueryRefused):
            yield from self.refused(failure)
            return
        position = self.position
        thread, kind = position.threads[0], kind_of(refusal.reason)
        after = self._smaller(kind) or self._thread_again(position, kind)
        if after is not None:
            yield from self._turn(after)
            return
        self.count("vigie/threads_refused")
        gone = kind == GONE and not thread.is_nested
        parsed = self._gone(thread.post_id, refusal, gone=gone)
        position = replace(position, gone=position.gone + gone)
        yield from self._move_thread(position, thread.refused(), None, parsed)

    def node_refused(self, failure: Failure) -> Iterator[PageItem | Request]:
        """Errback of a known post: it is gone, or cannot be told."""
        refusal = failure.value
        if not isinstance(refusal, QueryRefused):
            yield from self.refused(failure)
            return
        position = self.position
        kind = kind_of(refusal.reason)
        if kind == BAD_REQUEST and not position.manner.lean:
            yield from self._turn(position.in_another_manner(kind) or position)
            return
        parsed = self._gone(position.unseen[0], refusal, gone=kind == GONE)
        yield from self._move(position.check_refused(gone=kind == GONE), None, parsed)

    def page_of(self, response: Response, endpoint: str) -> FetchedPage:
        """The body of a response without any access token in it."""
        page = super().page_of(response, endpoint)
        self._note(response)
        return replace(page, body=without_tokens(page.body, self.platform.token))

    def _plan(self) -> list[Poll]:
        polls = super()._plan()
        with open_session(self.context.engine) as session:
            for poll in polls:
                if not is_live(poll):
                    continue
                page, period = (self.name, poll.query_id), asked_period(poll, self.lookback)
                keyring = self.context.keyring
                self.known[poll.query_id] = posts_of(session, keyring, page, period)
                short = short_threads(session, keyring, page, period.start, poll.polled_at)
                self.short[poll.query_id] = short
                self.count("vigie/threads_asked_again", len(short.due))
                self.count("vigie/threads_hopeless", short.hopeless)
        return polls

    def _thread_request(self, position: Position, size: int) -> Request:
        thread = position.threads[0]
        params = graph_requests.comment_params(
            thread.cursor.position,
            position.manner,
            replies_of_post=not thread.is_nested,
            page_size=size,
        )
        return self._ask(
            f"{thread.node}/{COMMENTS}", params, self.parse_comments, self.thread_refused
        )

    def _read_comments(self, body: Mapping[str, Any], thread: OpenThread) -> ParsedPage:
        parsed = parse_graph_comments(body, post_id=thread.post_id, page_id=self.fb_page.page_id)
        if not thread.is_nested:
            return parsed
        # Answers listed under their comment need not say whose they are.
        posts = tuple(
            replace(post, parent_platform_id=thread.node)
            if post.parent_platform_id == thread.post_id
            else post
            for post in parsed.posts
        )
        return replace(parsed, posts=posts)

    def _thread_again(self, position: Position, kind: str) -> Position | None:
        """The first thread from its start or with fewer fields, None when that makes no sense."""
        thread = position.threads[0]
        again = thread.restarted() if kind in (CURSOR, BAD_REQUEST) else None
        if again is not None:
            self.count("vigie/cursors_expired")
            return position.with_thread(again)
        if kind == BAD_REQUEST and not position.manner.lean:
            return position.in_another_manner(kind)
        return None

    def _smaller(self, kind: str) -> Position | None:
        if kind != TOO_MUCH:
            return None
        return self.position.in_smaller_pages(self.context.settings.facebook_page_size)

    def _gone(self, post_id: str, refusal: QueryRefused, *, gone: bool) -> ParsedPage:
        """The post as gone, unless so many are that the token is more likely to be the cause."""
        if not gone:
            return ParsedPage()
        if not self.position.may_lose_another:
            self.count("vigie/gone_doubted")
            return ParsedPage()
        self.count("vigie/posts_gone")
        code = refusal.reason.split(":")[1].strip()
        return ParsedPage(gone=(GoneItem(post_id, "unavailable", code),))

    def _move_thread(
        self,
        position: Position,
        thread: OpenThread,
        page: FetchedPage | None,
        parsed: ParsedPage,
    ) -> Iterator[PageItem | Request]:
        closed = (thread.closed(),) if thread.done else ()
        yield from self._move(position.with_thread(thread), page, parsed, threads=closed)

    def _move(
        self,
        position: Position,
        page: FetchedPage | None,
        parsed: ParsedPage,
        *,
        posts: int = 0,
        threads: tuple[Thread, ...] = (),
        beside: tuple[FetchedPage, ...] = (),
    ) -> Iterator[PageItem | Request]:
        self.poll = self.poll.after_page(posts, position.as_json())
        result = position.result(shortfall(self.poll))
        if result is not None and position.fault is not None:
            self.context.refused[self.poll.query_id] = position.fault
        yield self.item(page, parsed, result=result, threads=threads, beside=beside)
        if result is None:
            yield self.request()
        else:
            yield from self.next_poll()

    def _turn(self, position: Position) -> Iterator[PageItem | Request]:
        """Go on from a position without a page; one that ends the poll is recorded."""
        if position.done:
            yield from self._move(position, None, ParsedPage())
            return
        self.poll = replace(self.poll, position=position.as_json())
        yield self.request()

    def _ask(self, path: str, params: Mapping[str, str], callback: Any, errback: Any) -> Request:
        version = self.context.settings.facebook_api_version
        url = graph_requests.address(self.platform.base_url, version, path, params)
        return Request(url, callback=callback, errback=errback)

    def _note(self, response: Response) -> None:
        """What the run's figures say of an answer: the allowance used, the version served."""
        told = {
            name.decode("latin-1").lower(): b",".join(values).decode("latin-1")
            for name, values in response.headers.items()
        }
        stats = self.crawler.stats
        stats.max_value("vigie/usage_percent", usage_of(told).percent)
        asked = self.context.settings.facebook_api_version
        served = told.get("facebook-api-version", asked)
        if served != asked and stats.get_value("vigie/version_served") != served:
            log.warning("Facebook answers with %s, %s was asked", served, asked)
            stats.set_value("vigie/version_served", served)

    def _note_manner(self, position: Position) -> None:
        manner = position.manner
        how = f"{manner.feed_edge}, fewer fields" if manner.lean else manner.feed_edge
        log.warning("%s: asked again by %s", self.poll.query_id, how)
        self.crawler.stats.set_value(f"vigie/asked_by/{self.poll.query_id}", how)


def _unread(error: UnreadablePayload) -> ParsedPage:
    """A page that no parser could read, kept with its reason."""
    return ParsedPage(rejected=(RejectedRecord("unreadable_page", "$", str(error)),))

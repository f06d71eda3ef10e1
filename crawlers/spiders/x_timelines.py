"""X API v2 user timelines: everything the page register's X accounts post, reposts included."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from scrapy import Request
from sqlmodel import col, func, select

from config.watchlist import Watchlist
from crawlers.checkpoints import WindowRule
from crawlers.context import PARTIAL
from crawlers.coverage import COMPLETE, WindowResult
from crawlers.pages import PageItem
from crawlers.parsers.items import ParsedPage
from crawlers.spiders.x_api import POST_FIELDS, Call, rfc3339
from crawlers.spiders.x_windows import Place, XWindowSpider
from crawlers.storage import FetchedPage
from crawlers.verdicts import json_object
from models import Post, PostCollection
from models.database import read_session

ENDPOINT: Final = "/2/users/{id}/tweets"
MOST_POSTS: Final = 3200  # the endpoint gives no older ones
CLOSED: Final = "account_closed: X does not show this account; look at it in a browser"
RULE: Final = WindowRule(
    first=timedelta(days=30), reach=None, lag=timedelta(seconds=30), position_life=None
)


class XTimelinesSpider(XWindowSpider):
    """Asks the timeline of each registered X account of an organisation."""

    name = "x_timelines"
    rule = RULE
    overlap = timedelta(minutes=10)

    @classmethod
    def queries_of(cls, watchlist: Watchlist) -> dict[str, str]:
        """Organisations' X accounts, by register id; a person's timeline is never followed."""
        return {
            account.register_id: account.name
            for account in watchlist.registered_accounts
            if account.platform == "x" and account.name is not None
        }

    def call(self, place: Place) -> Call:
        """A page of the current account's window."""
        page_size = self.context.settings.x_page_size
        params = {
            "start_time": rfc3339(place.since),
            "end_time": rfc3339(self.poll.window.end),
            "max_results": str(page_size),
            **POST_FIELDS[self.vocabulary],
        }
        if place.token is not None:
            params["pagination_token"] = place.token
        return Call(ENDPOINT, params, path={"id": self._account_id()}, most_posts=page_size)

    def take(self, page: FetchedPage, parsed: ParsedPage) -> Iterable[PageItem | Request]:
        """Keep the page; a closed account's timeline is an error with status 200, and no window."""
        if _is_closed(page):
            yield from self.give_up(CLOSED, page=page, parsed=parsed, under=self.collection())
            return
        yield from super().take(page, parsed)

    def closing(self, place: Place) -> WindowResult:
        """Complete, unless the timeline ended where X cuts every timeline."""
        window = self.poll.window
        reached = place.oldest is not None and place.oldest <= window.start
        if not reached and self._newer() + self.poll.posts >= self._limit:
            return WindowResult(PARTIAL, "timeline_limit: X gives the newest 3,200 posts only")
        return WindowResult(COMPLETE)

    @property
    def _limit(self) -> int:
        """From so many posts on a timeline may have been cut: its last page is not full."""
        return MOST_POSTS - self.context.settings.x_page_size

    def _newer(self) -> int:
        """Posts held of this timeline that are newer than the window: X counts them too."""
        newer = (
            select(func.count())
            .select_from(PostCollection)
            .join(Post, col(Post.id) == col(PostCollection.post_id))
            .where(
                PostCollection.source == self.name,
                PostCollection.query_id == self.poll.query_id,
                col(Post.created_at) >= self.poll.window.end,
            )
        )
        with read_session(self.context.engine) as session:
            return session.exec(newer).one()

    def _account_id(self) -> str:
        return next(
            account.platform_id
            for account in self.context.watchlist.registered_accounts
            if account.register_id == self.poll.query_id
        )


def _is_closed(page: FetchedPage) -> bool:
    told = json_object(page.body) or {}
    return "errors" in told and not {"data", "meta"} & told.keys()

"""X API v2 user timelines: everything the page register's X accounts post, reposts included."""

from datetime import timedelta
from typing import Final

from config.watchlist import Watchlist
from crawlers.checkpoints import WindowRule
from crawlers.context import PARTIAL
from crawlers.coverage import COMPLETE, WindowResult
from crawlers.spiders.x_api import POST_FIELDS, Call, rfc3339
from crawlers.spiders.x_windows import Place, XWindowSpider

ENDPOINT: Final = "/2/users/{id}/tweets"
MOST_POSTS: Final = 3200  # the endpoint gives no older ones
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

    def closing(self, place: Place) -> WindowResult:
        """Complete, unless the timeline ended where X cuts every timeline."""
        at_limit = self.poll.posts >= MOST_POSTS - self.context.settings.x_page_size
        if at_limit and place.oldest is not None and place.oldest > self.poll.window.start:
            return WindowResult(PARTIAL, "timeline_limit: X gives the newest 3,200 posts only")
        return WindowResult(COMPLETE)

    def _account_id(self) -> str:
        return next(
            account.platform_id
            for account in self.context.watchlist.registered_accounts
            if account.register_id == self.poll.query_id
        )

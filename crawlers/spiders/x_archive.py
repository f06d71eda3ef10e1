"""X API v2 full-archive search: periods that recent search can no longer give, by order only.

It keeps checkpoints and coverage of its own, so that a backfill and live polling never meet;
what live polling has wholly collected is not asked, and paid, a second time.
"""

from datetime import timedelta
from typing import Final

from scrapy.settings import BaseSettings

from config.errors import UsageError
from crawlers.checkpoints import Asked, Window, WindowRule
from crawlers.coverage import complete_windows
from crawlers.spiders.polling import Planning
from crawlers.spiders.x_api import Call, rfc3339
from crawlers.spiders.x_search import XQuerySpider, XSearchSpider, search_call
from crawlers.spiders.x_windows import Place

ENDPOINT: Final = "/2/tweets/search/all"
LEAST_DELAY: Final = 1.0  # seconds; the endpoint answers once a second
RULE: Final = WindowRule(
    first=timedelta(0),
    reach=None,
    lag=timedelta(seconds=30),
    position_life=None,
    longest=timedelta(days=31),
)


class XArchiveSpider(XQuerySpider):
    """Asks full-archive search for each query of the watchlist, for a period an operator names."""

    name = "x_archive"
    rule = RULE

    @classmethod
    def check(cls, asked: Asked) -> None:
        """Refuse a run without its period: nobody buys the whole archive by mistake."""
        if asked.since is None or asked.until is None:
            raise UsageError(
                "x_archive needs its period; add --since 2024-09-01 --until 2024-09-08"
            )

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Never ask more than once a second."""
        super().update_settings(settings)
        slowest = max(settings.getfloat("DOWNLOAD_DELAY"), LEAST_DELAY)
        settings.set("DOWNLOAD_DELAY", slowest, priority="spider")

    @classmethod
    def collected_elsewhere(cls, planning: Planning, query_id: str) -> tuple[Window, ...]:
        """Windows that live polling or an earlier backfill has wholly collected."""
        return tuple(
            window
            for source in (XSearchSpider.name, cls.name)
            for window in complete_windows(
                planning.session,
                source,
                query_id,
                version=cls.version_of(planning.watchlist, query_id),
            )
        )

    def call(self, place: Place) -> Call:
        """A page of the current query's window."""
        return search_call(
            ENDPOINT,
            self.queries_of(self.context.watchlist)[self.poll.query_id],
            place,
            rfc3339(self.poll.window.end),
            vocabulary=self.vocabulary,
            page_size=self.context.settings.x_archive_page_size,
        )

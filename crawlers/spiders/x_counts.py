"""X API v2 counts: how many posts X itself finds for each query and hour, to hold ours against.

One request counts a week of hours, so that recall is measured for a few cents a day.
"""

from datetime import timedelta
from typing import Final

from crawlers.checkpoints import Asked, WindowRule
from crawlers.parsers.items import ParsedPage
from crawlers.parsers.x_figures import CountBucket, parse_x_counts
from crawlers.spiders.x_api import Call, rfc3339
from crawlers.spiders.x_search import REACH, XQuerySpider, XSearchSpider
from crawlers.spiders.x_windows import Place
from crawlers.storage import FetchedPage
from crawlers.verdicts import json_object
from models import CountProbe

RECENT: Final = "/2/tweets/counts/recent"
ALL: Final = "/2/tweets/counts/all"
HOUR: Final = timedelta(hours=1)
RECENT_RULE: Final = WindowRule(
    first=REACH, reach=REACH, lag=timedelta(minutes=10), position_life=None, step=HOUR
)
ALL_RULE: Final = WindowRule(
    first=REACH, reach=None, lag=timedelta(minutes=10), position_life=None, step=HOUR
)


class XCountsSpider(XQuerySpider):
    """Asks for hourly counts of the watchlist's queries: recent ones, or of the period asked."""

    name = "x_counts"
    rule = RECENT_RULE

    @classmethod
    def rule_for(cls, asked: Asked) -> WindowRule:
        """The whole archive can be counted, at twice the price, when a period is asked for."""
        return RECENT_RULE if asked.since is None else ALL_RULE

    def call(self, place: Place) -> Call:
        """The hours of the current window, a month a page."""
        params = {
            "query": self.queries_of(self.context.watchlist)[self.poll.query_id],
            "start_time": rfc3339(self.poll.window.start),
            "end_time": rfc3339(self.poll.window.end),
            "granularity": "hour",
        }
        if place.token is not None:
            params["next_token"] = place.token
        return Call(RECENT if self.context.since is None else ALL, params)

    def read(self, page: FetchedPage) -> ParsedPage:
        """A page of counts holds no posts."""
        return parse_x_counts(json_object(page.body) or {})[0]

    def rows_of(self, parsed: ParsedPage, page: FetchedPage) -> tuple[CountProbe, ...]:  # noqa: ARG002
        """Each whole hour as a probe of what live polling collects."""
        buckets = parse_x_counts(json_object(page.body) or {})[1]
        return tuple(self._probe(bucket, page) for bucket in buckets if _is_whole(bucket))

    def _probe(self, bucket: CountBucket, page: FetchedPage) -> CountProbe:
        return CountProbe(
            source=XSearchSpider.name,
            query_id=self.poll.query_id,
            window_start=bucket.start,
            window_end=bucket.end,
            query_version=self.poll.query_version,
            counted=bucket.count,
            probed_at=page.received_at,
        )


def _is_whole(bucket: CountBucket) -> bool:
    return bucket.end - bucket.start == HOUR

"""X API v2 recent search: the watchlist's queries, window by window, page by page."""

from datetime import timedelta
from typing import Final

from config.queries.watched import query_of
from config.watchlist import Watchlist
from crawlers.checkpoints import WindowRule
from crawlers.spiders.x_api import POST_FIELDS, Call, Vocabulary, rfc3339
from crawlers.spiders.x_windows import Place, XWindowSpider

ENDPOINT: Final = "/2/tweets/search/recent"
# Recent search answers for seven days; a minute is left for the clocks to differ.
REACH: Final = timedelta(days=7) - timedelta(minutes=1)
RULE: Final = WindowRule(first=REACH, reach=REACH, lag=timedelta(seconds=30), position_life=None)
OVERLAP: Final = timedelta(minutes=10)


def search_call(
    endpoint: str, text: str, place: Place, until: str, *, vocabulary: Vocabulary, page_size: int
) -> Call:
    """The next page of a search, recent or of the whole archive."""
    params = {
        "query": text,
        "start_time": rfc3339(place.since),
        "end_time": until,
        "max_results": str(page_size),
        "sort_order": "recency",
        **POST_FIELDS[vocabulary],
    }
    if place.token is not None:
        params["next_token"] = place.token
    return Call(endpoint, params, most_posts=page_size)


class XQuerySpider(XWindowSpider):
    """Asks about the watchlist's queries, in the parts that recent search takes.

    Every endpoint asks the same parts, so that what one has collected fills the gaps of another.
    """

    @classmethod
    def queries_of(cls, watchlist: Watchlist) -> dict[str, str]:
        """The watchlist's queries, in the parts that this endpoint takes."""
        return {part.part_id: part.text for part in watchlist.x_parts("recent")}

    @classmethod
    def version_of(cls, watchlist: Watchlist, query_id: str) -> str:
        """The version of a part's own wording: other parts may change beside it."""
        return watchlist.x_part(query_id).version

    def collected_by(self) -> tuple[str, str]:
        """The whole query: a post that two of its parts find is collected once."""
        query = self.context.watchlist.x_query(query_of(self.poll.query_id))
        return query.query_id, query.version


class XSearchSpider(XQuerySpider):
    """Asks recent search for each query of the watchlist."""

    name = "x_search"
    rule = RULE
    overlap = OVERLAP

    def call(self, place: Place) -> Call:
        """A page of the current query's window."""
        return search_call(
            ENDPOINT,
            self.queries_of(self.context.watchlist)[self.poll.query_id],
            place,
            rfc3339(self.poll.window.end),
            vocabulary=self.vocabulary,
            page_size=self.context.settings.x_page_size,
        )

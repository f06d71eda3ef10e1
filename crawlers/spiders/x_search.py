"""X API v2 recent search: the watchlist's queries, window by window, page by page."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, Literal
from urllib.parse import urlencode

from scrapy import Request
from scrapy.http import Response

from config.queries.watched import query_of
from config.settings import Settings
from config.watchlist import QueryPart, Watchlist, XQuery
from crawlers.checkpoints import Poll, WindowRule
from crawlers.context import PARTIAL
from crawlers.coverage import COMPLETE, WindowResult
from crawlers.pages import PageItem
from crawlers.parsers.items import ParsedPage, UnreadablePayload
from crawlers.parsers.x import parse_x_response
from crawlers.spiders.polling import Access, Platform, PollingSpider
from crawlers.verdicts import json_object, judge_x

ENDPOINT: Final = "/2/tweets/search/recent"
# Recent search answers for seven days; a minute is left for the clocks to differ.
REACH: Final = timedelta(days=7) - timedelta(minutes=1)
RULE: Final = WindowRule(first=REACH, reach=REACH, lag=timedelta(seconds=30), position_life=None)
X_ACCESS: Final = Access(
    "VIGIE_X_BEARER_TOKEN", "put the app's bearer token from the X developer console into .env"
)

USER_FIELDS: Final = "id,name,username"  # names only so that they can be masked in texts
FIELDS: Final[dict[str, dict[str, str]]] = {
    "post": {
        "post.fields": "attachments,conversation_id,created_at,edit_controls,entities,id,lang,"
        "note_post,public_metrics,text,withheld",
        "expansions": "attachments.media_keys,author_id,edit_history_post_ids,"
        "in_reply_to_user_id,referenced_posts",
    },
    "tweet": {
        "tweet.fields": "attachments,author_id,conversation_id,created_at,edit_controls,"
        "edit_history_tweet_ids,entities,id,in_reply_to_user_id,lang,note_tweet,public_metrics,"
        "referenced_tweets,text,withheld",
        "expansions": "attachments.media_keys,author_id,in_reply_to_user_id,"
        "referenced_tweets.id,referenced_tweets.id.author_id",
    },
}


def search_params(
    query: XQuery | QueryPart, poll: Poll, *, vocabulary: Literal["post", "tweet"], page_size: int
) -> dict[str, str]:
    """Parameters of the poll's next page, in one of the two vocabularies of the API."""
    params = {
        "query": query.text,
        "start_time": rfc3339(poll.window.start),
        "end_time": rfc3339(poll.window.end),
        "max_results": str(page_size),
        "sort_order": "recency",
        "user.fields": USER_FIELDS,
        "media.fields": "media_key,type",
        **FIELDS[vocabulary],
    }
    token = next_token(poll)
    return params if token is None else {**params, "next_token": token}


def rfc3339(moment: datetime) -> str:
    """A moment in UTC in whole seconds, as X wants it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def next_token(poll: Poll) -> str | None:
    """The token of the poll's next page, None at its start."""
    return None if poll.position is None else poll.position.get("next_token")


def x_platform(settings: Settings) -> Platform:
    """The X API of a deployment."""
    token = settings.x_bearer_token
    return Platform(
        name="x",
        base_url=settings.x_base_url.rstrip("/"),
        base_url_variable="VIGIE_X_BASE_URL",
        token=token.get_secret_value() if token else "",
        judge=judge_x,
    )


class XSearchSpider(PollingSpider):
    """Asks recent search for each query of the watchlist."""

    name = "x_search"
    rule = RULE
    acquisition = "x_api_v2"
    access = X_ACCESS

    @classmethod
    def platform_of(cls, settings: Settings) -> Platform:
        """The X API."""
        return x_platform(settings)

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

    def request(self) -> Request:
        """The current poll's next page."""
        settings = self.context.settings
        params = search_params(
            self.context.watchlist.x_part(self.poll.query_id),
            self.poll,
            vocabulary=settings.x_vocabulary,
            page_size=settings.x_page_size,
        )
        url = f"{self.platform.base_url}{ENDPOINT}?{urlencode(params)}"
        return Request(url, callback=self.parse, errback=self.refused)

    def parse(self, response: Response) -> Iterator[PageItem | Request]:
        """Keep the page and ask for the next one."""
        page = self.page_of(response, ENDPOINT)
        try:
            parsed = parse_x_response(json_object(page.body) or {})
        except UnreadablePayload as error:
            yield from self.unreadable(page, str(error))
            return
        asked = next_token(self.poll)
        self.poll = self.poll.after_page(_posts(parsed), {"next_token": parsed.next_token})
        result = _result(asked, parsed.next_token)
        yield self.item(page, parsed, result=result)
        yield from self._after(result)

    def _after(self, result: WindowResult | None) -> Iterator[Request]:
        if result is not None and result.reason is not None:
            self.context.refused[self.poll.query_id] = result.reason
        if result is not None:
            yield from self.next_poll()
        elif self._pages_asked() >= self.context.settings.x_max_pages_per_run:
            limit = self.context.settings.x_max_pages_per_run
            self.context.end(PARTIAL, f"page_limit: {limit} pages asked; run it again to go on")
        else:
            yield self.request()

    def _pages_asked(self) -> int:
        pages: int = self.crawler.stats.get_value("response_received_count", 0)
        return pages


def _posts(parsed: ParsedPage) -> int:
    return sum(not post.context for post in parsed.posts)


def _result(asked: str | None, token: str | None) -> WindowResult | None:
    """How the window ended with this page; None when there are further pages."""
    if token is None:
        return WindowResult(COMPLETE)
    if token == asked:
        return WindowResult("partial", "repeated_next_token")
    return None

"""What all X sources share: access, the two vocabularies of a request, and one way to ask."""

import json
import logging
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode

from scrapy import Request
from scrapy.http import Response

from config.settings import Settings
from crawlers.checkpoints import Poll
from crawlers.pages import PageItem
from crawlers.parsers.items import ParsedPage, UnreadablePayload
from crawlers.parsers.x import parse_x_response
from crawlers.spiders.polling import (
    ENDPOINT,
    MOST_POSTS,
    Access,
    ApiSpider,
    Platform,
    QueryRefused,
)
from crawlers.storage import FetchedPage
from crawlers.verdicts import json_object, judge_x

log = logging.getLogger(__name__)

Vocabulary = Literal["post", "tweet"]
OTHER: Final[dict[Vocabulary, Vocabulary]] = {"post": "tweet", "tweet": "post"}
X_ACCESS: Final = Access(
    "VIGIE_X_BEARER_TOKEN", "put the app's bearer token from the X developer console into .env"
)
# Names of accounts are asked for only so that they can be masked in texts.
_COMMON: Final = {"user.fields": "id,name,username", "media.fields": "alt_text,media_key,type"}
POST_FIELDS: Final[dict[Vocabulary, dict[str, str]]] = {
    "post": {
        **_COMMON,
        "post.fields": "attachments,conversation_id,created_at,edit_controls,entities,id,lang,"
        "note_post,public_metrics,text,withheld",
        "expansions": "attachments.media_keys,author_id,edit_history_post_ids,"
        "in_reply_to_user_id,referenced_posts",
    },
    "tweet": {
        **_COMMON,
        "tweet.fields": "attachments,author_id,conversation_id,created_at,edit_controls,"
        "edit_history_tweet_ids,entities,id,in_reply_to_user_id,lang,note_tweet,public_metrics,"
        "referenced_tweets,text,withheld",
        "expansions": "attachments.media_keys,author_id,in_reply_to_user_id,"
        "referenced_tweets.id,referenced_tweets.id.author_id",
    },
}
_X_EPOCH: Final = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
_TIME_BITS: Final = 22


@dataclass(frozen=True)
class Call:
    """One request of the X API as a plain value; ids of its path and body stay out of its repr."""

    endpoint: str  # path template, for example /2/tweets/{id}/retweets
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "GET"
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    most_posts: int = 0  # what the answer can cost

    @property
    def address(self) -> str:
        """Path and parameters."""
        filled = self.endpoint
        for name, value in self.path.items():
            filled = filled.replace(f"{{{name}}}", quote(value, safe=""))
        return f"{filled}?{urlencode(self.params)}" if self.params else filled


def rfc3339(moment: datetime) -> str:
    """A moment in UTC in whole seconds, as X wants it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def posted_at(post_id: str | None) -> datetime | None:
    """When the post of an id was made: the id of X holds it."""
    if post_id is None or not post_id.isdecimal():
        return None
    return _X_EPOCH + timedelta(milliseconds=int(post_id) >> _TIME_BITS)


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


class XSpider(ApiSpider):
    """Asks the X API in the vocabulary of the settings, or in the other one if X wants it."""

    acquisition = "x_api_v2"
    access = X_ACCESS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._switched = False  # the other vocabulary is in use
        self._tried = False  # this run has changed over
        self._settled = False  # and knows which of the two to keep to

    @classmethod
    def platform_of(cls, settings: Settings) -> Platform:
        """The X API."""
        return x_platform(settings)

    @property
    def vocabulary(self) -> Vocabulary:
        """The words requests are made in."""
        chosen = self.context.settings.x_vocabulary
        return OTHER[chosen] if self._switched else chosen

    def ask(self, call: Call) -> Request:
        """The request of a call."""
        return Request(
            f"{self.platform.base_url}{call.address}",
            method=call.method,
            body=json.dumps(call.body).encode() if call.body is not None else b"",
            headers={"Content-Type": "application/json"} if call.body is not None else None,
            callback=self.parse,
            errback=self.refused,
            meta={ENDPOINT: call.endpoint, MOST_POSTS: call.most_posts},
        )

    def parse(self, response: Response) -> Iterable[PageItem | Request]:
        """Keep the page and ask for what comes next."""
        page = self.page_of(response, response.meta[ENDPOINT])
        try:
            parsed = self.read(page)
        except UnreadablePayload as error:
            yield from self.unreadable(page, str(error))
            return
        yield from self.take(page, parsed)

    def read(self, page: FetchedPage) -> ParsedPage:
        """What a page holds; UnreadablePayload when it is not what the endpoint promises."""
        return parse_x_response(json_object(page.body) or {})

    @abstractmethod
    def take(self, page: FetchedPage, parsed: ParsedPage) -> Iterable[PageItem | Request]:
        """What follows from a page that was read: the page itself, and the next request."""

    def recover(self, refusal: QueryRefused) -> Iterable[PageItem | Request] | None:
        """Ask again in the other vocabulary, once a run, when X does not know these words."""
        if refusal.cause != "vocabulary":
            return None
        if self._settled:
            return None
        self._switched = not self._switched
        if self._tried:
            # Both were refused, so the words were not what was wrong.
            self._settled = True
            return None
        self._tried = True
        log.warning("X does not take these request words; asking in those of %r", self.vocabulary)
        self.crawler.stats.set_value("vigie/x_vocabulary", self.vocabulary)
        return [self.request()]

    def item(self, page: FetchedPage | None, parsed: ParsedPage, **more: Any) -> PageItem:
        """The page as an item; an answer proves the vocabulary it was asked in."""
        chosen = self.context.settings.x_vocabulary
        self._settled = self._tried
        if self._switched:
            self.poll = self.poll.remembering(vocabulary_instead_of=chosen)
        elif "vocabulary_instead_of" in self.poll.memory:
            self.poll = self.poll.remembering(vocabulary_instead_of=None)
        return super().item(page, parsed, **more)

    def _plan(self) -> list[Poll]:
        polls = super()._plan()
        chosen = self.context.settings.x_vocabulary
        self._switched = any(p.memory.get("vocabulary_instead_of") == chosen for p in polls)
        return polls

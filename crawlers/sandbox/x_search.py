"""Search and counts of the X API, over seven days and over the whole archive."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from crawlers.sandbox.elements import Post
from crawlers.sandbox.matching import parsed, searchable
from crawlers.sandbox.queries import QueryError, matches
from crawlers.sandbox.stage import Stage
from crawlers.sandbox.x_checks import (
    POST_SHAPE,
    WINDOW,
    Call,
    Token,
    check_names,
    listed,
    number,
    one_of,
    sliced,
    token_of,
    wanted_posts,
)
from crawlers.sandbox.x_objects import version_time, x_time
from crawlers.sandbox.x_pages import post_page
from crawlers.sandbox.x_vocabulary import POST, TWEET, Vocabulary
from crawlers.sandbox.x_window import ARCHIVE, RECENT, BadRequestError, Params, Reach, Window
from crawlers.sandbox.x_window import window_of as window_in

GRANULARITY: Final = {
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "day": timedelta(days=1),
}
COUNTS_PAGE: Final = timedelta(days=31)
ENTERPRISE_QUERY: Final = 4096
TOKENS: Final = ("next_token", "pagination_token")

Json = dict[str, Any]


@dataclass(frozen=True)
class Index:
    """One of the two indexes: how far it reaches, how large its pages and queries may be."""

    reach: Reach
    most: int
    query_limit: int


WEEK_INDEX: Final = Index(RECENT, 100, 512)
WHOLE_INDEX: Final = Index(ARCHIVE, 500, 1024)


def search_recent(stage: Stage, call: Call) -> Json:
    """The posts of the last seven days that a query finds."""
    return _search(stage, call.params, WEEK_INDEX)


def search_all(stage: Stage, call: Call) -> Json:
    """The posts of all time that a query finds; of thirty days when no start is given."""
    return _search(stage, call.params, WHOLE_INDEX)


def counts_recent(stage: Stage, call: Call) -> Json:
    """How many posts of the last seven days a query finds by hour, day or minute."""
    window, found, words, step = _counted(stage, call.params, WEEK_INDEX)
    return _counts(stage, found, window, words, step)


def counts_all(stage: Stage, call: Call) -> Json:
    """How many posts a query finds: 31 days on a page, the newest days first."""
    whole, found, words, step = _counted(stage, call.params, WHOLE_INDEX)
    token = token_of(call.params, call.params["query"], TOKENS)
    before = None if token is None else token.before
    end = whole.end if before is None else datetime.fromisoformat(before)
    page = replace(whole, start=max(whole.start, end - COUNTS_PAGE), end=end)
    answer = _counts(stage, found, page, words, step)
    if page.start > whole.start:
        answer["meta"]["next_token"] = str(Token(call.params["query"], page.start.isoformat()))
    return answer


def _search(stage: Stage, params: Params, index: Index) -> Json:
    check_names(stage, params, "query", *WINDOW, "max_results", *TOKENS, "sort_order", *POST_SHAPE)
    wanted = wanted_posts(stage, params)
    size = number(params, "max_results", 10, index.most, 10)
    found = _found(stage, params, index)
    if one_of(params, "sort_order", ("recency", "relevancy")) == "relevancy":
        found.sort(key=lambda one: -one.popularity)
    token = token_of(params, params["query"], TOKENS)
    return post_page(stage, sliced(stage, found, size, token, params["query"]), wanted)


def _found(stage: Stage, params: Params, index: Index) -> list[Post]:
    window = window_in(stage.server_time, params, index.reach)
    return [
        one
        for one in _matching(stage, params, index)
        if window.holds(int(one.id_at(stage.now)), version_time(one, stage.now))
    ]


def _matching(stage: Stage, params: Params, index: Index) -> Iterator[Post]:
    if not params.get("query"):
        raise BadRequestError("query", "The `query` query parameter can not be empty.")
    limit = ENTERPRISE_QUERY if stage.enterprise else index.query_limit
    try:
        tree = parsed(params["query"], limit)
    except QueryError as error:
        raise BadRequestError("query", str(error)) from error
    for one in stage.x_posts():
        if matches(tree, searchable(one, one.text_at(stage.now))):
            yield one


def _counted(
    stage: Stage, params: Params, index: Index
) -> tuple[Window, list[Post], Vocabulary, timedelta]:
    check_names(stage, params, "query", *WINDOW, "granularity", *TOKENS, "search_count.fields")
    words = _count_words(stage, params)
    step = GRANULARITY[one_of(params, "granularity", tuple(GRANULARITY))]
    found = _found(stage, params, index)
    return window_in(stage.server_time, params, index.reach), found, words, step


def _count_words(stage: Stage, params: Params) -> Vocabulary:
    understood = [TWEET] if stage.legacy_only else [POST] if stage.post_only else [POST, TWEET]
    allowed = ("start", "end", *(words.count for words in understood))
    asked = listed(params, "search_count.fields", allowed)
    older = TWEET.count in asked or understood == [TWEET] or stage.answers_in_legacy
    return TWEET if older else POST


def _counts(
    stage: Stage, found: Sequence[Post], window: Window, words: Vocabulary, step: timedelta
) -> Json:
    moments = [version_time(one, stage.now) for one in found]
    inside = [at for at in moments if window.start <= at < window.end]
    data = [
        {
            "start": x_time(start),
            "end": x_time(end),
            words.count: sum(start <= at < end for at in inside),
        }
        for start, end in _buckets(window, step)
    ]
    return {"data": data, "meta": {words.total: len(inside)}}


def _buckets(window: Window, step: timedelta) -> Iterator[tuple[datetime, datetime]]:
    start = window.start
    while start < window.end:
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        end = min(midnight + ((start - midnight) // step + 1) * step, window.end)
        yield start, end
        start = end

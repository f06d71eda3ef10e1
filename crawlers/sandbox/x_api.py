"""The X API v2 of the stand-ins: recent search and recent counts."""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from crawlers.sandbox.elements import Author, Post
from crawlers.sandbox.matching import parsed, searchable
from crawlers.sandbox.queries import QueryError, matches
from crawlers.sandbox.stage import Stage
from crawlers.sandbox.x_objects import (
    Wanted,
    current_id,
    post_object,
    unique_users,
    version_time,
    x_time,
)
from crawlers.sandbox.x_vocabulary import OTHER_FIELDS, POST, TWEET, USER_FIELDS, Vocabulary
from crawlers.sandbox.x_window import BadRequestError, Params, Window, window_of

LEAST_PAGE, MOST_PAGE, DEFAULT_PAGE = 10, 100, 10
GRANULARITY: Final = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
_WINDOW: Final = ("query", "start_time", "end_time", "since_id", "until_id")
_SEARCH: Final = frozenset(
    (*_WINDOW, "max_results", "next_token", "pagination_token", "sort_order", "expansions")
) | {"user.fields", "post.fields", "tweet.fields", *OTHER_FIELDS}
_COUNTS: Final = frozenset((*_WINDOW, "granularity", "next_token", "search_count.fields"))

Json = dict[str, Any]


def search(stage: Stage, params: Params) -> Json:
    """Answer a recent search; BadRequestError where X answers 400."""
    _refuse_unknown(params, _SEARCH)
    wanted = _wanted(params)
    size = stage.capped(_page_size(params))
    found = _found(stage, params)
    if params.get("sort_order") == "relevancy":
        found.sort(key=lambda one: -one.popularity)
    rest = _after_token(stage, params, found)
    page = rest[:size]
    answer = _page(stage, page, wanted)
    if len(rest) > size:
        answer["meta"]["next_token"] = _token(params["query"], page[-1].id_at(stage.now))
    return answer


def counts(stage: Stage, params: Params) -> Json:
    """Answer recent counts: how many posts a query finds by hour, day or minute."""
    _refuse_unknown(params, _COUNTS)
    words = TWEET if "tweet_count" in params.get("search_count.fields", "") else POST
    step = GRANULARITY.get(params.get("granularity", "hour"))
    if step is None:
        raise BadRequestError("granularity", "granularity must be one of minute, hour, day.")
    moments = [version_time(one, stage.now) for one in _found(stage, params)]
    data = [
        {
            "start": x_time(start),
            "end": x_time(end),
            words.count: sum(start <= at < end for at in moments),
        }
        for start, end in _buckets(window_of(stage.now, params), step)
    ]
    return {"data": data, "meta": {words.total: len(moments)}}


def problem(error: BadRequestError, params: Params) -> Json:
    """The Problem body of a refused request."""
    shown = {error.parameter: [params[error.parameter]]} if error.parameter in params else {}
    return {
        "errors": [{"parameters": shown, "message": str(error)}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.x.com/2/problems/invalid-request",
    }


def _refuse_unknown(params: Params, known: frozenset[str]) -> None:
    for name in params:
        if name not in known:
            raise BadRequestError(name, f"The query parameter [{name}] is not known.")


def _wanted(params: Params) -> Wanted:
    if "post.fields" in params and "tweet.fields" in params:
        raise BadRequestError("tweet.fields", "Use post.fields or tweet.fields, not both.")
    words = TWEET if "tweet.fields" in params else POST
    return Wanted(
        vocabulary=words,
        fields=_listed(params, words.parameter, words.fields),
        expansions=_listed(params, "expansions", words.expansions),
        user_fields=_listed(params, "user.fields", USER_FIELDS),
    )


def _listed(params: Params, name: str, allowed: frozenset[str]) -> frozenset[str]:
    values = frozenset(value for value in params.get(name, "").split(",") if value)
    if unknown := sorted(values - allowed):
        raise BadRequestError(name, f"The `{name}` value [{unknown[0]}] is not valid.")
    return values


def _page_size(params: Params) -> int:
    text = params.get("max_results", str(DEFAULT_PAGE))
    if not text.isdigit() or not LEAST_PAGE <= int(text) <= MOST_PAGE:
        raise BadRequestError(
            "max_results",
            f"The `max_results` query parameter value [{text}] is not between 10 and 100",
        )
    return int(text)


def _found(stage: Stage, params: Params) -> list[Post]:
    if "query" not in params:
        raise BadRequestError("query", "The `query` query parameter can not be empty.")
    try:
        tree = parsed(params["query"])
    except QueryError as error:
        raise BadRequestError("query", str(error)) from error
    window = window_of(stage.now, params)
    return [
        one
        for one in stage.x_posts()
        if _inside(stage, one, window) and matches(tree, searchable(one, one.text_at(stage.now)))
    ]


def _inside(stage: Stage, post: Post, window: Window) -> bool:
    number = int(post.id_at(stage.now))
    above = window.since_id is None or number > window.since_id
    below = window.until_id is None or number < window.until_id
    return above and below and window.start <= version_time(post, stage.now) < window.end


def _token(query: str, last_id: str) -> str:
    content = json.dumps({"q": query[:40], "before": last_id})
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _after_token(stage: Stage, params: Params, found: list[Post]) -> list[Post]:
    token = params.get("next_token") or params.get("pagination_token")
    if token is None:
        return found
    try:
        content = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError) as error:
        raise BadRequestError("next_token", "Invalid `next_token`.") from error
    if not isinstance(content, dict) or content.get("q") != params["query"][:40]:
        raise BadRequestError("next_token", "This `next_token` belongs to another query.")
    ids = [one.id_at(stage.now) for one in found]
    if content["before"] in ids:
        return found[ids.index(content["before"]) + 1 :]
    return [one for one in found if int(one.id_at(stage.now)) < int(content["before"])]


def _page(stage: Stage, page: Sequence[Post], wanted: Wanted) -> Json:
    answer: Json = {}
    if page:
        answer["data"] = [post_object(stage, one, wanted) for one in page]
    referenced, errors = _referenced(stage, page, wanted)
    includes: Json = {}
    if users := unique_users(_shown_users(page, referenced, wanted), wanted):
        includes["users"] = users
    if referenced:
        made = [post_object(stage, one, wanted) for one in referenced]
        includes[wanted.vocabulary.included] = made
    if includes:
        answer["includes"] = includes
    if errors:
        answer["errors"] = errors
    answer["meta"] = _meta(stage, page)
    return answer


def _meta(stage: Stage, page: Sequence[Post]) -> Json:
    ids = [one.id_at(stage.now) for one in page]
    if not ids:
        return {"result_count": 0}
    newest, oldest = max(ids, key=int), min(ids, key=int)
    return {"newest_id": newest, "oldest_id": oldest, "result_count": len(ids)}


def _shown_users(
    page: Sequence[Post], referenced: Sequence[Post], wanted: Wanted
) -> Iterator[Author]:
    for one in page:
        if "author_id" in wanted.expansions:
            yield one.author
        if "in_reply_to_user_id" in wanted.expansions and one.kind == "reply":
            yield one.mentioned[0]
        if "entities.mentions.username" in wanted.expansions:
            yield from one.mentioned
    if "referenced_tweets.id.author_id" in wanted.expansions:
        yield from (one.author for one in referenced)


def _referenced(
    stage: Stage, page: Sequence[Post], wanted: Wanted
) -> tuple[list[Post], list[Json]]:
    if wanted.vocabulary.referenced_expansion not in wanted.expansions:
        return [], []
    visible = {one.platform_id: one for one in stage.x_posts()}
    asked = [other for one in page for other in (one.parent_id, one.quoted_id) if other is not None]
    ids = list(dict.fromkeys(asked))
    missing = [current_id(stage, one) for one in ids if one not in visible]
    errors = [_not_found(one, wanted.vocabulary) for one in missing]
    return [visible[one] for one in ids if one in visible], errors


def _not_found(platform_id: str, words: Vocabulary) -> Json:
    where = words.referenced_expansion
    return {
        "resource_type": words.resource,
        "resource_id": platform_id,
        "parameter": where,
        "value": platform_id,
        "title": "Not Found Error",
        "detail": f"Could not find {words.resource} with {where}: [{platform_id}].",
        "type": f"{words.problems}resource-not-found",
    }


def _buckets(window: Window, step: timedelta) -> Iterator[tuple[datetime, datetime]]:
    start = window.start
    while start < window.end:
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        end = min(midnight + ((start - midnight) // step + 1) * step, window.end)
        yield start, end
        start = end

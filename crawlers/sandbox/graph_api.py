"""The Graph API of the stand-ins: page feeds, comments of a post, single objects."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from crawlers.sandbox.chance import share_of
from crawlers.sandbox.elements import Post
from crawlers.sandbox.graph_fields import Field, FieldsError, parse_fields
from crawlers.sandbox.graph_objects import (
    comment_total,
    summary,
    write_comment,
    write_page,
    write_post,
)
from crawlers.sandbox.stage import Stage

VERSION: Final = "v26.0"
MOST_PAGE, DEFAULT_PAGE = 100, 25
EMPTY_PAGE_SHARE: Final = 0.15
FEED_FIELDS: Final = "created_time,message,id"
COMMENT_FIELDS: Final = "created_time,from,message,id"
TRANSIENT_CODES: Final = frozenset({1, 2})
LIMIT_CODES: Final = frozenset({4, 17, 32, 613, 80001})

Params = Mapping[str, str]
Json = dict[str, Any]


class GraphError(ValueError):
    """An error object of the Graph API."""

    def __init__(self, code: int, message: str, subcode: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.subcode = subcode


@dataclass(frozen=True)
class Edge:
    """One list to page through, and the address that its `next` leads to."""

    address: str
    items: Sequence[Post]
    write: Callable[[Post], Json]


def feed(stage: Stage, page_id: str, params: Params, address: str) -> Json:
    """The posts of a page, newest first; GraphError when the page is unknown."""
    if stage.page(page_id) is None:
        raise unknown_object(page_id)
    fields = _fields(params, FEED_FIELDS)
    since, until = _moment(params, "since"), _moment(params, "until")
    posts = [
        one
        for one in stage.posts_of(page_id)
        if (since is None or one.created_at >= since) and (until is None or one.created_at < until)
    ]
    edge = Edge(address, posts, lambda one: write_post(stage, one, fields))
    return _paged(stage, edge, params)


def comments(stage: Stage, object_id: str, params: Params, address: str) -> Json:
    """The comments under a post, or the answers to a comment."""
    parent = stage.facebook_post(object_id) or stage.comment(object_id)
    if parent is None:
        raise unknown_object(object_id)
    fields = _fields(params, COMMENT_FIELDS)
    stream = _choice(params, "filter", ("toplevel", "stream")) == "stream"
    order = _choice(params, "order", ("ranked", "chronological", "reverse_chronological"))
    below = [one for one in stage.below(object_id) if stream or one.parent_id == object_id]
    edge = Edge(address, _ordered(below, order), lambda one: write_comment(stage, one, fields))
    answer = _paged(stage, edge, params)
    if "summary" in params:
        answer["summary"] = summary(comment_total(stage, parent, stream=stream), order)
    return answer


def single(stage: Stage, object_id: str, params: Params) -> Json:
    """One page, post or comment by id."""
    page, post, comment = (
        stage.page(object_id),
        stage.facebook_post(object_id),
        stage.comment(object_id),
    )
    if page is not None:
        return write_page(page, _fields(params, "name,id"))
    if post is not None:
        return write_post(stage, post, _fields(params, FEED_FIELDS))
    if comment is not None:
        return write_comment(stage, comment, _fields(params, COMMENT_FIELDS))
    raise unknown_object(object_id)


def error_body(error: GraphError) -> Json:
    """An error object as the Graph API writes it."""
    kinds = {100: "GraphMethodException" if error.subcode else "OAuthException"}
    content: Json = {
        "message": f"(#{error.code}) {error}" if error.code not in {1, 2, 190} else str(error),
        "type": kinds.get(error.code, "OAuthException"),
        "code": error.code,
        "fbtrace_id": "AStandIn0fbtrace",
    }
    if error.subcode is not None:
        content["error_subcode"] = error.subcode
    if error.code in TRANSIENT_CODES | LIMIT_CODES:
        content["is_transient"] = error.code in TRANSIENT_CODES
    return {"error": content}


def unknown_object(object_id: str) -> GraphError:
    """The error for an object that does not exist, or not any more."""
    return GraphError(
        100,
        f"Unsupported get request. Object with ID '{object_id}' does not exist, cannot be loaded "
        "due to missing permissions, or does not support this operation",
        subcode=33,
    )


def _fields(params: Params, default: str) -> tuple[Field, ...]:
    try:
        return parse_fields(params.get("fields") or default)
    except FieldsError as error:
        raise GraphError(100, str(error)) from error


def _choice(params: Params, name: str, allowed: Sequence[str]) -> str:
    value = params.get(name, allowed[0])
    if value not in allowed:
        raise GraphError(100, f"Param {name} must be one of {{{', '.join(allowed)}}}")
    return value


def _ordered(items: Sequence[Post], order: str) -> list[Post]:
    if order == "ranked":
        return sorted(items, key=lambda one: -one.popularity)
    return list(items) if order == "chronological" else list(items)[::-1]


def _moment(params: Params, name: str) -> datetime | None:
    text = params.get(name)
    if text is None:
        return None
    try:
        if text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise GraphError(100, f"Param {name} is not a time") from error
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def _limit(params: Params) -> int:
    text = params.get("limit", str(DEFAULT_PAGE))
    if not text.isdigit() or int(text) > MOST_PAGE:
        raise GraphError(100, f"Param limit must be a number from 0 to {MOST_PAGE}")
    return int(text)


def _paged(stage: Stage, edge: Edge, params: Params) -> Json:
    size = stage.capped(_limit(params))
    first, empty = _position(edge, params.get("after"))
    shown = [] if empty else edge.items[first : first + size]
    try:
        answer: Json = {"data": [edge.write(one) for one in shown]}
    except FieldsError as error:
        raise GraphError(100, str(error)) from error
    last = shown[-1].platform_id if shown else (edge.items[first - 1].platform_id if first else "")
    more = first + len(shown) < len(edge.items)
    # Now and then an empty page stands between two full ones, or after the last one.
    detour = bool(shown) and share_of(stage.world.seed, "empty", last) < EMPTY_PAGE_SHARE
    if shown or more:
        cursors = {"before": _cursor(shown[0].platform_id if shown else last), "after": ""}
        cursors["after"] = _cursor(last, empty=detour)
        answer["paging"] = {"cursors": cursors}
        if size and (more or detour):
            answer["paging"]["next"] = _next(stage, edge, params, cursors["after"])
    return answer


def _cursor(last: str, *, empty: bool = False) -> str:
    content = json.dumps({"last": last, "empty": empty}, separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _position(edge: Edge, cursor: str | None) -> tuple[int, bool]:
    if not cursor:
        return 0, False
    try:
        content = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        ids = [one.platform_id for one in edge.items]
        return ids.index(content["last"]) + 1, bool(content["empty"])
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise GraphError(100, "Invalid cursors values") from error


def _next(stage: Stage, edge: Edge, params: Params, after: str) -> str:
    kept = {name: value for name, value in params.items() if name != "after"}
    query = {"access_token": stage.facebook_token} | kept | {"after": after}
    return f"{edge.address}?{urlencode(query)}"

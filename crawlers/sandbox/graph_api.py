"""The Graph API of the stand-ins: page feeds, comments of a post, single objects, several ids."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from crawlers.sandbox.elements import Post
from crawlers.sandbox.graph_errors import GraphError, unknown_object
from crawlers.sandbox.graph_fields import Field, FieldsError, parse_fields
from crawlers.sandbox.graph_media import photo
from crawlers.sandbox.graph_objects import (
    comment_total,
    summary,
    write_comment,
    write_page,
    write_post,
)
from crawlers.sandbox.graph_paging import TIME_TOKEN, Edge, paged
from crawlers.sandbox.stage import Stage

VERSION: Final = "v26.0"
FEED_FIELDS: Final = "created_time,message,id"
COMMENT_FIELDS: Final = "created_time,from,message,id"
PHOTO_FIELDS: Final = "created_time,name,id"
MOST_IDS: Final = 50

Params = Mapping[str, str]
Json = dict[str, Any]
Answerer = Callable[[Stage, str, Params, str], Json]


def feed(stage: Stage, page_id: str, params: Params, address: str) -> Json:
    """The posts of a page, newest first; GraphError when the page is unknown."""
    if stage.page(page_id) is None:
        raise unknown_object(page_id)
    fields = _fields(params, FEED_FIELDS)
    since, until = _moment(params, "since"), _moment(params, "until")
    if TIME_TOKEN in params:
        until = None  # the token stands in the list itself, its second may hold several posts
    posts = [
        one
        for one in _ranked(stage, stage.posts_of(page_id))
        if (since is None or one.created_at >= since) and (until is None or one.created_at < until)
    ]
    edge = Edge(
        address, posts, lambda one: write_post(stage, one, fields), by_time=stage.time_paging
    )
    return paged(stage, edge, params)


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
    answer = paged(stage, edge, params)
    if "summary" in params:
        answer["summary"] = summary(comment_total(stage, parent, stream=stream), order)
    return answer


def single(stage: Stage, object_id: str, params: Params, _address: str = "") -> Json:
    """One page, post, comment or photo by id."""
    try:
        found = _object(stage, object_id, params)
    except FieldsError as error:
        raise GraphError(100, str(error)) from error
    if found is None:
        raise unknown_object(object_id)
    return found


def several(stage: Stage, answer: Answerer, params: Params, address: str) -> Json:
    """What `answer` says of each of `ids`, keyed by id; one unknown id refuses them all."""
    ids = list(dict.fromkeys(one for one in params.get("ids", "").split(",") if one))
    if not ids:
        raise GraphError(100, "The parameter ids is required")
    if len(ids) > MOST_IDS:
        raise GraphError(100, f"Too many IDs. Maximum: {MOST_IDS}. Provided: {len(ids)}.")
    rest = {name: value for name, value in params.items() if name != "ids"}
    made: Json = {}
    for object_id in ids:
        own = address if answer is single else _of_one(address, object_id)
        try:
            made[object_id] = answer(stage, object_id, rest, own)
        except GraphError as error:
            if error.subcode is None:
                raise
            told = f"Some of the aliases you requested do not exist: {object_id}"
            raise GraphError(803, told) from error
    return made


def _of_one(address: str, object_id: str) -> str:
    version, _, name = address.rpartition("/")
    return f"{version}/{object_id}/{name}"


def _object(stage: Stage, object_id: str, params: Params) -> Json | None:
    if (page := stage.page(object_id)) is not None:
        return write_page(page, _fields(params, "name,id"))
    if (post := stage.facebook_post(object_id)) is not None:
        return write_post(stage, post, _fields(params, FEED_FIELDS))
    if (comment := stage.comment(object_id)) is not None:
        return write_comment(stage, comment, _fields(params, COMMENT_FIELDS))
    return photo(stage, object_id, _fields(params, PHOTO_FIELDS))


def _ranked(stage: Stage, posts: Sequence[Post]) -> list[Post]:
    """What a feed shows of a page: of each year the posts that rank highest, if it is capped."""
    if not stage.capped_feed:
        return list(posts)
    best = sorted(posts, key=lambda one: -one.popularity)
    kept: dict[int, set[str]] = {}
    for one in best:
        of_year = kept.setdefault(one.created_at.year, set())
        if len(of_year) < stage.feed_posts_a_year:
            of_year.add(one.platform_id)
    return [one for one in posts if one.platform_id in kept[one.created_at.year]]


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
    if not text:
        return None
    try:
        if text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise GraphError(100, f"Param {name} is not a time") from error
    return moment.replace(tzinfo=moment.tzinfo or UTC)

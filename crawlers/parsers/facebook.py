"""Graph API to items: page feeds, single posts and comments of all levels."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crawlers.parsers.facebook_posts import Place, read_comment, read_feed_post
from crawlers.parsers.fields import as_count, as_dict, as_id, as_list, as_text, short_text
from crawlers.parsers.graph_paging import next_position
from crawlers.parsers.items import ParsedPage, UnreadablePayload
from crawlers.parsers.records import Collected, RecordError

PAGE_EDGES = ("feed", "posts", "published_posts")
PAGE_MARKS = {"fan_count", "followers_count", "category", "category_list", "about", "username"}
MAX_NESTING = 8
ORDERS = {
    "chronological": "chronological",
    "reverse_chronological": "chronological",
    "ranked": "ranked",
}

# Reads one node that stands at a place and a path, and what is nested in it.
Adder = Callable[[object, Place, Collected, str], None]


@dataclass(frozen=True)
class GraphError:
    """An error of the Graph API; classify by code, the HTTP status is nearly always 400."""

    code: int | None
    subcode: int | None
    type: str
    is_transient: bool
    message: str

    @property
    def title(self) -> str:
        """Type and codes, without the message (which may quote ids)."""
        codes = "/".join(str(code) for code in (self.code, self.subcode) if code is not None)
        return f"{self.type} {codes}".strip()


def graph_error(body: object) -> GraphError | None:
    """The error a body holds, None when it holds none."""
    error = as_dict(as_dict(body).get("error"))
    if not error:
        return None
    return GraphError(
        code=_whole(error.get("code")),
        subcode=_whole(error.get("error_subcode")),
        type=short_text(error.get("type")) or "error",
        is_transient=error.get("is_transient") is True,
        message=as_text(error.get("message")) or "",
    )


@dataclass(frozen=True)
class CommentSummary:
    """What an answer says of a whole thread: how many comments it claims, in which order."""

    total: int | None
    order: str | None  # chronological or ranked


def comment_summary(body: object) -> CommentSummary:
    """The summary beside a page of comments; unknown where the platform gave none."""
    summary = as_dict(as_dict(body).get("summary"))
    order = as_text(summary.get("order"))
    return CommentSummary(as_count(summary.get("total_count")), ORDERS.get(order or ""))


def parse_graph_feed(body: object, *, page_id: str | None) -> ParsedPage:
    """Posts of a page with the comments nested in them.

    Takes an edge ({data, paging}), one post, a page node (with or without a nested feed), an
    `?ids=` object, or an error. Raises UnreadablePayload when it is none of these.
    """
    collected = Collected()
    token = _walk(body, Place(page_id=page_id), collected, _add_feed_post, "")
    return collected.page(token)


def parse_graph_comments(body: object, *, post_id: str | None, page_id: str | None) -> ParsedPage:
    """Comments of all levels; a reply's parent is its comment, a comment's is the post.

    Takes the same shapes as `parse_graph_feed`; in an `?ids=` object the keys are the posts.
    Raises UnreadablePayload when the body is none of these.
    """
    collected = Collected()
    place = Place(page_id=page_id, post_id=post_id)
    token = _walk(body, place, collected, _add_comment, "")
    return collected.page(token)


def is_keyed(body: Mapping[str, Any]) -> bool:
    """Whether a body is the answer to `?ids=`: objects keyed by id."""
    return bool(body) and all(
        key.replace("_", "").isdigit() and isinstance(value, dict) for key, value in body.items()
    )


def is_page_node(body: Mapping[str, Any]) -> bool:
    """Whether an object is a page, not a post."""
    marked = PAGE_MARKS & body.keys() or {*PAGE_EDGES} & body.keys()
    return "id" in body and "created_time" not in body and bool(marked)


def _walk(body: object, place: Place, collected: Collected, add: Adder, path: str) -> str | None:
    """Read whatever shape a body has; give the token of the next page."""
    if not isinstance(body, dict):
        raise UnreadablePayload("an answer of the Graph API is a JSON object")
    if (error := graph_error(body)) is not None:
        collected.other["errors"] += 1
        collected.errors.append(error.title)
        return None
    if isinstance(body.get("data"), list):
        for number, node in enumerate(body["data"]):
            add(node, place, collected, f"{path}data[{number}]")
        return next_position(body)
    if is_page_node(body):
        return _walk_page(body, collected, path)
    if is_keyed(body) and not path:
        _walk_keyed(body, place, collected, add, path)
        return None
    if "created_time" not in body and "message" not in body:
        raise UnreadablePayload("not an answer of the Graph API")
    add(body, place, collected, f"{path}node")
    return None


def _walk_page(body: Mapping[str, Any], collected: Collected, path: str) -> str | None:
    collected.other["pages"] += 1
    place = Place(page_id=as_id(body.get("id")))
    for edge in PAGE_EDGES:
        nested = as_dict(body.get(edge))
        if isinstance(nested.get("data"), list):
            return _walk(nested, place, collected, _add_feed_post, f"{path}{edge}.")
    return None


def _walk_keyed(
    body: Mapping[str, Any], place: Place, collected: Collected, add: Adder, path: str
) -> None:
    for number, (key, value) in enumerate(body.items()):
        # The key may be an id, so the path holds its number.
        inner = f"{path}entry[{number}]."
        own = place.at_key(key, is_edge=isinstance(value.get("data"), list))
        try:
            _walk(value, own, collected, add, inner)
        except UnreadablePayload as error:
            collected.refuse(RecordError("unknown_shape", str(error)), inner.rstrip("."), value)


def _add_feed_post(node: object, place: Place, collected: Collected, path: str) -> None:
    try:
        post = read_feed_post(node, place)
    except RecordError as error:
        collected.refuse(error, path, node)
        post_id = as_id(as_dict(node).get("id"))
    else:
        collected.posts.append(post)
        post_id = post.platform_id
        place = Place(page_id=post.venue_platform_id)
    _add_nested(node, Place(page_id=place.page_id, post_id=post_id), collected, path)


def _add_comment(
    node: object, place: Place, collected: Collected, path: str, depth: int = 0
) -> None:
    try:
        comment = read_comment(node, place)
    except RecordError as error:
        collected.refuse(error, path, node)
        inner = place
    else:
        collected.posts.append(comment)
        inner = Place(
            page_id=comment.venue_platform_id,
            post_id=comment.root_platform_id,
            comment_id=comment.platform_id,
        )
    _add_nested(node, inner, collected, path, depth + 1)


def _add_nested(
    node: object, place: Place, collected: Collected, path: str, depth: int = 0
) -> None:
    if depth > MAX_NESTING:
        return
    for number, comment in enumerate(_nested_comments(node)):
        inner = f"{path}.comments.data[{number}]"
        _add_comment(comment, place, collected, inner, depth)


def _nested_comments(node: object) -> Iterable[Any]:
    return as_list(as_dict(as_dict(node).get("comments")).get("data"))


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None

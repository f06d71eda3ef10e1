"""Recognising the format of a parsed JSON value by its own shape."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from crawlers.parsers.facebook import graph_error, is_keyed, is_page_node
from crawlers.parsers.fields import as_dict, as_list, as_text
from crawlers.parsers.x import is_x_flat, is_x_response

X_RESPONSE: Final = "x_v2_response"
X_FLAT: Final = "x_v2_flat"
GRAPH_FEED: Final = "graph_feed"
GRAPH_COMMENTS: Final = "graph_comments"
GENERIC_CSV: Final = "generic_csv"
JSON_FORMATS: Final = (X_RESPONSE, X_FLAT, GRAPH_FEED, GRAPH_COMMENTS)
FORMATS: Final = (*JSON_FORMATS, GENERIC_CSV)
UNRECOGNISED: Final = "unrecognised"

COMMENT_MARKS = {"comment_count", "like_count", "attachment", "can_remove", "user_likes"}
POST_MARKS = {"shares", "status_type", "full_picture", "is_published", "story", "attachments"}
ENVELOPE = {"data", "paging", "summary"}


def recognise(value: object) -> str | None:
    """The format of a JSON object, or of the first known element of an array; None for neither."""
    if isinstance(value, list):
        return next((found for element in value if (found := _of_object(element))), None)
    return _of_object(value)


def _of_object(value: object) -> str | None:
    if not isinstance(value, dict):
        return None
    if is_x_response(value):
        return X_RESPONSE
    if is_x_flat(value):
        return X_FLAT
    return _of_graph(value)


def _of_graph(body: Mapping[str, Any]) -> str | None:
    error = graph_error(body)
    if error is not None:
        return GRAPH_FEED if error.code is not None else None
    if isinstance(body.get("data"), list):
        return _of_edge(body)
    if _is_node(body):
        return GRAPH_COMMENTS if _is_comment(body) else GRAPH_FEED
    if is_page_node(body) and ("name" in body or _edges(body)):
        return GRAPH_FEED
    if is_keyed(body):
        return next((found for value in body.values() if (found := _of_keyed(value))), None)
    return None


def _of_keyed(body: Mapping[str, Any]) -> str | None:
    # Answers to ?ids= are one level deep.
    return None if is_keyed(body) else _of_graph(body)


def _of_edge(body: Mapping[str, Any]) -> str | None:
    nodes = [as_dict(node) for node in body["data"]]
    if nodes and not any(_is_node(node) for node in nodes):
        return None
    if not nodes and not body.keys() <= ENVELOPE:
        return None
    if _asks_comments(body) or any(_is_comment(node) for node in nodes):
        return GRAPH_COMMENTS
    return GRAPH_FEED


def _is_node(node: Mapping[str, Any]) -> bool:
    """Whether an object is one post or comment of the Graph API."""
    return "created_time" in node and bool({"id", "message", "permalink_url"} & node.keys())


def _is_comment(node: Mapping[str, Any]) -> bool:
    if POST_MARKS & node.keys():
        return False
    address = as_text(node.get("permalink_url")) or ""
    return bool(
        COMMENT_MARKS & node.keys() or as_dict(node.get("parent")) or "comment_id=" in address
    )


def _asks_comments(body: Mapping[str, Any]) -> bool:
    """Whether an answer says of itself that it lists comments (its nodes may look like posts)."""
    paging = as_dict(body.get("paging"))
    addresses = (as_text(paging.get(name)) or "" for name in ("next", "previous"))
    asked = any(address.partition("?")[0].endswith("/comments") for address in addresses)
    return asked or "can_comment" in as_dict(body.get("summary"))


def _edges(body: Mapping[str, Any]) -> Iterable[Any]:
    return [edge for edge in body.values() if as_list(as_dict(edge).get("data"))]

"""Recognising the format of a parsed JSON value by its own shape."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from crawlers.importers.cassettes import is_cassette
from crawlers.parsers.content_library import CONTENT_LIBRARY
from crawlers.parsers.crowdtangle import CROWDTANGLE_LINKS, CROWDTANGLE_POSTS, is_crowdtangle
from crawlers.parsers.export_comments import EXPORT_COMMENTS
from crawlers.parsers.facebook import graph_error, is_keyed, is_page_node
from crawlers.parsers.facepager import FACEPAGER
from crawlers.parsers.fields import as_dict, as_list, as_text
from crawlers.parsers.fourcat import FOURCAT_FACEBOOK, FOURCAT_X
from crawlers.parsers.listening import BRANDWATCH, MELTWATER, TALKWALKER
from crawlers.parsers.tables import TableFormat
from crawlers.parsers.x import is_x_flat, is_x_response
from crawlers.parsers.x_archive import is_x_archive
from crawlers.parsers.x_flat_csv import TWARC_CSV
from crawlers.parsers.x_graphql import is_x_graphql
from crawlers.parsers.x_v1 import is_x_v1

X_RESPONSE: Final = "x_v2_response"
X_FLAT: Final = "x_v2_flat"
X_GRAPHQL: Final = "x_graphql"
X_V1: Final = "x_v1"
X_ARCHIVE: Final = "x_archive"
GRAPH_FEED: Final = "graph_feed"
GRAPH_COMMENTS: Final = "graph_comments"
CROWDTANGLE_JSON: Final = "crowdtangle_json"
CASSETTE: Final = "vcr_cassette"
GENERIC_CSV: Final = "generic_csv"
JSON_FORMATS: Final = (
    X_RESPONSE, X_FLAT, X_GRAPHQL, X_V1, X_ARCHIVE, GRAPH_FEED, GRAPH_COMMENTS, CROWDTANGLE_JSON,
    CASSETTE,
)  # fmt: skip
# In the order in which they are tried: the more particular first.
TABLES: Final[Mapping[str, TableFormat]] = {
    table.name: table
    for table in (
        TWARC_CSV, CROWDTANGLE_POSTS, CROWDTANGLE_LINKS, CONTENT_LIBRARY, EXPORT_COMMENTS,
        FACEPAGER, BRANDWATCH, TALKWALKER, MELTWATER, FOURCAT_X, FOURCAT_FACEBOOK,
    )
}  # fmt: skip
FORMATS: Final = (*JSON_FORMATS, *TABLES, GENERIC_CSV)
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
    return next((name for name, is_one in _SHAPES if is_one(value)), None) or _of_graph(value)


# In the order in which they are tried: the more particular first, since a v1.1 post has all the
# fields by which a flattened v2 post is known.
_SHAPES: Final[tuple[tuple[str, Callable[[Mapping[str, Any]], bool]], ...]] = (
    (X_V1, is_x_v1),
    (X_FLAT, is_x_flat),
    (X_RESPONSE, is_x_response),
    (X_ARCHIVE, is_x_archive),
    (CASSETTE, is_cassette),
    (CROWDTANGLE_JSON, is_crowdtangle),
    (X_GRAPHQL, is_x_graphql),
)


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

"""Tables that Facepager exports from the Graph API: one node per row, fields by dotted path."""

from typing import Any, Final

from crawlers.parsers.facebook_posts import REACTIONS, Place, read_comment, read_feed_post
from crawlers.parsers.items import PostItem
from crawlers.parsers.records import RecordError
from crawlers.parsers.tables import Cells, NotARecord, TableContext, TableFormat

SUMMARIES: Final = ("comments", "reactions", "likes", *REACTIONS)
PLAIN: Final = (
    "created_time", "message", "story", "permalink_url", "full_picture", "picture", "status_type",
)  # fmt: skip
NO_NODES: Final = {"seed", "offcut", "empty", "unpacked", "headers"}


def _read(cells: Cells, _context: TableContext) -> PostItem:
    """A post, or a comment when its type or query says so; rows of other nodes are no records."""
    if (cells.text("object_type") or "data").casefold() in NO_NODES:
        raise NotARecord("nodes")
    status = (cells.text("query_status") or "").casefold()
    if status.startswith("error"):
        raise NotARecord("errors")
    node = _node(cells)
    if not node.get("created_time"):
        raise NotARecord("nodes") if "message" not in node else _no_time()
    asked = (cells.text("query_type") or "").casefold()
    if "comments" in asked or cells.text("parent.id") or "comment_count" in node:
        return read_comment(node, Place(post_id=_parent(cells)))
    return read_feed_post(node, Place())


def _no_time() -> RecordError:
    return RecordError("missing_time", "created_time is empty")


def _parent(cells: Cells) -> str | None:
    """The post that a comment's row hangs under, when its id says so."""
    parent = cells.id("parent_object_id", "parent_id")
    return parent if parent and "_" in parent else None


def _node(cells: Cells) -> dict[str, Any]:
    """The node of the Graph API that a row was made from."""
    node: dict[str, Any] = {
        "id": cells.id("object_id") or cells.id("id"),
        **{name: found for name in PLAIN if (found := cells.text(name))},
    }
    if author := cells.text("from.name"):
        node["from"] = {"name": author, "id": cells.id("from.id")}
    for name in SUMMARIES:
        total = cells.count(f"{name}.summary.total_count")
        if total is not None:
            node[name] = {"summary": {"total_count": total}}
    if (shares := cells.count("shares.count")) is not None:
        node["shares"] = {"count": shares}
    for name in ("like_count", "comment_count"):
        if (count := cells.count(name)) is not None:
            node[name] = count
    link, kind = cells.text("link"), cells.text("type")
    if link or kind:
        node["attachments"] = {"data": [{"type": kind, "url": link}]}
    return node


FACEPAGER: Final = TableFormat(
    "facepager_csv",
    "facebook",
    frozenset({"object_id", "object_type", "query_status", "created_time", "message"}),
    _read,
)

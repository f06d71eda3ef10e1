"""Comments of one Facebook post as exportcomments.com writes them (XLSX or CSV).

The post stands above the header; the id of a comment is the end of the address behind its
"view comment" cell, which the reader of workbooks gives as a column of its own.
"""

import hashlib
import re
from typing import Final

from crawlers.parsers.addresses import facebook_place, facebook_post_id
from crawlers.parsers.items import EngagementItem, PostItem
from crawlers.parsers.records import RecordError
from crawlers.parsers.tables import (
    Cells,
    TableContext,
    TableFormat,
    known_or_none,
    required_moment,
    required_text,
    telling_names,
)

SOURCE_LABEL: Final = "source url"
BEHIND: Final = "behind (view source)"
_GRAPH_ADDRESS: Final = re.compile(r"facebook\.com/(\d+)_(\d+)/?$")
_COMMENT_NUMBER: Final = re.compile(r"(?:comment_id=|/)(\d{6,})/?$")


def _read(cells: Cells, context: TableContext) -> PostItem:
    page, post = _source(context)
    root = facebook_post_id(page, post)
    text = required_text(cells.text("comment"))
    account = (cells.text("profile id") or "").removeprefix("ID:").strip() or None
    written = cells.text("date")
    return PostItem(
        platform="facebook",
        platform_id=_comment_id(cells, post, f"{root}\x1f{account}\x1f{written}\x1f{text}"),
        kind="comment",
        created_at=required_moment(written, context),
        text=text,
        account_id=account,
        parent_platform_id=root,
        root_platform_id=root,
        venue_platform_id=page,
        engagement=known_or_none(EngagementItem(likes=cells.count("likes"))),
        private_names=telling_names(None, cells.text("name (click to view profile)", "name")),
    )


def _source(context: TableContext) -> tuple[str | None, str | None]:
    """Page and post that the comments stand under, from the rows above the header."""
    for row in context.preamble:
        filled = [cell.strip() for cell in row if cell.strip()]
        if len(filled) > 1 and filled[0].casefold() == SOURCE_LABEL:
            if found := _GRAPH_ADDRESS.search(filled[1]):
                return found[1], found[2]
            return facebook_place(filled[1])
    return None, None


def _comment_id(cells: Cells, post: str | None, described: str) -> str:
    """The Graph API's id; a fingerprint of the row where no address tells it."""
    found = _COMMENT_NUMBER.search(cells.text(BEHIND) or "")
    if found is None:
        if cells.text("date") is None:
            raise RecordError("missing_id", "neither an address nor a time tells the comment")
        return f"row:{hashlib.sha256(described.encode(errors='replace')).hexdigest()[:32]}"
    return f"{post}_{found[1]}" if post else found[1]


EXPORT_COMMENTS: Final = TableFormat(
    "exportcomments",
    "facebook",
    frozenset({"profile id", "date", "comment", "likes"}),
    _read,
)

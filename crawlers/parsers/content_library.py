"""The CSV of Facebook posts that the Meta Content Library's pages let one download.

Its ids are its own: they lead to no Graph API post, so they are kept apart by a prefix.
"""

import json
from typing import Any, Final

from crawlers.parsers.fields import as_dict, as_list, as_text
from crawlers.parsers.items import EngagementItem, Kind, PostItem
from crawlers.parsers.records import RecordError
from crawlers.parsers.tables import (
    Cells,
    TableContext,
    TableFormat,
    known_or_none,
    required_moment,
    telling_names,
)

PREFIX: Final = "mcl:"
REACTIONS: Final = ("like", "love", "care", "haha", "wow", "sad", "angry")
MEDIA: Final = {"photos": "photo", "albums": "photo", "videos": "video", "links": "link_card"}
CAPTIONS: Final = tuple(f"link_attachment.{name}" for name in ("name", "caption", "description"))
LONGEST_LANGUAGE_CODE: Final = 8


def _read(cells: Cells, context: TableContext) -> PostItem:
    post_id = _own(cells.id("id"))
    if post_id is None:
        raise RecordError("missing_id", "the id is empty")
    owner, surface = _own(cells.id("post_owner.id")), _own(cells.id("surface.id"))
    shared = _own(cells.id("shared_post_id"))
    text = cells.text("text")
    link = cells.text("link_attachment.link")
    language = cells.text("lang")
    return PostItem(
        platform="facebook",
        platform_id=post_id,
        kind=_kind(shared, text),
        created_at=required_moment(cells.text("creation_time"), context),
        text=text or "",
        account_id=owner,
        root_platform_id=post_id,
        venue_platform_id=surface or owner,
        reposted_platform_id=shared if text is None else None,
        language=language if language and len(language) <= LONGEST_LANGUAGE_CODE else None,
        urls=(link,) if link else (),
        media=_media(cells),
        captions=tuple(dict.fromkeys(c for name in CAPTIONS if (c := cells.text(name)))),
        engagement=_engagement(cells),
        private_names=_names(cells),
    )


def _own(found: str | None) -> str | None:
    return None if found is None else PREFIX + found


def _kind(shared: str | None, text: str | None) -> Kind:
    if shared is None:
        return "post"
    return "repost" if text is None else "quote"


def _media(cells: Cells) -> tuple[str, ...]:
    kinds = {MEDIA.get((cells.text("content_type") or "").casefold())}
    for entry in _multimedia(cells.text("multimedia")):
        kinds.add(as_text(as_dict(entry).get("type")))
    return tuple(sorted(kind for kind in kinds if kind))


def _multimedia(written: str | None) -> list[Any]:
    try:
        return as_list(json.loads(written or "[]"))
    except (ValueError, RecursionError):
        return []


def _engagement(cells: Cells) -> EngagementItem | None:
    reactions = {
        name: n for name in REACTIONS if (n := cells.count(f"statistics.{name}_count")) is not None
    }
    total = cells.count("statistics.reaction_count")
    if total is not None:
        reactions["total"] = total
    return known_or_none(
        EngagementItem(
            likes=reactions.get("like"),
            comments=cells.count("statistics.comment_count"),
            shares=cells.count("statistics.share_count"),
            views=cells.count("statistics.views"),
            reactions=reactions or None,
        )
    )


def _names(cells: Cells) -> tuple[str, ...]:
    """Names of the owner, unless it is a page: pages are no private persons."""
    if "page" in (cells.text("post_owner.type") or "").casefold():
        return ()
    return telling_names(cells.text("post_owner.username"), cells.text("post_owner.name"))


CONTENT_LIBRARY: Final = TableFormat(
    "content_library_csv",
    "facebook",
    frozenset({"id", "creation_time", "text", "post_owner.id"}),
    _read,
    # The download of Instagram posts has neither.
    one_of=frozenset({"surface.id", "statistics.share_count"}),
)

"""Tables that 4CAT exports of X and Facebook captures."""

from typing import Final

from crawlers.parsers.items import EngagementItem, Kind, PostItem
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

YES: Final = {"yes", "true", "1"}
LONGEST_LANGUAGE_CODE: Final = 8


def _read_x(cells: Cells, context: TableContext) -> PostItem:
    post_id = _required_id(cells)
    language = cells.text("language_guess")
    urls = (cells.text("urls") or "").split(",")
    return PostItem(
        platform="x",
        platform_id=post_id,
        kind=_kind(cells),
        # `timestamp` is written in UTC without saying so; the Unix time needs no zone.
        created_at=required_moment(cells.text("unix_timestamp", "timestamp"), context),
        text=required_text(cells.text("body")),
        account_id=cells.id("author_id"),
        root_platform_id=cells.id("thread_id"),
        language=language if language and len(language) <= LONGEST_LANGUAGE_CODE else None,
        urls=tuple(url.strip() for url in urls if url.strip()),
        engagement=known_or_none(
            EngagementItem(
                likes=cells.count("like_count"),
                comments=cells.count("reply_count"),
                shares=None if _is(cells, "is_retweet") else cells.count("retweet_count"),
                quotes=cells.count("quote_count"),
                views=cells.count("impression_count"),
                bookmarks=cells.count("bookmark_count"),
            )
        ),
        private_names=telling_names(cells.text("author"), cells.text("author_fullname")),
    )


def _read_facebook(cells: Cells, context: TableContext) -> PostItem:
    post_id = _required_id(cells)
    has_media = {"photo": cells.text("image_url"), "video": cells.text("video_url")}
    return PostItem(
        platform="facebook",
        platform_id=post_id,
        kind="post",
        created_at=required_moment(cells.text("unix_timestamp", "timestamp"), context),
        text=cells.text("body") or "",
        root_platform_id=post_id,
        media=tuple(kind for kind, found in has_media.items() if found),
        private_names=telling_names(cells.text("author"), cells.text("author_name")),
    )


def _required_id(cells: Cells) -> str:
    post_id = cells.id("id")
    if post_id is None:
        raise RecordError("missing_id", "the id is empty")
    return post_id


def _kind(cells: Cells) -> Kind:
    if _is(cells, "is_retweet"):
        return "repost"
    if _is(cells, "is_reply"):
        return "reply"
    return "quote" if _is(cells, "is_quote_tweet") else "post"


def _is(cells: Cells, name: str) -> bool:
    return (cells.text(name) or "").casefold() in YES


FOURCAT_X: Final = TableFormat(
    "fourcat_x_csv", "x", frozenset({"id", "thread_id", "timestamp", "body", "is_retweet"}), _read_x
)
FOURCAT_FACEBOOK: Final = TableFormat(
    "fourcat_facebook_csv",
    "facebook",
    frozenset({"id", "body", "timestamp", "is_in_group", "group_name"}),
    _read_facebook,
)

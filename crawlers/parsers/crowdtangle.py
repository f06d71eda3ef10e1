"""CrowdTangle exports: the CSV of posts in its three layouts, the link checker, the API's JSON.

The service ended in August 2024; these files are history. "Post Created" ends with the zone of
the dashboard it was exported from, which is honoured here; the other date columns have none.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from crawlers.parsers.addresses import facebook_place, facebook_post_id
from crawlers.parsers.fields import as_count, as_dict, as_id, as_list, as_text
from crawlers.parsers.items import EngagementItem, ParsedPage, PostItem, UnreadablePayload
from crawlers.parsers.records import Collected, RecordError
from crawlers.parsers.tables import (
    ZONE_SUFFIX,
    Cells,
    TableContext,
    TableFormat,
    known_or_none,
    required_moment,
)

REACTIONS: Final = ("love", "wow", "haha", "sad", "angry", "care", "thankful")
# Hours from UTC of the abbreviations that dashboards write. IST, BST of Asia and the like name
# several zones; the reading here is that of the United States and Europe, where dashboards were.
ZONES: Final = {
    "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "WAT": 1, "CAT": 2, "SAST": 2, "EAT": 3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5,
    "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "AST": -4,
    "ADT": -3, "BRT": -3, "ART": -3, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12,
    "NZDT": 13,
}  # fmt: skip
MEDIA: Final = {
    "photo": "photo",
    "album": "photo",
    "link": "link_card",
    "video": "video",
    "native video": "video",
    "native_video": "video",
    "live video": "video",
    "live_video": "video",
    "live_video_complete": "video",
    "live_video_scheduled": "video",
    "youtube": "video",
    "vine": "video",
}
JS_DATE: Final = "%a %b %d %Y %H:%M:%S GMT%z"


def dashboard_moment(written: str | None, context: TableContext) -> datetime:
    """A moment such as `2023-10-27 15:00:03 EDT` in UTC."""
    found = ZONE_SUFFIX.match(written or "")
    if written is None or found is None:
        return required_moment(written, context)
    told, zone = found.groups()
    if zone[0] in "+-":
        return required_moment(f"{told}{zone}", context)
    if zone not in ZONES:
        raise RecordError("unknown_zone", "the time zone's abbreviation is not a known one")
    try:
        moment = datetime.fromisoformat(told)
        return moment.replace(tzinfo=timezone(timedelta(hours=ZONES[zone]))).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RecordError("bad_time", "the time is of no known form") from error


def _read_post(cells: Cells, context: TableContext) -> PostItem:
    address = cells.text("url")
    told_page, post = facebook_place(address)
    page = told_page or cells.id("facebook id")
    post_id = facebook_post_id(page, post)
    if post_id is None:
        raise RecordError("missing_id", "the address tells no post")
    return PostItem(
        platform="facebook",
        platform_id=post_id,
        kind="post",
        created_at=dashboard_moment(cells.text("post created", "created"), context),
        text=cells.text("message") or "",
        account_id=page,
        root_platform_id=post_id,
        venue_platform_id=page,
        urls=tuple(url for url in (cells.text("final link", "link"),) if url and url != address),
        media=_media(cells.text("type")),
        captions=_captions(cells.text(n) for n in ("image text", "link text", "description")),
        engagement=_engagement(cells),
    )


def _engagement(cells: Cells) -> EngagementItem | None:
    reactions = {name: n for name in REACTIONS if (n := cells.count(name)) is not None}
    likes = cells.count("likes")
    if likes is not None:
        reactions["like"] = likes
    return known_or_none(
        EngagementItem(
            likes=likes,
            comments=cells.count("comments"),
            shares=cells.count("shares"),
            # Views of the post's video; a post without one has "N/A" or 0.
            views=cells.count("post views") or None,
            reactions=reactions or None,
        )
    )


def _media(kind: str | None) -> tuple[str, ...]:
    found = MEDIA.get((kind or "").casefold())
    return (found,) if found else ()


def _captions(texts: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _read_link(cells: Cells, context: TableContext) -> PostItem:
    """One sharing of the checked link: where and when, never what was said with it."""
    address = cells.text("link")
    page, post = facebook_place(address)
    post_id = facebook_post_id(page, post)
    if post_id is None:
        raise RecordError("missing_id", "the address tells no Facebook post")
    written = cells.text("date")
    try:
        created_at = datetime.strptime(written or "", JS_DATE).astimezone(UTC)
    except (ValueError, OverflowError):
        created_at = dashboard_moment(written, context)
    return PostItem(
        platform="facebook",
        platform_id=post_id,
        kind="post",
        created_at=created_at,
        text="",
        account_id=page,
        root_platform_id=post_id,
        venue_platform_id=page,
        urls=_checked_link(context),
        media=("link_card",),
    )


def _checked_link(context: TableContext) -> tuple[str, ...]:
    first = context.preamble[0][0] if context.preamble and context.preamble[0] else ""
    label, mark, address = first.partition(": ")
    return (address.strip(),) if mark and label.casefold() == "link" else ()


CROWDTANGLE_POSTS: Final = TableFormat(
    "crowdtangle_csv",
    "facebook",
    frozenset({"url", "message"}),
    _read_post,
    one_of=frozenset({"post created", "likes at posting"}),
)
CROWDTANGLE_LINKS: Final = TableFormat(
    "crowdtangle_links",
    "facebook",
    frozenset({"source", "followers", "date", "interactions", "post type", "link"}),
    _read_link,
)


def is_crowdtangle(body: Mapping[str, Any]) -> bool:
    """Whether an object is an answer of the CrowdTangle API."""
    return isinstance(as_dict(body.get("result")).get("posts"), list)


def parse_crowdtangle(body: object) -> ParsedPage:
    """The Facebook posts of an answer; posts of other platforms are counted apart.

    Raises UnreadablePayload when the body is no answer of the CrowdTangle API.
    """
    if not isinstance(body, dict) or not is_crowdtangle(body):
        raise UnreadablePayload("not an answer of the CrowdTangle API")
    collected = Collected()
    for number, post in enumerate(body["result"]["posts"]):
        path = f"result.posts[{number}]"
        told = str(as_dict(post).get("platform", "Facebook")).casefold()
        if told != "facebook":
            collected.other["posts_of_other_platforms"] += 1
            continue
        try:
            collected.posts.append(_read_api_post(post))
        except RecordError as error:
            collected.refuse(error, path, post)
    return collected.page()


def _read_api_post(post: object) -> PostItem:
    if not isinstance(post, dict):
        raise RecordError("wrong_type", "a post is an object")
    account = as_dict(post.get("account"))
    page, own = facebook_place(as_text(post.get("postUrl")))
    page = as_id(account.get("platformId")) or page
    post_id = as_id(post.get("platformId")) or facebook_post_id(page, own)
    if post_id is None:
        raise RecordError("missing_id", "platformId is absent, and the address tells no post")
    link = as_text(post.get("link"))
    expanded = (as_text(as_dict(e).get("expanded")) for e in as_list(post.get("expandedLinks")))
    texts = (as_text(post.get(name)) for name in ("title", "caption", "description", "imageText"))
    item = PostItem(
        platform="facebook",
        platform_id=post_id,
        kind="post",
        # The API writes UTC without saying so.
        created_at=required_moment(as_text(post.get("date")), TableContext()),
        text=as_text(post.get("message")) or "",
        account_id=page,
        root_platform_id=post_id,
        venue_platform_id=page,
        language=_language(as_text(post.get("languageCode"))),
        media=_media(as_text(post.get("type"))),
        captions=_captions(texts),
        engagement=_api_engagement(as_dict(as_dict(post.get("statistics")).get("actual"))),
    )
    if "photo" in item.media or "video" in item.media:
        return item
    return replace(item, urls=tuple(dict.fromkeys(url for url in (*expanded, link) if url)))


def _language(code: str | None) -> str | None:
    return code if code and code != "und" and len(code) <= len("zh-Hant") else None


def _api_engagement(actual: Mapping[str, Any]) -> EngagementItem | None:
    reactions = {
        name: n
        for name in ("like", *REACTIONS)
        if (n := as_count(actual.get(f"{name}Count"))) is not None
    }
    return known_or_none(
        EngagementItem(
            likes=reactions.get("like"),
            comments=as_count(actual.get("commentCount")),
            shares=as_count(actual.get("shareCount")),
            reactions=reactions or None,
        )
    )

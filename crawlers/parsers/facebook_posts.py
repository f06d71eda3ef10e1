"""One Graph API post or comment to a PostItem."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawlers.parsers.fields import (
    as_count,
    as_dict,
    as_id,
    as_list,
    as_moment,
    as_text,
    is_telling_name,
)
from crawlers.parsers.items import EngagementItem, PostItem
from crawlers.parsers.links import canonical_url
from crawlers.parsers.masking import LINK_TAIL, WEB_ADDRESS
from crawlers.parsers.records import RecordError

REACTIONS = ("like", "love", "care", "haha", "wow", "sad", "angry", "thankful", "pride")
# What may be tagged in a message without being a person.
IMPERSONAL_TAGS = {"page", "event", "group", "application"}
MEDIA_KINDS = {
    "photo": "photo",
    "album": "photo",
    "profile_media": "photo",
    "cover_photo": "photo",
    "sticker": "photo",
    "video": "video",
    "video_inline": "video",
    "video_autoplay": "video",
    "video_share_youtube": "video",
    "animated_image": "animated_gif",
    "animated_image_share": "animated_gif",
    "animated_image_video": "animated_gif",
    "audio": "audio",
    "music": "audio",
    "link": "link_card",
    "share": "link_card",
    "event": "event",
}
OWN_MEDIA = {"photo", "video", "animated_gif", "audio"}
POST_ADDRESS = re.compile(r"facebook\.com/(\d+)/posts/(\d+)")
COMMENT_ADDRESS = re.compile(r"[?&](reply_)?comment_id=(\d+)")


@dataclass(frozen=True)
class Place:
    """Where records stand: page, post and, for replies nested in a comment, that comment."""

    page_id: str | None = None
    post_id: str | None = None
    comment_id: str | None = None

    def at_key(self, key: str, *, is_edge: bool) -> "Place":
        """The place of what stands under a key of an `?ids=` object."""
        if not is_edge:
            return self
        if "_" in key:
            return Place(page_id=self.page_id or key.split("_")[0], post_id=key)
        return Place(page_id=self.page_id or key, post_id=self.post_id)


@dataclass(frozen=True)
class _Address:
    """What a permalink tells: page, post, comment and reply, by number."""

    page: str | None
    post: str | None
    comment: str | None
    reply: str | None


def read_feed_post(node: object, place: Place) -> PostItem:
    """The post, or RecordError saying why it is none."""
    record = _object(node)
    address = _address(record)
    post_id = as_id(record.get("id")) or (None if address.comment else _post_id(address))
    created_at = _required_time(record, post_id)
    page_id = place.page_id or _page_of(post_id) or address.page
    attachments = [*_attachments(record)]
    return PostItem(
        platform="facebook",
        platform_id=str(post_id),
        kind="post",
        created_at=created_at,
        text=_text(record, wordless=bool(attachments or _has_picture_or_story(record))),
        account_id=as_id(as_dict(record.get("from")).get("id")),
        root_platform_id=post_id,
        venue_platform_id=page_id,
        urls=_urls(record, attachments),
        media=_media(record, attachments),
        engagement=_post_engagement(record),
        private_names=_names(record, page_id),
        claimed_comments=_total(record, "comments"),
    )


def read_comment(node: object, place: Place) -> PostItem:
    """The comment or reply, or RecordError saying why it is none."""
    record = _object(node)
    address = _address(record)
    comment_id = as_id(record.get("id")) or _comment_id(address)
    created_at = _required_time(record, comment_id)
    post_id = place.post_id or _post_id(address) or _post_of(comment_id, place.page_id)
    page_id = place.page_id or _page_of(post_id)
    parent = as_id(as_dict(record.get("parent")).get("id")) or _answered(address)
    attachments = [as_dict(record.get("attachment"))] if record.get("attachment") else []
    return PostItem(
        platform="facebook",
        platform_id=str(comment_id),
        kind="comment",
        created_at=created_at,
        text=_text(record, wordless=bool(attachments)),
        account_id=as_id(as_dict(record.get("from")).get("id")),
        parent_platform_id=parent or place.comment_id or post_id,
        root_platform_id=post_id,
        venue_platform_id=page_id,
        urls=_urls(record, attachments),
        media=_media(record, attachments),
        engagement=_comment_engagement(record),
        private_names=_names(record, page_id),
        claimed_comments=as_count(record.get("comment_count")),
    )


def _object(node: object) -> Mapping[str, Any]:
    if not isinstance(node, dict):
        raise RecordError("wrong_type", "a post or comment is an object")
    return node


def _required_time(record: Mapping[str, Any], record_id: str | None) -> datetime:
    if record_id is None:
        raise RecordError("missing_id", "id is absent or no id, and no permalink tells it")
    if record.get("created_time") is None:
        raise RecordError("missing_time", "created_time is absent; ask for it in the fields")
    created_at = as_moment(record["created_time"])
    if created_at is None:
        raise RecordError("bad_time", "created_time is no moment with a time zone")
    return created_at


def _text(record: Mapping[str, Any], *, wordless: bool) -> str:
    """The message; absent is empty only where something else is shown."""
    text = as_text(record.get("message"))
    if text is not None:
        return text
    if record.get("message") is not None or not wordless:
        raise RecordError("no_text", "message is absent or not a string, and nothing is attached")
    return ""


def _has_picture_or_story(record: Mapping[str, Any]) -> bool:
    return any(record.get(name) for name in ("full_picture", "picture", "story"))


def _address(record: Mapping[str, Any]) -> _Address:
    url = as_text(record.get("permalink_url")) or ""
    place = POST_ADDRESS.search(url)
    numbers = dict(COMMENT_ADDRESS.findall(url))
    page, post = place.groups() if place else (None, None)
    return _Address(page, post, numbers.get(""), numbers.get("reply_"))


def _post_id(address: _Address) -> str | None:
    return f"{address.page}_{address.post}" if address.page and address.post else None


def _comment_id(address: _Address) -> str | None:
    own = address.reply or address.comment
    return f"{address.post}_{own}" if address.post and own else None


def _answered(address: _Address) -> str | None:
    """The comment that a reply answers, by its permalink."""
    return f"{address.post}_{address.comment}" if address.post and address.reply else None


def _page_of(post_id: str | None) -> str | None:
    page, mark, _ = (post_id or "").partition("_")
    return page if mark and page else None


def _post_of(comment_id: str | None, page_id: str | None) -> str | None:
    """The post by a comment's id ({post}_{comment}); whole only when the page is known."""
    post, mark, _ = (comment_id or "").partition("_")
    if not mark or not post:
        return None
    return f"{page_id}_{post}" if page_id else post


def _attachments(record: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    for attachment in map(as_dict, as_list(as_dict(record.get("attachments")).get("data"))):
        yield attachment
        inner = as_dict(attachment.get("subattachments"))
        yield from map(as_dict, as_list(inner.get("data")))


def _media_kind(attachment: Mapping[str, Any]) -> str | None:
    for name in ("media_type", "type"):
        if kind := MEDIA_KINDS.get(str(attachment.get(name))):
            return kind
    return None


def _media(record: Mapping[str, Any], attachments: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    kinds = {kind for attachment in attachments if (kind := _media_kind(attachment))}
    if not kinds and (record.get("full_picture") or record.get("picture")):
        kinds = {"photo"}
    return tuple(sorted(kinds))


def _urls(record: Mapping[str, Any], attachments: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Addresses linked to: attached ones, not the post's own pictures, and those in the text."""
    urls = [match.group(0).rstrip(LINK_TAIL) for match in WEB_ADDRESS.finditer(_message(record))]
    for attachment in attachments:
        if _media_kind(attachment) in OWN_MEDIA:
            continue
        target = as_dict(attachment.get("target")).get("url")
        found = (attachment.get("unshimmed_url"), target, attachment.get("url"))
        urls.extend([url for value in found if (url := as_text(value))][:1])
    return tuple(dict.fromkeys(canonical for url in urls if (canonical := canonical_url(url))))


def _message(record: Mapping[str, Any]) -> str:
    return as_text(record.get("message")) or ""


def _total(record: Mapping[str, Any], name: str) -> int | None:
    """total_count of the summary of an edge or of an alias of one."""
    return as_count(as_dict(as_dict(record.get(name)).get("summary")).get("total_count"))


def _post_engagement(record: Mapping[str, Any]) -> EngagementItem | None:
    reactions = {name: n for name in REACTIONS if (n := _total(record, name)) is not None}
    total = _total(record, "reactions")
    if total is not None:
        reactions["total"] = total
    likes = reactions.get("like", _total(record, "likes"))
    counts = EngagementItem(
        likes=likes,
        comments=_total(record, "comments"),
        shares=as_count(as_dict(record.get("shares")).get("count")),
        reactions=reactions or None,
    )
    return None if counts == EngagementItem() else counts


def _comment_engagement(record: Mapping[str, Any]) -> EngagementItem | None:
    counts = EngagementItem(
        likes=as_count(record.get("like_count")), comments=as_count(record.get("comment_count"))
    )
    return None if counts == EngagementItem() else counts


def _names(record: Mapping[str, Any], page_id: str | None) -> tuple[str, ...]:
    """Names of the author and of everyone tagged; the page itself is no private name."""
    author = as_dict(record.get("from"))
    author_name = as_text(author.get("name"))
    names: list[str] = []
    if author_name and is_telling_name(author_name) and as_id(author.get("id")) != page_id:
        names.append(author_name)
    for tag in map(as_dict, as_list(record.get("message_tags"))):
        if as_text(tag.get("type")) not in IMPERSONAL_TAGS and as_id(tag.get("id")) != page_id:
            names.extend(_tagged(tag, _message(record)))
    return tuple(dict.fromkeys(names))


def _tagged(tag: Mapping[str, Any], message: str) -> Iterable[str]:
    """The tagged name, and the part of it that stands in the message."""
    name = as_text(tag.get("name"))
    if not name:
        return
    yield name
    start, length = as_count(tag.get("offset")), as_count(tag.get("length"))
    if start is not None and length is not None:
        span = message[start : start + length].strip()
        # Offsets are miscounted beside emoji; then the span is no part of the name.
        if span and {*span.split()} <= {*name.split()}:
            yield span

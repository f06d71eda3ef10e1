"""One Graph API post or comment to a PostItem."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawlers.parsers.facebook_attachments import (
    attachments_of,
    captions_of,
    media_of,
    tagged_descriptions,
    urls_of,
)
from crawlers.parsers.fields import (
    as_count,
    as_dict,
    as_id,
    as_list,
    as_moment,
    as_text,
    is_telling_name,
)
from crawlers.parsers.items import EngagementItem, Kind, PostItem
from crawlers.parsers.records import RecordError

REACTIONS = ("like", "love", "care", "haha", "wow", "sad", "angry", "thankful", "pride")
# What may be tagged in a message without being a person.
IMPERSONAL_TAGS = {"page", "event", "group", "application"}
# None where the status was not asked for.
SHARING_STATUSES = ("shared_story", None)
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
    attachments = attachments_of(record)
    original = _original(record, post_id)
    shows_something = bool(attachments or original or _has_picture_or_story(record))
    text = _text(record, wordless=shows_something)
    kind = _kind(text, original)
    return PostItem(
        platform="facebook",
        platform_id=str(post_id),
        kind=kind,
        created_at=created_at,
        text=text,
        account_id=as_id(as_dict(record.get("from")).get("id")),
        parent_platform_id=original,
        root_platform_id=post_id,
        venue_platform_id=page_id,
        reposted_platform_id=original if kind == "repost" else None,
        urls=urls_of(text, attachments),
        media=media_of(record, attachments),
        captions=captions_of(text, attachments),
        engagement=_post_engagement(record),
        private_names=_names(record, page_id, attachments),
        claimed_comments=_total(record, "comments"),
        state="unavailable" if record.get("is_published") is False else "visible",
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
    attachments = (as_dict(record.get("attachment")),) if record.get("attachment") else ()
    text = _text(record, wordless=bool(attachments))
    hidden = record.get("is_hidden")
    return PostItem(
        platform="facebook",
        platform_id=str(comment_id),
        kind="comment",
        created_at=created_at,
        text=text,
        account_id=as_id(as_dict(record.get("from")).get("id")),
        parent_platform_id=parent or place.comment_id or post_id,
        root_platform_id=post_id,
        venue_platform_id=page_id,
        urls=urls_of(text, attachments),
        media=media_of(record, attachments),
        captions=captions_of(text, attachments),
        engagement=_comment_engagement(record),
        private_names=_names(record, page_id, attachments),
        claimed_comments=as_count(record.get("comment_count")),
        hidden=hidden if isinstance(hidden, bool) else None,
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


def _original(record: Mapping[str, Any], post_id: str | None) -> str | None:
    """The post that this one shares; a parent is told of other stories too, by their status."""
    parent = as_id(record.get("parent_id"))
    if parent == post_id or record.get("status_type") not in SHARING_STATUSES:
        return None
    return parent


def _kind(text: str, original: str | None) -> Kind:
    if original is None:
        return "post"
    return "quote" if text.strip() else "repost"


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


def _names(
    record: Mapping[str, Any], page_id: str | None, attachments: Iterable[Mapping[str, Any]]
) -> tuple[str, ...]:
    """Names of the author and of everyone tagged; the page itself is no private name."""
    author = as_dict(record.get("from"))
    author_name = as_text(author.get("name"))
    names: list[str] = []
    if author_name and is_telling_name(author_name) and as_id(author.get("id")) != page_id:
        names.append(author_name)
    message = as_text(record.get("message")) or ""
    tags = [(tag, message) for tag in map(as_dict, as_list(record.get("message_tags")))]
    for tag, text in (*tags, *tagged_descriptions(attachments)):
        if as_text(tag.get("type")) not in IMPERSONAL_TAGS and as_id(tag.get("id")) != page_id:
            names.extend(_tagged(tag, text))
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

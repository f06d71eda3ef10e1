"""One X post, in either vocabulary of API v2, to a PostItem.

X renamed its fields from tweet to post words in 2026 and recordings hold both, sometimes mixed,
so each field is looked up under both names.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from crawlers.parsers.fields import (
    as_count,
    as_dict,
    as_id,
    as_list,
    as_moment,
    as_text,
    is_telling_handle,
    is_telling_name,
)
from crawlers.parsers.items import EngagementItem, Kind, PostItem, UserItem
from crawlers.parsers.records import RecordError

NOTE = ("note_post", "note_tweet")
REFERENCED = ("referenced_posts", "referenced_tweets")
HISTORY = ("edit_history_post_ids", "edit_history_tweet_ids")
REPOSTS = ("repost_count", "retweet_count")

MEDIA_KINDS = {"3": "photo", "7": "video", "13": "video", "16": "animated_gif"}
MAX_LANGUAGE_LENGTH = 8


@dataclass(frozen=True)
class Includes:
    """What a response carries beside its data, by id."""

    posts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    users: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    media: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    first_ids: Mapping[str, str] = field(default_factory=dict)  # of every edit to its first

    def first_id(self, post_id: str | None) -> str | None:
        """The lasting id of a post that may be named by the id of one of its edits."""
        return None if post_id is None else self.first_ids.get(post_id, post_id)


def either(record: Mapping[str, Any], names: tuple[str, str]) -> Any:
    """The field under whichever of its two names it has."""
    first, second = names
    return record[first] if record.get(first) is not None else record.get(second)


def history_of(record: Mapping[str, Any]) -> list[str]:
    """Ids of all edits, oldest first; the post's own id when it was never edited."""
    ids = [post_id for entry in as_list(either(record, HISTORY)) if (post_id := as_id(entry))]
    own = as_id(record.get("id"))
    return ids or ([own] if own else [])


def edit_number_of(record: Mapping[str, Any]) -> int | None:
    """Which text of the post this is, from 1; None when the record tells no edit history."""
    if not as_list(either(record, HISTORY)):
        return None
    history, own = history_of(record), as_id(record.get("id"))
    return history.index(own) + 1 if own in history else len(history)


def read_post(record: object, includes: Includes, *, context: bool) -> PostItem:
    """The post, or RecordError saying why it is none."""
    if not isinstance(record, dict):
        raise RecordError("wrong_type", f"a post is an object, this is {_json_type(record)}")
    own_id, created_at, text = _required(record)
    references = _references(record)
    kind = _kind(record, references, own_id)
    history = history_of(record)
    # A repost holds a cut copy of the text; the original has it whole, with its links.
    original = includes.posts.get(references.get("retweeted", ""), {}) if kind == "repost" else {}
    source = original if _text_of(original) else record
    return PostItem(
        platform="x",
        platform_id=history[0],
        kind=kind,
        created_at=created_at,
        text=_text_of(source) or text,
        account_id=as_id(record.get("author_id")),
        parent_platform_id=includes.first_id(references.get("replied_to")),
        root_platform_id=includes.first_id(as_id(record.get("conversation_id"))),
        reposted_platform_id=(
            includes.first_id(references.get("retweeted")) if kind == "repost" else None
        ),
        language=_language(record),
        urls=_urls(source, own_ids={*history, own_id, *history_of(source)}),
        media=_media(record, includes) or _media(source, includes),
        engagement=_engagement(record, kind),
        private_names=_names((record, original), includes),
        edited=len(history) > 1,
        truncated=source is record and _is_cut(text, record, kind, own_id),
        edit_number=edit_number_of(record),
        state="withheld" if as_dict(record.get("withheld")) else "visible",
        context=context,
    )


def _required(record: Mapping[str, Any]) -> tuple[str, Any, str]:
    own_id = as_id(record.get("id"))
    if own_id is None:
        raise RecordError("missing_id", "id is absent, empty or not a whole number")
    if record.get("created_at") is None:
        raise RecordError("missing_time", "created_at is absent; ask for it in the fields")
    created_at = as_moment(record["created_at"])
    if created_at is None:
        raise RecordError("bad_time", "created_at is no moment with a time zone")
    text = _text_of(record)
    if text is None:
        raise RecordError("no_text", "text is absent or not a string")
    return own_id, created_at, text


def _text_of(record: Mapping[str, Any]) -> str | None:
    """The long form when there is one; X escapes three characters, undone here."""
    text = as_text(_note(record).get("text")) or as_text(record.get("text"))
    if text is None:
        return None
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _is_cut(text: str, record: Mapping[str, Any], kind: Kind, own_id: str) -> bool:
    """Whether this is the short form of a text whose long form did not come with it."""
    if kind == "repost":
        return text.endswith("\u2026")
    links = as_list(as_dict(record.get("entities")).get("urls"))
    addresses = (as_text(as_dict(link).get("expanded_url")) or "" for link in links)
    more = any(address.endswith(f"/status/{own_id}") for address in addresses)
    return more and "\u2026 https://t.co/" in text and not _note(record)


def _note(record: Mapping[str, Any]) -> Mapping[str, Any]:
    note = as_dict(either(record, NOTE))
    return note if note.get("text") else {}


def _references(record: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for reference in map(as_dict, as_list(either(record, REFERENCED))):
        kind, post_id = as_text(reference.get("type")), as_id(reference.get("id"))
        if kind and post_id:
            found.setdefault(kind, post_id)
    return found


def _kind(record: Mapping[str, Any], references: Mapping[str, str], own_id: str) -> Kind:
    if "retweeted" in references:
        return "repost"
    if "replied_to" in references:
        return "reply"
    # Without the referenced posts in the answer, a post inside another's thread is a reply.
    root = as_id(record.get("conversation_id")) or own_id
    if record.get("in_reply_to_user_id") is not None and root not in {own_id, *history_of(record)}:
        return "reply"
    return "quote" if "quoted" in references else "post"


def _language(record: Mapping[str, Any]) -> str | None:
    language = as_text(record.get("lang"))
    return language if language and len(language) <= MAX_LANGUAGE_LENGTH else None


def _urls(record: Mapping[str, Any], own_ids: set[str]) -> tuple[str, ...]:
    entities = as_dict((_note(record) or record).get("entities"))
    own_page = re.compile(rf"/status/(?:{'|'.join(map(re.escape, sorted(own_ids)))})(?:/|\?|$)")
    urls: list[str] = []
    for entry in map(as_dict, as_list(entities.get("urls"))):
        url = as_text(entry.get("unwound_url")) or as_text(entry.get("expanded_url"))
        # Attached pictures, and the "read more" of a long post, lead back to the post itself.
        if url and not entry.get("media_key") and not own_page.search(url):
            urls.append(url)
    return tuple(dict.fromkeys(urls))


def _media(record: Mapping[str, Any], includes: Includes) -> tuple[str, ...]:
    attachments = as_dict(record.get("attachments"))
    kinds = {
        kind
        for key in map(as_text, as_list(attachments.get("media_keys")))
        if key and (kind := _media_kind(key, includes))
    }
    if as_list(attachments.get("poll_ids")):
        kinds.add("poll")
    return tuple(sorted(kinds))


def _media_kind(key: str, includes: Includes) -> str | None:
    told = as_text(includes.media.get(key, {}).get("type"))
    return told or MEDIA_KINDS.get(key.split("_", maxsplit=1)[0])


def _engagement(record: Mapping[str, Any], kind: Kind) -> EngagementItem | None:
    metrics = as_dict(record.get("public_metrics"))
    counts = EngagementItem(
        likes=as_count(metrics.get("like_count")),
        comments=as_count(metrics.get("reply_count")),
        # On a repost X gives the count of the original, which is not the repost's own.
        shares=None if kind == "repost" else as_count(either(metrics, REPOSTS)),
        quotes=as_count(metrics.get("quote_count")),
        views=as_count(metrics.get("impression_count")),
        bookmarks=as_count(metrics.get("bookmark_count")),
    )
    return None if counts == EngagementItem() else counts


def _names(records: Iterable[Mapping[str, Any]], includes: Includes) -> tuple[str, ...]:
    """Handles and display names of everyone the response describes or the post mentions."""
    by_handle = {as_text(user.get("username")): user for user in includes.users.values()}
    names: list[str] = []
    for mention in chain.from_iterable(map(_mentions, records)):
        user = by_handle.get(as_text(mention.get("username")), mention)
        names.extend(_names_of(user, mentioned=True))
    for user in includes.users.values():
        names.extend(_names_of(user, mentioned=False))
    return tuple(dict.fromkeys(names))


def users_of(includes: Includes) -> tuple[UserItem, ...]:
    """Every account the response describes."""
    return tuple(
        UserItem(user_id, as_text(user.get("username")), (*_names_of(user, mentioned=True),))
        for user_id, user in includes.users.items()
    )


def _mentions(record: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    for holder in (record, as_dict(either(record, NOTE))):
        yield from map(as_dict, as_list(as_dict(holder.get("entities")).get("mentions")))


def _names_of(user: Mapping[str, Any], *, mentioned: bool) -> Iterable[str]:
    handle, name = as_text(user.get("username")), as_text(user.get("name"))
    if handle and is_telling_handle(handle, mentioned=mentioned):
        yield handle
    if name and is_telling_name(name):
        yield name


def _json_type(value: object) -> str:
    return {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}.get(
        type(value), "a number"
    )

"""One X post, in either vocabulary of API v2, to a PostItem.

X renamed its fields from tweet to post words in 2026 and recordings hold both, sometimes mixed,
so each field is looked up under both names.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from typing import Any

from crawlers.parsers.fields import (
    NOTHING,
    as_count,
    as_dict,
    as_id,
    as_list,
    as_moment,
    as_text,
    is_telling_handle,
    is_telling_name,
)
from crawlers.parsers.frozen import frozen
from crawlers.parsers.items import EngagementItem, Kind, PostItem, UserItem
from crawlers.parsers.records import RecordError

NOTE = ("note_post", "note_tweet")
REFERENCED = ("referenced_posts", "referenced_tweets")
HISTORY = ("edit_history_post_ids", "edit_history_tweet_ids")
REPOSTS = ("repost_count", "retweet_count")

# From here on X numbers its posts by the millisecond of their creation.
FIRST_TIMED_ID = 29_700_859_247
TIMED_FROM_MS = 1_288_834_974_657
LONGEST_ID = 19

MEDIA_KINDS = {"3": "photo", "7": "video", "13": "video", "16": "animated_gif"}
MAX_LANGUAGE_LENGTH = 8
STATUS = re.compile(r"/status/(\d+)(?=/|\?|$)")
NOTHING_COUNTED = EngagementItem()


@frozen
class Includes:
    """What a response carries beside its data, by id."""

    posts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    users: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    media: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    first_ids: Mapping[str, str] = field(default_factory=dict)  # of every edit to its first

    @cached_property
    def by_handle(self) -> Mapping[str | None, Mapping[str, Any]]:
        """Described accounts by handle."""
        return {as_text(user.get("username")): user for user in self.users.values()}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Handles and display names of every account the response describes."""
        found = (_names_of(user, mentioned=False) for user in self.users.values())
        return tuple(dict.fromkeys(chain.from_iterable(found)))

    @cached_property
    def name_set(self) -> frozenset[str]:
        """The same names, to look one up."""
        return frozenset(self.names)

    def first_id(self, post_id: str | None) -> str | None:
        """The lasting id of a post that may be named by the id of one of its edits."""
        return None if post_id is None else self.first_ids.get(post_id, post_id)


def either(record: Mapping[str, Any], names: tuple[str, str]) -> Any:
    """The field under whichever of its two names it has."""
    value = record.get(names[0])
    return record.get(names[1]) if value is None else value


def history_of(record: Mapping[str, Any]) -> list[str]:
    """Ids of all edits, oldest first; the post's own id when it was never edited."""
    listed = either(record, HISTORY)
    if isinstance(listed, list) and (ids := [found for entry in listed if (found := as_id(entry))]):
        return ids
    own = as_id(record.get("id"))
    return [own] if own else []


def edit_number_of(record: Mapping[str, Any]) -> int | None:
    """Which text of the post this is, from 1; None when the record tells no edit history."""
    return _edit_number(record, history_of(record), as_id(record.get("id")))


def _edit_number(record: Mapping[str, Any], history: list[str], own_id: str | None) -> int | None:
    if not as_list(either(record, HISTORY)):
        return None
    return history.index(own_id) + 1 if own_id in history else len(history)


def read_post(record: object, includes: Includes, *, context: bool) -> PostItem:
    """The post, or RecordError saying why it is none."""
    if not isinstance(record, dict):
        raise RecordError("wrong_type", f"a post is an object, this is {_json_type(record)}")
    own_id, created_at, text = _required(record)
    references = _references(record)
    history = history_of(record)
    kind = _kind(record, references, own_id, history)
    # A repost holds a cut copy of the text; the original has it whole, with its links.
    source: Mapping[str, Any] = record
    original: Mapping[str, Any] = {}
    if kind == "repost":
        original = includes.posts.get(references.get("retweeted", ""), {})
        whole = _text_of(original)
        source, text = (original, whole) if whole else (record, text)
    return PostItem(
        platform="x",
        platform_id=history[0],
        kind=kind,
        created_at=created_at,
        text=text,
        account_id=as_id(record.get("author_id")),
        parent_platform_id=includes.first_id(references.get("replied_to")),
        root_platform_id=includes.first_id(as_id(record.get("conversation_id"))),
        reposted_platform_id=(
            includes.first_id(references.get("retweeted")) if kind == "repost" else None
        ),
        language=_language(record),
        urls=_urls(source, history, own_id),
        media=_media(record, includes) or _media(source, includes),
        captions=_captions(source, includes),
        engagement=_engagement(record, kind),
        private_names=_names(record, original, includes),
        edited=len(history) > 1,
        edit_number=_edit_number(record, history, own_id),
        truncated=source is record and _is_cut(text, record, kind, own_id),
        state="withheld" if as_dict(record.get("withheld")) else "visible",
        context=context,
    )


def _required(record: Mapping[str, Any]) -> tuple[str, datetime, str]:
    own_id = as_id(record.get("id"))
    if own_id is None:
        raise RecordError("missing_id", "id is absent, empty or not a whole number")
    told = record.get("created_at")
    created_at = moment_in_id(own_id) if told is None else as_moment(told)
    if created_at is None and told is None:
        raise RecordError("missing_time", "created_at is absent; ask for it in the fields")
    if created_at is None:
        raise RecordError("bad_time", "created_at is no moment with a time zone")
    text = _text_of(record)
    if text is None:
        raise RecordError("no_text", "text is absent or not a string")
    return own_id, created_at, text


def moment_in_id(post_id: str) -> datetime | None:
    """The second at which a post was made, as its id tells; None for ids of before 2010-11."""
    if not (post_id.isascii() and post_id.isdigit()) or len(post_id) > LONGEST_ID:
        return None
    number = int(post_id)
    if number < FIRST_TIMED_ID:
        return None
    return datetime.fromtimestamp(((number >> 22) + TIMED_FROM_MS) // 1000, UTC)


def _text_of(record: Mapping[str, Any]) -> str | None:
    """The long form when there is one; X escapes three characters, undone here."""
    text = as_text(_note(record).get("text")) or as_text(record.get("text"))
    if text is None or "&" not in text:
        return text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _is_cut(text: str, record: Mapping[str, Any], kind: Kind, own_id: str) -> bool:
    """Whether this is the short form of a text whose long form did not come with it."""
    if record.get("truncated") is True:  # API v1.1 says so itself
        return True
    if kind == "repost":
        return text.endswith("\u2026")
    if "\u2026 https://t.co/" not in text or _note(record):
        return False
    links = as_list(as_dict(record.get("entities")).get("urls"))
    addresses = (as_text(as_dict(link).get("expanded_url")) or "" for link in links)
    return any(address.endswith(f"/status/{own_id}") for address in addresses)


def _note(record: Mapping[str, Any]) -> Mapping[str, Any]:
    note = either(record, NOTE)
    return note if isinstance(note, dict) and note.get("text") else NOTHING


def _references(record: Mapping[str, Any]) -> Mapping[str, str]:
    listed = either(record, REFERENCED)
    if not isinstance(listed, list):
        return NOTHING
    found: dict[str, str] = {}
    for reference in map(as_dict, listed):
        kind, post_id = as_text(reference.get("type")), as_id(reference.get("id"))
        if kind and post_id:
            found.setdefault(kind, post_id)
    return found


def _kind(
    record: Mapping[str, Any], references: Mapping[str, str], own_id: str, history: list[str]
) -> Kind:
    if "retweeted" in references:
        return "repost"
    if "replied_to" in references:
        return "reply"
    # Without the referenced posts in the answer, a post inside another's thread is a reply.
    if record.get("in_reply_to_user_id") is not None:
        root = as_id(record.get("conversation_id")) or own_id
        if root not in {own_id, *history}:
            return "reply"
    return "quote" if "quoted" in references else "post"


def _language(record: Mapping[str, Any]) -> str | None:
    language = as_text(record.get("lang"))
    return language if language and len(language) <= MAX_LANGUAGE_LENGTH else None


def _urls(source: Mapping[str, Any], history: list[str], own_id: str) -> tuple[str, ...]:
    entries = as_dict((_note(source) or source).get("entities")).get("urls")
    if not entries or not isinstance(entries, list):
        return ()
    own_ids = {*history, own_id, *history_of(source)}
    urls: list[str] = []
    for entry in map(as_dict, entries):
        url = as_text(entry.get("unwound_url")) or as_text(entry.get("expanded_url"))
        # Attached pictures, and the "read more" of a long post, lead back to the post itself.
        if url and not entry.get("media_key") and own_ids.isdisjoint(STATUS.findall(url)):
            urls.append(url)
    return tuple(dict.fromkeys(urls))


def _captions(source: Mapping[str, Any], includes: Includes) -> tuple[str, ...]:
    """Alternative texts of the pictures, as their author wrote them."""
    attachments = source.get("attachments")
    if not attachments:
        return ()
    keys = map(as_text, as_list(as_dict(attachments).get("media_keys")))
    told = (as_text(includes.media.get(key, NOTHING).get("alt_text")) for key in keys if key)
    return tuple(dict.fromkeys(text for text in told if text))


def _media(record: Mapping[str, Any], includes: Includes) -> tuple[str, ...]:
    attachments = record.get("attachments")
    if not attachments or not isinstance(attachments, dict):
        return ()
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
    metrics = record.get("public_metrics")
    if not metrics or not isinstance(metrics, dict):
        return None
    counts = EngagementItem(
        likes=as_count(metrics.get("like_count")),
        comments=as_count(metrics.get("reply_count")),
        # On a repost X gives the count of the original, which is not the repost's own.
        shares=None if kind == "repost" else as_count(either(metrics, REPOSTS)),
        quotes=as_count(metrics.get("quote_count")),
        views=as_count(metrics.get("impression_count")),
        bookmarks=as_count(metrics.get("bookmark_count")),
    )
    return None if counts == NOTHING_COUNTED else counts


def _names(
    record: Mapping[str, Any], original: Mapping[str, Any], includes: Includes
) -> tuple[str, ...]:
    """Handles and display names of everyone the response describes or the post mentions."""
    mentions = _mentions(record)
    if original:
        mentions = [*mentions, *_mentions(original)]
    if not mentions:
        # One tuple for every post of a response: a hundred posts, two hundred names.
        return includes.names
    mentioned: list[str] = []
    for mention in map(as_dict, mentions):
        user = includes.by_handle.get(as_text(mention.get("username")), mention)
        mentioned.extend(_names_of(user, mentioned=True))
    more = [name for name in dict.fromkeys(mentioned) if name not in includes.name_set]
    return (*more, *includes.names) if more else includes.names


def users_of(includes: Includes) -> tuple[UserItem, ...]:
    """Every account the response describes."""
    return tuple(
        UserItem(user_id, as_text(user.get("username")), (*_names_of(user, mentioned=True),))
        for user_id, user in includes.users.items()
    )


def _mentions(record: Mapping[str, Any]) -> list[Any]:
    found = as_list(as_dict(record.get("entities")).get("mentions"))
    note = either(record, NOTE)
    if note is None:
        return found
    return [*found, *as_list(as_dict(as_dict(note).get("entities")).get("mentions"))]


def _names_of(user: Mapping[str, Any], *, mentioned: bool) -> list[str]:
    handle, name = as_text(user.get("username")), as_text(user.get("name"))
    found = [handle] if handle and is_telling_handle(handle, mentioned=mentioned) else []
    if name and is_telling_name(name):
        found.append(name)
    return found


def _json_type(value: object) -> str:
    return {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}.get(
        type(value), "a number"
    )

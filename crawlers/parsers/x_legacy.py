"""Older X objects (API v1.1, web GraphQL, account archive) to the words of API v2.

The three share one shape of post. It is rewritten into a v2 response, so that one parser decides
what a repost, a link or a withheld post is.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from crawlers.parsers.fields import as_dict, as_id, as_list, as_moment, as_text
from crawlers.parsers.items import ParsedPage
from crawlers.parsers.x import parse_x_response

MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
COUNTS: Final = {
    "favorite_count": "like_count",
    "reply_count": "reply_count",
    "retweet_count": "retweet_count",
    "quote_count": "quote_count",
    "bookmark_count": "bookmark_count",
}
# Parts of "Tue Oct 10 07:30:00 +0000 2023".
TIME_PARTS: Final = 6


@dataclass
class V2Response:
    """A response of API v2 while it is put together from older objects."""

    data: list[dict[str, Any]] = field(default_factory=list)
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    other: Counter[str] = field(default_factory=Counter)

    def parsed(self) -> ParsedPage:
        """The page that the response holds."""
        page = parse_x_response(
            {
                "data": self.data,
                "includes": {
                    "users": [*self.users.values()],
                    "posts": [*self.posts.values()],
                    "media": [*self.media.values()],
                },
            }
        )
        other = Counter(page.other)
        other.update(self.other)
        return replace(page, other={kind: n for kind, n in sorted(other.items()) if n})

    def add_user(self, user: Mapping[str, Any]) -> str | None:
        """Include an account; give its id."""
        user_id = as_id(user.get("id_str")) or as_id(user.get("id"))
        if user_id is not None:
            self.users.setdefault(
                user_id,
                {"id": user_id, "username": user.get("screen_name"), "name": user.get("name")},
            )
        return user_id


def legacy_moment(value: object) -> str | None:
    """An ISO 8601 time from "Tue Oct 10 07:30:00 +0000 2023"; other times as they are."""
    text = as_text(value)
    parts = (text or "").split()
    if len(parts) != TIME_PARTS or parts[1] not in MONTHS:
        return text
    try:
        hour, minute, second = map(int, parts[3].split(":"))
        sign = -1 if parts[4].startswith("-") else 1
        offset = timedelta(hours=int(parts[4][1:3]), minutes=int(parts[4][3:5])) * sign
        moment = datetime(
            int(parts[5]), MONTHS[parts[1]], int(parts[2]), hour, minute, second,
            tzinfo=timezone(offset),
        )  # fmt: skip
        return moment.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return text


def v2_post(
    status: Mapping[str, Any],
    into: V2Response,
    *,
    author_id: str | None,
    referenced: Iterable[tuple[str, str | None]] = (),
) -> dict[str, Any]:
    """One older post in the words of v2; its media and mentioned accounts go into the includes."""
    extended = as_dict(status.get("extended_tweet"))
    entities = as_dict(extended.get("entities") or status.get("entities"))
    post: dict[str, Any] = {
        "id": as_id(status.get("id_str")) or as_id(status.get("id")),
        "text": extended.get("full_text", status.get("full_text", status.get("text"))),
        "created_at": legacy_moment(status.get("created_at")),
        "author_id": author_id,
        "lang": status.get("lang"),
        "conversation_id": status.get("conversation_id_str"),
        "in_reply_to_user_id": as_id(status.get("in_reply_to_user_id_str")),
        "public_metrics": v2_metrics(status),
        "entities": v2_entities(entities),
        "attachments": {"media_keys": _media_keys(status, extended, into)},
        "referenced_tweets": [
            {"type": kind, "id": post_id}
            for kind, post_id in (("replied_to", _answered(status)), *referenced)
            if post_id
        ],
        "truncated": status.get("truncated") is True and not extended,
    }
    if status.get("withheld_scope") or as_list(status.get("withheld_in_countries")):
        post["withheld"] = {"country_codes": as_list(status.get("withheld_in_countries"))}
    return {name: value for name, value in post.items() if value is not None}


def v2_metrics(status: Mapping[str, Any]) -> dict[str, int]:
    """The counts under their v2 names; archives write them as text."""
    found = ((new, whole(status.get(old))) for old, new in COUNTS.items())
    return {name: count for name, count in found if count is not None}


def whole(value: object) -> int | None:
    """A count that may be written as text."""
    if (
        isinstance(value, str)
        and value.isascii()
        and value.isdigit()
        and len(value) <= len(str(2**31))
    ):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def v2_entities(entities: Mapping[str, Any]) -> dict[str, Any]:
    """Links and mentions under their v2 names; `media` entries lead back to the post itself."""
    mentions = map(as_dict, as_list(entities.get("user_mentions")))
    return {
        "urls": [as_dict(url) for url in as_list(entities.get("urls"))],
        "mentions": [
            {"id": m.get("id_str"), "username": m.get("screen_name"), "name": m.get("name")}
            for m in mentions
        ],
    }


def collected_at(value: object) -> datetime | None:
    """A moment from epoch milliseconds, as capture tools write it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return as_moment(value // 1000)
    return None


def _answered(status: Mapping[str, Any]) -> str | None:
    return as_id(status.get("in_reply_to_status_id_str")) or as_id(
        status.get("in_reply_to_status_id")
    )


def _media_keys(
    status: Mapping[str, Any], extended: Mapping[str, Any], into: V2Response
) -> list[str]:
    holders = (extended.get("extended_entities"), status.get("extended_entities"),
               status.get("entities"))  # fmt: skip
    entries = next((found for h in holders if (found := as_list(as_dict(h).get("media")))), [])
    keys = []
    for entry in map(as_dict, entries):
        number = as_id(entry.get("id_str")) or as_id(entry.get("media_key"))
        if number is None:
            continue
        into.media.setdefault(
            number,
            {
                "media_key": number,
                "type": entry.get("type"),
                "alt_text": entry.get("ext_alt_text"),
            },
        )
        keys.append(number)
    return keys

"""The archive an X account can download: `tweets.js`, or its JSON without the assignment."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crawlers.parsers.fields import as_dict
from crawlers.parsers.items import ParsedPage, PostItem, UnreadablePayload
from crawlers.parsers.x_legacy import V2Response, v2_post

REPOST_MARK = "RT @"
CUT_MARK = "…"


def is_x_archive(value: Mapping[str, Any]) -> bool:
    """Whether an object is one entry of an archive's list of posts."""
    tweet = as_dict(value.get("tweet"))
    return ("full_text" in tweet or "text" in tweet) and "created_at" in tweet


def parse_x_archive(entry: object) -> ParsedPage:
    """One entry as a page of its own. Raises UnreadablePayload when it is none.

    An archive names neither its author nor what is reposted: it says so by the text alone.
    """
    if not isinstance(entry, dict) or not isinstance(entry.get("tweet"), dict):
        raise UnreadablePayload("an entry of an archive is an object with a `tweet`")
    tweet = entry["tweet"]
    response = V2Response()
    response.data.append(v2_post(tweet, response, author_id=None))
    page = response.parsed()
    return replace(page, posts=tuple(map(_as_told, page.posts)))


def _as_told(item: PostItem) -> PostItem:
    if not item.text.startswith(REPOST_MARK):
        return item
    return replace(item, kind="repost", truncated=item.text.endswith(CUT_MARK))

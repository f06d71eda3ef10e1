"""Posts as twarc-csv writes them: one flattened v2 post per row, lists and objects as JSON."""

import json
from typing import Any, Final

from crawlers.parsers.fields import as_dict, as_id, as_list
from crawlers.parsers.items import PostItem
from crawlers.parsers.tables import Cells, TableContext, TableFormat
from crawlers.parsers.x_posts import Includes, read_post

METRICS: Final = {
    "impression_count": ("impression_count",),
    "reply_count": ("reply_count",),
    "retweet_count": ("retweet_count", "repost_count"),
    "quote_count": ("quote_count",),
    "like_count": ("like_count",),
    "bookmark_count": ("bookmark_count",),
}
REFERENCED: Final = ("replied_to", "retweeted", "quoted")


def _read(cells: Cells, _context: TableContext) -> PostItem:
    author_id = cells.id("author_id", "author.id")
    record = {
        "id": cells.id("id"),
        "text": cells.text("text"),
        "created_at": cells.text("created_at"),
        "author_id": author_id,
        "conversation_id": cells.id("conversation_id"),
        "in_reply_to_user_id": cells.id("in_reply_to_user_id"),
        "lang": cells.text("lang"),
        "edit_history_tweet_ids": _value(cells, "edit_history_tweet_ids"),
        "public_metrics": {
            name: cells.count(*(f"public_metrics.{column}" for column in columns))
            for name, columns in METRICS.items()
        },
        "entities": {
            "urls": _value(cells, "entities.urls"),
            "mentions": _value(cells, "entities.mentions"),
        },
        "attachments": {"media_keys": _value(cells, "attachments.media_keys")},
        "referenced_tweets": [
            {"type": kind, "id": found}
            for kind in REFERENCED
            if (found := cells.id(f"referenced_tweets.{kind}.id", f"referenced_posts.{kind}.id"))
        ],
        "withheld": {"scope": scope} if (scope := cells.text("withheld.scope")) else None,
    }
    return read_post(record, _includes(cells, author_id), context=False)


def _includes(cells: Cells, author_id: str | None) -> Includes:
    users: dict[str, dict[str, Any]] = {}
    if author_id is not None:
        users[author_id] = {
            "id": author_id,
            "username": cells.text("author.username"),
            "name": cells.text("author.name"),
        }
    media = map(as_dict, as_list(_value(cells, "attachments.media")))
    return Includes(
        users=users, media={key: one for one in media if (key := as_id(one.get("media_key")))}
    )


def _value(cells: Cells, name: str) -> Any:
    written = cells.text(name)
    if written is None or written[0] not in "[{":
        return None
    try:
        return json.loads(written)
    except (ValueError, RecursionError):
        return None


TWARC_CSV: Final = TableFormat(
    "twarc_csv",
    "x",
    frozenset({"id", "created_at", "text", "author_id", "conversation_id"}),
    _read,
    one_of=frozenset({"public_metrics.like_count", "author.username", "__twarc.retrieved_at"}),
)

"""The planted truth of a world, for the scorer and the tests only."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from crawlers.sandbox.elements import FeedItem, Person, Post, World
from crawlers.sandbox.endings import endings
from crawlers.sandbox.facebook_story import PRIVATE_DETAILS
from crawlers.sandbox.plan import RUMOUR_WEEK
from crawlers.sandbox.timetable import week_name, week_start

LOOKALIKES: Final = {
    "campaign": "the agency's own campaign",
    "press_copy": "press copy",
    "breaking": "breaking news",
    "share_button": "share button",
}

Json = dict[str, Any]


def truth_of(world: World) -> Json:
    """Everything that was planted: expected items, labels, network, look-alikes, names."""
    written = [one for one in world.facebook_posts if one.text]
    replies = [one for one in world.x_posts if one.kind == "reply"]
    posts = [*written, *(one for one in world.x_posts if one.kind != "reply")]
    comments = [*world.facebook_comments, *replies]
    return {
        "seed": world.seed,
        "start": world.start.isoformat(),
        "end": world.end.isoformat(),
        "posts": [_key(one) for one in posts],
        "comments": [_key(one) for one in comments],
        "without_text": [_key(one) for one in world.facebook_posts if not one.text],
        "items": [_item(one) for one in (*posts, *comments)],
        "texts": _text_map([*posts, *comments]),
        "network": _network(world.x_posts),
        "lookalikes": _lookalikes(posts),
        "spike_week": _spike_week(world),
        "edited": [
            {**_key(one), "edited_at": one.edit.at.isoformat()} for one in posts if one.edit
        ],
        "deleted": [_key(one) for one in posts if one.deleted_at],
        "withheld": [_key(one) for one in posts if one.withheld_in],
        "endings": endings(world),
        "feed": [_feed_item(one) for one in world.feed_items],
        "private": _private(world),
    }


def write_truth(path: Path, truth: Mapping[str, Any]) -> None:
    """Write the truth as one JSON document."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _key(post: Post) -> Json:
    return {"platform": post.platform, "platform_id": post.platform_id}


def _item(post: Post) -> Json:
    parents = {"parent_id": post.parent_id, "page_id": post.page_id}
    return {
        **_key(post),
        **{name: value for name, value in parents.items() if value},
        "aliases": [post.latest_id] if post.latest_id else [],
        "kind": post.kind,
        "text_id": post.text_id,
        "element": post.element,
        "created_at": post.created_at.isoformat(),
        "week": week_name(post.created_at),
        "language": post.language,
        "account_id": post.author.platform_id,
        **asdict(post.labels),
    }


def _feed_item(item: FeedItem) -> Json:
    return {
        "item_id": item.item_id,
        "link": item.link,
        "published": item.published.isoformat(),
        "updated": (item.edit.at if item.edit else item.published).isoformat(),
        "versions": 2 if item.edit else 1,
        "has_summary": item.summary is not None,
        "about_aid": item.about_aid,
    }


def _text_map(posts: Iterable[Post]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for post in posts:
        found.setdefault(post.text_id, []).append(_key(post))
    return found


def _network(posts: Sequence[Post]) -> Json:
    planted = [one for one in posts if one.element == "network"]
    objects = _text_map(planted)
    weeks = {one.text_id: week_name(one.created_at) for one in planted}
    return {
        "platform": "x",
        "accounts": sorted({one.author.platform_id for one in planted}),
        "objects": [
            {
                "text_id": text_id,
                "week": weeks[text_id],
                "posts": [key["platform_id"] for key in keys],
            }
            for text_id, keys in objects.items()
        ],
    }


def _lookalikes(posts: Sequence[Post]) -> list[Json]:
    groups = []
    for element, explanation in LOOKALIKES.items():
        planted = [one for one in posts if one.element == element]
        accounts = {(one.platform, one.author.platform_id) for one in planted}
        groups.append(
            {
                "element": element,
                "explanation": explanation,
                "accounts": [
                    {"platform": platform, "platform_id": account}
                    for platform, account in sorted(accounts)
                ],
                "posts": [_key(one) for one in planted],
            }
        )
    return groups


def _spike_week(world: World) -> str | None:
    monday = week_start(RUMOUR_WEEK)
    return week_name(monday) if monday >= world.start else None


def _private(world: World) -> Json:
    # Only people who speak or are named: nobody can leak who was never served.
    items = (*world.facebook_posts, *world.facebook_comments, *world.x_posts, *world.x_echoes)
    served = Counter(
        one for post in items for one in (post.author, *post.mentioned) if isinstance(one, Person)
    )
    people = sorted(served, key=lambda one: one.platform_id)
    return {
        "handles": [one.handle for one in people if one.platform == "x"],
        "names": [one.name for one in people],
        "avatars": [one.avatar for one in people],
        "account_ids": [one.platform_id for one in people],
        "details": [detail for _, detail in PRIVATE_DETAILS],
    }

"""How each planted post that does not simply stay must stand in a store at the end."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from crawlers.sandbox.elements import Post, Spell, World
from crawlers.sandbox.x_objects import SHORT_FORM

# What a collector can know of a suspended author's post is only that it is not shown.
STATE_OF_SPELL: Final = {"protected": "protected", "suspended": "unavailable"}

Json = dict[str, Any]
Step = tuple[datetime, str, str | None]  # since when, state, reason


def endings(world: World) -> Json:
    """What a collector must end with: states with their history, long texts, reposts, quotes."""
    on_x = (*world.x_posts, *world.x_echoes)
    return {
        "states": [*_facebook_states(world), *_x_states(world)],
        "long": [
            {**_key(one), "text": one.text, "urls": [one.link.target] if one.link else []}
            for one in world.x_posts
            if len(one.text) > SHORT_FORM
        ],
        "reposts": [_repost(world, one) for one in on_x if one.reposted_id],
        "hidden": [_key(one) for one in world.facebook_comments if one.is_hidden],
        "quotes": [
            {**_key(one), "quoted_id": one.quoted_id, "found_by_query": one in world.x_posts}
            for one in on_x
            if one.quoted_id and not one.reposted_id
        ],
    }


def _facebook_states(world: World) -> Iterator[Json]:
    for one in world.facebook_posts:
        if one.deleted_at is not None:
            # The Graph API does not tell a deleted post from one that may not be seen.
            yield _ending(one, [_start(one), (one.deleted_at, "unavailable", "deleted")])
        elif one.edit is not None:
            yield _ending(one, [_start(one)])


def _x_states(world: World) -> Iterator[Json]:
    posts = {one.platform_id: one for one in world.x_posts}
    for one in (*world.x_posts, *world.x_echoes):
        spells = _spells_over(world, one, posts)
        if spells or one.deleted_at or one.withheld_in or one.edit:
            yield _ending(one, _steps(one, spells))


def _spells_over(world: World, post: Post, posts: dict[str, Post]) -> list[Spell]:
    original = posts.get(post.reposted_id or "")
    accounts = {one.author.platform_id for one in (post, original) if one is not None}
    return [
        one
        for one in world.x_spells
        if one.account_id in accounts and post.created_at < one.since < world.end
    ]


def _steps(post: Post, spells: list[Spell]) -> list[Step]:
    steps = [_start(post)]
    if post.deleted_at is not None:
        steps.append((post.deleted_at, "deleted", "deleted"))
    for spell in spells:
        steps.append((spell.since, STATE_OF_SPELL[spell.state], spell.state))
        if spell.until is not None:
            steps.append((spell.until, "visible", None))
    return sorted(steps, key=lambda step: step[0])


def _start(post: Post) -> Step:
    return (post.created_at, "withheld" if post.withheld_in else "visible", None)


def _ending(post: Post, steps: list[Step]) -> Json:
    _, state, reason = steps[-1]
    return {
        **_key(post),
        "kind": post.kind,
        "state": state,
        "reason": reason,
        "versions": 2 if post.edit else 1,
        "history": [
            {"since": since.isoformat(), "state": state, "reason": reason}
            for since, state, reason in steps
        ],
    }


def _repost(world: World, post: Post) -> Json:
    known = {one.platform_id for one in world.x_posts}
    return {
        **_key(post),
        "reposted_id": post.reposted_id,
        "account_id": post.author.platform_id,
        "created_at": post.created_at.isoformat(),
        "original": "served" if post.reposted_id in known else "missing",
        "cut": post.text.endswith("…"),
    }


def _key(post: Post) -> Json:
    return {"platform": post.platform, "platform_id": post.platform_id}

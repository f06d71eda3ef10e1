"""Accounts on X that close for a time, or for good: protected and suspended."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from crawlers.sandbox.casting import Cast
from crawlers.sandbox.chance import chance
from crawlers.sandbox.elements import Post, Spell
from crawlers.sandbox.timetable import STORY_END

# Search sees seven days: what an account said stays in reach of a weekly crawl before it closes.
QUIET_BEFORE: Final = timedelta(days=9)
PROTECTED_FOR: Final = timedelta(weeks=3)
CLOSED_AT_LEAST: Final = timedelta(weeks=2)


def x_spells(cast: Cast, posts: Sequence[Post]) -> list[Spell]:
    """One account that is protected for three weeks, and one that is suspended until the end."""
    members = {one.platform_id for one in cast.network}
    candidates = [
        (one.platform_id, gap)
        for one in sorted(cast.individuals, key=lambda one: one.platform_id)
        if one.platform_id not in members
        for gap in _gaps(posts, one.platform_id)
    ]
    rng = chance(cast.seed, "spells")
    inner = [(who, since) for who, (since, until) in candidates if until - since >= PROTECTED_FOR]
    inner = [(who, since) for who, since in inner if since + PROTECTED_FOR < STORY_END]
    who, since = rng.choice(inner)
    last = [
        (one, start)
        for one, (start, end) in candidates
        if end == STORY_END and end - start >= CLOSED_AT_LEAST and one != who
    ]
    gone, at = rng.choice(last)
    return [
        Spell(who, "protected", since, since + PROTECTED_FOR),
        Spell(gone, "suspended", at),
    ]


def _gaps(posts: Sequence[Post], account_id: str) -> list[tuple[datetime, datetime]]:
    """The times after an account's first words in which neither it nor anybody on it speaks."""
    own = {one.platform_id for one in posts if one.author.platform_id == account_id}
    spoken = [one for one in posts if one.platform_id in own and one.text_id]
    if not spoken:
        return []
    moments = sorted(
        one.created_at
        for one in posts
        if one.platform_id in own or own & {one.parent_id, one.quoted_id, one.reposted_id}
    )
    return [
        (before + QUIET_BEFORE, after)
        for before, after in pairwise([*moments, STORY_END])
        if before + QUIET_BEFORE < after and before >= spoken[0].created_at
    ]

"""Counts that grow with age: the same for one post and moment in every process."""

import math
from datetime import datetime
from typing import Final

from crawlers.sandbox.chance import share_of
from crawlers.sandbox.elements import Post

HOURS_TO_SETTLE: Final = 18.0
REACTION_SHARES: Final = (
    ("LIKE", 0.66),
    ("LOVE", 0.12),
    ("HAHA", 0.07),
    ("SAD", 0.07),
    ("WOW", 0.04),
    ("ANGRY", 0.04),
)


def popularity(seed: int, key: str, middle: float) -> float:
    """How many reactions a post will have in the end: a long-tailed draw around `middle`."""
    return middle * math.exp(1.6 * (share_of(seed, "popularity", key) - 0.5) * 2)


def grown(post: Post, now: datetime, share: float, what: str) -> int:
    """A count at a moment: `share` of the final reactions, reached as 1 - exp(-age / 18 h)."""
    hours = max(0.0, (now - post.created_at).total_seconds() / 3600)
    spread = 0.5 + share_of(0, what, post.platform_id)
    return int(post.popularity * share * spread * (1 - math.exp(-hours / HOURS_TO_SETTLE)))


def reactions(post: Post, now: datetime) -> dict[str, int]:
    """Facebook reactions by type at a moment; their sum is the total."""
    return {name: grown(post, now, share, name) for name, share in REACTION_SHARES}

"""Repeatable chance: one stream of random numbers per seed and purpose."""

import hashlib
import math
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def chance(seed: int, *purpose: object) -> Random:
    """A random stream that depends on the seed and the purpose only, in every process."""
    return Random(":".join(map(str, (seed, *purpose))))  # noqa: S311


def share_of(seed: int, *purpose: object) -> float:
    """A fixed number in [0, 1) for a seed and a purpose, without a stream."""
    digest = hashlib.sha256(":".join(map(str, (seed, *purpose))).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def thinned(rng: Random, items: Sequence[T], dropped: float) -> list[T]:
    """The items in order, without a random share of them."""
    leave = set(rng.sample(range(len(items)), k=math.floor(len(items) * dropped)))
    return [item for index, item in enumerate(items) if index not in leave]


def dealt(rng: Random, items: Sequence[T]) -> list[T]:
    """The items in a random order."""
    return rng.sample(list(items), k=len(items))

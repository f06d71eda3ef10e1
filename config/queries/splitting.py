"""Splitting a query that is too long, so that its parts together find exactly what it finds.

Any alternative beside any anchor is the union, over groups of alternatives and groups of anchors,
of any of the one beside any of the other. A group is a leaf of a binary tree on the hash of each
term: a new term falls into one leaf, and at most that leaf is split in two. All other parts keep
their name and their wording, and with these their checkpoints and their history.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from config.queries.wording import Alternative, Wording, any_of, as_x_sees, clauses, told_apart

T = TypeVar("T")


class TooLongError(ValueError):
    """One term, with what must stand beside it, is longer than a query may be."""

    def __init__(self, term: str) -> None:
        super().__init__(term)
        self.term = term


@dataclass(frozen=True)
class Part:
    """One query to ask; `number` is "" when the whole fits, else its place in the tree."""

    number: str
    text: str


def split(wording: Wording, limit: int) -> tuple[Part, ...]:
    """The parts of a query, each at most `limit` characters long, in a fixed order."""
    if len(wording.text) <= limit:
        return (Part("", wording.text),)
    # Anchors take at most half: how they fall into groups does not depend on the alternatives.
    anchors = leaves(wording.anchors, as_x_sees, lambda some: len(any_of(some)) <= limit // 2)
    taken = max((1 + len(any_of(group)) for _, group in anchors), default=0)
    room = limit - taken - sum(1 + len(text) for text in wording.last)
    alternatives = told_apart(
        piece for one in wording.alternatives for piece in _narrowed(one, room)
    )
    groups = leaves(alternatives, lambda one: one.key, lambda some: len(clauses(some)) <= room)
    return tuple(
        Part(_number(node, anchor_node), wording.part(group, anchor_group))
        for node, group in groups
        for anchor_node, anchor_group in anchors or [(1, ())]
    )


def leaves(
    items: Sequence[T], key: Callable[[T], str], fits: Callable[[Sequence[T]], bool], node: int = 1
) -> list[tuple[int, Sequence[T]]]:
    """Groups that fit, each with its node: the root is 1, the halves of n are 2n and 2n + 1."""
    if not items:
        return []
    if fits(items):
        return [(node, items)]
    if len(items) == 1:
        raise TooLongError(key(items[0]).partition("#")[0])
    halves: tuple[list[T], list[T]] = ([], [])
    for item in items:
        halves[_bit(key(item), node.bit_length() - 1)].append(item)
    return [
        leaf
        for which, half in enumerate(halves)
        for leaf in leaves(half, key, fits, 2 * node + which)
    ]


def _bit(key: str, depth: int) -> int:
    digest = int.from_bytes(hashlib.sha256(key.encode()).digest(), "big")
    return digest >> (255 - depth) & 1


def _narrowed(one: Alternative, room: int) -> list[Alternative]:
    """The alternative itself, or several beside some of its words each where it is too long."""
    if len(one.text) <= room or len(one.beside) < 2:  # noqa: PLR2004 - one word cannot be parted
        return [one]
    # Clauses of half the room leave place for others beside them.
    groups = leaves(
        one.beside,
        as_x_sees,
        lambda some: len(some) == 1 or len(one.with_words(some, "1").text) <= room // 2,
    )
    return [one.with_words(group, str(node)) for node, group in groups]


def _number(node: int, anchor_node: int) -> str:
    return f".{node}" if anchor_node == 1 else f".{node}.{anchor_node}"

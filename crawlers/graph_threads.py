"""A comment thread while it is walked: the whole of it first, then what that left out.

`filter=stream` lists comments of all levels in one row, and is known to leave answers out. Where
it gave fewer comments than the platform claims, the answers of each comment that fell short are
asked for one by one, to any depth.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from crawlers.comments import Thread
from crawlers.parsers.facebook import CommentSummary
from crawlers.parsers.graph_paging import UNKNOWN_POSITION
from crawlers.parsers.items import ParsedPage

MOST_RESTARTS: Final = 1  # a second position that is not known any more ends the list
MOST_DETOURS: Final = 3
MOST_NESTED: Final = 50  # comments of one thread whose answers are asked apart, per poll
DIGEST_BYTES: Final = 6


@dataclass(frozen=True)
class Cursor:
    """Where a list stands, and which positions it has been at."""

    position: str | None = None  # of the next page; None: at the start
    passed: tuple[str, ...] = ()  # digests: positions are long, and only compared
    restarts: int = 0
    detours: int = 0  # how often in a row the same place has come again

    def moved(self, position: str) -> "Cursor | None":
        """The next place; None when it leads back to where the list has been, or nowhere.

        An answer that leads to itself, or to a place it does not tell, is asked again some times.
        """
        if position in (UNKNOWN_POSITION, self.position):
            again = replace(self, detours=self.detours + 1)
            return again if again.detours <= MOST_DETOURS else None
        digest = hashlib.blake2b(position.encode(), digest_size=DIGEST_BYTES).hexdigest()
        if digest in self.passed:
            return None
        return replace(self, position=position, passed=(*self.passed, digest), detours=0)

    def restarted(self) -> "Cursor | None":
        """The start again, None when that has been tried or the list stands there already."""
        if self.position is None or self.restarts >= MOST_RESTARTS:
            return None
        return Cursor(restarts=self.restarts + 1)

    def as_json(self) -> list[Any]:
        """Plain values for a checkpoint."""
        return [self.position, list(self.passed), self.restarts, self.detours]

    @classmethod
    def from_json(cls, state: Sequence[Any]) -> "Cursor":
        """The place a checkpoint holds."""
        position, passed, restarts, detours = state
        return cls(position, tuple(passed), restarts, detours)


AT_START: Final = Cursor()


@dataclass(frozen=True)
class OpenThread:
    """A post whose comments are still to be asked."""

    post_id: str
    claimed: int | None
    cursor: Cursor = AT_START
    received: int = 0  # by the list of the whole thread
    ordering: str | None = None  # as the platform says it was served
    whole: bool = True  # nothing was refused, cut off or unreadable
    # Answers that comments claim, less those met under them.
    short: Mapping[str, int] = field(default_factory=dict)
    nested: tuple[str, ...] | None = None  # comments whose answers come next; None: not known yet
    asked: tuple[str, ...] = ()  # comments whose answers have been asked

    @property
    def node(self) -> str:
        """The object whose comments are asked next: the post, or one of its comments."""
        return self.nested[0] if self.nested else self.post_id

    @property
    def is_nested(self) -> bool:
        """Whether the answers of one comment are asked."""
        return bool(self.nested)

    @property
    def done(self) -> bool:
        """Nothing is left to ask."""
        return self.nested == ()

    def after_page(self, parsed: ParsedPage, summary: CommentSummary) -> "OpenThread":
        """The thread one page further on."""
        read = replace(self, whole=self.whole and not parsed.rejected)
        met = read._nested_met(parsed) if self.is_nested else read._met(parsed, summary)
        if parsed.next_token is None:
            return met._list_ended()
        cursor = self.cursor.moved(parsed.next_token)
        if cursor is None:
            return replace(met, whole=False)._list_ended()
        # A page that is asked again is counted then.
        return replace(self if cursor.detours else met, cursor=cursor)

    def restarted(self) -> "OpenThread | None":
        """The list that was being walked from its start, None when that makes no sense."""
        cursor = self.cursor.restarted()
        if cursor is None:
            return None
        if self.is_nested:
            return replace(self, cursor=cursor)
        return replace(self, cursor=cursor, received=0, short={})

    def refused(self) -> "OpenThread":
        """The thread without the list that was refused."""
        if self.is_nested:
            return replace(self, whole=False)._list_ended()
        return replace(self, whole=False, nested=())

    def closed(self) -> Thread:
        """The thread as coverage wants it."""
        return Thread(self.post_id, self.claimed, self.ordering, whole=self.whole)

    def as_json(self) -> list[Any]:
        """Plain values for a checkpoint."""
        nested = None if self.nested is None else list(self.nested)
        told = [self.post_id, self.claimed, self.cursor.as_json(), self.received, self.ordering]
        return [*told, self.whole, dict(self.short), nested, list(self.asked)]

    @classmethod
    def from_json(cls, state: Sequence[Any]) -> "OpenThread":
        """The thread a checkpoint holds."""
        post_id, claimed, cursor, received, ordering, whole, short, nested, asked = state
        return cls(
            post_id,
            claimed,
            Cursor.from_json(cursor),
            received,
            ordering,
            whole,
            short,
            None if nested is None else tuple(nested),
            tuple(asked),
        )

    def _met(self, parsed: ParsedPage, summary: CommentSummary) -> "OpenThread":
        short = Counter(self.short)
        for comment in parsed.posts:
            short[comment.platform_id] += comment.claimed_comments or 0
            if comment.parent_platform_id not in (None, self.post_id):
                short[comment.parent_platform_id] -= 1
        return replace(
            self,
            claimed=self.claimed if summary.total is None else summary.total,
            ordering=summary.order or self.ordering,
            received=self.received + len(parsed.posts),
            short={comment: missing for comment, missing in short.items() if missing},
        )

    def _nested_met(self, parsed: ParsedPage) -> "OpenThread":
        """Answers met apart: those that are answered themselves are asked too."""
        known = {*(self.nested or ()), *self.asked}
        deeper = [c.platform_id for c in parsed.posts if c.claimed_comments]
        new = [comment for comment in dict.fromkeys(deeper) if comment not in known]
        return replace(self, nested=(*(self.nested or ()), *new))

    def _list_ended(self) -> "OpenThread":
        left = self.nested[1:] if self.nested else self._left_out()
        asked = (*self.asked, self.nested[0]) if self.nested else self.asked
        room = max(0, MOST_NESTED - len(asked))
        return replace(
            self,
            cursor=AT_START,
            nested=left[:room],
            asked=asked,
            whole=self.whole and len(left) <= room,
        )

    def _left_out(self) -> tuple[str, ...]:
        if self.claimed is not None and self.received >= self.claimed:
            return ()
        return tuple(comment for comment, missing in self.short.items() if missing > 0)

"""Where the poll of one Facebook page stands: its feed, open threads, and posts to look after.

A feed page is followed by the comment threads of its posts, then by the next feed page. At the
end stand the known posts that the feed did not show: each is asked for by its id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from crawlers.comments import Thread
from crawlers.coverage import COMPLETE, PARTIAL, WindowResult
from crawlers.graph_requests import FEED_EDGES, USUAL, Manner
from crawlers.graph_threads import AT_START, Cursor, OpenThread
from crawlers.graph_verdicts import BAD_REQUEST, PERMISSION, TOO_MUCH
from crawlers.parsers.graph_paging import UNKNOWN_POSITION
from crawlers.parsers.items import ParsedPage, PostItem

# Below so many, any number of posts of one page may go at once.
FEW_GONE: Final = 3
SMALLEST_PAGE: Final = 5


@dataclass(frozen=True)
class Position:
    """How far a page's poll has come; kept in its checkpoint."""

    cursor: Cursor = AT_START
    feed_done: bool = False
    fault: str | None = None  # why the feed was not read to its end
    manner: Manner = USUAL
    threads: tuple[OpenThread, ...] = ()
    unseen: tuple[str, ...] = ()  # known posts that the feed has not shown so far
    shown: int = 0  # posts the feed has shown
    gone: int = 0  # known posts that were asked for and are gone

    @classmethod
    def starting(
        cls, known: tuple[str, ...] = (), short: tuple[tuple[str, int | None], ...] = ()
    ) -> "Position":
        """The start of a poll: old threads still short, then the feed, then known posts."""
        threads = tuple(OpenThread(post_id, claimed) for post_id, claimed in short)
        return cls(threads=threads, unseen=known)

    @property
    def done(self) -> bool:
        """Nothing is left to ask."""
        return self.feed_done and not self.threads and not self.unseen

    @property
    def may_lose_another(self) -> bool:
        """Whether one more post may be taken for gone.

        A token that loses a permission makes posts look gone one after the other. A page takes
        down a few, while its feed goes on showing others.
        """
        return self.gone < max(FEW_GONE, self.shown)

    def result(self, shortfall: str | None) -> WindowResult | None:
        """How the window ended, None while it goes on; `shortfall` is what no feed would give."""
        if not self.done:
            return None
        reason = self.fault or shortfall
        return WindowResult(PARTIAL if reason else COMPLETE, reason)

    def after_feed(self, parsed: ParsedPage) -> "Position":
        """The position after a feed page: its threads come first."""
        posts = own_posts(parsed)
        met = {post.platform_id for post in posts}
        read = replace(
            self,
            shown=self.shown + len(posts),
            unseen=tuple(post_id for post_id in self.unseen if post_id not in met),
            threads=(*self.threads, *_opened(posts)),
        )
        if parsed.next_token is None:
            return replace(read, feed_done=True)
        cursor = self.cursor.moved(parsed.next_token)
        if cursor is not None:
            return replace(self if cursor.detours else read, cursor=cursor)
        unknown = parsed.next_token == UNKNOWN_POSITION
        return read.feed_cut_off("unknown_cursor" if unknown else "repeated_cursor")

    def feed_cut_off(self, reason: str) -> "Position":
        """The feed ends before its end: what it has not shown tells nothing."""
        return replace(self, feed_done=True, fault=reason, unseen=())

    def feed_restarted(self) -> "Position":
        """The feed from its start, once; a second lost place cuts it off."""
        cursor = self.cursor.restarted()
        return replace(self, cursor=cursor) if cursor else self.feed_cut_off("cursor_expired")

    def after_check(self, parsed: ParsedPage) -> "Position":
        """The position after a known post was asked for and found."""
        return replace(
            self, unseen=self.unseen[1:], threads=(*self.threads, *_opened(own_posts(parsed)))
        )

    def check_refused(self, *, gone: bool) -> "Position":
        """The position after a known post was asked for and not shown."""
        return replace(self, unseen=self.unseen[1:], gone=self.gone + gone)

    def with_thread(self, thread: OpenThread) -> "Position":
        """The first thread moved on; one that is done is left."""
        others = self.threads[1:]
        return replace(self, threads=others if thread.done else (thread, *others))

    def in_smaller_pages(self, usual: int) -> "Position | None":
        """The same in pages of half the size, None when they are as small as makes sense."""
        size = (self.manner.size or usual) // 2
        if size < SMALLEST_PAGE:
            return None
        return replace(self, manner=replace(self.manner, size=size))

    def in_another_manner(self, refusal: str) -> "Position | None":
        """The same asked otherwise after a refusal: fewer fields, or another edge of posts."""
        manner = self.manner
        if refusal in (BAD_REQUEST, TOO_MUCH) and not manner.lean:
            return replace(self, manner=replace(manner, lean=True))
        begun = self.shown or self.cursor.position is not None
        if refusal not in (PERMISSION, BAD_REQUEST) or begun or manner.edge + 1 == len(FEED_EDGES):
            return None
        return replace(self, manner=replace(manner, edge=manner.edge + 1))

    def as_json(self) -> dict[str, Any]:
        """Plain values for the checkpoint."""
        return {
            "cursor": self.cursor.as_json(),
            "feed_done": self.feed_done,
            "fault": self.fault,
            "manner": [self.manner.edge, self.manner.lean, self.manner.size],
            "threads": [thread.as_json() for thread in self.threads],
            "unseen": list(self.unseen),
            "shown": self.shown,
            "gone": self.gone,
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> "Position":
        """The position of a checkpoint."""
        return cls(
            cursor=Cursor.from_json(state["cursor"]),
            feed_done=state["feed_done"],
            fault=state["fault"],
            manner=Manner(*state["manner"]),
            threads=tuple(OpenThread.from_json(entry) for entry in state["threads"]),
            unseen=tuple(state["unseen"]),
            shown=state["shown"],
            gone=state["gone"],
        )


def own_posts(parsed: ParsedPage) -> Sequence[PostItem]:
    """The posts of a page of a feed, without comments nested in them and without context."""
    return [post for post in parsed.posts if post.kind != "comment" and not post.context]


def bare_threads(parsed: ParsedPage) -> tuple[Thread, ...]:
    """Threads that need no request, because their posts have no comments."""
    posts = own_posts(parsed)
    return tuple(Thread(p.platform_id, 0, whole=True) for p in posts if p.claimed_comments == 0)


def _opened(posts: Sequence[PostItem]) -> tuple[OpenThread, ...]:
    return tuple(
        OpenThread(post.platform_id, post.claimed_comments)
        for post in posts
        if post.claimed_comments != 0
    )

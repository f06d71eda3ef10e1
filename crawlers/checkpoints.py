"""Windows of polls, and the checkpoint each poll resumes from.

A poll asks one query or page for one window [start, end). Its checkpoint is saved with each
page's posts, so that a poll cut off anywhere goes on after its last committed page.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from config.errors import UsageError
from config.keyring import Keyring
from models import CrawlCheckpoint

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Window:
    """A half-open period [start, end)."""

    start: datetime
    end: datetime

    def __bool__(self) -> bool:
        return self.start < self.end

    def minus(self, others: Iterable["Window"]) -> list["Window"]:
        """The parts of this window that none of the others covers."""
        parts, start = [], self.start
        for other in sorted(others, key=lambda window: window.start):
            parts.append(Window(start, min(other.start, self.end)))
            start = max(start, other.end)
        parts.append(Window(start, self.end))
        return [part for part in parts if part]


@dataclass(frozen=True)
class WindowRule:
    """How a source's windows are drawn."""

    first: timedelta  # how far back the first poll of a query goes
    reach: timedelta | None  # how far back the platform answers at all; None: no limit
    lag: timedelta  # the platform answers up to so long ago
    position_life: timedelta | None  # a position older than this is not used again
    step: timedelta = timedelta(seconds=1)  # windows begin and end on multiples of it
    longest: timedelta | None = None  # longer windows are asked in parts, the oldest first

    def latest(self, now: datetime) -> datetime:
        """The end of a window asked now, in whole steps."""
        return self._down(now - self.lag)

    def floor(self, now: datetime) -> datetime | None:
        """The oldest moment that can be asked now, in whole steps."""
        if self.reach is None:
            return None
        oldest = now - self.reach
        whole = self.step > timedelta(seconds=1) and self._down(oldest) < oldest
        return self._down(oldest) + self.step if whole else self._down(oldest)

    def next_window(self, asked: "Asked", collected_until: datetime | None) -> Window:
        """The window to ask next, out of reach or not; empty when there is nothing to ask."""
        start = asked.since or collected_until or self._first(asked.now)
        latest = self.latest(asked.now)
        end = min(asked.until, latest) if asked.until else latest
        return Window(self._down(start), self._down(end))

    def parts(self, window: Window) -> list[Window]:
        """The window itself, or its parts when it is longer than one poll may be."""
        parts = []
        while self.longest is not None and window.end - window.start > self.longest:
            parts.append(Window(window.start, window.start + self.longest))
            window = Window(window.start + self.longest, window.end)
        return [*parts, window]

    def _first(self, now: datetime) -> datetime:
        first, floor = now - self.first, self.floor(now)
        return first if floor is None else max(first, floor)

    def _down(self, moment: datetime) -> datetime:
        return moment - (moment - _EPOCH) % self.step


@dataclass(frozen=True)
class Asked:
    """When a run started, and the period it was told to collect, if any."""

    now: datetime
    since: datetime | None = None
    until: datetime | None = None
    only_missing: bool = False  # what is complete already is not asked again

    def __post_init__(self) -> None:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise UsageError(
                f"--since {self.since:%Y-%m-%dT%H:%MZ} is not before "
                f"--until {self.until:%Y-%m-%dT%H:%MZ}; exchange them"
            )


@dataclass(frozen=True)
class Poll:
    """One window of one query, and how far it has come."""

    source: str
    query_id: str
    query_version: str
    polled_at: datetime
    window: Window
    posts: int = 0  # received in the window so far
    pages: int = 0
    position: Mapping[str, Any] | None = None  # the spider's own; None: at the start
    memory: Mapping[str, Any] = field(default_factory=dict)  # outlives the poll, the position not

    @classmethod
    def errand(
        cls,
        query: tuple[str, str, str],
        now: datetime,
        position: Mapping[str, Any],
        memory: Mapping[str, Any],
    ) -> "Poll":
        """A poll of (source, query id, version) that asks for things by id, not for a window."""
        return cls(*query, now, Window(now, now), position=position, memory=memory)

    def after_page(self, posts: int, position: Mapping[str, Any] | None) -> "Poll":
        """This poll one page further on."""
        return replace(self, posts=self.posts + posts, pages=self.pages + 1, position=position)

    def restarted(self, window: Window, query_version: str) -> "Poll":
        """The same poll from the start of a window."""
        return replace(
            self, window=window, query_version=query_version, posts=0, pages=0, position=None
        )

    def remembering(self, **what: Any) -> "Poll":
        """This poll with more in its memory."""
        return replace(self, memory={**self.memory, **what})


@dataclass(frozen=True)
class QueryPlan:
    """What one run will ask for one query: an unfinished poll first, then the new window."""

    polls: tuple[Poll, ...]
    unreachable: tuple[Window, ...] = ()  # asked, but older than the platform answers


@dataclass(frozen=True)
class Progress:
    """What the store knows of one query before a run."""

    unfinished: Poll | None
    saved_at: datetime | None  # when the unfinished poll last moved
    complete: tuple[Window, ...]  # windows wholly collected
    elsewhere: tuple[Window, ...] = ()  # collected by another source: never asked again
    memory: Mapping[str, Any] = field(default_factory=dict)


def plan_query(
    query: tuple[str, str, str], rule: WindowRule, progress: Progress, asked: Asked
) -> QueryPlan:
    """Polls of one (source, query id, query version); pure."""
    source, query_id, version = query
    first = _resumed(progress, rule, version, asked.now)
    ends = [window.end for window in progress.complete]
    if first is not None:
        ends.append(first.window.end)
    wanted = rule.next_window(asked, max(ends, default=None))
    # What the unfinished poll will have collected is not asked, and paid, a second time.
    settled = [*([first.window] if first is not None else []), *progress.elsewhere]
    if asked.only_missing:
        settled += progress.complete
    polls = [
        Poll(source, query_id, version, asked.now, part, memory=progress.memory)
        for whole in wanted.minus(settled)
        for part in rule.parts(whole)
    ]
    if first is not None:
        polls.insert(0, first)
    return _within_reach(polls, rule.floor(asked.now), progress.complete)


def _resumed(progress: Progress, rule: WindowRule, version: str, now: datetime) -> Poll | None:
    poll = progress.unfinished
    if poll is None:
        return None
    too_old = (
        rule.position_life is not None
        and progress.saved_at is not None
        and now - progress.saved_at > rule.position_life
    )
    # A position belongs to the wording it was received for.
    if too_old or poll.query_version != version:
        return poll.restarted(poll.window, version)
    return poll


def _within_reach(
    polls: list[Poll], floor: datetime | None, complete: tuple[Window, ...]
) -> QueryPlan:
    if floor is None:
        return QueryPlan(tuple(polls))
    kept: list[Poll] = []
    missing: list[Window] = []
    for poll in polls:
        if poll.window.start >= floor:
            kept.append(poll)
            continue
        lost = Window(poll.window.start, min(floor, poll.window.end))
        missing.extend(lost.minus(complete))
        rest = Window(floor, poll.window.end)
        if rest:
            kept.append(poll.restarted(rest, poll.query_version))
    return QueryPlan(tuple(kept), tuple(missing))


def load_unfinished(
    session: Session, keyring: Keyring, source: str, query_id: str
) -> tuple[Poll | None, datetime | None]:
    """The unfinished poll of a query and when it last moved, (None, None) when there is none."""
    row = session.get(CrawlCheckpoint, (source, query_id))
    if row is None or row.done:
        return None, None
    poll = Poll(
        source=source,
        query_id=query_id,
        query_version=row.query_version,
        polled_at=row.polled_at,
        window=Window(row.window_start, row.window_end),
        posts=row.state["posts"],
        pages=row.state["pages"],
        position=_opened(keyring, row.state["position"]),
        memory=_opened(keyring, row.state.get("memory")) or {},
    )
    return poll, datetime.fromisoformat(row.state["saved_at"])


def load_memory(
    session: Session, keyring: Keyring, source: str, query_id: str
) -> Mapping[str, Any]:
    """What earlier polls of a query left for later ones."""
    row = session.get(CrawlCheckpoint, (source, query_id))
    return (_opened(keyring, row.state.get("memory")) if row else None) or {}


def save_checkpoint(
    session: Session, keyring: Keyring, poll: Poll, *, done: bool, now: datetime
) -> None:
    """Write where a poll stands, in the caller's transaction."""
    state = {
        "posts": poll.posts,
        "pages": poll.pages,
        "position": None if done else _sealed(keyring, poll.position),
        "memory": _sealed(keyring, poll.memory or None),
        "saved_at": now.isoformat(),
    }
    session.merge(
        CrawlCheckpoint(
            source=poll.source,
            query_id=poll.query_id,
            query_version=poll.query_version,
            polled_at=poll.polled_at,
            window_start=poll.window.start,
            window_end=poll.window.end,
            done=done,
            state=state,
        )
    )


def _sealed(keyring: Keyring, position: Mapping[str, Any] | None) -> str | None:
    # Post ids and cursors stand in it: it is kept like the vault of platform ids.
    if position is None:
        return None
    return base64.b64encode(keyring.encrypt_platform_id(json.dumps(position))).decode("ascii")


def _opened(keyring: Keyring, sealed: str | None) -> Mapping[str, Any] | None:
    if sealed is None:
        return None
    position: Mapping[str, Any] = json.loads(keyring.decrypt_platform_id(base64.b64decode(sealed)))
    return position

"""What a crawl is doing right now, as a small file that others may read while it runs or sleeps."""

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

RUNNING: Final = "running"
WAITING: Final = "waiting"


@dataclass(frozen=True)
class CrawlState:
    """State of one source: running, waiting, or how its last run ended."""

    source: str
    run_id: int
    state: str
    since: str  # when this state began
    until: str | None = None  # when a wait ends
    reason: str | None = None
    pages: int = 0  # kept by this run so far
    posts: int = 0


class Progress:
    """Keeps `crawl-SOURCE.json` in a folder up to date; each change replaces the whole file."""

    def __init__(self, folder: Path, source: str, run_id: int, now: datetime) -> None:
        self._path = folder / f"crawl-{source}.json"
        self.state = CrawlState(source, run_id, RUNNING, _shown(now))
        self._write()

    def kept(self, posts: int) -> None:
        """One more page is in the store."""
        state = self.state
        self._change(replace(state, pages=state.pages + 1, posts=state.posts + posts))

    def waiting(self, now: datetime, until: datetime, reason: str) -> None:
        """The crawl sleeps."""
        self._turn(WAITING, now, until=_shown(until), reason=reason)

    def running(self, now: datetime) -> None:
        """The crawl goes on after a sleep."""
        self._turn(RUNNING, now)

    def ended(self, now: datetime, status: str, reason: str, until: datetime | None) -> None:
        """The run is over; `until` says when a limit that ended it lifts."""
        shown = _shown(until) if until is not None else None
        self._turn(status, now, until=shown, reason=reason or None)

    def _turn(
        self, state: str, now: datetime, *, until: str | None = None, reason: str | None = None
    ) -> None:
        since = _shown(now)
        self._change(replace(self.state, state=state, since=since, until=until, reason=reason))

    def _change(self, state: CrawlState) -> None:
        self.state = state
        self._write()

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(f".{os.getpid()}.draft")
        draft.write_text(json.dumps(asdict(self.state)) + "\n", encoding="utf-8")
        draft.replace(self._path)


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

"""What one crawl works with: settings, watchlist, keys, store, clock, and how it ended."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from config.keyring import Keyring
from config.settings import Settings
from config.watchlist import Watchlist
from crawlers.progress import Progress

DONE: Final = "done"
PARTIAL: Final = "partial"
FAILED: Final = "failed"
RATE_LIMITED: Final = "rate_limited"


@dataclass(frozen=True)
class Ending:
    """Why a run stopped before its work was finished."""

    status: str  # partial, failed or rate_limited
    reason: str


@dataclass
class CrawlContext:
    """One run: what it was given, and the facts it gathers about its own end."""

    settings: Settings
    watchlist: Watchlist
    keyring: Keyring
    engine: Engine
    run_id: int
    now: datetime
    since: datetime | None = None
    until: datetime | None = None
    only_missing: bool = False  # what is complete already is not asked again
    reserved_on: str | None = None  # day of the request that is reserved and not yet settled
    ending: Ending | None = None
    refused: dict[str, str] = field(default_factory=dict)  # query id -> reason
    limited_until: datetime | None = None  # when the limit that ended the run lifts
    progress: Progress | None = field(default=None, repr=False)  # None: nobody watches

    def end(self, status: str, reason: str) -> None:
        """Stop the run before its next request; the first reason stands."""
        if self.ending is None:
            self.ending = Ending(status, reason)

    def waiting(self, now: datetime, until: datetime, reason: str) -> None:
        """Tell whoever watches that the run sleeps."""
        if self.progress is not None:
            self.progress.waiting(now, until, reason)

    def working(self, now: datetime) -> None:
        """Tell whoever watches that the run goes on."""
        if self.progress is not None:
            self.progress.running(now)

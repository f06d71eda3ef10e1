"""What one crawl works with: settings, watchlist, keys, store, clock, and how it ended."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from config.keyring import Keyring
from config.settings import Settings
from config.watchlist import Watchlist

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
    """One run: what it was given, and the two facts it gathers about its own end."""

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

    def end(self, status: str, reason: str) -> None:
        """Stop the run before its next request; the first reason stands."""
        if self.ending is None:
            self.ending = Ending(status, reason)

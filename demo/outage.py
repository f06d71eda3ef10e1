"""The outage the demo plans: Facebook fails half-way through its pages on one Monday.

The week has a gap then, the coverage ledger says so, no alert rests on it, and the next crawl
brings what is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlmodel import select

from config.watchlist import Watchlist
from crawlers.commands import CoverageLedger, coverage_ledger
from crawlers.middlewares import MAX_TRIES
from demo.world import SandboxWorld
from models import Alert
from models.database import read_session
from models.ledger import COMPLETE, Entry
from pipelines.deployment import Deployment
from pipelines.periods import WEEK, week_of, week_period

SOURCE: Final = "facebook_pages"
PLATFORM: Final = "facebook"
STATUS: Final = 503
# 2024-W31 of the whole story: an ordinary week, so that nothing is hidden that has to be found.
BEFORE_THE_END: Final = 8 * WEEK
DURING, AFTER = "coverage-during-the-outage.csv", "coverage-after-the-outage.csv"


@dataclass(frozen=True)
class Outage:
    """The week whose collection fails, and the page at which it does."""

    week_start: datetime
    page_id: str

    @property
    def week(self) -> str:
        """The ISO week, as `2024-W31`."""
        return week_of(self.week_start)

    def begins(self, week_start: datetime, sources: Sequence[str]) -> bool:
        """Whether it strikes a step of a week."""
        return week_start == self.week_start and SOURCE in sources


@dataclass(frozen=True)
class OutageScore:
    """What became of the planned outage."""

    week: str
    days_missing: int  # page days of the week that were not complete on its Monday
    days_missing_later: int | None  # and a week after; None: the story ended before
    alerts_on_it: int  # proposals of that Monday that rest on the platform that failed

    @property
    def came_right(self) -> bool:
        """Whether it was seen, raised no alert, and was filled by the next crawl."""
        filled = self.days_missing_later in (0, None)
        return self.days_missing > 0 and filled and self.alerts_on_it == 0

    def __str__(self) -> str:
        left = "not asked again" if self.days_missing_later is None else self.days_missing_later
        return (
            f"{self.week}: {self.days_missing} page days missing, {left} after the next crawl, "
            f"{self.alerts_on_it} alerts on it"
        )


def planned_outage(world: SandboxWorld, watchlist: Watchlist) -> Outage | None:
    """The outage of a world; None when its weeks do not reach back so far."""
    week_start = world.end - BEFORE_THE_END
    pages = watchlist.facebook_pages
    if week_start < world.start:
        return None
    return Outage(week_start, pages[len(pages) // 2].page_id)


def strike(world: SandboxWorld, outage: Outage) -> None:
    """Let the page's feed fail as often as a crawl asks for it."""
    world.plan_fault(path=f"/{outage.page_id}/feed", status=STATUS, times=MAX_TRIES)


def days_of(deployment: Deployment, outage: Outage, now: datetime) -> CoverageLedger:
    """The coverage ledger of the outage's week by day, as it stands at a moment."""
    settings = deployment.settings.model_copy(update={"now": now})
    week = week_period(outage.week)
    return coverage_ledger(settings, week.start, week.end, "day")


def missing_days(ledger: CoverageLedger) -> list[Entry]:
    """Days of a page that were not completely received."""
    return [one for one in ledger.entries if one.source == SOURCE and one.state != COMPLETE]


def told(ledger: CoverageLedger) -> str:
    """What `vigie crawl status --by day` says of the outage, in one line."""
    missed = missing_days(ledger)
    if not missed:
        return f"{SOURCE} complete"
    pages = sorted({one.query_id for one in missed})
    reasons = sorted({reason for one in missed for reason in one.reasons})
    return (
        f"{SOURCE}: {len(missed)} days of {len(pages)} pages missing ({'; '.join(reasons)}); "
        f"first {pages[0]}, from {min(one.start for one in missed):%Y-%m-%d}"
    )


def write_ledger(ledger: CoverageLedger, path: Path) -> None:
    """Write the ledger as `vigie crawl status --by day --export` does."""
    path.write_bytes(ledger.export(path))


def alerts_on(deployment: Deployment, outage: Outage) -> int:
    """Alerts of the week that rest on anything from the platform that failed."""
    starts = week_period(outage.week).start
    with read_session(deployment.engine) as session:
        alerts = session.exec(select(Alert).where(Alert.start == starts))
        return sum(PLATFORM in alert.facts["platforms"] for alert in alerts)

"""What the demo's scheduler asks, and when in a week: fewer moments than a real one's, same order.

Steps follow from one another (shares are asked of posts that have been found, states before the
posts of closed accounts are looked up again), so each waits for the one before; the sources of
one step run side by side.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from config.errors import SourceError
from config.settings import Settings
from crawlers.context import DONE
from crawlers.process import CrawlOutcome, run_crawl
from demo.world import SandboxWorld

Step = tuple[str, ...]

COMPLIANCE: Final = "x_compliance"


@dataclass(frozen=True)
class Round:
    """A moment of each week, counted from its Monday, and the steps taken then."""

    after: timedelta
    steps: tuple[Step, ...]


# X serves seven days back, so it is asked twice. Thursday evening is when people post: counts of
# posts an hour old are taken then, and of posts a day old.
EVENING: Final = Round(timedelta(days=3, hours=20), (("x_search", "media_feeds"),))
# A moment of its own: what search has just counted is not counted again.
LOOKUP: Final = Round(timedelta(days=3, hours=20, minutes=30), (("x_lookup",),))
MONDAY: Final = Round(
    timedelta(days=7, hours=6),
    (
        ("x_search", "facebook_pages"),
        ("x_timelines", COMPLIANCE),
        ("x_reposts", "x_quotes"),
    ),
)
# The last lookup is at the very end, or nobody would see which posts came back in the last days.
LAST_MONDAY: Final = Round(MONDAY.after, (*MONDAY.steps, ("x_lookup", "x_counts", "media_feeds")))
NOWHERE: Final[Mapping[str, datetime]] = MappingProxyType({})


def rounds(*, last: bool) -> tuple[Round, ...]:
    """The rounds of a week, or of the last one, which ends with X's own counts of all weeks."""
    return (EVENING, LAST_MONDAY) if last else (EVENING, LOOKUP, MONDAY)


@dataclass(frozen=True)
class Crawls:
    """Starts crawls of one deployment on one world, each in its own process."""

    settings: Settings
    world: SandboxWorld

    def side_by_side(
        self, sources: Sequence[str], now: datetime, since: Mapping[str, datetime]
    ) -> dict[str, CrawlOutcome]:
        """One crawl of each source at the world's time; `since` says where one begins."""
        environment = environment_of(self.settings, now)
        with ThreadPoolExecutor(len(sources)) as pool:
            begun = {
                source: pool.submit(
                    run_crawl, source, settings_env=environment, since=since.get(source)
                )
                for source in sources
            }
        return {source: crawl.result() for source, crawl in begun.items()}

    def to_the_end(
        self,
        sources: Sequence[str],
        now: datetime,
        *,
        since: Mapping[str, datetime] = NOWHERE,
        may_fail: Sequence[str] = (),
    ) -> None:
        """The same; SourceError when one does not end well that should."""
        for source, outcome in self.side_by_side(sources, now, since).items():
            if outcome.status != DONE and source not in may_fail:
                raise SourceError(
                    f"the crawl of {source} at {now:%Y-%m-%d} ended as {outcome.status}: "
                    f"{outcome.reason}; see {self.settings.home / 'logs'}"
                )


def environment_of(settings: Settings, now: datetime) -> dict[str, str]:
    """The variables that give a crawl process these settings at a moment."""
    values = {name: getattr(settings, name) for name in settings.model_fields_set}
    secrets = {"x_bearer_token": settings.x_bearer_token, "facebook_token": settings.facebook_token}
    values |= {name: secret.get_secret_value() for name, secret in secrets.items() if secret}
    values |= {"now": now.astimezone(UTC).isoformat(), "database_url": settings.store_url}
    return {
        f"VIGIE_{name.upper()}": str(value) for name, value in values.items() if value is not None
    }

"""X API v2 usage: how many posts X says were read each day, to stand beside what we counted."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from crawlers.parsers.items import ParsedPage
from crawlers.parsers.x_figures import Usage, parse_x_usage
from crawlers.spiders.x_api import Call
from crawlers.spiders.x_errands import Errand, XErrandSpider
from crawlers.storage import FetchedPage
from crawlers.verdicts import json_object
from models import CountProbe

ENDPOINT: Final = "/2/usage/tweets"
DAYS: Final = 35  # a whole billing month
PROJECT: Final = "project"
DAY: Final = timedelta(days=1)


class XUsageSpider(XErrandSpider):
    """Asks for the usage of the project; each day becomes a probe, the totals stats of the run."""

    name = "x_usage"
    errands = ((PROJECT, "posts read by the project, by X's own count"),)

    @classmethod
    def due(cls, errand: Errand) -> Mapping[str, Any] | None:  # noqa: ARG003 (always due)
        """One question, which costs nothing."""
        return {}

    def call(self) -> Call:
        """The one call of this source."""
        fields = "cap_reset_day,daily_project_usage,project_cap,project_usage"
        return Call(ENDPOINT, {"days": str(DAYS), "usage.fields": fields})

    def read(self, page: FetchedPage) -> ParsedPage:
        """A page of usage holds no posts."""
        days = len(self._usage(page).days)
        return ParsedPage(other={"usage_days": days})

    def step(self, parsed: ParsedPage) -> Mapping[str, Any] | None:  # noqa: ARG002
        """There is one page."""
        return None

    def extras(self, page: FetchedPage, parsed: ParsedPage) -> dict[str, Any]:  # noqa: ARG002
        """Each day as a probe of this source."""
        usage = self._usage(page)
        told = {"read": usage.read, "cap": usage.cap, "reset_day": usage.reset_day}
        for name, value in told.items():
            if value is not None:
                self.crawler.stats.set_value(f"vigie/x_usage_{name}", value)
        probes = (
            CountProbe(
                source=self.name,
                query_id=PROJECT,
                window_start=day,
                window_end=day + DAY,
                query_version=self.poll.query_version,
                counted=read,
                probed_at=page.received_at,
            )
            for day, read in usage.days
        )
        return {"rows": tuple(probes)}

    def _usage(self, page: FetchedPage) -> Usage:
        return parse_x_usage(json_object(page.body) or {})

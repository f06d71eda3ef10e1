"""Half-open periods in UTC. Bamako keeps UTC all year, so its weeks are UTC weeks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from config.errors import UsageError

WEEK = timedelta(weeks=1)
WEEK_PATTERN = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, order=True)
class Period:
    """[start, end) in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a period needs moments with a time zone")
        if self.end <= self.start:
            raise ValueError(f"a period must end after it starts: {self.start} .. {self.end}")

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def week_period(week: str) -> Period:
    """The period of an ISO week written `2024-W37`; UsageError for anything else."""
    match = WEEK_PATTERN.fullmatch(week)
    if not match:
        raise UsageError(f"{week!r} is not a week; write it as 2024-W37")
    try:
        start = datetime.fromisocalendar(int(match[1]), int(match[2]), 1).replace(tzinfo=UTC)
    except ValueError as error:
        raise UsageError(
            f"{week!r} does not exist; the last week of a year is W52 or W53"
        ) from error
    return Period(start, start + WEEK)


def week_of(moment: datetime) -> str:
    """The ISO week of a moment, as `2024-W37`."""
    year, week, _ = moment.astimezone(UTC).isocalendar()
    return f"{year}-W{week:02d}"


def last_full_week(now: datetime) -> str:
    """The newest week that has ended at `now`."""
    return week_of(now - WEEK)


def weeks_before(week: str, count: int) -> list[str]:
    """The `count` weeks before a week, oldest first."""
    start = week_period(week).start
    return [week_of(start - WEEK * back) for back in range(count, 0, -1)]


def weeks_between(first: str, last: str) -> Iterator[str]:
    """Every week from first to last, both included."""
    moment, end = week_period(first).start, week_period(last).start
    while moment <= end:
        yield week_of(moment)
        moment += WEEK

"""The twelve weeks of the story and the hours at which people in Bamako post (UTC+0)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

FIRST_MONDAY: Final = datetime(2024, 7, 1, tzinfo=UTC)
STORY_WEEKS: Final = 12
STORY_END: Final = FIRST_MONDAY + timedelta(weeks=STORY_WEEKS)
COMMENT_DAYS: Final = 5

# A text that speaks of a season stands in it: pattern, first and last week (0 is 2024-W27).
_SEASONS: Final = tuple(
    (re.compile(pattern), weeks)
    for pattern, weeks in (
        (r"début juillet", (1, 3)),
        (r"Humanitarian Day|mondiale humanitaire", (7, 7)),
        (r"August|août", (5, 8)),
        (r"22 septembre|en octobre|[Rr]entrée|rouvrir les marmites", (8, 11)),
    )
)
_DAY_WEIGHTS: Final = (50, 25, 12, 8, 5)  # comments by days since the post
_BUSINESS_HOURS: Final = range(8, 18)
_EVENING_HOURS: Final = range(18, 23)


@dataclass(frozen=True)
class Span:
    """Weeks first..last in which a text may stand."""

    first: int = 0
    last: int = STORY_WEEKS - 1


def week_start(week: int) -> datetime:
    """Monday 00:00 UTC of a week of the story; 0 is 2024-W27."""
    return FIRST_MONDAY + timedelta(weeks=week)


def week_name(moment: datetime) -> str:
    """ISO week of a moment, as `2024-W34`."""
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02d}"


def season_of(text: str) -> Span:
    """The weeks a text may stand in, by the season it speaks of."""
    for pattern, (first, last) in _SEASONS:
        if pattern.search(text):
            return Span(first, last)
    return Span()


def business_moment(rng: Random, week: int, days: range = range(7)) -> datetime:
    """A moment of a week between 08:00 and 18:00, rarer at the weekend."""
    weights = [1 if day < 5 else 0.4 for day in days]  # noqa: PLR2004
    day = rng.choices(list(days), weights=weights)[0]
    return _moment(rng, week_start(week) + timedelta(days=day), rng.choice(_BUSINESS_HOURS))


def any_moment(rng: Random, week: int, days: range = range(7)) -> datetime:
    """A moment of a week as individuals choose it: half of them in the evening."""
    hours = _EVENING_HOURS if rng.random() < 0.5 else _BUSINESS_HOURS  # noqa: PLR2004
    return _moment(rng, week_start(week) + timedelta(days=rng.choice(days)), rng.choice(hours))


def comment_moments(rng: Random, posted: datetime, count: int) -> list[datetime]:
    """Sorted moments of comments: within five days of the post, mostly in the evening."""
    moments: set[datetime] = set()
    while len(moments) < count:
        latest = STORY_END - timedelta(seconds=len(moments) + 1)
        moments.add(min(_comment_moment(rng, posted), latest))
    return sorted(moments)


def _comment_moment(rng: Random, posted: datetime) -> datetime:
    day = rng.choices(range(COMMENT_DAYS), weights=_DAY_WEIGHTS)[0]
    hours = _EVENING_HOURS if rng.random() < 0.65 else _BUSINESS_HOURS  # noqa: PLR2004
    midnight = posted.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = _moment(rng, midnight + timedelta(days=day), rng.choice(hours))
    if moment > posted:
        return moment
    return posted + timedelta(seconds=rng.randrange(120, 5400))


def _moment(rng: Random, midnight: datetime, hour: int) -> datetime:
    return midnight + timedelta(hours=hour, seconds=rng.randrange(3600))

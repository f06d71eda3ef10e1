"""Which moments and ids a search request covers, and what X refuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from crawlers.sandbox.ids import X_EPOCH_MS
from crawlers.sandbox.x_objects import x_time

WEEK: Final = timedelta(days=7)
DEFAULT_LAG: Final = timedelta(seconds=30)
LEAST_LAG: Final = timedelta(seconds=10)
ID_DIGITS: Final = 19

Params = Mapping[str, str]


class BadRequestError(ValueError):
    """A request that X answers with 400; names the parameter."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


@dataclass(frozen=True)
class Window:
    """What a request searches: [start, end), ids between since and until, both excluded."""

    start: datetime
    end: datetime
    since_id: int | None
    until_id: int | None

    def holds(self, number: int, moment: datetime) -> bool:
        """Whether a post with this id, made at this moment, lies inside."""
        above = self.since_id is None or number > self.since_id
        below = self.until_id is None or number < self.until_id
        return above and below and self.start <= moment < self.end


@dataclass(frozen=True)
class Reach:
    """How far back an endpoint sees, and what it shows when nothing is asked."""

    earliest: datetime | None = None  # None: seven days back
    usual: timedelta | None = None  # None: all of its reach
    lag: timedelta = DEFAULT_LAG


RECENT: Final = Reach()
ARCHIVE: Final = Reach(datetime(2006, 3, 21, tzinfo=UTC), timedelta(days=30))
TIMELINE: Final = Reach(datetime(2010, 11, 6, tzinfo=UTC), lag=timedelta(0))


def window_of(now: datetime, params: Params, reach: Reach = RECENT) -> Window:
    """The window of a request; BadRequestError where X answers 400."""
    for one, other in (("start_time", "since_id"), ("end_time", "until_id")):
        if one in params and other in params:
            raise BadRequestError(other, f"`{other}` cannot be used together with `{one}`.")
    earliest = reach.earliest or now - WEEK
    end = _moment(params, "end_time") or now - reach.lag
    start = _moment(params, "start_time") or _usual_start(params, reach, earliest, end)
    if start < earliest:
        raise BadRequestError("start_time", f"'start_time' must be on or after {x_time(earliest)}.")
    if reach.lag and end > now - LEAST_LAG:
        raise BadRequestError(
            "end_time", "'end_time' must be a minimum of 10 seconds prior to the request time."
        )
    if start >= end:
        raise BadRequestError("end_time", "'end_time' must be after 'start_time'.")
    return Window(start, end, _since_id(params, reach, earliest), _id(params, "until_id"))


def _usual_start(params: Params, reach: Reach, earliest: datetime, end: datetime) -> datetime:
    if reach.usual is None or "since_id" in params:
        return earliest
    return max(earliest, end - reach.usual)


def _since_id(params: Params, reach: Reach, earliest: datetime) -> int | None:
    since = _id(params, "since_id")
    if since is not None and reach.earliest is None and _made_at(since) < earliest:
        raise BadRequestError(
            "since_id", f"'since_id' must be a tweet id created after {x_time(earliest)}."
        )
    return since


def _made_at(number: int) -> datetime:
    return datetime.fromtimestamp(((number >> 22) + X_EPOCH_MS) / 1000, UTC)


def _id(params: Params, name: str) -> int | None:
    text = params.get(name)
    if text is None:
        return None
    if not text.isdigit() or len(text) > ID_DIGITS:
        raise BadRequestError(name, f"The `{name}` query parameter value [{text}] is not valid")
    return int(text)


def _moment(params: Params, name: str) -> datetime | None:
    text = params.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequestError(name, f"The `{name}` value [{text}] is not RFC3339") from error
    if moment.tzinfo is None:
        raise BadRequestError(name, f"The `{name}` value [{text}] is not RFC3339")
    return moment.astimezone(UTC)

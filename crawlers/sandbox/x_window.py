"""Which moments and ids a search request covers, and what X refuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from crawlers.sandbox.ids import X_EPOCH_MS
from crawlers.sandbox.x_objects import x_time

RECENT: Final = timedelta(days=7)
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


def window_of(now: datetime, params: Params) -> Window:
    """The window of a request; BadRequestError where X answers 400."""
    for one, other in (("start_time", "since_id"), ("end_time", "until_id")):
        if one in params and other in params:
            raise BadRequestError(other, f"`{other}` cannot be used together with `{one}`.")
    earliest = now - RECENT
    start = _moment(params, "start_time") or earliest
    end = _moment(params, "end_time") or now - DEFAULT_LAG
    if start < earliest:
        raise BadRequestError("start_time", f"'start_time' must be on or after {x_time(earliest)}.")
    if end > now - LEAST_LAG:
        raise BadRequestError(
            "end_time", "'end_time' must be a minimum of 10 seconds prior to the request time."
        )
    if start >= end:
        raise BadRequestError("end_time", "'end_time' must be after 'start_time'.")
    return Window(start, end, _recent_id(params, earliest), _id(params, "until_id"))


def _recent_id(params: Params, earliest: datetime) -> int | None:
    since = _id(params, "since_id")
    if since is not None and _made_at(since) < earliest:
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

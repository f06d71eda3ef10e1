"""What an answer of a platform means for the crawl. Pure: values in, a verdict out.

Limits and errors of X: X API v2 rate-limit and error pages. Those of the Graph API stand in
crawlers.graph_verdicts.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, Literal

from crawlers.parsers.reading import load_json

RETRIED_STATUSES: Final = frozenset({408, 500, 502, 503, 504})
_QUOTED: Final = re.compile(r"[`'\[]([a-z_.]+)[`'\]]")


@dataclass(frozen=True)
class Answer:
    """A response: status, headers by lower-case name, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Hold:
    """No further request before `until` (epoch seconds; None: not in this run)."""

    until: float | None
    reason: str


@dataclass(frozen=True)
class Accept:
    """A page that can be read; `hold` and `pause` (seconds) apply to the request after it."""

    hold: Hold | None = None
    pause: float = 0.0


@dataclass(frozen=True)
class Wait:
    """Ask the same again after `until` (epoch seconds)."""

    until: float


@dataclass(frozen=True)
class Retry:
    """Ask the same again soon; when it never works the run ends with `status`.

    With `alone` only this query, page or thread is given up then, and the run goes on.
    """

    reason: str
    status: str = "failed"
    alone: bool = False


Cause = Literal["token", "vocabulary", "end_time", "start_time"]


@dataclass(frozen=True)
class Refuse:
    """This query, page or thread is refused; others may work.

    `cause` names what a spider can change and ask again: a page token that is no longer taken,
    words of the other vocabulary, a window the platform's clock does not allow.
    """

    reason: str
    cause: Cause | None = None


@dataclass(frozen=True)
class Stop:
    """The whole run ends now, with its checkpoint kept."""

    status: str
    reason: str


Verdict = Accept | Wait | Retry | Refuse | Stop
Judge = Callable[[Answer, float], Verdict]


def judge_x(answer: Answer, now: float) -> Verdict:
    """Verdict on an answer of the X API; `now` in epoch seconds."""
    if answer.status in RETRIED_STATUSES:
        return Retry(f"http_{answer.status}")
    body = json_object(answer.body)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return _x_limit(answer, body or {}, now)
    if answer.status in _X_STOPS:
        return Stop("failed", _X_STOPS[answer.status])
    if body is None:
        return Retry("not_json")
    if answer.status != HTTPStatus.OK:
        return Refuse(f"http_{answer.status}: {_title(body)}", _x_cause(body))
    return Accept(_x_hold(answer))


def judge_file(answer: Answer, now: float) -> Verdict:  # noqa: ARG001 (a Judge has a clock)
    """Verdict on a file sent to or fetched from an address the platform gave."""
    if answer.status in RETRIED_STATUSES or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Retry(f"http_{answer.status}")
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return Refuse(f"http_{answer.status}: the file address is not taken")
    return Accept()


_X_STOPS: Final = {
    401: "token_refused: X answered 401; check VIGIE_X_BEARER_TOKEN",
    402: "credits_depleted: X answered 402; add credits or raise the spending limit",
    403: "forbidden: X answered 403; check the access of the app this token belongs to",
}


def _x_limit(answer: Answer, body: Mapping[str, Any], now: float) -> Verdict:
    if _problem(body) == "usage-capped":
        period = body.get("period")
        of_period = f" ({period})" if period in ("Daily", "Monthly") else ""
        return Stop("failed", f"usage_capped: the reading cap of X{of_period} is used up")
    reset = _number(answer.headers.get("x-rate-limit-reset"))
    if reset is None or reset <= now:
        return Retry("rate_limited", status="rate_limited")
    return Wait(reset + 1)


def _x_hold(answer: Answer) -> Hold | None:
    if _number(answer.headers.get("x-rate-limit-remaining")) != 0:
        return None
    reset = _number(answer.headers.get("x-rate-limit-reset"))
    return None if reset is None else Hold(reset + 1, "x-rate-limit-remaining is 0")


_X_CAUSES: Final[dict[str, Cause]] = {
    "next_token": "token",
    "pagination_token": "token",
    "end_time": "end_time",
    "start_time": "start_time",
    "post.fields": "vocabulary",
    "tweet.fields": "vocabulary",
    "expansions": "vocabulary",
    "search_count.fields": "vocabulary",
}


def _x_cause(body: Mapping[str, Any]) -> Cause | None:
    """What a 400 complains of: the parameters it lists, or the one in square brackets."""
    errors = body.get("errors")
    for error in errors if isinstance(errors, list) else ():
        entry = error if isinstance(error, dict) else {}
        listed = entry.get("parameters")
        named = list(listed) if isinstance(listed, dict) else []
        named += _QUOTED.findall(str(entry.get("message", "")))
        for name in named:
            if name in _X_CAUSES:
                return _X_CAUSES[name]
    return None


def _problem(body: Mapping[str, Any]) -> str:
    # The base of `type` differs between versions of the API: the last segment counts.
    return str(body.get("type", "")).rstrip("/").rsplit("/", 1)[-1]


def _title(body: Mapping[str, Any]) -> str:
    return str(body.get("title") or "no title")[:80]


def limited_until(moment: float) -> str:
    """Reason of a run that ended because a limit lifts only at `moment` (epoch seconds)."""
    return "rate_limited:" + datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def json_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object in a body, or None when it holds none."""
    found = _json(body)
    return found if isinstance(found, dict) else None


def _json(text: bytes | str | None) -> Any:
    if not text:
        return None
    try:
        return load_json(text)
    except (ValueError, RecursionError):
        return None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None

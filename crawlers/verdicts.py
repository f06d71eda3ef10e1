"""What an answer of a platform means for the crawl. Pure: values in, a verdict out.

Limits, errors and their codes: X API v2 rate-limit and error pages; Graph API error and rate
limiting pages. Graph errors are told apart by code, because the HTTP status is 400 for most.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, Literal

from crawlers.parsers.facebook import GraphError, graph_error

RETRIED_STATUSES: Final = frozenset({408, 500, 502, 503, 504})
_QUOTED: Final = re.compile(r"[`'\[]([a-z_.]+)[`'\]]")
USAGE_STOP_PERCENT: Final = 80.0  # calling on while throttled makes the block longer

GRAPH_LIMIT_CODES: Final = frozenset({4, 17, 32, 341, 613, 80001})
GRAPH_TOKEN_CODES: Final = frozenset({102, 190})
GRAPH_POLICY_CODE: Final = 368
GRAPH_TRANSIENT_CODES: Final = frozenset({1, 2})
GRAPH_PERMISSION_CODES: Final = frozenset({3, 10, *range(200, 300)})


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
    """A page that can be read; `hold` applies to the request after it."""

    hold: Hold | None = None


@dataclass(frozen=True)
class Wait:
    """Ask the same again after `until` (epoch seconds)."""

    until: float


@dataclass(frozen=True)
class Retry:
    """Ask the same again soon; when it never works the run ends with `status`."""

    reason: str
    status: str = "failed"


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


def judge_graph(answer: Answer, now: float) -> Verdict:
    """Verdict on an answer of the Graph API; `now` in epoch seconds."""
    body = json_object(answer.body)
    error = None if body is None else graph_error(body)
    if body is not None and error is not None:
        return _graph_error_verdict(error, answer, now)
    if answer.status in RETRIED_STATUSES:
        return Retry(f"http_{answer.status}")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Retry("rate_limited", status="rate_limited")
    if body is None:
        return Retry("not_json")
    if answer.status != HTTPStatus.OK:
        return Refuse(f"http_{answer.status}")
    return Accept(_graph_hold(answer))


def _graph_error_verdict(error: GraphError, answer: Answer, now: float) -> Verdict:
    name = f"graph_{error.code}" + (f"/{error.subcode}" if error.subcode else "")
    if error.code in GRAPH_LIMIT_CODES:
        return _graph_limit(name, answer, now)
    if error.code in GRAPH_TOKEN_CODES:
        return Stop("failed", f"token_refused: {name}; renew VIGIE_FACEBOOK_TOKEN")
    if error.code == GRAPH_POLICY_CODE:
        return Stop("failed", f"policy_block: {name}; see the app's dashboard")
    if error.code in GRAPH_TRANSIENT_CODES or error.is_transient:
        return Retry(name)
    if error.code in GRAPH_PERMISSION_CODES:
        return Refuse(f"permission: {name}; the token may not read this")
    return Refuse(f"refused: {name}")


def _graph_limit(name: str, answer: Answer, now: float) -> Verdict:
    minutes = max((_regain_minutes(entry) for entry in _business_usage(answer)), default=0.0)
    if minutes > 0:
        return Wait(now + 60 * minutes)
    return Stop("rate_limited", f"rate_limited: {name}; Facebook did not say until when")


def _graph_hold(answer: Answer) -> Hold | None:
    usages = [_json(answer.headers.get("x-app-usage")), *_business_usage(answer)]
    highest = max((_highest_percent(usage) for usage in usages), default=0.0)
    if highest < USAGE_STOP_PERCENT:
        return None
    return Hold(None, f"{highest:.0f} % of the app's allowance is used")


def _business_usage(answer: Answer) -> Iterator[Any]:
    usage = _json(answer.headers.get("x-business-use-case-usage"))
    for entries in usage.values() if isinstance(usage, dict) else ():
        yield from entries if isinstance(entries, list) else ()


def _regain_minutes(entry: Any) -> float:
    found = entry.get("estimated_time_to_regain_access") if isinstance(entry, dict) else None
    return _number(found) or 0.0


def _highest_percent(usage: Any) -> float:
    if not isinstance(usage, dict):
        return 0.0
    names = ("call_count", "total_time", "total_cputime")
    return max(_number(usage.get(name)) or 0.0 for name in names)


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
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None

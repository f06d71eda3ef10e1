"""What an answer of the Graph API means for the crawl. Pure: values in, a verdict out.

Errors are told apart by code and subcode, and where one code says several things by the words of
its message, because the HTTP status is 400 for most. Sources: Graph API error and rate limiting
pages. `docs/facebook.md` tells operators the same table.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from crawlers.parsers.facebook import GraphError, graph_error
from crawlers.verdicts import (
    RETRIED_STATUSES,
    Accept,
    Answer,
    Hold,
    Refuse,
    Retry,
    Stop,
    Verdict,
    Wait,
    json_object,
)

SLOW_PERCENT: Final = 60.0  # from here on the pace falls
STOP_PERCENT: Final = 80.0  # calling on while throttled makes the block longer
LONGEST_PAUSE: Final = 30.0  # seconds before a request just below STOP_PERCENT
PAGES_TYPE: Final = "pages"

TEMPORARY: Final = "temporary"
TOO_MUCH: Final = "too_much_data"
LIMITED: Final = "rate_limited"
TOKEN: Final = "token_refused"  # noqa: S105 (a word for an error)
POLICY: Final = "policy_block"
PERMISSION: Final = "permission"
GONE: Final = "gone"
CURSOR: Final = "cursor_expired"
BAD_REQUEST: Final = "bad_request"
UNKNOWN: Final = "refused"


@dataclass(frozen=True)
class ErrorClass:
    """One kind of error: how it is known, what it means, and what an operator should do."""

    code: int
    kind: str
    meaning: str
    advice: str
    subcode: int | None = None
    says: str | None = None  # words of the message that tell it from others of its code
    last_code: int | None = None  # of a range

    def fits(self, error: GraphError) -> bool:
        """Whether an error is of this class."""
        code = -1 if error.code is None else error.code
        return (
            self.code <= code <= (self.last_code or self.code)
            and self.subcode in (None, error.subcode)
            and (self.says is None or bool(re.search(self.says, error.message, re.IGNORECASE)))
        )


_NOTHING: Final = "nothing; "
_ASKED_AGAIN: Final = f"{_NOTHING}it is asked again"
_NEXT_RUN: Final = f"{_NOTHING}the next run goes on where this one stopped"
_NEW_TOKEN: Final = "renew VIGIE_FACEBOOK_TOKEN"  # noqa: S105 (advice)
_SMALLER: Final = f"{_NOTHING}it is asked in smaller pages"
_LOOK: Final = "look at it in a browser; take a page that is gone out of the watchlist"
_REVIEW: Final = "see that the app has Page Public Content Access and may read this page"

_TOKEN_ERRORS: Final = (
    (458, "the app was removed by the token's user", f"add the app again, then {_NEW_TOKEN}"),
    (
        459,
        "Facebook wants the token's user to confirm who they are",
        f"log in at facebook.com and follow what is asked, then {_NEW_TOKEN}",
    ),
    (460, "the password was changed", _NEW_TOKEN),
    (463, "the token has expired", f"{_NEW_TOKEN}; that of a system user lasts"),
    (467, "the token is not valid any more", _NEW_TOKEN),
    (None, "the token is not valid", _NEW_TOKEN),
)

# The first class that fits counts, so what is told more closely stands first.
ERRORS: Final = (
    ErrorClass(1, TOO_MUCH, "the answer would be too large", _SMALLER, says="reduce the amount"),
    ErrorClass(1, TEMPORARY, "an error on Facebook's side", _ASKED_AGAIN),
    ErrorClass(2, TEMPORARY, "the service is not available", _ASKED_AGAIN),
    ErrorClass(4, LIMITED, "the app has made too many calls", _NEXT_RUN),
    ErrorClass(17, LIMITED, "the user of this token has made too many calls", _NEXT_RUN),
    ErrorClass(
        32,
        LIMITED,
        "too many page calls with a user or app token",
        "use a system user or page token; the next run goes on",
    ),
    ErrorClass(341, LIMITED, "the app is limited for a time", _NEXT_RUN),
    ErrorClass(
        613,
        LIMITED,
        "the volume of calls is uneven",
        "spread the crawls over the day, or raise VIGIE_REQUEST_DELAY",
        subcode=1996,
    ),
    ErrorClass(613, LIMITED, "too many calls of one kind", _NEXT_RUN),
    ErrorClass(80001, LIMITED, "the allowance for pages is used up", _NEXT_RUN),
    *(
        ErrorClass(code, TOKEN, meaning, advice, subcode=subcode)
        for subcode, meaning, advice in _TOKEN_ERRORS
        for code in (102, 190)
    ),
    ErrorClass(
        368,
        POLICY,
        "Facebook blocks the app for breaking its rules",
        "read the app's dashboard; do not crawl before it is settled",
    ),
    ErrorClass(3, PERMISSION, "the app may not make this call", _REVIEW),
    ErrorClass(10, PERMISSION, "the app lacks a permission", _REVIEW),
    ErrorClass(200, PERMISSION, "the token may not read this", _REVIEW, last_code=299),
    ErrorClass(
        100,
        GONE,
        "it does not exist, or is not shown to this token",
        _LOOK,
        subcode=33,
    ),
    ErrorClass(
        100,
        GONE,
        "it does not exist, or is not shown to this token",
        _LOOK,
        says="missing permissions",
    ),
    ErrorClass(
        100, PERMISSION, "a feature is missing", _REVIEW, says="content access|permission|app token"
    ),
    ErrorClass(803, GONE, "it does not exist", _LOOK),
    ErrorClass(
        100, CURSOR, "the place in the list is not known any more", _ASKED_AGAIN, says="cursor"
    ),
    ErrorClass(
        100,
        BAD_REQUEST,
        "a field or parameter is not taken",
        "see that VIGIE_FACEBOOK_API_VERSION is still served",
    ),
)


@dataclass(frozen=True)
class Usage:
    """How much of the allowance is used, and for how long nothing more is given."""

    percent: float
    regain_minutes: float = 0.0


def judge_graph(answer: Answer, now: float) -> Verdict:
    """Verdict on an answer of the Graph API; `now` in epoch seconds."""
    body = json_object(answer.body)
    error = None if body is None else graph_error(body)
    if error is not None:
        return _error_verdict(error, answer, now)
    if answer.status in RETRIED_STATUSES:
        return Retry(f"http_{answer.status}")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Retry("rate_limited", status="rate_limited")
    if answer.status != HTTPStatus.OK:
        return Refuse(f"http_{answer.status}")
    if body is None:
        return Retry("not_json")
    return _accepted(usage_of(answer.headers), now)


def kind_of(reason: str) -> str:
    """The kind of error that a reason begins with."""
    return reason.partition(":")[0]


def usage_of(headers: Mapping[str, str]) -> Usage:
    """The highest share of any allowance, by the usage headers of an answer."""
    entries = [_object(headers.get("x-app-usage")), *_business_entries(headers)]
    return Usage(
        percent=max(map(_highest_percent, entries)),
        regain_minutes=max(
            _number(entry.get("estimated_time_to_regain_access")) for entry in entries
        ),
    )


def class_of(error: GraphError) -> ErrorClass | None:
    """The class an error belongs to, None when it is of none we know."""
    return next((one for one in ERRORS if one.fits(error)), None)


def _error_verdict(error: GraphError, answer: Answer, now: float) -> Verdict:
    name = f"graph_{error.code}" + (f"/{error.subcode}" if error.subcode else "")
    found = class_of(error)
    if found is None:
        reason = f"{UNKNOWN}: {name}"
        return Retry(reason, alone=True) if error.is_transient else Refuse(reason)
    advice = found.advice.removeprefix(_NOTHING)
    reason = f"{found.kind}: {name}: {found.meaning}; {advice}"
    if found.kind == LIMITED:
        return _limit_verdict(reason, answer, now)
    if found.kind in (TOKEN, POLICY):
        return Stop("failed", reason)
    if found.kind == TEMPORARY or (error.is_transient and found.kind != TOO_MUCH):
        return Retry(reason, alone=True)
    return Refuse(reason)


def _limit_verdict(reason: str, answer: Answer, now: float) -> Verdict:
    minutes = usage_of(answer.headers).regain_minutes
    if minutes > 0:
        return Wait(now + 60 * minutes)
    return Stop("rate_limited", f"{reason}; Facebook did not say until when")


def _accepted(usage: Usage, now: float) -> Accept:
    if usage.percent >= STOP_PERCENT:
        until = now + 60 * usage.regain_minutes if usage.regain_minutes > 0 else None
        return Accept(Hold(until, f"{usage.percent:.0f} % of the app's allowance is used"))
    above = max(0.0, usage.percent - SLOW_PERCENT) / (STOP_PERCENT - SLOW_PERCENT)
    return Accept(pause=LONGEST_PAUSE * above)


def _business_entries(headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """What is used of the allowance for pages; other products have allowances of their own."""
    for entries in _object(headers.get("x-business-use-case-usage")).values():
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and entry.get("type", PAGES_TYPE) == PAGES_TYPE:
                yield entry


def _highest_percent(entry: Mapping[str, Any]) -> float:
    return max(_number(entry.get(name)) for name in ("call_count", "total_time", "total_cputime"))


def _object(header: str | None) -> Mapping[str, Any]:
    return json_object((header or "").encode()) or {}


def _number(value: Any) -> float:
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return 0.0

"""The X API of the stand-ins over HTTP: routes, token, rate limits, faults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crawlers.sandbox import x_compliance, x_lists, x_lookup, x_search, x_usage
from crawlers.sandbox.answers import Answer, html_answer, json_answer
from crawlers.sandbox.faults import Fault
from crawlers.sandbox.sending import sent
from crawlers.sandbox.stage import Stage
from crawlers.sandbox.x_checks import Call
from crawlers.sandbox.x_limits import LIMITS, ONE_A_SECOND, Allowance, Meter
from crawlers.sandbox.x_oddities import made_odd
from crawlers.sandbox.x_vocabulary import TWEET
from crawlers.sandbox.x_window import BadRequestError, Params

SERVER_ERROR: Final = 500
TOO_MANY: Final = 429
PROBLEMS: Final = "https://api.x.com/2/problems/"
_PROBLEM_OF: Final = {
    401: ("Unauthorized", "about:blank"),
    402: ("CreditsDepleted", PROBLEMS + "credits"),
    403: ("Forbidden", PROBLEMS + "client-forbidden"),
    429: ("Too Many Requests", "about:blank"),
}

Json = dict[str, Any]


@dataclass(frozen=True)
class Endpoint:
    """One endpoint: how it answers, under which path template it is limited."""

    path: str
    answer: Callable[[Stage, Call], Json]
    method: str = "GET"


ENDPOINTS: Final = (
    Endpoint("/2/tweets/search/recent", x_search.search_recent),
    Endpoint("/2/tweets/search/all", x_search.search_all),
    Endpoint("/2/tweets/counts/recent", x_search.counts_recent),
    Endpoint("/2/tweets/counts/all", x_search.counts_all),
    Endpoint("/2/tweets", x_lookup.posts_by_ids),
    Endpoint("/2/tweets/{id}", x_lookup.post_by_id),
    Endpoint("/2/tweets/{id}/quote_tweets", x_lists.quotes),
    Endpoint("/2/tweets/{id}/retweets", x_lists.reposts),
    Endpoint("/2/tweets/{id}/retweeted_by", x_lists.reposted_by),
    Endpoint("/2/users/by", x_lookup.users_by_names),
    Endpoint("/2/users", x_lookup.users_by_ids),
    Endpoint("/2/users/{id}/tweets", x_lists.timeline),
    Endpoint("/2/usage/tweets", x_usage.usage),
    Endpoint("/2/compliance/jobs", x_compliance.jobs),
    Endpoint("/2/compliance/jobs", x_compliance.create, "POST"),
    Endpoint("/2/compliance/jobs/{id}", x_compliance.job_by_id),
)


def x_routes(stage: Stage) -> list[Route]:
    """All routes of X, with the storage that compliance jobs use."""
    return [
        *(Route(one.path, _handler(stage, one), methods=[one.method]) for one in ENDPOINTS),
        Route(x_compliance.PUT_PATH + "{id}", _upload(stage), methods=["PUT"]),
        Route(x_compliance.GET_PATH + "{id}", _download(stage), methods=["GET"]),
    ]


def _handler(stage: Stage, endpoint: Endpoint) -> Callable[[Request], object]:
    async def handle(request: Request) -> Response:
        stage.note_request(request.url.path, request.url.query)
        fault = stage.faults.take(request.url.path)
        call = await _call(request)
        allowance = _meter(stage, endpoint.path).note(stage.wall(), enforced=stage.enforce_limits)
        usual_skew = stage.skew
        if fault is not None and fault.kind == "clock_skew":
            stage.skew = timedelta(seconds=fault.seconds)
        answer = _answer(stage, endpoint, call, fault, allowance)
        response = sent(stage, _with_limits(answer, allowance), fault)
        stage.skew = usual_skew
        return response

    return handle


async def _call(request: Request) -> Call:
    return Call(
        params=dict(request.query_params),
        authorization=request.headers.get("authorization", ""),
        object_id=request.path_params.get("id", ""),
        body=await request.body(),
        address=str(request.base_url).rstrip("/"),
    )


def _answer(
    stage: Stage, endpoint: Endpoint, call: Call, fault: Fault | None, allowance: Allowance
) -> Answer:
    if fault is not None and fault.replaces:
        return _fault_answer(stage, fault)
    if call.authorization != f"Bearer {stage.x_token}":
        return _problem(401)
    if allowance.refused:
        return _problem(TOO_MANY)
    try:
        content = endpoint.answer(stage, call)
    except BadRequestError as error:
        return json_answer(bad_request(stage, error, call.params), 400, ascii_only=False)
    return json_answer(made_odd(content, fault, call.params), ascii_only=False)


def bad_request(stage: Stage, error: BadRequestError, params: Params) -> Json:
    """The Problem body of a refused request; it names the parameter."""
    given = [params[error.parameter]] if error.parameter in params else []
    base = TWEET.problems if stage.legacy_only else PROBLEMS
    return {
        "errors": [{"parameters": {error.parameter: given}, "message": str(error)}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": base + "invalid-request",
    }


def _problem(status: int) -> Answer:
    title, kind = _PROBLEM_OF.get(status, ("Invalid Request", PROBLEMS + "invalid-request"))
    body = {"title": title, "detail": title, "type": kind, "status": status}
    return json_answer(body, status, ascii_only=False)


def _fault_answer(stage: Stage, fault: Fault) -> Answer:
    if fault.kind == "html" or fault.status >= SERVER_ERROR:
        return html_answer(fault.status)
    if fault.kind == "usage-capped":
        body = {"title": "UsageCapExceeded", "detail": "Usage cap exceeded: Monthly"}
        body |= {"type": PROBLEMS + "usage-capped", "period": "Monthly", "scope": "Product"}
        return json_answer(body | {"status": fault.status}, fault.status, ascii_only=False)
    answer = _problem(fault.status)
    if fault.status != TOO_MANY:
        return answer
    reset = int(stage.wall()) + fault.reset_in
    headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}
    return replace(answer, headers=headers)


def _with_limits(answer: Answer, allowance: Allowance) -> Answer:
    headers: Mapping[str, str] = {**allowance.headers, **answer.headers}
    return replace(answer, headers=headers)


def _meter(stage: Stage, path: str) -> Meter:
    limit = stage.limits.get(path, LIMITS[path])
    meter = stage.meters.get(path)
    if meter is None or (meter.limit, meter.window) != (limit, stage.rate_window):
        meter = Meter(limit, stage.rate_window, path in ONE_A_SECOND)
        stage.meters[path] = meter
    return meter


def _upload(stage: Stage) -> Callable[[Request], object]:
    async def handle(request: Request) -> Response:
        body = await request.body()
        job = x_compliance.find_job(stage, request.path_params["id"])
        fault = stage.faults.take(request.url.path)
        stage.note_request(request.url.path, "")
        if fault is not None and fault.replaces:
            return sent(stage, html_answer(fault.status))
        # The address is signed for this one type of content.
        is_text = request.headers.get("content-type", "").startswith("text/plain")
        if job is None or not is_text or not x_compliance.upload(stage, job, body):
            return sent(stage, html_answer(403))
        return sent(stage, Answer(b"", media_type="text/plain"), fault)

    return handle


def _download(stage: Stage) -> Callable[[Request], object]:
    async def handle(request: Request) -> Response:
        job = x_compliance.find_job(stage, request.path_params["id"])
        fault = stage.faults.take(request.url.path)
        stage.note_request(request.url.path, "")
        if fault is not None and fault.replaces:
            return sent(stage, html_answer(fault.status))
        lines = None if job is None else x_compliance.result(stage, job)
        if lines is None:
            return sent(stage, html_answer(404))
        return sent(stage, Answer(lines, media_type="text/plain"), fault)

    return handle

"""The stand-ins over HTTP: routes, tokens, rate-limit headers, faults, bodies in small pieces."""

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from crawlers.sandbox import graph_api, x_api
from crawlers.sandbox.answers import Answer, html_answer, json_answer
from crawlers.sandbox.stage import Fault, Stage
from crawlers.sandbox.x_window import BadRequestError

CHUNK: Final = 4096
GRAPH_ADDRESS: Final = "https://graph.facebook.com"
X_LIMIT: Final = 450
RATE_WINDOW: Final = 900
SERVER_ERROR: Final = 500

XEndpoint = Callable[[Stage, Mapping[str, str]], x_api.Json]
GraphEndpoint = Callable[[Stage, Request], graph_api.Json]


def make_app(stage: Stage) -> Starlette:
    """The application that serves one stage."""
    version = f"/{graph_api.VERSION}"
    return Starlette(
        routes=[
            Route("/_clock", _clock(stage), methods=["GET", "POST"]),
            Route("/_faults", _plan_fault(stage), methods=["POST"]),
            Route("/2/tweets/search/recent", _x(stage, x_api.search)),
            Route("/2/tweets/counts/recent", _x(stage, x_api.counts)),
            Route(version + "/{object_id}/feed", _graph(stage, _feed)),
            Route(version + "/{object_id}/posts", _graph(stage, _feed)),
            Route(version + "/{object_id}/comments", _graph(stage, _comments)),
            Route(version + "/{object_id}", _graph(stage, _single)),
        ]
    )


def _x(stage: Stage, endpoint: XEndpoint) -> Callable[[Request], Response]:
    def handle(request: Request) -> Response:
        answer = _x_answer(stage, endpoint, request)
        return _sent(stage, replace(answer, headers=_x_headers(stage, answer)))

    return handle


def _x_answer(stage: Stage, endpoint: XEndpoint, request: Request) -> Answer:
    stage.note_request(request.url.path, request.url.query)
    fault = stage.faults.take(request.url.path)
    if fault is not None:
        return _x_fault(fault)
    if request.headers.get("authorization") != f"Bearer {stage.x_token}":
        return json_answer(_x_problem(401, "Unauthorized", "about:blank"), 401, ascii_only=False)
    params = dict(request.query_params)
    try:
        return json_answer(endpoint(stage, params), ascii_only=False)
    except BadRequestError as error:
        return json_answer(x_api.problem(error, params), 400, ascii_only=False)


def _x_fault(fault: Fault) -> Answer:
    if fault.status >= SERVER_ERROR:
        return html_answer(fault.status)
    base = "https://api.x.com/2/problems/"
    known = {
        401: ("Unauthorized", "about:blank"),
        402: ("CreditsDepleted", base + "credits"),
        403: ("Forbidden", base + "client-forbidden"),
        429: ("Too Many Requests", "about:blank"),
    }
    title, kind = known.get(fault.status, ("Invalid Request", base + "invalid-request"))
    body = _x_problem(fault.status, title, kind)
    if fault.kind == "usage-capped":
        body |= {"title": "UsageCapExceeded", "type": base + "usage-capped"}
        body |= {"period": "Monthly", "scope": "Product", "detail": "Usage cap exceeded: Monthly"}
    answer = json_answer(body, fault.status, ascii_only=False)
    if fault.status != 429 or fault.kind == "usage-capped":  # noqa: PLR2004
        return answer
    reset = int(time.time()) + fault.reset_in
    headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}
    return replace(answer, headers=headers)


def _x_problem(status: int, title: str, kind: str) -> dict[str, object]:
    return {"title": title, "detail": title, "type": kind, "status": status}


def _x_headers(stage: Stage, answer: Answer) -> Mapping[str, str]:
    # The window never runs out by itself: only a planned fault limits the rate.
    usual = {
        "x-rate-limit-limit": str(X_LIMIT),
        "x-rate-limit-remaining": str(X_LIMIT - 1 - len(stage.requests) % (X_LIMIT - 50)),
        "x-rate-limit-reset": str((int(time.time()) // RATE_WINDOW + 1) * RATE_WINDOW),
    }
    return {**usual, **answer.headers}


def _graph(stage: Stage, endpoint: GraphEndpoint) -> Callable[[Request], Response]:
    def handle(request: Request) -> Response:
        answer = _graph_answer(stage, endpoint, request)
        share = len(stage.requests) % 60
        usage = {"call_count": share, "total_time": share // 2, "total_cputime": share // 3}
        headers = {"x-app-usage": json.dumps(usage), **answer.headers}
        return _sent(stage, replace(answer, headers=headers))

    return handle


def _graph_answer(stage: Stage, endpoint: GraphEndpoint, request: Request) -> Answer:
    stage.note_request(request.url.path, request.url.query)
    fault = stage.faults.take(request.url.path)
    if fault is not None:
        return _graph_fault(fault)
    if not _graph_token_fits(stage, request):
        return _graph_refusal(graph_api.GraphError(190, "Invalid OAuth access token."))
    try:
        return json_answer(endpoint(stage, request), ascii_only=True)
    except graph_api.GraphError as error:
        return _graph_refusal(error)


def _graph_refusal(error: graph_api.GraphError, status: int = 400) -> Answer:
    return json_answer(graph_api.error_body(error), status, ascii_only=True)


def _graph_fault(fault: Fault) -> Answer:
    if fault.code is None:
        return html_answer(fault.status)
    error = graph_api.GraphError(fault.code, "The stand-in was told to refuse this request.")
    answer = _graph_refusal(error, fault.status)
    if fault.code not in graph_api.LIMIT_CODES:
        return answer
    wait = {"type": "pages", "call_count": 100, "total_cputime": 40, "total_time": 60}
    wait["estimated_time_to_regain_access"] = -(-fault.reset_in // 60)
    return replace(answer, headers={"x-business-use-case-usage": json.dumps({"0": [wait]})})


def _graph_token_fits(stage: Stage, request: Request) -> bool:
    given = request.query_params.get("access_token")
    header = request.headers.get("authorization", "").removeprefix("Bearer ")
    return stage.facebook_token in {given, header}


def _feed(stage: Stage, request: Request) -> graph_api.Json:
    return graph_api.feed(stage, request.path_params["object_id"], *_asked(request))


def _comments(stage: Stage, request: Request) -> graph_api.Json:
    return graph_api.comments(stage, request.path_params["object_id"], *_asked(request))


def _single(stage: Stage, request: Request) -> graph_api.Json:
    return graph_api.single(stage, request.path_params["object_id"], _asked(request)[0])


def _asked(request: Request) -> tuple[dict[str, str], str]:
    params = {k: v for k, v in request.query_params.items() if k != "access_token"}
    # The real address, as the Graph API gives it: with our own port in it, no two runs would
    # receive the same bytes.
    return params, f"{GRAPH_ADDRESS}{request.url.path}"


def _sent(stage: Stage, answer: Answer) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(answer.body), CHUNK):
            piece = answer.body[start : start + CHUNK]
            yield piece
            stage.note_bytes(len(piece))

    headers = {**answer.headers, "content-length": str(len(answer.body))}
    return StreamingResponse(pieces(), answer.status, headers, answer.media_type)


def _clock(stage: Stage) -> Callable[[Request], object]:
    async def handle(request: Request) -> Response:
        if request.method == "POST":
            try:
                moment = datetime.fromisoformat((await request.json())["now"])
            except (ValueError, KeyError, TypeError):
                return JSONResponse({"error": 'send {"now": "2024-07-08T06:00:00Z"}'}, 400)
            stage.now = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        return JSONResponse({"now": stage.now.strftime("%Y-%m-%dT%H:%M:%SZ")})

    return handle


def _plan_fault(stage: Stage) -> Callable[[Request], object]:
    async def handle(request: Request) -> Response:
        try:
            stage.faults.next(**(await request.json()))
        except (ValueError, TypeError):
            return JSONResponse({"error": 'send {"status": 429, "times": 1}'}, 400)
        return JSONResponse({"waiting": len(stage.faults.waiting)})

    return handle

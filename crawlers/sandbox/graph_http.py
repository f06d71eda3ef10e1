"""The Graph API of the stand-ins over HTTP: routes, token, usage headers, faults."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crawlers.sandbox import graph_api
from crawlers.sandbox.answers import Answer, html_answer, json_answer
from crawlers.sandbox.faults import Fault
from crawlers.sandbox.graph_errors import LIMIT_CODES, GraphError, error_body
from crawlers.sandbox.graph_oddities import made_odd
from crawlers.sandbox.sending import sent
from crawlers.sandbox.stage import Stage

GRAPH_ADDRESS: Final = "https://graph.facebook.com"

# What a planned status means where errors are told apart by code.
CODE_OF_STATUS: Final = {401: 190, 403: 10, 429: 80001}

EDGES: Final[dict[str, graph_api.Answerer]] = {
    "feed": graph_api.feed,
    "posts": graph_api.feed,
    "published_posts": graph_api.feed,
    "comments": graph_api.comments,
}

GraphEndpoint = Callable[[Stage, Request], graph_api.Json]


def graph_routes(stage: Stage) -> list[Route]:
    """All routes of the Graph API, under its version."""
    version = f"/{graph_api.VERSION}"
    return [
        Route(version + "/", _graph(stage, _several(graph_api.single))),
        *(
            Route(f"{version}/{name}", _graph(stage, _several(edge)))
            for name, edge in EDGES.items()
        ),
        *(
            Route(f"{version}/{{object_id}}/{name}", _graph(stage, _one(edge)))
            for name, edge in EDGES.items()
        ),
        Route(version + "/{object_id}", _graph(stage, _one(graph_api.single))),
    ]


def _graph(stage: Stage, endpoint: GraphEndpoint) -> Callable[[Request], object]:
    async def handle(request: Request) -> Response:
        stage.note_request(request.url.path, request.url.query)
        fault = stage.faults.take(request.url.path)
        answer = _answer(stage, endpoint, request, fault)
        headers = {**_usage(stage), **answer.headers}
        return sent(stage, replace(answer, headers=headers), fault)

    return handle


def _answer(stage: Stage, endpoint: GraphEndpoint, request: Request, fault: Fault | None) -> Answer:
    if fault is not None and fault.replaces:
        return _fault_answer(fault)
    if not _token_fits(stage, request):
        return _refusal(GraphError(190))
    try:
        content = endpoint(stage, request)
    except GraphError as error:
        return _refusal(error)
    odd = made_odd(content, fault, str(request.url), stage.facebook_token)
    return json_answer(odd, ascii_only=True)


def _refusal(error: GraphError, status: int = 400) -> Answer:
    return json_answer(error_body(error), status, ascii_only=True)


def _fault_answer(fault: Fault) -> Answer:
    code = fault.code if fault.code is not None else CODE_OF_STATUS.get(fault.status)
    if code is None or fault.kind == "html":
        return html_answer(fault.status)
    # The Graph API has no status of its own for a limit: 400, and the code says it.
    status = fault.status if fault.code is not None else 400
    answer = _refusal(GraphError(code, subcode=fault.subcode), status)
    if code not in LIMIT_CODES:
        return answer
    wait: dict[str, object] = {"type": "pages", "call_count": 100, "total_cputime": 40}
    wait |= {"total_time": 60, "estimated_time_to_regain_access": _minutes(fault.reset_in)}
    return replace(answer, headers={"x-business-use-case-usage": json.dumps({"0": [wait]})})


def _minutes(seconds: int) -> float:
    # Facebook tells whole minutes; below one, a part of it spares the tests the wait.
    whole = -(-seconds // 60)
    return whole if seconds >= 60 else seconds / 60  # noqa: PLR2004


def _token_fits(stage: Stage, request: Request) -> bool:
    given = request.query_params.get("access_token")
    header = request.headers.get("authorization", "").removeprefix("Bearer ")
    return stage.facebook_token in {given, header}


def _one(answer: graph_api.Answerer) -> GraphEndpoint:
    def endpoint(stage: Stage, request: Request) -> graph_api.Json:
        return answer(stage, request.path_params["object_id"], *_asked(request))

    return endpoint


def _several(answer: graph_api.Answerer) -> GraphEndpoint:
    def endpoint(stage: Stage, request: Request) -> graph_api.Json:
        return graph_api.several(stage, answer, *_asked(request))

    return endpoint


def _asked(request: Request) -> tuple[dict[str, str], str]:
    params = {k: v for k, v in request.query_params.items() if k != "access_token"}
    # The real address, as the Graph API gives it: with our own port in it, no two runs would
    # receive the same bytes.
    return params, f"{GRAPH_ADDRESS}{request.url.path}"


def _usage(stage: Stage) -> dict[str, str]:
    """Percent used, as the headers tell it; they grow by themselves until they are set."""
    share = len(stage.requests) % 60 if stage.app_usage is None else stage.app_usage
    usage = {"call_count": share, "total_time": share // 2, "total_cputime": share // 3}
    headers = {"x-app-usage": json.dumps(usage)}
    if stage.business_usage is not None:
        wait = {"type": "pages", "call_count": stage.business_usage}
        wait |= {"total_cputime": stage.business_usage // 2, "total_time": 1}
        wait["estimated_time_to_regain_access"] = stage.minutes_to_regain
        headers["x-business-use-case-usage"] = json.dumps({"0": [wait]})
    return headers

"""The stand-ins over HTTP: both platforms, a media site's feed, and how to steer them."""

from collections.abc import Callable
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crawlers.sandbox.feed_http import feed_routes
from crawlers.sandbox.graph_http import graph_routes
from crawlers.sandbox.stage import Stage
from crawlers.sandbox.x_http import x_routes


def make_app(stage: Stage) -> Starlette:
    """The application that serves one stage."""
    return Starlette(
        routes=[
            Route("/_clock", _clock(stage), methods=["GET", "POST"]),
            Route("/_faults", _plan_fault(stage), methods=["POST", "DELETE"]),
            Route("/_switches", _switch(stage), methods=["POST"]),
            *x_routes(stage),
            *graph_routes(stage),
            *feed_routes(stage),
        ]
    )


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
        if request.method == "DELETE":
            stage.faults.clear()
            return JSONResponse({"waiting": 0})
        try:
            asked = await request.json()
            if "storm" in asked:
                stage.faults.storm(**asked["storm"])
            else:
                stage.faults.next(**asked)
        except (ValueError, TypeError):
            message = 'send {"status": 429, "times": 1} or {"storm": {"seed": 7, "rate": 0.2}}'
            return JSONResponse({"error": message}, 400)
        return JSONResponse({"waiting": len(stage.faults.waiting)})

    return handle


def _switch(stage: Stage) -> Callable[[Request], object]:
    async def handle(request: Request) -> Response:
        try:
            stage.switch(await request.json())
        except (ValueError, TypeError):
            return JSONResponse({"error": 'send {"legacy_only": true}'}, 400)
        return JSONResponse(stage.switched())

    return handle

"""Plain requests to the stand-ins, without any client of ours."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from crawlers.sandbox.testing import Sandbox

Answered = tuple[int, dict[str, str], Any]


def send(request: Request, timeout: float = 10) -> Answered:
    """Status, headers by lower-case name, and the body: JSON where it is JSON."""
    try:
        with urlopen(request, timeout=timeout) as answer:
            return read(answer.status, answer.headers, answer.read())
    except HTTPError as error:
        return read(error.code, error.headers, error.read())


def read(status: int, headers: Any, body: bytes) -> Answered:
    """An answer with its body read."""
    told = {name.lower(): value for name, value in headers.items()}
    is_json = "json" in told.get("content-type", "")
    return status, told, json.loads(body) if is_json else body.decode()


def ask_x(sandbox: Sandbox, path: str, *, token: str | None = None, **params: str) -> Answered:
    """A GET of the X API."""
    request = Request(f"{sandbox.url}{path}?{urlencode(params)}")
    request.add_header("Authorization", f"Bearer {token or sandbox.x_token}")
    return send(request)


def x_pages(
    sandbox: Sandbox, path: str, *, token_name: str = "pagination_token", **params: str
) -> list[Any]:
    """All pages of a list of the X API."""
    pages: list[Any] = []
    token: dict[str, str] = {}
    while True:
        status, _, page = ask_x(sandbox, path, **params, **token)
        assert status == 200, page
        pages.append(page)
        following = page["meta"].get("next_token")
        if following is None:
            return pages
        token = {token_name: following}


def ids_of(pages: list[Any]) -> list[str]:
    """The ids on some pages, in their order."""
    return [one["id"] for page in pages for one in page.get("data", ())]


def ask_graph(sandbox: Sandbox, path: str, **params: str) -> Answered:
    """A GET of the Graph API."""
    request = Request(f"{sandbox.url}/v26.0/{path}?{urlencode(params)}")
    request.add_header("Authorization", f"Bearer {sandbox.facebook_token}")
    return send(request)


def graph_pages(sandbox: Sandbox, path: str, **params: str) -> list[Any]:
    """All pages of a list of the Graph API, by following `next`."""
    _, _, page = ask_graph(sandbox, path, **params)
    pages = [page]
    while (following := pages[-1].get("paging", {}).get("next")) is not None:
        here = following.replace("https://graph.facebook.com", sandbox.url)
        status, _, page = send(Request(here))
        assert status == 200, page
        pages.append(page)
    return pages

"""Right answers of the Graph API made odd: empty pages that go on, repeated cursors."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawlers.sandbox.faults import Fault

GRAPH: tuple[str, str] = ("https", "graph.facebook.com")

Json = dict[str, Any]


def made_odd(content: Json, fault: Fault | None, asked: str) -> Json:
    """The answer with what the fault does to it; only lists can be empty or repeat a cursor.

    The Graph API knows no partial errors, and no times that a wrong clock would refuse.
    """
    kind = None if fault is None else fault.kind
    if kind is None or not isinstance(content.get("data"), list):
        return content
    if kind == "no_data":
        return {"data": []}
    if kind == "empty_page_with_token":
        return {"data": [], "paging": {"next": _again(asked, detours=1)}}
    if kind == "repeat_token":
        return content | {"paging": {**content.get("paging", {}), "next": _again(asked)}}
    return content


def _again(asked: str, detours: int = 0) -> str:
    parts = urlsplit(asked)
    query = dict(parse_qsl(parts.query))
    if detours:
        query["__detour"] = str(int(query.get("__detour", "0")) + detours)
    return urlunsplit((*GRAPH, parts.path, urlencode(query), ""))

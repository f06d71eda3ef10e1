"""Right answers of the Graph API made odd: empty pages that go on, repeated cursors."""

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawlers.sandbox.faults import Fault
from crawlers.sandbox.graph_paging import TIME_TOKEN, once_more

GRAPH: Final = ("https", "graph.facebook.com")

Json = dict[str, Any]


def made_odd(content: Json, fault: Fault | None, asked: str, token: str) -> Json:
    """The answer with what the fault does to it; only lists can be empty or repeat a cursor.

    The Graph API knows no partial errors, and no times that a wrong clock would refuse.
    """
    kind = None if fault is None else fault.kind
    if kind is None or not isinstance(content.get("data"), list):
        return content
    if kind == "no_data":
        return {"data": []}
    place = TIME_TOKEN if _by_time(content, asked) else "after"
    cursor = dict(parse_qsl(urlsplit(asked).query)).get(place, "")
    if kind == "empty_page_with_token":
        return {"data": [], "paging": _paging(asked, token, place, once_more(cursor))}
    if kind == "repeat_token":
        again = cursor or once_more(cursor)
        return content | {"paging": _paging(asked, token, place, again)}
    return content


def _by_time(content: Json, asked: str) -> bool:
    paging = content.get("paging", {})
    return TIME_TOKEN in asked or ("next" in paging and "cursors" not in paging)


def _paging(asked: str, token: str, place: str, cursor: str) -> Json:
    parts = urlsplit(asked)
    query = {**dict(parse_qsl(parts.query)), "access_token": token, place: cursor}
    following = urlunsplit((*GRAPH, parts.path, urlencode(query), ""))
    cursors = {} if place == TIME_TOKEN else {"cursors": {"before": cursor, "after": cursor}}
    return {**cursors, "next": following}

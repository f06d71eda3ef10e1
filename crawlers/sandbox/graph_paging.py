"""Paging of the Graph API: by cursors, or by times with a token beside them."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from crawlers.sandbox.chance import share_of
from crawlers.sandbox.elements import Post
from crawlers.sandbox.graph_errors import GraphError
from crawlers.sandbox.graph_fields import FieldsError
from crawlers.sandbox.stage import Stage

MOST_PAGE, DEFAULT_PAGE = 100, 25
EMPTY_PAGE_SHARE: Final = 0.15
TIME_TOKEN: Final = "__paging_token"  # noqa: S105
_OF_A_PAGE: Final = frozenset({"after", "before", TIME_TOKEN, "__previous"})

Params = Mapping[str, str]
Json = dict[str, Any]


@dataclass(frozen=True)
class Edge:
    """One list to page through, and the address that its `next` leads to."""

    address: str
    items: Sequence[Post]
    write: Callable[[Post], Json]
    by_time: bool = False


def paged(stage: Stage, edge: Edge, params: Params) -> Json:
    """The page of a list that the parameters ask for; absence of `next` is the only end."""
    size = stage.capped(_limit(params))
    first, empty = _position(edge, params.get(TIME_TOKEN) or params.get("after"))
    shown = [] if empty else edge.items[first : first + size]
    try:
        answer: Json = {"data": [edge.write(one) for one in shown]}
    except FieldsError as error:
        raise GraphError(100, str(error)) from error
    last = shown[-1] if shown else edge.items[first - 1] if first else None
    more = first + len(shown) < len(edge.items)
    # Now and then an empty page stands between two full ones, or after the last one.
    key = last.platform_id if last else ""
    detour = bool(shown) and share_of(stage.world.seed, "empty", key) < EMPTY_PAGE_SHARE
    if shown or more:
        goes_on = bool(size) and (more or detour)
        build = _times if edge.by_time else _cursors
        answer["paging"] = build(stage, edge, params, _Place(shown, last, detour, goes_on))
    return answer


@dataclass(frozen=True)
class _Place:
    shown: Sequence[Post]
    last: Post | None
    detour: bool
    goes_on: bool

    @property
    def first_id(self) -> str:
        return self.shown[0].platform_id if self.shown else self.last_id

    @property
    def last_id(self) -> str:
        return self.last.platform_id if self.last else ""


def _cursors(stage: Stage, edge: Edge, params: Params, place: _Place) -> Json:
    after = _cursor(place.last_id, empty=place.detour)
    made: Json = {"cursors": {"before": _cursor(place.first_id), "after": after}}
    if place.goes_on:
        made["next"] = _address(stage, edge, params, {"after": after})
    return made


def _times(stage: Stage, edge: Edge, params: Params, place: _Place) -> Json:
    made: Json = {}
    if place.shown:
        newest = int(place.shown[0].created_at.timestamp())
        back = {"__previous": "1", "since": str(newest), TIME_TOKEN: _cursor(place.first_id)}
        made["previous"] = _address(stage, edge, params, back)
    if place.goes_on and place.last is not None:
        until = str(int(place.last.created_at.timestamp()))
        token = _cursor(place.last_id, empty=place.detour)
        made["next"] = _address(stage, edge, params, {"until": until, TIME_TOKEN: token})
    return made


def _limit(params: Params) -> int:
    text = params.get("limit", str(DEFAULT_PAGE))
    if not text.isdigit() or int(text) > MOST_PAGE:
        raise GraphError(100, f"Param limit must be a number from 0 to {MOST_PAGE}")
    return int(text)


def once_more(cursor: str) -> str:
    """Another cursor that leads to the same place; to the start of a list when there is none."""
    content: Json = _read(cursor) if cursor else {"last": "", "empty": False}
    content["detours"] = content.get("detours", 0) + 1
    return _written(content)


def _cursor(last: str, *, empty: bool = False) -> str:
    return _written({"last": last, "empty": empty})


def _written(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str) -> Json:
    content: Json = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return content


def _position(edge: Edge, cursor: str | None) -> tuple[int, bool]:
    if not cursor:
        return 0, False
    try:
        content = _read(cursor)
        ids = ["", *(one.platform_id for one in edge.items)]
        return ids.index(content["last"]), bool(content["empty"])
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise GraphError(100, "Invalid cursors values") from error


def _address(stage: Stage, edge: Edge, params: Params, changes: dict[str, str]) -> str:
    kept = {name: value for name, value in params.items() if name not in _OF_A_PAGE}
    query = {"access_token": stage.facebook_token} | kept | changes
    return f"{edge.address}?{urlencode(query)}"

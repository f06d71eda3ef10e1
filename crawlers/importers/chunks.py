"""Parts of JSON put together into payloads of a sensible size, parsed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Final

from crawlers.importers.detect import (
    CROWDTANGLE_JSON,
    GRAPH_COMMENTS,
    GRAPH_FEED,
    X_ARCHIVE,
    X_FLAT,
    X_GRAPHQL,
    X_RESPONSE,
    X_V1,
)
from crawlers.importers.json_parts import JsonPart
from crawlers.importers.opening import MIB
from crawlers.parsers.crowdtangle import parse_crowdtangle
from crawlers.parsers.facebook import parse_graph_comments, parse_graph_feed
from crawlers.parsers.fields import as_dict, as_moment
from crawlers.parsers.items import ParsedPage, RejectedRecord, UnreadablePayload
from crawlers.parsers.records import joined
from crawlers.parsers.x import parse_x_flat, parse_x_response
from crawlers.parsers.x_archive import parse_x_archive
from crawlers.parsers.x_graphql import captured_at, parse_x_graphql
from crawlers.parsers.x_v1 import parse_x_v1

PARSERS: Final[dict[str, Callable[[object], ParsedPage]]] = {
    X_RESPONSE: parse_x_response,
    X_FLAT: parse_x_flat,
    X_GRAPHQL: parse_x_graphql,
    X_V1: parse_x_v1,
    X_ARCHIVE: parse_x_archive,
    CROWDTANGLE_JSON: parse_crowdtangle,
    GRAPH_FEED: lambda value: parse_graph_feed(value, page_id=None),
    GRAPH_COMMENTS: lambda value: parse_graph_comments(value, post_id=None, page_id=None),
}
FACEBOOK: Final = {GRAPH_FEED, GRAPH_COMMENTS, CROWDTANGLE_JSON}
# Counts of posts whose lines were fetched within so short a time are of one moment.
ONE_MOMENT: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class Chunk:
    """One payload of a file with what it held; `retrieved_at` if the file says when."""

    body: bytes
    platform: str
    parsed: ParsedPage
    retrieved_at: datetime | None = None


@dataclass
class Gathering:
    """Parts on their way into one payload: of one platform and one moment, and not too many."""

    most_parts: ClassVar[int] = 250
    most_bytes: ClassVar[int] = MIB
    most_records: ClassVar[int] = 500

    moment: datetime | None = None  # that of every part, when it is known from elsewhere
    _bodies: list[bytes] = field(default_factory=list)
    _pages: list[ParsedPage] = field(default_factory=list)
    _kind: str = ""
    _platform: str = ""
    _retrieved_at: datetime | None = None
    _bytes: int = 0
    _records: int = 0

    def add(self, part: JsonPart, format: str) -> Iterator[Chunk]:
        """Take one part in; gives the chunk that is full, if one is."""
        platform = "facebook" if format in FACEBOOK else "x"
        retrieved_at = self.moment or _retrieved_at(part.value)
        # A broken line tells neither platform nor time: it stays with its neighbours.
        if self._bodies and part.problem is None and not self._fits(platform, retrieved_at):
            yield self._chunk()
        if not self._bodies:
            self._kind, self._platform, self._retrieved_at = part.kind, platform, retrieved_at
        page = _parse(part, format)
        self._bodies.append(part.body)
        self._pages.append(page)
        self._bytes += len(part.body)
        self._records += len(page.posts) + len(page.rejected)
        if self._is_full():
            yield self._chunk()

    def rest(self) -> Iterator[Chunk]:
        """The last chunk, if anything is left for it."""
        if self._bodies:
            yield self._chunk()

    def _fits(self, platform: str, retrieved_at: datetime | None) -> bool:
        if platform != self._platform:
            return False
        if retrieved_at is None or self._retrieved_at is None:
            return retrieved_at is self._retrieved_at
        return abs(retrieved_at - self._retrieved_at) <= ONE_MOMENT

    def _is_full(self) -> bool:
        return (
            len(self._bodies) >= self.most_parts
            or self._bytes >= self.most_bytes
            or self._records >= self.most_records
        )

    def _chunk(self) -> Chunk:
        if self._kind == "element":
            body, name, first = b"[" + b",\n".join(self._bodies) + b"]", "[{}]", 0
        else:
            body, name, first = b"\n".join(self._bodies), "line {}", 1
        alone = self._kind == "whole" and len(self._pages) == 1
        parsed = self._pages[0] if alone else joined(self._pages, name=name, first=first)
        made = Chunk(body, self._platform, parsed, self._retrieved_at)
        self._bodies, self._pages, self._bytes, self._records = [], [], 0, 0
        return made


def parse_part(value: object, format: str) -> ParsedPage:
    """The page that one JSON value is. Raises UnreadablePayload."""
    if isinstance(value, list):
        pages = [_parse_element(element, format) for element in value]
        if not any(pages):
            raise UnreadablePayload("nothing in the array is of a known shape")
        return joined(page or _unknown_element() for page in pages)
    if format not in PARSERS:
        raise UnreadablePayload("of no known shape")
    return PARSERS[format](value)


def _parse(part: JsonPart, format: str) -> ParsedPage:
    if part.problem is not None:
        return _refused("malformed_json", part.problem)
    try:
        return parse_part(part.value, format)
    except UnreadablePayload as error:
        return _refused("unknown_shape", str(error))


def _parse_element(element: object, format: str) -> ParsedPage | None:
    if isinstance(element, list):
        return None
    try:
        return parse_part(element, format)
    except UnreadablePayload:
        return None


def _unknown_element() -> ParsedPage:
    return ParsedPage(rejected=(RejectedRecord("unknown_shape", "", "of no known shape"),))


def _refused(reason: str, detail: str) -> ParsedPage:
    return ParsedPage(rejected=(RejectedRecord(reason, "", detail),))


def _retrieved_at(value: object) -> datetime | None:
    first = as_dict(value[0] if isinstance(value, list) and value else value)
    if (told := first.get("__twarc")) is not None:
        return as_moment(as_dict(told).get("retrieved_at"))
    return captured_at(first)

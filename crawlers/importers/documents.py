"""What a file holds, recognised and parsed: one document per payload that will be stored."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from config.errors import InputError
from crawlers.importers.column_maps import load_column_map, map_beside
from crawlers.importers.detect import (
    GENERIC_CSV,
    GRAPH_COMMENTS,
    GRAPH_FEED,
    X_FLAT,
    X_RESPONSE,
    recognise,
)
from crawlers.importers.readers import (
    STDIN,
    JsonPart,
    Table,
    as_utf8,
    json_parts,
    read_table,
)
from crawlers.parsers.facebook import parse_graph_comments, parse_graph_feed
from crawlers.parsers.fields import as_dict, as_moment
from crawlers.parsers.generic_csv import SPARE, ColumnMap, detect_columns, parse_rows
from crawlers.parsers.items import ParsedPage, RejectedRecord, UnreadablePayload
from crawlers.parsers.records import joined
from crawlers.parsers.x import parse_x_flat, parse_x_response

AUTO: Final = "auto"
MIXED: Final = "mixed"  # platform of a table that holds posts of several
PLATFORM_OF: Final = {
    X_RESPONSE: "x",
    X_FLAT: "x",
    GRAPH_FEED: "facebook",
    GRAPH_COMMENTS: "facebook",
}
NO_FORMAT: Final = (
    "no known format; Vigie reads X API v2 responses and flattened posts, Graph API feeds and "
    "comments, and CSV with the columns id, created_at, text and platform or with a column map"
)


@dataclass(frozen=True)
class ParsedDocument:
    """One payload of a file with what it held; `retrieved_at` if the file says when."""

    body: bytes
    platform: str
    parsed: ParsedPage
    retrieved_at: datetime | None = None


@dataclass(frozen=True)
class Recognised:
    """A file of a known format and its documents, parsed as they are asked for."""

    format: str
    documents: Iterable[ParsedDocument]


def recognise_body(
    body: bytes, path: str | Path, *, format: str, column_map: ColumnMap | None
) -> Recognised:
    """The documents of a file. Raises InputError when it is of no known or the asked format."""
    text = as_utf8(body)
    parts = json_parts(body) if format != GENERIC_CSV else None
    if parts is not None:
        return _recognise_json(parts, format)
    table = read_table(text) if format in {AUTO, GENERIC_CSV} else None
    if table is None:
        raise InputError(NO_FORMAT if format == AUTO else f"is no {format} file")
    columns = column_map or _map_beside(path) or detect_columns(table.headers)
    if columns is None:
        raise InputError(NO_FORMAT)
    _check_headers(table, columns)
    return Recognised(GENERIC_CSV, [_read_rows(body, table, columns)])


def _recognise_json(parts: list[JsonPart], asked: str) -> Recognised:
    first = next((found for part in parts if (found := recognise(part.value))), None)
    main = first if asked == AUTO else asked
    if main is None:
        raise InputError(NO_FORMAT)
    if asked != AUTO and not any(_is_readable(part, main) for part in parts):
        raise InputError(f"is no {asked} file")
    return Recognised(main, _parsed(parts, main, fixed=asked != AUTO))


def _is_readable(part: JsonPart, format: str) -> bool:
    try:
        _parse(part.value, format)
    except UnreadablePayload:
        return False
    return True


def _parsed(parts: list[JsonPart], main: str, *, fixed: bool) -> Iterator[ParsedDocument]:
    """Each line by its own shape, since raw and flattened lines stand in one file at times."""
    for part in parts:
        format = main if fixed else recognise(part.value) or main
        yield ParsedDocument(
            body=part.body,
            platform=PLATFORM_OF[format],
            parsed=_parse_part(part, format),
            retrieved_at=_retrieved_at(part.value),
        )


def _parse_part(part: JsonPart, format: str) -> ParsedPage:
    if part.problem is not None:
        return _refused("malformed_json", part, part.problem)
    try:
        return _parse(part.value, format)
    except UnreadablePayload as error:
        return _refused("unknown_shape", part, str(error))


def _parse(value: object, format: str) -> ParsedPage:
    if isinstance(value, list):
        pages = [_parse_element(element, format) for element in value]
        if not any(pages):
            raise UnreadablePayload("nothing in the array is of a known shape")
        return joined(page or _unknown_element() for page in pages)
    if format == X_RESPONSE:
        return parse_x_response(value)
    if format == X_FLAT:
        return parse_x_flat(value)
    if format == GRAPH_COMMENTS:
        return parse_graph_comments(value, post_id=None, page_id=None)
    return parse_graph_feed(value, page_id=None)


def _parse_element(element: object, format: str) -> ParsedPage | None:
    if isinstance(element, list):
        return None
    try:
        return _parse(element, format)
    except UnreadablePayload:
        return None


def _unknown_element() -> ParsedPage:
    return ParsedPage(rejected=(RejectedRecord("unknown_shape", "", "of no known shape"),))


def _refused(reason: str, part: JsonPart, detail: str) -> ParsedPage:
    return ParsedPage(rejected=(RejectedRecord(reason, part.place or "file", detail),))


def _retrieved_at(value: object) -> datetime | None:
    first = value[0] if isinstance(value, list) and value else value
    return as_moment(as_dict(as_dict(first).get("__twarc")).get("retrieved_at"))


def _map_beside(path: str | Path) -> ColumnMap | None:
    beside = None if str(path) == STDIN else map_beside(Path(path))
    return load_column_map(beside) if beside else None


def _check_headers(table: Table, columns: ColumnMap) -> None:
    for name, header in columns.columns().items():
        times = table.headers.count(header)
        if times != 1:
            what = "is there twice" if times else "is not in the header"
            raise InputError(f"the column {header!r} (for {name}) {what}; correct the column map")


def _read_rows(body: bytes, table: Table, columns: ColumnMap) -> ParsedDocument:
    parsed = parse_rows(table.rows(SPARE), columns)
    platforms = {item.platform for item in parsed.posts}
    only = columns.platform_name or (platforms.pop() if len(platforms) == 1 else MIXED)
    return ParsedDocument(body=body, platform=only, parsed=parsed)

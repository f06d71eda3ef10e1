"""What a file holds, recognised and parsed: a stream of chunks, each a payload to be stored.

A chunk is a few hundred lines, rows or elements as they stand in the file, or a whole document.
It can be read again by the same code, so that what could not be mapped is mapped later without
the file.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, tzinfo
from itertools import chain, islice
from pathlib import Path
from typing import IO, Final

from config.errors import InputError
from crawlers.importers.advice import NO_FORMAT, UnknownColumnsError, check_headers, column_advice
from crawlers.importers.cassettes import answers, begins_as_cassette, read_yaml_cassette
from crawlers.importers.chunks import Chunk, Gathering, parse_part
from crawlers.importers.column_maps import load_column_map, map_beside
from crawlers.importers.detect import (
    CASSETTE,
    GENERIC_CSV,
    JSON_FORMATS,
    TABLES,
    recognise,
)
from crawlers.importers.json_parts import JsonPart, json_parts
from crawlers.importers.opening import DEFAULT_LIMITS, MIB, Limits, Member
from crawlers.importers.scanning import Scan, utf8_stream
from crawlers.importers.table_reading import RowsOfTable, Table, find_table
from crawlers.importers.workbooks import sheets
from crawlers.parsers.generic_csv import ColumnMap, parse_rows
from crawlers.parsers.items import ParsedPage, UnreadablePayload
from crawlers.parsers.reading import load_json
from crawlers.parsers.tables import TableContext, parse_table

AUTO: Final = "auto"
MIXED: Final = "mixed"  # platform of a table that holds posts of several
# How far into a file its format is looked for.
PROBE_PARTS: Final = 200
PROBE_BYTES: Final = 4096


@dataclass(frozen=True)
class Reading:
    """How files are to be read: the asked format, the map of columns, limits, a default zone."""

    format: str = AUTO
    columns: ColumnMap | None = None
    limits: Limits = DEFAULT_LIMITS
    zone: tzinfo = UTC


@dataclass(frozen=True)
class Recognised:
    """A file of a known format and its chunks, parsed as they are asked for."""

    format: str
    chunks: Iterator[Chunk]
    columns: ColumnMap | None = None


def recognise_member(member: Member, scan: Scan, reading: Reading, opened: ExitStack) -> Recognised:
    """The chunks of a file. Raises InputError when it is of no known or of another format.

    What is opened to read them is closed with `opened`.
    """
    beside = _map_beside(member.path) if reading.columns is None else None
    if member.is_workbook:
        return _recognise_workbook(member, beside, reading, opened)
    return _recognise_file(
        lambda: opened.enter_context(utf8_stream(member, scan)),
        scan.size,
        member.name,
        beside,
        reading,
    )


def recognise_body(body: bytes, reading: Reading) -> Recognised:
    """The chunks of a stored payload, read as a file is."""
    return _recognise_file(lambda: io.BytesIO(body), len(body), "payload", None, reading)


def _recognise_file(
    opened: Callable[[], IO[bytes]],
    size: int,
    name: str,
    beside: ColumnMap | None,
    reading: Reading,
) -> Recognised:
    if reading.format not in (*TABLES, GENERIC_CSV):
        parts = json_parts(opened(), size, reading.limits)
        if parts is not None:
            return _recognise_json(parts, reading.format)
    cassette = _yaml_cassette(opened, reading)
    if cassette is not None:
        return cassette
    if reading.format in JSON_FORMATS:
        raise InputError(f"is no {reading.format} file")
    return _recognise_lines(_text_lines(opened(), reading.limits), name, beside, reading)


def _text_lines(file: IO[bytes], limits: Limits) -> Iterator[str]:
    while line := file.readline(limits.line):
        if len(line) >= limits.line and not line.endswith(b"\n"):
            raise InputError(f"a line is longer than {limits.line // MIB} MiB")
        text = line.decode("utf-8", "replace")
        if "\r" in text[:-2]:
            # Lines may also end as on the first Macintosh; inside a cell they are put back.
            yield from io.StringIO(text, newline="")
        else:
            yield text


# --- JSON --------------------------------------------------------------------------------------


def _recognise_json(parts: Iterator[JsonPart], asked: str) -> Recognised:
    probe = _probed(parts, asked)
    first = next((found for part in probe if (found := recognise(part.value))), None)
    main = first if asked == AUTO else asked
    if main is None:
        problem = next((part.problem for part in probe if part.problem), None)
        unread = all(part.problem for part in probe)
        raise InputError(f"is not JSON ({problem})" if unread and problem else NO_FORMAT)
    if asked != AUTO and not any(_is_readable(part, main) for part in probe):
        raise InputError(f"is no {asked} file")
    every = chain(_taken(probe), parts)
    if main == CASSETTE:
        return Recognised(CASSETTE, _cassette_chunks(part.value for part in every))
    return Recognised(main, _chunks_of(every, main, fixed=asked != AUTO))


def _probed(parts: Iterator[JsonPart], asked: str) -> list[JsonPart]:
    """The first parts: few when they are large, since their values are all held at once."""
    probe: list[JsonPart] = []
    size, known = 0, False
    for part in islice(parts, PROBE_PARTS):
        probe.append(part)
        size += len(part.body)
        known = known or (
            recognise(part.value) is not None if asked == AUTO else _is_readable(part, asked)
        )
        if known and size >= MIB:
            break
    return probe


def _taken(probe: list[JsonPart]) -> Iterator[JsonPart]:
    """The parts, each let go of as it is taken."""
    probe.reverse()
    while probe:
        yield probe.pop()


def _is_readable(part: JsonPart, format: str) -> bool:
    if format == CASSETTE:
        return recognise(part.value) == CASSETTE
    try:
        parse_part(part.value, format)
    except UnreadablePayload:
        return False
    return True


def _chunks_of(parts: Iterable[JsonPart], main: str, *, fixed: bool) -> Iterator[Chunk]:
    """Each line by its own shape, since raw and flattened lines stand in one file at times."""
    gathering = Gathering()
    for part in parts:
        format = main if fixed else recognise(part.value) or main
        yield from gathering.add(part, format)
    yield from gathering.rest()


def _yaml_cassette(opened: Callable[[], IO[bytes]], reading: Reading) -> Recognised | None:
    if reading.format not in {AUTO, CASSETTE}:
        return None
    with opened() as file:
        head = file.read(PROBE_BYTES)
        if not begins_as_cassette(head):
            return None
        cassette = read_yaml_cassette(head, file, reading.limits)
    return None if cassette is None else Recognised(CASSETTE, _cassette_chunks([cassette]))


def _cassette_chunks(cassettes: Iterable[object]) -> Iterator[Chunk]:
    for cassette in cassettes:
        for body, moment in answers(cassette if isinstance(cassette, dict) else {}):
            try:
                part = JsonPart(body, "whole", load_json(body))
            except (ValueError, RecursionError):
                part = JsonPart(body, "whole", problem="the recorded answer is no JSON")
            format = recognise(part.value)
            gathering = Gathering(moment)
            yield from gathering.add(part, format or CASSETTE)
            yield from gathering.rest()


# --- tables ------------------------------------------------------------------------------------


def _recognise_workbook(
    member: Member, beside: ColumnMap | None, reading: Reading, opened: ExitStack
) -> Recognised:
    if reading.format in JSON_FORMATS:
        raise InputError(f"is no {reading.format} file")
    problem: InputError | None = None
    for lines in sheets(opened.enter_context(member.open()), opened):
        try:
            return _recognise_lines(lines, member.name, beside, reading)
        except InputError as error:
            problem = problem or error
    raise problem or InputError("is a workbook without a sheet")


def _recognise_lines(
    lines: Iterator[str], name: str, beside: ColumnMap | None, reading: Reading
) -> Recognised:
    asked = reading.format
    columns = (reading.columns or beside) if asked in {AUTO, GENERIC_CSV} else None
    wanted = TABLES.get(asked)
    table = find_table(lines, wanted, columns)
    if table is None:
        raise InputError(NO_FORMAT if asked == AUTO else f"is no {asked} file")
    if columns is not None:
        check_headers(table.headers, columns)
    if table.format is not None and asked != GENERIC_CSV:
        return Recognised(table.format.name, _table_chunks(table, reading))
    if table.columns is not None:
        check_headers(table.headers, table.columns)
        return Recognised(GENERIC_CSV, _table_chunks(table, reading), columns)
    if wanted is not None:
        raise InputError(f"is no {asked} file")
    raise UnknownColumnsError(*column_advice(table.headers, Path(name)))


def _table_chunks(table: Table, reading: Reading) -> Iterator[Chunk]:
    rows = RowsOfTable(table)
    stream = iter(rows)
    while batch := [*islice(stream, Gathering.most_parts)]:
        parsed = _parse_rows([row for row, _ in batch], table, reading)
        body = "".join([rows.head, *(text for _, text in batch)]).encode("utf-8", "replace")
        yield Chunk(body, _platform(table, parsed), parsed)


def _parse_rows(rows: list[dict[str, str | None]], table: Table, reading: Reading) -> ParsedPage:
    if table.format is not None:
        return parse_table(table.format, rows, TableContext(table.preamble, reading.zone))
    assert table.columns is not None
    return parse_rows(rows, table.columns)


def _platform(table: Table, parsed: ParsedPage) -> str:
    if table.format is not None and table.format.platform != MIXED:
        return table.format.platform
    if table.columns is not None and table.columns.platform_name:
        return table.columns.platform_name
    platforms = {item.platform for item in parsed.posts}
    return platforms.pop() if len(platforms) == 1 else MIXED


def _map_beside(path: Path | None) -> ColumnMap | None:
    beside = map_beside(path) if path is not None else None
    return load_column_map(beside) if beside else None

"""Tables: finding the header row, then rows with the very text they were read from."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final

from config.errors import InputError
from crawlers.importers.detect import TABLES
from crawlers.importers.opening import MIB
from crawlers.parsers.generic_csv import ColumnMap, detect_columns
from crawlers.parsers.tables import SPARE, TableFormat

DELIMITERS: Final = ",;\t|"
MAX_CELL: Final = 16 * MIB
HEADER_ROWS: Final = 20
# Lines looked at for a header: rows above it may hold line breaks.
HEAD_LINES: Final = 60
# The line by which Excel is told the delimiter.
SEPARATOR_LINE: Final = re.compile(r"""sep=([^"'\w \r\n])[ ;,\t]*\r?(?:\n|$)""", re.IGNORECASE)

Row = dict[str, str | None]


@dataclass(frozen=True)
class Table:
    """A table whose header row has been found; `lines` begins with the first line of the file."""

    headers: tuple[str, ...]
    delimiter: str
    above: int  # rows above the header
    lines: Iterator[str]
    format: TableFormat | None = None
    columns: ColumnMap | None = None
    preamble: tuple[tuple[str, ...], ...] = ()


@dataclass
class RowsOfTable:
    """The rows of a table, each with the text it was read from; `head` is all up to the header."""

    table: Table
    head: str = ""
    _taken: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[Row, str]]:
        """Rows and their text. Raises InputError at a row that is no CSV."""
        csv.field_size_limit(MAX_CELL)
        reader = csv.reader(self._recorded(), delimiter=self.table.delimiter, strict=True)
        begun = 0
        try:
            for number, cells in enumerate(reader):
                begun = reader.line_num
                if number < self.table.above + 1:
                    self.head += self._text()
                    continue
                text = self._text()
                if cells:
                    yield _row(self.table.headers, cells), text
        except csv.Error as error:
            raise InputError(
                f"is not valid CSV in the row of line {begun + 1} ({error}); "
                "check its quotation marks"
            ) from error

    def _recorded(self) -> Iterator[str]:
        for line in self.table.lines:
            self._taken.append(line)
            yield line

    def _text(self) -> str:
        text = "".join(self._taken)
        self._taken.clear()
        return text


def find_table(
    lines: Iterable[str], wanted: TableFormat | None, columns: ColumnMap | None
) -> Table | None:
    """The table in a text; its `format` or `columns` is None when no header is known.

    None when no line of its beginning has a second column.
    """
    stream = iter(lines)
    head = list(islice(stream, HEAD_LINES))
    told = SEPARATOR_LINE.match(next(filter(str.strip, head), ""))
    whole = chain(head, stream)
    for delimiter in _delimiters(head, told[1] if told else None):
        rows = _head_rows(head, delimiter)
        found = _known(rows, delimiter, whole, wanted, columns)
        if found is not None:
            return found
    return _unknown(head, told[1] if told else None, whole)


def _delimiters(head: Sequence[str], told: str | None) -> list[str]:
    if told is not None:
        return [told]
    text = "".join(head[:HEADER_ROWS])
    return sorted((d for d in DELIMITERS if d in text), key=text.count, reverse=True)


def _head_rows(head: Sequence[str], delimiter: str) -> list[list[str]]:
    csv.field_size_limit(MAX_CELL)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(iter(head), delimiter=delimiter, strict=False):
            rows.append([cell.strip() for cell in row])
    except csv.Error:
        pass
    return rows[: HEADER_ROWS + 1]


def _known(
    rows: list[list[str]],
    delimiter: str,
    lines: Iterator[str],
    wanted: TableFormat | None,
    columns: ColumnMap | None,
) -> Table | None:
    for above, headers in enumerate(rows):
        format, generic = _reader_of(headers, wanted, columns)
        if format is not None or generic is not None:
            preamble = tuple(map(tuple, rows[:above]))
            return Table(tuple(headers), delimiter, above, lines, format, generic, preamble)
    return None


def _reader_of(
    headers: Sequence[str], wanted: TableFormat | None, columns: ColumnMap | None
) -> tuple[TableFormat | None, ColumnMap | None]:
    """The export or the map that a row is the header of."""
    if columns is not None:
        return None, columns if {*columns.columns().values()} <= {*headers} else None
    tables = [wanted] if wanted else [*TABLES.values()]
    format = next((table for table in tables if table.matches(headers)), None)
    return format, None if format or wanted else detect_columns(headers)


def _unknown(head: Sequence[str], told: str | None, lines: Iterator[str]) -> Table | None:
    """The first row as a header that nobody knows."""
    first = next((number for number, line in enumerate(head) if line.strip()), None)
    if first is None:
        return None
    if told is not None:
        first += 1
    line = head[first] if first < len(head) else ""
    delimiter = told or max(DELIMITERS, key=line.count)
    if line.count(delimiter) == 0:
        return None
    rows = _head_rows(head[first:], delimiter)
    return Table(tuple(rows[0]), delimiter, first, lines) if rows else None


def _row(headers: Sequence[str], cells: Sequence[str]) -> Row:
    """A row by header; of columns that share a name the first counts."""
    row: Row = dict(zip(headers, cells, strict=False))
    if len(row) < len(headers):
        row = dict.fromkeys(headers)
        pairs = [*zip(headers, cells, strict=False)]
        row.update(reversed(pairs))
    # A delimiter at the end of each line is no cell.
    if any(cell.strip() for cell in cells[len(headers) :]):
        row[SPARE] = ""
    return row

"""Reading CSV configuration so that every mistake is told with its file and line."""

import csv
import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.errors import ConfigError
from config.loading import EMPTY_ADVICE, Value, nearest, read_text


@dataclass(frozen=True)
class Row:
    """One record of a CSV file."""

    path: Path
    line: int
    cells: Mapping[str, str]

    def value(self, column: str) -> Value:
        """A cell that may not be empty."""
        value = self.optional(column)
        if value is None:
            raise ConfigError(self.path, self.line, f"{column} is empty", "fill it in")
        return value

    def optional(self, column: str) -> Value | None:
        """A cell, or None when it is empty."""
        text = self.cells[column].strip()
        return Value(text, self.path, self.line, column) if text else None

    def text(self, column: str) -> str:
        """The text of a cell that may not be empty."""
        return self.value(column).text

    def parts(self, column: str) -> tuple[str, ...]:
        """The `|`-separated texts of a cell; none when it is empty."""
        value = self.optional(column)
        return () if value is None else value.parts()


def read_csv(path: Path, columns: Collection[str]) -> tuple[Row, ...]:
    """The records of a CSV file that has exactly these columns, in any order, and at least one."""
    records = _records(path, read_text(path))
    if not records:
        raise ConfigError(path, 1, "the file is empty", EMPTY_ADVICE)
    line, header = records[0]
    _check_columns(path, line, header, columns)
    rows = tuple(_row(path, line, header, cells) for line, cells in records[1:])
    if not rows:
        raise ConfigError(path, line, "there is no record below the header", "add at least one")
    return rows


def _records(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """Records that are not blank, each with the line it begins at."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records = []
    # line_num is where a record ends; one with a line break in a cell begins further up.
    begin = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                records.append((begin, cells))
            begin = reader.line_num + 1
    except csv.Error as error:
        advice = "close the quotes, or double them inside a cell"
        raise ConfigError(path, begin, f"not valid CSV ({error})", advice) from error
    return records


def _check_columns(path: Path, line: int, header: list[str], columns: Collection[str]) -> None:
    for name in header:
        if name not in columns:
            raise ConfigError(path, line, f"unknown column {name!r}", nearest(name, columns))
        if header.count(name) > 1:
            raise ConfigError(path, line, f"column {name} is there twice", "keep one of the two")
    for name in columns:
        if name not in header:
            raise ConfigError(path, line, f"column {name} is missing", "add it to the header")


def _row(path: Path, line: int, header: list[str], cells: list[str]) -> Row:
    if len(cells) != len(header):
        raise ConfigError(
            path,
            line,
            f"{len(cells)} cells where the header has {len(header)}",
            "put a cell that holds a comma in double quotes",
        )
    return Row(path, line, dict(zip(header, cells, strict=True)))

"""Files to parsed documents: bytes, text, JSON or rows, before anything is stored."""

import csv
import gzip
import io
import json
import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.errors import InputError

STDIN: Final = "-"
GZIP_MAGIC: Final = b"\x1f\x8b"
UTF8_BOM: Final = b"\xef\xbb\xbf"
# Files that are no text, by their first bytes.
BINARY: Final = {
    b"PK\x03\x04": "a ZIP or Excel file",
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite database",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"\x28\xb5\x2f\xfd": "a Zstandard file",
}
UTF16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS: Final = ",;\t|"
MAX_CELL: Final = 16 * 2**20
# The line by which Excel is told the delimiter.
SEPARATOR_LINE: Final = re.compile(r"""sep=([^"'\w \r\n])[ ;,\t]*\r?(?:\n|$)""", re.IGNORECASE)


@dataclass(frozen=True)
class JsonPart:
    """One JSON value of a file as it stands there: the whole file, or one line of it."""

    body: bytes
    place: str  # "line 3", or "" for the whole file
    value: object = None
    problem: str | None = None  # why it is no JSON


@dataclass(frozen=True)
class Table:
    """A CSV file: its headers, and its text from them on; `skipped` lines stand before it."""

    headers: tuple[str, ...]
    delimiter: str
    text: str
    skipped: int = 0

    def rows(self, spare: str) -> list[dict[str, str | None]]:
        """The records; cells beyond the header are kept under `spare`. Raises InputError."""
        reader = csv.DictReader(
            io.StringIO(self.text, newline=""),
            fieldnames=self.headers,
            delimiter=self.delimiter,
            restkey=spare,
            strict=True,
        )
        rows: list[dict[str, str | None]] = []
        begun = 0
        try:
            next(reader.reader)
            begun = reader.reader.line_num
            for row in reader:
                rows.append(row)
                begun = reader.reader.line_num
        except csv.Error as error:
            raise InputError(
                f"is not valid CSV in the row of line {self.skipped + begun + 1} ({error}); "
                "check its quotation marks"
            ) from error
        for row in rows:
            # A delimiter at the end of each line is no cell.
            if not any(cell.strip() for cell in row.get(spare) or ()):
                row.pop(spare, None)
        return rows


def read_body(path: str | Path) -> bytes:
    """The bytes of a file or of stdin (`-`), decompressed. Raises InputError."""
    try:
        body = sys.stdin.buffer.read() if str(path) == STDIN else Path(path).read_bytes()
    except IsADirectoryError as error:
        raise InputError("is a folder without any file to import") from error
    except OSError as error:
        what = "is a link that leads nowhere" if Path(path).is_symlink() else "cannot be read"
        raise InputError(f"{what} ({error.strerror})") from error
    if body.startswith(GZIP_MAGIC):
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError("the gzip data is cut or damaged; fetch the file again") from error
    elif str(path).endswith(".gz"):
        raise InputError("ends in .gz but holds no gzip data")
    if not body.strip():
        raise InputError("is empty")
    return body


def as_utf8(body: bytes) -> str:
    """The text without byte order mark. Raises InputError naming what the bytes seem to be."""
    for magic, name in BINARY.items():
        if body.startswith(magic):
            raise InputError(f"is {name}; export it as JSON or CSV")
    if body.startswith(UTF16_BOMS):
        raise InputError("is UTF-16 text; save it as UTF-8")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"is not UTF-8 (byte 0x{body[error.start]:02x} in line {line}, perhaps Windows-1252); "
            "save it as UTF-8"
        ) from error


def json_parts(body: bytes) -> list[JsonPart] | None:
    """The JSON of a file, whole or line by line; None when it is neither begun nor meant as JSON.

    In a file of lines one that is no JSON is given with its problem. Raises InputError when the
    file begins as JSON and nothing of it can be read.
    """
    body = body.removeprefix(UTF8_BOM)
    if not body.lstrip().startswith((b"{", b"[")):
        return None
    whole = _json_part(body, "")
    if whole.problem is None:
        return [whole]
    # Not splitlines: U+2028 may stand inside a JSON string.
    lines = [
        _json_part(line.strip(), f"line {number}", indented=line[:1] in b" \t")
        for number, line in enumerate(body.split(b"\n"), start=1)
        if line.strip()
    ]
    if any(part.problem is None for part in lines):
        return lines
    raise InputError(f"is not JSON ({whole.problem})")


def read_table(text: str) -> Table | None:
    """The headers of a CSV text; None when its first line has no second column."""
    whole, text = text, text.lstrip("\r\n")
    told = SEPARATOR_LINE.match(text)
    if told:
        text = text[told.end() :].lstrip("\r\n")
    first_line = text.partition("\n")[0]
    delimiter = told[1] if told else max(DELIMITERS, key=first_line.count)
    if first_line.count(delimiter) == 0:
        return None
    csv.field_size_limit(MAX_CELL)
    try:
        headers = next(_records(text, delimiter), [])
    except csv.Error:
        return None
    skipped = whole.count("\n", 0, len(whole) - len(text))
    return Table(tuple(header.strip() for header in headers), delimiter, text, skipped)


def _records(text: str, delimiter: str) -> Iterator[Sequence[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _json_part(body: bytes, place: str, *, indented: bool = False) -> JsonPart:
    try:
        value = json.loads(body)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, " if not place else ""
        return JsonPart(body, place, problem=f"{where}column {error.colno}: {error.msg}")
    except (ValueError, RecursionError) as error:
        return JsonPart(body, place, problem=f"{type(error).__name__}: too deep or too long")
    # An indented object is a piece of a broken document, not a line of its own.
    if place and (indented or not isinstance(value, dict | list)):
        return JsonPart(body, place, problem="not a JSON object")
    return JsonPart(body, place, value)

"""Sheets of an Excel workbook as lines of CSV, with the addresses behind their cells.

Numbers of more than 15 digits have lost digits inside Excel itself; they are written so that
they are refused as ids.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date, datetime, time
from html import unescape
from typing import IO, Any, Final

import openpyxl
from openpyxl.utils import column_index_from_string

from config.errors import InputError

# Excel keeps 15 significant digits.
EXACT: Final = 10**15
LINK: Final = re.compile(rb"<hyperlink ([^>]*)>")
TARGET: Final = re.compile(rb"<Relationship ([^>]*)>")
ATTRIBUTE: Final = re.compile(rb'([\w:]+)="([^"]*)"')
REFERENCE: Final = re.compile(r"([A-Z]{1,3})(\d+)")
BEHIND: Final = "behind "
Links = dict[int, dict[int, str]]  # target by column (from 0) by row (from 1)


def sheets(file: IO[bytes], opened: ExitStack) -> Iterator[Iterator[str]]:
    """The lines of each sheet of a workbook. Raises InputError when it cannot be read."""
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    # openpyxl lets through whatever its parsers raise.
    except Exception as error:
        raise InputError(
            f"the workbook cannot be read ({type(error).__name__}); save it again or export CSV"
        ) from error
    opened.callback(book.close)
    for sheet in book.worksheets:
        yield _lines(sheet, _links(file, sheet))


def _lines(sheet: Any, links: Links) -> Iterator[str]:
    behind = sorted({column for row in links.values() for column in row})
    try:
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            cells = [_written(value) for value in row]
            told = links.get(number, {})
            cells += [told.get(column) or _label(cells, column) for column in behind]
            yield from _csv_lines(cells)
    except Exception as error:
        raise InputError(
            f"the sheet cannot be read ({type(error).__name__}); save it again or export CSV"
        ) from error


def _csv_lines(cells: Sequence[str]) -> Iterator[str]:
    """A row as the lines of a CSV file; a cell with line breaks makes several."""
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    out.seek(0)
    yield from out


def _label(cells: Sequence[str], column: int) -> str:
    """In the header row: the name of the column of addresses behind another."""
    cell = cells[column] if column < len(cells) else ""
    return f"{BEHIND}{cell}" if cell else ""


def _written(value: object) -> str:
    """A cell as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).replace("\0", "\ufffd")


def _number(value: float) -> str:
    if isinstance(value, float) and not value.is_integer():
        return repr(value)
    return str(int(value)) if abs(value) < EXACT else f"{float(value):.14E}"


def _links(file: IO[bytes], sheet: Any) -> Links:
    """Addresses behind the cells of a sheet; its reader does not give them."""
    path = str(sheet._worksheet_path).lstrip("/")
    folder, _, name = path.rpartition("/")
    found: Links = {}
    with zipfile.ZipFile(file) as archive:
        try:
            targets = {
                told.get("Id", ""): told.get("Target", "")
                for told in _attributes(TARGET, archive.read(f"{folder}/_rels/{name}.rels"))
            }
        except KeyError:
            return found
        for told in _attributes(LINK, archive.read(path)):
            place = REFERENCE.fullmatch(told.get("ref", ""))
            target = targets.get(told.get("r:id", ""))
            if place and target:
                row = found.setdefault(int(place[2]), {})
                row[column_index_from_string(place[1]) - 1] = target
    return found


def _attributes(pattern: re.Pattern[bytes], xml: bytes) -> Iterator[dict[str, str]]:
    for element in pattern.finditer(xml):
        yield {
            name.decode(): unescape(value.decode("utf-8", "replace"))
            for name, value in ATTRIBUTE.findall(element[1])
        }

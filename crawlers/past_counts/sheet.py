"""A worksheet as rows of cells that know their address."""

import io
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.utils import get_column_letter

from config.errors import InputError, UsageError

MOST_ROWS: Final = 10_000
MOST_COLUMNS: Final = 400
MOST_BYTES: Final = 100 * 1024 * 1024  # unpacked


@dataclass(frozen=True)
class Cell:
    """What stands in a cell, as Excel showed it last, and where."""

    value: Any
    address: str

    @property
    def text(self) -> str:
        """The words of the cell on one line; empty when nothing stands there."""
        return "" if self.value is None else " ".join(str(self.value).split())


@dataclass(frozen=True)
class Sheet:
    """One worksheet; every row has the same number of cells."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]


def read_sheet(path: Path, name: str | None = None) -> Sheet:
    """A worksheet by name, or the first that holds anything; InputError for no workbook."""
    try:
        body = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_BYTES:
                raise InputError(f"{path} unpacks to more than {MOST_BYTES >> 20} MB; split it")
        with warnings.catch_warnings():
            # Of styles and extensions that say nothing about the figures.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(body), data_only=True)
    except OSError as error:
        raise InputError(f"cannot read {path} ({error.strerror})") from error
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InputError(
            f"{path} is no Excel workbook ({type(error).__name__}); save it as .xlsx"
        ) from error
    sheets = [_sheet(path, sheet) for sheet in book.worksheets]
    if name is not None:
        found = next((sheet for sheet in sheets if sheet.name == name), None)
        if found is None:
            names = ", ".join(sheet.name for sheet in sheets)
            raise UsageError(f"{path} has no sheet {name!r}; it has {names}")
        return found
    filled = next((sheet for sheet in sheets if sheet.rows), None)
    if filled is None:
        raise InputError(f"{path} is empty; fill in a table of counts")
    return filled


def _sheet(path: Path, sheet: Any) -> Sheet:
    if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
        raise InputError(
            f"{path}, sheet {sheet.title}: {sheet.max_row} rows of {sheet.max_column} cells are no "
            f"table of past counts; keep at most {MOST_ROWS} rows and {MOST_COLUMNS} columns"
        )
    rows = tuple(
        tuple(
            Cell(value, f"{sheet.title}!{get_column_letter(column)}{number}")
            for column, value in enumerate(row, start=1)
        )
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1)
    )
    anything = any(cell.text for row in rows for cell in row)
    return Sheet(sheet.title, rows if anything else ())

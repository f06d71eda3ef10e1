"""Rows of known exports to items: what the mappers of tables share."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Final

from crawlers.parsers.fields import (
    as_count,
    as_id,
    as_moment,
    as_text,
    is_telling_handle,
    is_telling_name,
)
from crawlers.parsers.items import EngagementItem, ParsedPage, PostItem
from crawlers.parsers.records import Collected, RecordError

# Key of the cells that a row has beyond its header (csv.DictReader's restkey).
SPARE: Final = "\0spare"
# Spreadsheets write long ids so, and the last digits are gone: two posts would become one.
LOST_DIGITS: Final = re.compile(r"\d+[.,]?\d*[eE]\+?\d+|\d+[.,]0+")
EPOCH_SECONDS: Final = re.compile(r"\d{9,10}(?:\.\d+)?")
EPOCH_MILLISECONDS: Final = re.compile(r"\d{12,13}")
# Tenths of a second written by Java: fromisoformat takes one to six digits only from 3.11 on.
ZONE_SUFFIX: Final = re.compile(r"^(.*\d) ?([A-Z]{3,5}|[+-]\d{2}(?::?\d{2})?)$")
# "16-Sep-2024 08:00AM", as Meltwater writes.
DAY_MONTH_NAME: Final = re.compile(r"\d{1,2}-[A-Z][a-z]{2}-\d{4} ")
NO_ZONE: Final = "times_without_zone"


class NotARecord(Exception):  # noqa: N818
    """A row is no post; `kind` is what it is counted as."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class TableContext:
    """What stands above the header, and the zone of times that tell none.

    `notes` counts what a reader should know of the file as a whole.
    """

    preamble: tuple[tuple[str, ...], ...] = ()
    zone: tzinfo = UTC
    notes: Counter[str] = field(default_factory=Counter)

    def zoned(self, moment: datetime) -> datetime:
        """The moment in UTC; one without a zone is taken in the zone of the context, counted."""
        if moment.tzinfo is None:
            self.notes[NO_ZONE] += 1
            moment = moment.replace(tzinfo=self.zone)
        return moment.astimezone(UTC)


class Cells:
    """One row by folded header: texts stripped, empty ones None."""

    def __init__(self, row: Mapping[str, str | None], headers: Mapping[str, str]) -> None:
        """See a row through its headers, folded once for the whole table."""
        self._row = row
        self._headers = headers

    def text(self, *names: str) -> str | None:
        """The first of these cells that is not empty."""
        for name in names:
            header = self._headers.get(name)
            cell = as_text(self._row.get(header)) if header is not None else None
            if cell and (stripped := cell.strip()):
                return stripped
        return None

    def id(self, *names: str) -> str | None:
        """An id as text. RecordError when a spreadsheet has rounded it."""
        found = self.text(*names)
        if found is not None and LOST_DIGITS.fullmatch(found):
            raise RecordError("bad_id", "a spreadsheet has rounded the id; export ids as text")
        return as_id(found)

    def count(self, *names: str) -> int | None:
        """A count, with or without thousands separators; `12.0` is a spreadsheet's 12."""
        digits = "".join((self.text(*names) or "").split()).replace(",", "").replace("'", "")
        digits = digits.removesuffix(".0")
        # Longer numbers are no counts, and int() refuses the longest.
        known = digits.isascii() and digits.isdigit() and len(digits) <= len(str(2**31))
        return as_count(int(digits)) if known else None

    def names(self) -> Collection[str]:
        """The folded headers."""
        return self._headers.keys()


RowReader = Callable[[Cells, TableContext], PostItem]


@dataclass(frozen=True)
class TableFormat:
    """A known export: the headers it is recognised by, and how one row is read."""

    name: str
    platform: str  # of its payloads; `mixed` when rows tell
    needs: frozenset[str]
    read: RowReader
    one_of: frozenset[str] = frozenset()

    def matches(self, headers: Iterable[str]) -> bool:
        """Whether a header row is one of this export."""
        folded = {fold_header(header) for header in headers}
        return self.needs <= folded and (not self.one_of or bool(self.one_of & folded))


def fold_header(header: str) -> str:
    """A header as formats name it: lower case, single spaces."""
    return " ".join(header.casefold().split())


def parse_table(
    table: TableFormat, rows: Iterable[Mapping[str, str | None]], context: TableContext
) -> ParsedPage:
    """One item per row; a row that cannot be read is refused alone (path `row N`, from 1)."""
    collected = Collected()
    headers: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        if not headers:
            headers = {fold_header(name): name for name in reversed([*row]) if name != SPARE}
        if not any(row.values()):
            continue
        try:
            refuse_spare_cells(row)
            collected.posts.append(table.read(Cells(row, headers), context))
        except RecordError as error:
            collected.refuse(error, f"row {number}", headers)
        except NotARecord as other:
            collected.other[other.kind] += 1
    collected.other.update(context.notes)
    return collected.page()


def refuse_spare_cells(row: Mapping[str, str | None]) -> None:
    """RecordError when a row has cells beyond its header."""
    if SPARE in row:
        raise RecordError("wrong_columns", "the row has more cells than the header")


def required_moment(written: str | None, context: TableContext) -> datetime:
    """The moment of a cell: ISO 8601, with a zone or without, or epoch seconds or milliseconds."""
    if written is None:
        raise RecordError("missing_time", "the time is empty")
    try:
        if EPOCH_MILLISECONDS.fullmatch(written):
            return datetime.fromtimestamp(int(written) / 1000, UTC)
        if EPOCH_SECONDS.fullmatch(written):
            return datetime.fromtimestamp(float(written), UTC)
        told = as_moment(written)
        return told or context.zoned(_naive(written))
    except (ValueError, OverflowError, OSError) as error:
        raise RecordError("bad_time", "the time is of no known form") from error


def _naive(written: str) -> datetime:
    if DAY_MONTH_NAME.match(written):
        return datetime.strptime(written, "%d-%b-%Y %I:%M%p")  # noqa: DTZ007  zone added later
    return datetime.fromisoformat(written)


def required_text(text: str | None) -> str:
    """The text, or RecordError when the row has none."""
    if text is None:
        raise RecordError("no_text", "the text is empty")
    return text


def known_or_none(counts: EngagementItem) -> EngagementItem | None:
    """The counts, or None when every one of them is unknown."""
    return None if counts == EngagementItem() else counts


def telling_names(handle: str | None, *names: str | None) -> tuple[str, ...]:
    """Handle and display names that are distinctive enough to be looked for in texts."""
    found = [name for name in names if name and is_telling_name(name)]
    bare = (handle or "").lstrip("@")
    if bare and is_telling_handle(bare, mentioned=True):
        found.insert(0, bare)
    return tuple(dict.fromkeys(found))

"""From a sheet to past counts: every cell read, every problem told with its address."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from config.errors import InputError
from config.folding import fold
from crawlers.past_counts.headers import Layout, ValueColumn, find_layout
from crawlers.past_counts.periods import FORMS, PastPeriod, read_period
from crawlers.past_counts.sheet import Cell, Sheet

TOTAL: Final = "total"
ALL: Final = "all"
STANCES: Final = ("stance:neutral", "stance:positive", "stance:suspicious")
_UNKNOWN: Final = frozenset({"", "-", "–", "n/a", "na", "nd", "n.d.", "..", "?"})
_PLATFORMS: Final = {
    **dict.fromkeys(("facebook", "fb"), "facebook"),
    **dict.fromkeys(("x", "twitter", "x (twitter)", "x/twitter", "twitter/x"), "x"),
    **dict.fromkeys(("", "all", "total", "tous", "toutes", "ensemble"), ALL),
}
_SCOPES: Final = {
    **dict.fromkeys(("posts", "post", "publications", "publication"), "posts"),
    **dict.fromkeys(("comments", "comment", "commentaires", "commentaire"), "comments"),
}
_MEASURES: Final = {
    **dict.fromkeys(("total", "all", "ensemble", "tous", "toutes", "items", "volume"), TOTAL),
    **dict.fromkeys(("posts", "publications", "comments", "commentaires"), TOTAL),
    # A column that only says that it counts, in a table that does not say what.
    **dict.fromkeys(("count", "nombre", "number", "n", "effectif", "valeur", "value"), TOTAL),
    **dict.fromkeys(("neutral", "neutre", "neutres"), "stance:neutral"),
    **dict.fromkeys(("positive", "positif", "positifs", "positives"), "stance:positive"),
    **dict.fromkeys(("suspicious", "mefiant", "mefiants", "mefiance"), "stance:suspicious"),
    **dict.fromkeys(("negative", "negatif", "negatifs", "negatives"), "tone:negative"),
    **dict.fromkeys(("engagement", "interactions"), "engagement"),
    **dict.fromkeys(("reach", "portee"), "reach"),
}
_GROUPED: Final = re.compile(r"\d{1,3}(?:[ ,.\u00a0\u202f']\d{3})+")
LONGEST_MEASURE: Final = 48
PROBLEMS_TOLD: Final = 5

Key = tuple[PastPeriod, str, str, str]


@dataclass(frozen=True)
class PastCount:
    """One count of a table, with the cell it stands in."""

    period: PastPeriod
    platform: str
    scope: str
    measure: str
    count: int
    total: int | None
    note: str | None
    cell: str

    @property
    def key(self) -> Key:
        """What it counts."""
        return self.period, self.platform, self.scope, self.measure


class _CellError(Exception):
    """One cell that cannot be read: where and why."""


def read_counts(sheet: Sheet, columns: Mapping[str, str]) -> list[PastCount]:
    """Every count of a sheet; InputError names the cells that cannot be read or do not add up."""
    layout = find_layout(sheet, columns)
    counts: list[PastCount] = []
    problems: list[str] = []
    for row in sheet.rows[layout.header_row + 1 :]:
        if not any(row[column.index].text for column in layout.values):
            continue
        try:
            counts += _row_counts(row, layout)
        except _CellError as error:
            problems.append(str(error))
    problems += _repeated(counts)
    if problems:
        raise told(problems)
    if not counts:
        raise InputError(f"sheet {sheet.name}: no count below row {layout.header_row + 1}")
    return counts


def told(problems: Sequence[str]) -> InputError:
    """The first problems as one line, and how many more there are."""
    more = len(problems) - PROBLEMS_TOLD
    tail = f"; and {more} more" if more > 0 else ""
    return InputError("; ".join(problems[:PROBLEMS_TOLD]) + tail)


def whole_number(cell: Cell) -> int | None:
    """The count in a cell; None where it is unknown. Shares and fractions are refused."""
    text = cell.text
    if fold(text) in _UNKNOWN:
        return None
    if isinstance(cell.value, bool) or "%" in text:
        raise _CellError(f"{cell.address} is {text!r}; write the count, not a share")
    grouped = _GROUPED.fullmatch(text)
    digits = re.sub(r"\D", "", text) if grouped and not isinstance(cell.value, float) else text
    try:
        number = float(digits)
    except ValueError as error:
        raise _CellError(f"{cell.address} is {text!r}; write a whole number") from error
    if number < 0 or number != int(number):
        raise _CellError(f"{cell.address} is {text!r}; write a whole number, 0 or more")
    return int(number)


def _row_counts(row: Sequence[Cell], layout: Layout) -> Iterator[PastCount]:
    row_sum = 0
    for column in layout.values:
        cell = row[column.index]
        count = whole_number(cell)
        if column.is_row_sum:
            if count is not None and count != row_sum:
                raise _CellError(f"{cell.address} is {count}, but its row adds up to {row_sum}")
            continue
        if count is None:
            continue
        row_sum += count
        yield _count(row, layout, column, count)


def _count(row: Sequence[Cell], layout: Layout, column: ValueColumn, count: int) -> PastCount:
    cell = row[column.index]
    total = whole_number(row[layout.fields["total"]]) if "total" in layout.fields else None
    if total is not None and count > total:
        raise _CellError(f"{cell.address} is {count}, more than its total {total}")
    measure = _said(row, layout, "measure") or column.header.text
    return PastCount(
        period=column.period or _period(row, layout),
        platform=_one_of(row, layout, "platform", _PLATFORMS),
        scope=_one_of(row, layout, "scope", _SCOPES),
        measure=_MEASURES.get(fold(measure)) or _named(measure, cell),
        count=count,
        total=total,
        note=_said(row, layout, "note") or None,
        cell=cell.address,
    )


def _period(row: Sequence[Cell], layout: Layout) -> PastPeriod:
    text, year = _said(row, layout, "period"), _said(row, layout, "year")
    found = read_period(text, year)
    if found is None:
        place = row[layout.fields["period"]].address if "period" in layout.fields else "--map"
        raise _CellError(f"{place} is {text!r}, no period; {FORMS}")
    return found


def _said(row: Sequence[Cell], layout: Layout, field: str) -> str:
    if field in layout.fields:
        return row[layout.fields[field]].text
    return layout.constants.get(field, "")


def _one_of(row: Sequence[Cell], layout: Layout, field: str, words: Mapping[str, str]) -> str:
    text = _said(row, layout, field)
    word = words.get(fold(text))
    if word is None:
        place = row[layout.fields[field]].address if field in layout.fields else "--map"
        known = ", ".join(sorted(set(words.values())))
        raise _CellError(f"{place} is {text!r}, no {field}; write one of {known}")
    return word


def _named(measure: str, cell: Cell) -> str:
    name = re.sub(r"\W+", "_", fold(measure)).strip("_")
    if not name or len(name) > LONGEST_MEASURE:
        raise _CellError(
            f"{cell.address} counts {measure!r}; name what it counts in 1 to {LONGEST_MEASURE} "
            "letters"
        )
    return name


def _repeated(counts: Sequence[PastCount]) -> list[str]:
    first: dict[Key, PastCount] = {}
    problems = []
    for one in counts:
        earlier = first.setdefault(one.key, one)
        if earlier is not one:
            problems.append(f"{one.cell} counts the same as {earlier.cell}; keep one of the two")
    return problems

"""Which column of a table says what: by its header in French or English, or by a map."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.errors import InputError
from config.folding import fold
from config.loading import read_yaml
from crawlers.past_counts.periods import PastPeriod, read_period
from crawlers.past_counts.sheet import Cell, Sheet

HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "period": ("period", "periode", "trimestre", "quarter", "semestre", "date"),
    "year": ("year", "annee", "an"),
    "platform": ("platform", "plateforme", "reseau", "network", "source"),
    "scope": ("scope", "type", "kind", "contenu", "content", "content type", "type de contenu"),
    "measure": (
        *("measure", "mesure", "indicator", "indicateur", "category", "categorie"),
        *("sentiment", "tonalite", "stance", "posture", "attitude"),
    ),
    "count": ("count", "nombre", "number", "n", "effectif", "valeur", "value"),
    "total": ("total", "base", "denominator", "denominateur", "sur", "out of"),
    "note": ("note", "notes", "remarque", "remarques", "remark", "remarks"),
}
FIELDS: Final = tuple(HEADERS)
SEARCHED_ROWS: Final = 20
# A map may give one value for the whole table where it has no such column.
CONSTANT: Final = "="


@dataclass(frozen=True)
class ValueColumn:
    """A column of figures: of one period (wide), of one measure, or of what its row says (long)."""

    index: int
    header: Cell
    period: PastPeriod | None = None
    is_row_sum: bool = False


@dataclass(frozen=True)
class Layout:
    """Where things stand in a sheet: `header_row` is the first row above the figures."""

    header_row: int
    fields: Mapping[str, int]
    constants: Mapping[str, str]
    values: tuple[ValueColumn, ...]


def load_map(path: Path) -> dict[str, str]:
    """A map of YAML: field: header of its column, or `=value` for the whole table."""
    top = read_yaml(path, FIELDS)
    return {key: top.text(key) for key in top.nodes}


def find_layout(sheet: Sheet, columns: Mapping[str, str]) -> Layout:
    """The layout of the first row that has what a table needs; InputError says what is missing."""
    best: tuple[int, list[str]] | None = None
    for number, row in enumerate(sheet.rows[:SEARCHED_ROWS]):
        layout = _layout(sheet, number, row, columns)
        missing = _missing(layout)
        if not missing:
            return layout
        known = len(layout.fields) + len(layout.values)
        if layout.fields and (best is None or known > best[0]):
            seen = ", ".join(cell.text for cell in row if cell.text)
            best = (known, [f"row {number + 1} has {seen}", f"missing: {', '.join(missing)}"])
    found = "; ".join(best[1]) if best else "no row names its columns"
    raise InputError(
        f"sheet {sheet.name}: {found}; give a column for each of period, scope, measure and count "
        "(or quarters as columns), or name them with --map"
    )


def _layout(sheet: Sheet, number: int, row: Sequence[Cell], columns: Mapping[str, str]) -> Layout:
    constants = {
        field: text.removeprefix(CONSTANT).strip()
        for field, text in columns.items()
        if text.startswith(CONSTANT)
    }
    fields = _fields(row, {f: t for f, t in columns.items() if f not in constants})
    above = sheet.rows[number - 1] if number else ()
    periods = list(_period_columns(row, above, set(fields.values())))
    if periods:
        # Beside quarters, `total` is the sum of a row.
        total = fields.pop("total", None)
        sums = [] if total is None else [ValueColumn(total, row[total], is_row_sum=True)]
        return Layout(number, fields, constants, (*periods, *sums))
    if "count" in fields:
        index = fields.pop("count")
        return Layout(number, fields, constants, (ValueColumn(index, row[index]),))
    taken = set(fields.values())
    measures = tuple(
        ValueColumn(index, cell)
        for index, cell in enumerate(row)
        if cell.text and index not in taken and "measure" not in fields
    )
    return Layout(number, fields, constants, measures)


def _fields(row: Sequence[Cell], named: Mapping[str, str]) -> dict[str, int]:
    wanted = {fold(text): field for field, text in named.items()}
    for field, headers in HEADERS.items():
        if field not in named:
            for header in headers:
                wanted.setdefault(header, field)
    found: dict[str, int] = {}
    for index, cell in enumerate(row):
        named_field = wanted.get(fold(cell.text))
        if named_field is not None:
            found.setdefault(named_field, index)
    return found


def _period_columns(
    row: Sequence[Cell], above: Sequence[Cell], taken: set[int]
) -> Iterable[ValueColumn]:
    """Columns headed by a period; a year that stands once above its quarters is found."""
    year: str | None = None
    for index, cell in enumerate(row):
        if above and above[index].text:
            year = above[index].text
        period = None if index in taken else read_period(cell.text, year)
        if period is not None:
            yield ValueColumn(index, cell, period)


def _missing(layout: Layout) -> list[str]:
    by_period = any(column.period for column in layout.values)
    has = {*layout.fields, *layout.constants}
    if by_period:
        has |= {"period"}
    if layout.values and not by_period and "measure" not in has:
        has |= {"measure"}  # each column is one
    missing = [field for field in ("period", "scope", "measure") if field not in has]
    return missing if layout.values else [*missing, "count"]

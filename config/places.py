"""Places of Mali with the codes of their scheme; codes of different schemes never mix."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.folding import fold, stands_in
from config.loading import Value, refuse_repeats
from config.settings import CONFIG_DIR
from config.tables import Row, read_csv

LEVELS: Final = ("adm0", "adm1", "adm2", "adm3", "town", "zone")
COD_AB: Final = "COD-AB 2021"
LAW_2023: Final = "law 2023"
SCHEMES: Final = (COD_AB, LAW_2023, "none")

# ML09 is Bamako and ML10 is Ménaka in COD-AB, but 9 is Taoudénit and 10 Ménaka in the law of
# 2023: a code without its scheme would put a fact in the wrong region.
_CODE_OF: Final = {
    (COD_AB, "adm0"): re.compile(r"ML"),
    (COD_AB, "adm1"): re.compile(r"ML\d\d"),
    (COD_AB, "adm2"): re.compile(r"ML\d{4}"),
    (LAW_2023, "adm1"): re.compile(r"L23-(?:\d\d|BKO)"),
}
_COD_AB_ADM1: Final = _CODE_OF[COD_AB, "adm1"]

_COLUMNS: Final = (
    "place_id",
    "name",
    "level",
    "scheme",
    "pcode",
    "adm1_pcode",
    "adm1_name",
    "adm1_2023",
    "spellings",
    "ambiguous",
    "needs_context",
    "lat",
    "lon",
    "note",
)


@dataclass(frozen=True)
class Place:
    """One place.

    `pcode` is a code of `scheme`; `adm1_pcode` and `adm1_name` are always COD-AB's (display uses
    its ten regions), `adm1_2023` the region of the law of 2023. `spellings` are the texts that
    name this place; each text names one place only, so a unit that shares its name with another
    may have none. An ambiguous place counts only with one of `needs_context` (folded) in the text.
    """

    place_id: str
    name: str
    level: str
    scheme: str
    pcode: str | None
    adm1_pcode: str | None
    adm1_name: str | None
    adm1_2023: str | None
    spellings: tuple[str, ...]
    ambiguous: bool
    needs_context: tuple[str, ...]
    lat: float | None
    lon: float | None

    def counts_in(self, folded_text: str) -> bool:
        """Whether a spelling, found in this folded text, names the place there."""
        return not self.needs_context or stands_in(self.needs_context, folded_text)


def load_places(path: Path = CONFIG_DIR / "places.csv") -> tuple[Place, ...]:
    """Places in the order of the file."""
    rows = read_csv(path, _COLUMNS)
    refuse_repeats(row.value("place_id") for row in rows)
    _refuse_shared_spellings(rows)
    return tuple(_place(row) for row in rows)


def _place(row: Row) -> Place:
    ambiguous = row.value("ambiguous").flag()
    needs_context = tuple(fold(word) for word in row.parts("needs_context"))
    if ambiguous != bool(needs_context):
        raise row.value("ambiguous").error(
            "ambiguous and needs_context do not agree",
            "an ambiguous place needs context words, another has none",
        )
    return Place(
        place_id=row.text("place_id"),
        name=row.text("name"),
        level=row.value("level").choice(LEVELS),
        scheme=row.value("scheme").choice(SCHEMES),
        pcode=_pcode(row),
        adm1_pcode=_adm1_pcode(row),
        adm1_name=_text_or_none(row, "adm1_name"),
        adm1_2023=_text_or_none(row, "adm1_2023"),
        spellings=row.parts("spellings"),
        ambiguous=ambiguous,
        needs_context=needs_context,
        lat=_degrees(row, "lat", 90),
        lon=_degrees(row, "lon", 180),
    )


def _text_or_none(row: Row, column: str) -> str | None:
    value = row.optional(column)
    return value.text if value else None


def _degrees(row: Row, column: str, limit: float) -> float | None:
    value = row.optional(column)
    return value.number(low=-limit, high=limit) if value else None


def _pcode(row: Row) -> str | None:
    value = row.optional("pcode")
    if value is None:
        return None
    scheme, level = row.text("scheme"), row.text("level")
    pattern = _CODE_OF.get((scheme, level))
    if pattern is None:
        raise value.error(f"{scheme} has no codes for {level}", "leave pcode empty")
    return _matching(value, pattern, scheme)


def _adm1_pcode(row: Row) -> str | None:
    value = row.optional("adm1_pcode")
    return None if value is None else _matching(value, _COD_AB_ADM1, COD_AB)


def _matching(value: Value, pattern: re.Pattern[str], scheme: str) -> str:
    if not pattern.fullmatch(value.text):
        raise value.error(
            f"{value.name} {value.text!r} is no code of {scheme}", f"write it as {pattern.pattern}"
        )
    return value.text


def _refuse_shared_spellings(rows: Iterable[Row]) -> None:
    owner: dict[str, int] = {}
    for row in rows:
        for spelling in row.parts("spellings"):
            line = owner.setdefault(fold(spelling), row.line)
            if line != row.line:
                raise row.value("spellings").error(
                    f"spelling {spelling!r} already names the place at line {line}",
                    "keep it at one of the two",
                )

"""Agencies that may be named in posts, and the spellings that name them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.folding import fold, stands_in
from config.loading import Value, nearest, refuse_repeats
from config.settings import CONFIG_DIR
from config.tables import Row, read_csv

SPELLINGS_FILE: Final = "agency_spellings.csv"

TYPES: Final = (
    "UN",
    "red_cross",
    "INGO",
    "NNGO",
    "coordination",
    "donor",
    "health_authority",
    "regulator",
    "generic",
)
# Insecurity Insight's categories of the Security in Numbers Database.
SIND_CATEGORIES: Final = (
    "UN Agency",
    "INGO",
    "LNGO",
    "NGO",
    "Red Cross (Nat Soc)",
    "Red Cross (ICRC/IFRC)",
)
SECTORS: Final = (
    "health",
    "nutrition",
    "wash",
    "food_security",
    "agriculture",
    "education",
    "protection",
    "child_protection",
    "gender",
    "shelter",
    "displacement",
    "mine_action",
    "coordination",
    "logistics",
    "security",
    "development",
    "governance",
    "environment",
    "culture",
    "media",
    "mediation",
    "human_rights",
    "peacekeeping",
    "relief",
    "finance",
    "regulation",
    "multi",
)
STATUSES: Final = ("active", "reduced", "suspended", "ended", "occasional", "unclear")
SPELLING_LANGUAGES: Final = ("fr", "en", "bm", "any")

_AGENCY_COLUMNS: Final = (
    "agency_id",
    "name",
    "acronym",
    "type",
    "sind_category",
    "sectors",
    "status",
    "counts_as_aid",
    "note",
)
_SPELLING_COLUMNS: Final = (
    "agency_id",
    "spelling",
    "language",
    "exact_case",
    "needs_context",
    "not_near",
    "reason",
)


@dataclass(frozen=True)
class Spelling:
    """One way a text may name an agency.

    `needs_context`: one of these folded words or phrases must stand in the text;
    `not_near`: with any of these in the text the spelling does not count. A word that ends in `*`
    stands for every word that begins so.
    """

    text: str
    language: str
    exact_case: bool
    needs_context: tuple[str, ...]
    not_near: tuple[str, ...]

    def counts_in(self, folded_text: str) -> bool:
        """Whether the spelling, found in this folded text, names the agency there."""
        in_context = not self.needs_context or stands_in(self.needs_context, folded_text)
        return in_context and not stands_in(self.not_near, folded_text)


@dataclass(frozen=True)
class Agency:
    """One aid actor, or one that is watched because talk about aid runs over it."""

    agency_id: str
    name: str
    acronym: str | None
    type: str
    sind_category: str | None
    sectors: tuple[str, ...]
    status: str
    counts_as_aid: bool
    spellings: tuple[Spelling, ...]


def load_agencies(path: Path = CONFIG_DIR / "agencies.csv") -> tuple[Agency, ...]:
    """Agencies in the order of the file, with the spellings of agency_spellings.csv beside it."""
    rows = read_csv(path, _AGENCY_COLUMNS)
    refuse_repeats(row.value("agency_id") for row in rows)
    spelling_rows = read_csv(path.with_name(SPELLINGS_FILE), _SPELLING_COLUMNS)
    _check_spelling_rows(spelling_rows, {row.text("agency_id") for row in rows})
    spellings: dict[str, list[Spelling]] = {}
    for row in spelling_rows:
        spellings.setdefault(row.text("agency_id"), []).append(_spelling(row))
    return tuple(_agency(row, spellings.get(row.text("agency_id"), ())) for row in rows)


def _agency(row: Row, spellings: Iterable[Spelling]) -> Agency:
    acronym = row.optional("acronym")
    category = row.optional("sind_category")
    found = tuple(spellings)
    if not found:
        raise row.value("agency_id").error(
            f"agency {row.text('agency_id')!r} has no spelling", f"add one to {SPELLINGS_FILE}"
        )
    return Agency(
        agency_id=row.text("agency_id"),
        name=row.text("name"),
        acronym=acronym.text if acronym else None,
        type=row.value("type").choice(TYPES),
        sind_category=category.choice(SIND_CATEGORIES) if category else None,
        sectors=_sectors(row.value("sectors")),
        status=row.value("status").choice(STATUSES),
        counts_as_aid=row.value("counts_as_aid").flag(),
        spellings=found,
    )


def _sectors(value: Value) -> tuple[str, ...]:
    for sector in value.parts():
        if sector not in SECTORS:
            raise value.error(f"unknown sector {sector!r}", nearest(sector, SECTORS))
    return value.parts()


def _spelling(row: Row) -> Spelling:
    return Spelling(
        text=row.text("spelling"),
        language=row.value("language").choice(SPELLING_LANGUAGES),
        exact_case=row.value("exact_case").flag(),
        needs_context=tuple(fold(word) for word in row.parts("needs_context")),
        not_near=tuple(fold(word) for word in row.parts("not_near")),
    )


def _check_spelling_rows(rows: Iterable[Row], known: set[str]) -> None:
    first: dict[str, int] = {}
    for row in rows:
        agency = row.value("agency_id")
        agency.choice(known)
        spelling = row.value("spelling")
        # Two agencies may share an acronym only where context tells them apart.
        alone = not row.optional("needs_context")
        key = spelling.text if row.value("exact_case").flag() else fold(spelling.text)
        if alone and key in first:
            raise spelling.error(
                f"spelling {spelling.text!r} is already used at line {first[key]}",
                "keep one, or add needs_context",
            )
        if alone:
            first[key] = row.line
        if not alone and not row.optional("reason"):
            raise spelling.error("a spelling with needs_context has no reason", "say why")

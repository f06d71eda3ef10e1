"""Quarters, half-years and years as people write them in French and English."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from config.folding import fold

QUARTER, HALF, YEAR = 3, 6, 12  # months

_YEAR: Final = r"(?P<year>20\d\d|19\d\d)"
_QUARTER: Final = (
    r"(?:t|q|trim\.?|trimestre|quarter)\s*(?P<t>[1-4])"
    r"|(?P<t2>[1-4])\s*(?:t|q)\b"
    r"|(?P<t3>[1-4])\s*(?:er|e|eme|st|nd|rd|th)\s+(?:trim\.?|trimestre|quarter)"
)
_HALF: Final = r"(?:s|h|semestre|half)\s*(?P<h>[12])"
_BETWEEN: Final = r"[\s\-_/.,']*(?:de|of)?[\s\-_/.,']*"
_PATTERNS: Final = tuple(
    re.compile(form)
    for form in (
        rf"(?:{_QUARTER}|{_HALF})(?:{_BETWEEN}{_YEAR})?",
        rf"{_YEAR}{_BETWEEN}(?:{_QUARTER}|{_HALF})",
        _YEAR,
    )
)
FORMS: Final = "write T1 2024, Q1 2024, 2024-Q1, S1 2024 or 2024"


@dataclass(frozen=True, order=True)
class PastPeriod:
    """A quarter, half-year or year: days [start, end)."""

    start: date
    end: date

    def __str__(self) -> str:
        if self.months == YEAR:
            return str(self.start.year)
        letter = "Q" if self.months == QUARTER else "H"
        return f"{self.start.year}-{letter}{(self.start.month - 1) // self.months + 1}"

    @property
    def months(self) -> int:
        """How many months it has."""
        return (self.end.year - self.start.year) * YEAR + self.end.month - self.start.month

    def holds(self, other: "PastPeriod") -> bool:
        """Whether the other is a part of this one."""
        return self.start <= other.start and other.end <= self.end and self != other


def read_period(text: str, year: str | None = None) -> PastPeriod | None:
    """The period a text names, its year taken from elsewhere when it has none; None for none."""
    folded = fold(text).strip()
    for pattern in _PATTERNS:
        found = pattern.fullmatch(folded)
        if found is None:
            continue
        parts = found.groupdict()
        written = parts["year"] or (year or "").strip()
        if not re.fullmatch(r"(?:19|20)\d\d", written):
            return None
        quarter = parts.get("t") or parts.get("t2") or parts.get("t3")
        return _period(int(written), quarter, parts.get("h"))
    return None


def _period(year: int, quarter: str | None, half: str | None) -> PastPeriod:
    months = QUARTER if quarter else HALF if half else YEAR
    first = (int(quarter or half or 1) - 1) * months + 1
    after = first + months
    end = date(year, after, 1) if after <= YEAR else date(year + 1, 1, 1)
    return PastPeriod(date(year, first, 1), end)

"""Numbers, dates and spaces as French and English readers write them."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

Language = Literal["fr", "en"]

NARROW: Final = "\u202f"  # narrow no-break space


def typeset(text: str, language: Language) -> str:
    """French: typographic apostrophe, no-break spaces inside « » and before ; : ! ? %."""
    text = text.replace("'", "’")
    if language == "en":
        return text
    text = re.sub(r" (?=[;:!?%»])", NARROW, text)
    return text.replace("« ", f"«{NARROW}")


def integer(value: int, language: Language) -> str:
    """1234 as `1 234` or `1,234`."""
    return f"{value:,}".replace(",", NARROW if language == "fr" else ",")


def number(value: float, language: Language) -> str:
    """A whole number as such, another with one decimal."""
    if float(value).is_integer():
        return integer(int(value), language)
    text = f"{value:,.1f}"
    if language == "en":
        return text
    return text.replace(",", NARROW).replace(".", ",")


def percent(share: float, language: Language, *, sign: bool = True) -> str:
    """0.217 as `22 %` or `22%`; one decimal between 0 and 1 %."""
    points = share * 100
    text = number(round(points, 1), language) if 0 < points < 1 else str(round(points))
    if not sign:
        return text
    return f"{text}{NARROW}%" if language == "fr" else f"{text}%"


def days(start: datetime, end: datetime, months: Sequence[str], language: Language) -> str:
    """The days of [start, end): `2–8 septembre 2024`, `30 September – 6 October 2024`.

    `months` are the twelve names of months in that language.
    """
    last = end - timedelta(days=1)
    first_day = "1er" if language == "fr" and start.day == 1 else str(start.day)
    first_month, last_month = months[start.month - 1], months[last.month - 1]
    closing = f"{last.day} {last_month} {last.year}"
    if start.year != last.year:
        return f"{first_day} {first_month} {start.year} – {closing}"
    if start.month != last.month:
        return f"{first_day} {first_month} – {closing}"
    return f"{first_day}–{closing}"


def week_number(week: str) -> str:
    """`37` of `2024-W37`."""
    return str(int(week.rpartition("W")[2]))

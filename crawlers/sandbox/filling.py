"""Placeholders of a written text filled in: invented handles, names and links."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from crawlers.sandbox.elements import Author, Link, Person

_HANDLE: Final = re.compile(r"\{@(\d)\}")
_NAME: Final = re.compile(r"\{name(\d)\}")
_NOT_IN_PATHS: Final = re.compile(r"[^a-z0-9]+")
SLUG_LENGTH: Final = 60


@dataclass(frozen=True)
class Filled:
    """A text as posted, with the people it names."""

    text: str
    mentioned: tuple[Author, ...]


def fill(
    text: str, people: Sequence[Person], link: Link | None, answered: Author | None = None
) -> Filled:
    """The text with its placeholders filled; in an answer the first name is the answered one's."""
    named: dict[str, Author] = {}

    def person(key: str) -> Author:
        is_answered = answered is not None and not named and key.startswith("name")
        return named.setdefault(key, answered if is_answered and answered else people[len(named)])

    text = _HANDLE.sub(lambda m: f"@{person('@' + m.group(1)).handle}", text)
    text = _NAME.sub(lambda m: person("name" + m.group(1)).name, text)
    if link is not None:
        text = text.replace("{url}", link.shown)
    return Filled(text, tuple(named.values()))


def headline(text: str) -> str:
    """The first words of a text, as the title of a page it links to."""
    bare = _NAME.sub("", _HANDLE.sub("", text)).replace("{url}", "")
    first = re.split(r"(?<=[.!?:|])\s|\n", bare.strip(), maxsplit=1)[0]
    return " ".join(first.split()[:12])


def address(site: str, title: str) -> str:
    """A readable address under the reserved domain `.example`."""
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    slug = _NOT_IN_PATHS.sub("-", plain).strip("-")[:SLUG_LENGTH].strip("-")
    return f"https://{site}.example/2024/{slug}"


def short_link(rng: Random) -> str:
    """A shortened link as X writes it into a text."""
    letters = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "https://t.example/" + "".join(rng.choice(letters) for _ in range(10))

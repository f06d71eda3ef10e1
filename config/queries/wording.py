"""A query as wording: alternatives beside anchors, less exclusions, under options."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from config.folding import whole_word
from config.queries.language import SIGNS

# Letters of Bambara that X does not take for their plain neighbours, and how phones write them.
PLAIN_LETTERS: Final = str.maketrans("ɛɔŋƐƆŊ", "eonEON") | {ord("ɲ"): "ny", ord("Ɲ"): "Ny"}
_NKO: Final = re.compile(r"[\u07c0-\u07ff]")
_MARKS: Final = str.maketrans(dict.fromkeys("’‘ʼ`´", "'") | dict.fromkeys("‐‑–—", "-"))
_PLAIN: Final = re.compile(r"[#@$]?\w+")
_JOINTS: Final = frozenset({"or", "and"})


@dataclass(frozen=True)
class Alternative:
    """One term a query looks for, with the words it needs beside it and those it does not bear."""

    term: str
    beside: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    group: str = "1"  # tells clauses of one term apart, such as those beside some of its words

    @property
    def text(self) -> str:
        """The alternative as a clause."""
        if not self.beside and not self.without:
            return written(self.term)
        parts = [written(self.term), *([any_of(self.beside)] if self.beside else [])]
        return f"({' '.join([*parts, *(excluded(word) for word in self.without)])})"

    @property
    def key(self) -> str:
        """What tells the alternative from others, and stays when its context is corrected."""
        return f"{as_x_sees(self.term)}#{self.group}"

    @property
    def bare(self) -> bool:
        """Whether the term counts wherever it stands."""
        return not self.beside and not self.without

    def with_words(self, beside: Sequence[str], group: str) -> "Alternative":
        """The same term beside some of its words only."""
        return replace(self, beside=tuple(beside), group=group)


@dataclass(frozen=True)
class Wording:
    """What a built query asks: any alternative, beside any anchor, under every last condition."""

    alternatives: tuple[Alternative, ...]
    anchors: tuple[str, ...] = ()
    last: tuple[str, ...] = ()  # exclusions and options, as they are written

    @property
    def text(self) -> str:
        """The whole query, however long."""
        return self.part(self.alternatives, self.anchors)

    def part(self, alternatives: Sequence[Alternative], anchors: Sequence[str]) -> str:
        """The query for some of the alternatives and some of the anchors."""
        parts = [clauses(alternatives), *([any_of(anchors)] if anchors else []), *self.last]
        return " ".join(parts)


def clauses(alternatives: Sequence[Alternative]) -> str:
    """Alternatives joined by OR, in parentheses where there are several."""
    texts = [alternative.text for alternative in alternatives]
    return texts[0] if len(texts) == 1 else f"({' OR '.join(texts)})"


def any_of(terms: Sequence[str]) -> str:
    """Terms joined by OR, in parentheses where there are several."""
    return clauses([Alternative(term) for term in terms])


def written(term: str) -> str:
    """A term as X takes it: in quotes unless it is one word, a #tag or a @handle."""
    plain = _PLAIN.fullmatch(term) and term.casefold() not in _JOINTS
    return term if plain else f'"{term}"'


def excluded(term: str) -> str:
    """A term as an exclusion."""
    return f"-{written(term)}"


def as_x_sees(term: str) -> str:
    """What X's search takes a term for: no case, no accents, one apostrophe and one hyphen."""
    letters = unicodedata.normalize("NFKD", term.translate(_MARKS)).casefold()
    return "".join(mark for mark in letters if not unicodedata.combining(mark))


def variants(term: str) -> tuple[str, ...]:
    """A term as people write it: with Bambara letters and without; nothing in N'Ko script."""
    if _NKO.search(term):
        return ()
    return tuple(dict.fromkeys((term, term.translate(PLAIN_LETTERS))))


def distinct(terms: Iterable[str]) -> tuple[str, ...]:
    """Terms with their variants, those that X would take for the same written once."""
    found: dict[str, str] = {}
    for term in terms:
        for variant in variants(term):
            found.setdefault(as_x_sees(variant), variant)
    return tuple(found.values())


def shortest(alternatives: Iterable[Alternative]) -> tuple[Alternative, ...]:
    """Alternatives without those that another one finds already; what they find is the same."""
    kept: dict[tuple[str, str], Alternative] = {}
    for one in alternatives:
        # Whether a term counts anywhere or in its context only, the same clause stands once.
        kept.setdefault((as_x_sees(one.term), one.text if not one.bare else ""), one)
    bare = {as_x_sees(one.term) for one in kept.values() if one.bare}
    return tuple(one for one in kept.values() if not _found_already(one, bare))


def _found_already(one: Alternative, bare: set[str]) -> bool:
    seen = as_x_sees(one.term)
    if not one.bare and seen in bare:
        return True
    # A #tag or @handle is another operator than the same word in a text.
    return seen[0] not in SIGNS and any(
        other != seen and other[0] not in SIGNS and whole_word(other).search(seen) is not None
        for other in bare
    )


def told_apart(alternatives: Iterable[Alternative]) -> tuple[Alternative, ...]:
    """Alternatives whose keys differ."""
    met: dict[str, Alternative] = {}
    for one in alternatives:
        while one.key in met:
            one = replace(one, group=f"{one.group}+")
        met[one.key] = one
    return tuple(met.values())


def version_of(text: str) -> str:
    """The version of a wording: first 12 hex digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]

"""Agencies and places that a text names, with exact positions in the text as it stands."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sqlmodel import Session, col, delete, select

from config.agencies import Agency, Spelling
from config.folding import fold, stands_in
from config.places import Place
from models import HandEntry, Mention, PlaceMention, Post, readable_texts

CHUNK: Final = 500

_TOKEN: Final = re.compile(r"\w+|[^\w\s]")
_HASHTAG: Final = re.compile(r"#(\w+)")
# Where a hashtag may be taken apart: at a capital (WorldVision, PAMMali), or after one (ONGdehors).
_HUMPS: Final = (
    re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-Z]{2})(?=[A-Z][a-zà-ÿ])"),
    re.compile(r"(?<=[A-Z]{2})(?=[a-zà-ÿ]{3})"),
)


@dataclass(frozen=True)
class FoundMention:
    """An agency named at characters [start, end)."""

    agency_id: str
    start: int
    end: int


@dataclass(frozen=True)
class FoundPlace:
    """A place named at characters [start, end), and how it is written there."""

    place_id: str
    start: int
    end: int
    text: str


def find_mentions(text: str, agencies: Sequence[Agency]) -> list[FoundMention]:
    """Agencies named in a text in order of position; where spellings overlap the longest wins."""
    names = _agency_names(tuple(agencies))
    return [FoundMention(name.id, start, end) for name, start, end in names.find(text)]


def find_places(text: str, places: Sequence[Place]) -> list[FoundPlace]:
    """Places named in a text in order of position; where spellings overlap the longest wins."""
    names = _place_names(tuple(places))
    return [
        FoundPlace(name.id, start, end, text[start:end]) for name, start, end in names.find(text)
    ]


def update_mentions(
    session: Session, ids: Sequence[str], agencies: Sequence[Agency], places: Sequence[Place]
) -> None:
    """Rewrite the mention rows of these posts from their newest texts.

    A post whose text was removed keeps the rows it has.
    """
    for start in range(0, len(ids), CHUNK):
        held = select(Post.id).where(
            col(Post.id).in_(ids[start : start + CHUNK]), col(Post.text_removed).is_(None)
        )
        chunk = list(session.exec(held))
        session.exec(delete(Mention).where(col(Mention.post_id).in_(chunk)))
        session.exec(delete(PlaceMention).where(col(PlaceMention.post_id).in_(chunk)))
        for post_id, text in sorted(readable_texts(session, chunk).items()):
            session.add_all(_rows(post_id, text, agencies, places))
        session.flush()
        _add_told(session, chunk)


def _rows(
    post_id: str, text: str, agencies: Sequence[Agency], places: Sequence[Place]
) -> Iterator[Mention | PlaceMention]:
    for found in find_mentions(text, agencies):
        yield Mention(post_id=post_id, agency_id=found.agency_id, start=found.start, end=found.end)
    for place in find_places(text, places):
        yield PlaceMention(
            post_id=post_id, place_id=place.place_id, start=place.start, end=place.end
        )


def _add_told(session: Session, ids: Sequence[str]) -> None:
    """Add what a person told of a post they added; it stands at no characters of the text."""
    for entry in session.exec(select(HandEntry).where(col(HandEntry.post_id).in_(ids))).all():
        for agency_id in entry.agencies:
            if session.get(Mention, (entry.post_id, agency_id, 0)) is None:
                session.add(Mention(post_id=entry.post_id, agency_id=agency_id, start=0, end=0))
        if entry.place_id is not None:
            place = (entry.post_id, entry.place_id, 0)
            if session.get(PlaceMention, place) is None:
                session.add(
                    PlaceMention(post_id=entry.post_id, place_id=entry.place_id, start=0, end=0)
                )
    session.flush()


@dataclass(frozen=True)
class _Name:
    """One spelling, and when it counts."""

    id: str
    folded: str
    exact: str | None
    needs_context: tuple[str, ...]
    not_near: tuple[str, ...]

    def counts(self, written: str, folded_text: str) -> bool:
        if self.exact is not None and _unaccented(written) != self.exact:
            return False
        if self.needs_context and not stands_in(self.needs_context, folded_text):
            return False
        return not stands_in(self.not_near, folded_text)


class _Names:
    """Spellings by their first token, so that a text is walked once however many there are."""

    def __init__(self, names: Sequence[_Name]) -> None:
        self._by_token: dict[str, list[_Name]] = {}
        for name in sorted(names, key=lambda name: -len(name.folded)):
            first = _TOKEN.match(name.folded)
            if first:
                self._by_token.setdefault(first.group(), []).append(name)

    def find(self, text: str) -> list[tuple[_Name, int, int]]:
        folded = _Folded.of(text)
        found = list(self._candidates(text, folded, folded.text))
        for cuts in _cuts(text):
            apart = _Folded.of(text, cuts)
            found.extend(self._candidates(text, apart, folded.text))
        return _longest(found)

    def _candidates(
        self, text: str, folded: "_Folded", context: str
    ) -> Iterator[tuple[_Name, int, int]]:
        for token in _TOKEN.finditer(folded.text):
            for name in self._by_token.get(token.group(), ()):
                end = token.start() + len(name.folded)
                if not folded.text.startswith(name.folded, token.start()):
                    continue
                if _inside_word(folded.text, end):
                    continue
                first, last = folded.origin[token.start()], folded.origin[end - 1] + 1
                last = _past_marks(text, last)
                if name.counts(text[first:last], context):
                    yield name, first, last


@dataclass(frozen=True)
class _Folded:
    """A folded text, and for each of its characters the position in the text it came from."""

    text: str
    origin: tuple[int, ...]

    @classmethod
    def of(cls, text: str, cuts: frozenset[int] = frozenset()) -> "_Folded":
        """Fold a text, with a space put before each position in `cuts`."""
        chars: list[str] = []
        origin: list[int] = []
        for index, char in enumerate(text):
            folded = " " if char.isspace() else _folded(char)
            if index in cuts:
                folded = " " + folded
            if folded == " " and chars and chars[-1] == " ":
                continue
            chars.extend(folded)
            origin.extend([index] * len(folded))
        return cls("".join(chars), tuple(origin))


@lru_cache(maxsize=4096)
def _folded(char: str) -> str:
    return fold(char)


def _cuts(text: str) -> list[frozenset[int]]:
    """The ways to take hashtags apart, each by the positions where a new word starts."""
    tags = list(_HASHTAG.finditer(text))
    ways = [
        frozenset(tag.start(1) + hump.start() for tag in tags for hump in humps.finditer(tag[1]))
        for humps in _HUMPS
    ]
    return [way for way in ways if way]


def _inside_word(text: str, end: int) -> bool:
    """Whether a match ending here would cut a word."""
    return end < len(text) and _is_word(text[end - 1]) and _is_word(text[end])


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _past_marks(text: str, end: int) -> int:
    """The end after combining marks that belong to the last letter."""
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def _longest(found: Sequence[tuple[_Name, int, int]]) -> list[tuple[_Name, int, int]]:
    """Matches without overlap: the longest first, then the leftmost."""
    chosen: list[tuple[_Name, int, int]] = []
    for name, start, end in sorted(found, key=lambda match: (match[1] - match[2], match[1])):
        if all(end <= other[1] or other[2] <= start for other in chosen):
            chosen.append((name, start, end))
    return sorted(chosen, key=lambda match: match[1])


def _unaccented(text: str) -> str:
    """The text without accents, in its own case."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@lru_cache(maxsize=4)
def _agency_names(agencies: tuple[Agency, ...]) -> _Names:
    return _Names([_agency_name(a.agency_id, s) for a in agencies for s in a.spellings])


def _agency_name(agency_id: str, spelling: Spelling) -> _Name:
    exact = _unaccented(spelling.text) if spelling.exact_case else None
    folded = fold(spelling.text)
    return _Name(agency_id, folded, exact, spelling.needs_context, spelling.not_near)


@lru_cache(maxsize=4)
def _place_names(places: tuple[Place, ...]) -> _Names:
    return _Names(
        [
            _Name(place.place_id, fold(text), None, place.needs_context, ())
            for place in places
            for text in place.spellings
        ]
    )

"""Building a query's alternatives from the agencies' spellings."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from config.agencies import Agency, Spelling
from config.queries.wording import Alternative, distinct, shortest, variants

Stems = Mapping[str, tuple[str, ...]]


class UnwrittenStemError(ValueError):
    """A context word with `*` has no written forms, and X has no search by prefix."""

    def __init__(self, stem: str) -> None:
        super().__init__(stem)
        self.stem = stem


class NoContextError(ValueError):
    """A spelling counts by its capitals only, and X ignores case."""

    def __init__(self, spelling: str) -> None:
        super().__init__(spelling)
        self.spelling = spelling


@dataclass(frozen=True)
class Context:
    """What stands in for a spelling's context.

    `anchored`: every match stands beside an anchor. `anchors_suffice`: agencies whose acronyms
    need no other context then. `stems`: written forms of the words that end in `*`.
    """

    anchored: bool
    anchors_suffice: Collection[str]
    stems: Stems


def alternatives(
    agencies: Iterable[Agency], terms: Iterable[str], context: Context
) -> tuple[Alternative, ...]:
    """What finds any of the agencies or terms, each thing once, agencies first."""
    found = [
        one
        for agency in agencies
        for spelling in agency.spellings
        for one in _of_spelling(agency.agency_id, spelling, context)
    ]
    return shortest([*found, *(Alternative(term) for term in distinct(terms))])


def _of_spelling(agency_id: str, spelling: Spelling, context: Context) -> list[Alternative]:
    without = distinct(_forms(spelling.not_near, context.stems))
    beside: tuple[str, ...] = ()
    if _needs_words(agency_id, spelling, context):
        if not spelling.needs_context:
            raise NoContextError(spelling.text)
        beside = distinct(_forms(spelling.needs_context, context.stems))
    return [Alternative(text, beside, without) for text in variants(spelling.text)]


def _needs_words(agency_id: str, spelling: Spelling, context: Context) -> bool:
    """Whether the spelling's own context is written; X cannot ask for capitals."""
    if not context.anchored:
        return bool(spelling.needs_context) or spelling.exact_case
    if agency_id in context.anchors_suffice:
        return False
    return spelling.exact_case and bool(spelling.needs_context)


def _forms(words: Iterable[str], stems: Stems) -> list[str]:
    found: list[str] = []
    for word in words:
        if not word.endswith("*"):
            found.append(word)
        elif word in stems:
            found += stems[word]
        else:
            raise UnwrittenStemError(word)
    return found

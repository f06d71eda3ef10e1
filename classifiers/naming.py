"""The name by which a corpus text calls an agency, to mark it the way posts are marked."""

from collections.abc import Mapping, Sequence

from classifiers.corpus import AID_GENERAL, CorpusItem
from config.agencies import Agency
from config.errors import InputError
from config.folding import fold, whole_word

# Item id -> agency id -> name.
ActorNames = Mapping[str, Mapping[str, str]]


def actor_names(items: Sequence[CorpusItem], agencies: Sequence[Agency]) -> ActorNames:
    """Names of the agencies each item judges: as its text or its parent's text writes them.

    The longest spelling that stands in the text, folded; the agency's acronym or name where it is
    only meant. InputError for an agency that is not in the list.
    """
    known = {agency.agency_id: agency for agency in agencies}
    names: dict[str, dict[str, str]] = {}
    for item in items:
        names[item.id] = {}
        for entry in item.stances:
            if entry.actor == AID_GENERAL:
                continue
            if entry.actor not in known:
                raise InputError(f"{item.id}: unknown agency {entry.actor!r}; add it or correct it")
            names[item.id][entry.actor] = _name(item, known[entry.actor])
    return names


def _name(item: CorpusItem, agency: Agency) -> str:
    spellings = sorted((fold(s.text) for s in agency.spellings), key=lambda s: (-len(s), s))
    for text in (item.text, item.parent_text or ""):
        folded = fold(text)
        for spelling in spellings:
            if whole_word(spelling).search(folded):
                return spelling
    return agency.acronym or agency.name

"""Whether a text is told in own words: what a copy carries is refused, masked or pointed at."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from config.errors import UsageError
from crawlers.parsers import masking
from crawlers.parsers.fingerprints import normalised_message

FEWEST_WORDS: Final = 3
USUAL_WORDS: Final = 60
MOST_WORDS: Final = 150
# A phrase in quotation marks of so many words is somebody's sentence, not a term.
QUOTED_WORDS: Final = 4
SHARED_RUN: Final = 6

_QUOTED: Final = re.compile(r"«([^»]*)»|“([^”]*)”|\"([^\"]*)\"")
_LINK: Final = re.compile(r"https?://|\bwww\.|\b[\w-]+\.(?:com|net|org|info|ml|fr)/", re.IGNORECASE)
_REFUSED: Final[Mapping[str, str]] = {
    masking.HANDLE_MASK: "a handle",
    masking.PHONE_MASK: "a phone number",
    masking.MAIL_MASK: "an e-mail address",
    masking.PLATE_MASK: "a number plate",
}


@dataclass(frozen=True)
class OwnWords:
    """A text that may be stored, and what in it still looks like a copy."""

    text: str
    warnings: tuple[str, ...]


def in_own_words(text: str, *, allowed_handles: Collection[str]) -> OwnWords:
    """The text, its names masked; UsageError for what only a copy holds.

    Links, handles, phone numbers, plates, addresses and quoted sentences are refused; hashtags,
    emoji and great length are pointed at.
    """
    told = " ".join(unicodedata.normalize("NFC", text).split())
    words = len(told.split())
    if words < FEWEST_WORDS:
        raise UsageError(
            f"the text has {words} words; say in a sentence of your own what the post says"
        )
    masked = masking.mask_text(told, allowed_handles=allowed_handles)
    _refuse(told, masked, words)
    return OwnWords(masked, tuple(_doubts(told, masked, words)))


def shares_a_run(text: str, others: Iterable[str]) -> bool:
    """Whether six words in a row of the text also stand so in one of the others."""
    runs = _runs(text)
    return bool(runs) and any(runs & _runs(other) for other in others)


def _runs(text: str) -> set[tuple[str, ...]]:
    words = normalised_message(text).split()
    return {tuple(words[i : i + SHARED_RUN]) for i in range(len(words) - SHARED_RUN + 1)}


def _refuse(told: str, masked: str, words: int) -> None:
    found = [name for mask, name in _REFUSED.items() if masked.count(mask) > told.count(mask)]
    if _LINK.search(told) or masking.PROFILE_MASK in masked:
        found.append("a link")
    if _quotes(told):
        found.append("a quoted sentence")
    if found:
        raise UsageError(
            f"the text holds {' and '.join(found)}, as a copy would; "
            "say in your own words what the post says"
        )
    if words > MOST_WORDS:
        raise UsageError(
            f"the text has {words} words, at most {MOST_WORDS} are kept; say the point of the post"
        )


def _quotes(told: str) -> bool:
    phrases = (next(filter(None, match.groups()), "") for match in _QUOTED.finditer(told))
    return any(len(phrase.split()) >= QUOTED_WORDS for phrase in phrases)


def _doubts(told: str, masked: str, words: int) -> Iterable[str]:
    if masked.count(masking.NAME_MASK) > told.count(masking.NAME_MASK):
        yield "a name was masked"
    if "#" in told:
        yield "a hashtag: is it a copy?"
    if any(unicodedata.category(char) == "So" for char in told):
        yield "an emoji: is it a copy?"
    if words > USUAL_WORDS:
        yield f"{words} words: is it a copy?"

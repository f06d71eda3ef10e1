"""When two spellings are held to be the same: without case, accents or typographic marks."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# Keyboards write these marks in several ways; normalisation would take some of them apart.
_MARKS = str.maketrans(dict.fromkeys("’‘ʼ`´", "'") | dict.fromkeys("\u2010\u2011\u2013\u2014", "-"))
# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ɛ": "e", "ɔ": "o", "ŋ": "n", "ɲ": "ny", "ı": "i"})


def fold(text: str) -> str:
    """Lower case, no accents, one apostrophe and one hyphen; ɛ ɔ ŋ as e o n, ɲ as ny.

    Styled letters become plain ones. The result may differ in length from the text.
    """
    lowered = unicodedata.normalize("NFKD", text.translate(_MARKS)).casefold()
    decomposed = unicodedata.normalize("NFKD", lowered)
    plain = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return plain.translate(_LETTERS)


def stands_in(words: Iterable[str], folded_text: str) -> bool:
    """Whether any folded word or phrase stands whole in a folded text; `ong*` also takes ongs."""
    return any(whole_word(word).search(folded_text) for word in words)


@lru_cache(maxsize=4096)
def whole_word(word: str) -> re.Pattern[str]:
    """Pattern of a folded word or phrase standing whole; a trailing `*` takes any ending."""
    ending = r"\w*" if word.endswith("*") else ""
    return re.compile(rf"(?<!\w){re.escape(word.removesuffix('*'))}{ending}(?!\w)")

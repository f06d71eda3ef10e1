"""Letters without their marks, for texts that must compare equal however they are accented."""

import unicodedata
from typing import Final

FIRST_MARK: Final = "\u0300"


def without_marks(decomposed: str) -> str:
    """A decomposed text (NFD or NFKD) without its combining marks."""
    if decomposed.isascii():
        return decomposed
    # A text has few different marks, and replacing one is far quicker than asking each letter.
    for letter in set(decomposed):
        if letter >= FIRST_MARK and unicodedata.combining(letter):
            decomposed = decomposed.replace(letter, "")
    return decomposed

"""Letters without their marks, for texts that must compare equal however they are accented."""

import unicodedata
from typing import Final


class _Kept(dict[int, int | None]):
    """Code point -> itself, or None for a combining mark; filled as letters are met."""

    def __missing__(self, code: int) -> int | None:
        kept = None if unicodedata.combining(chr(code)) else code
        self[code] = kept
        return kept


_KEPT: Final = _Kept()


def without_marks(decomposed: str) -> str:
    """A decomposed text (NFD or NFKD) without its combining marks."""
    return decomposed if decomposed.isascii() else decomposed.translate(_KEPT)

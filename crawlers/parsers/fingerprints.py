"""Fingerprints of a text: exact, and of the message it carries whatever its dress."""

import hashlib
import re
import unicodedata
from functools import lru_cache

from crawlers.parsers.letters import without_marks

LINK = re.compile(r"https?://\S+")
MENTION = re.compile(r"@[\w….]+")
NOT_A_WORD = re.compile(r"[\W_]+")
DIGEST_LENGTH = 32
LAST_LATIN = "\u024f"
# Shorter messages ("merci", "amen") are equal by chance, so they are no shared object.
MIN_MESSAGE_WORDS = 5
PIECES = 16_384
LONG_TEXT = 2_000  # read whole, since a piece of it may be long as well


def text_hash(text: str) -> str:
    """Fingerprint of the exact text (32 hex digits of SHA-256)."""
    return _digest(text)


def normalised_message(text: str) -> str:
    """The words of a text: no links, mentions, accents, case, punctuation or emoji."""
    bare = text
    if "//" in bare:
        bare = LINK.sub(" ", bare)
    if "@" in bare:
        bare = MENTION.sub(" ", bare)
    if len(bare) > LONG_TEXT:
        return _words_of(bare)
    return " ".join(filter(None, map(_words_of_piece, bare.split())))


def _words_of(bare: str) -> str:
    if bare.isascii():
        return NOT_A_WORD.sub(" ", bare.casefold()).strip()
    # Twice: some letters fold only once they are taken apart (𝕊), others only whole; the Latin
    # ones fold at once.
    for _ in range(1 if max(bare) <= LAST_LATIN else 2):
        bare = unicodedata.normalize("NFKD", bare).casefold()
    letters = without_marks(unicodedata.normalize("NFKD", bare))
    return NOT_A_WORD.sub(" ", letters).strip()


# Texts repeat their words, so what a piece between blanks holds is found once.
_words_of_piece = lru_cache(maxsize=PIECES)(_words_of)


def message_hash(text: str) -> str:
    """Fingerprint of the normalised message: equal for copies of one message."""
    return _digest(normalised_message(text))


def is_comparable(message: str) -> bool:
    """Whether a normalised message is long enough for equality to mean a copy."""
    return message.count(" ") >= MIN_MESSAGE_WORDS - 1


def object_hash(value: str) -> str:
    """Fingerprint of a shared object."""
    return _digest(value)


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:DIGEST_LENGTH]

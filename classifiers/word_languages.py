"""Which language each word of a text is in, by its letters and by the words beside it.

Every word gets chances of being French, English, Bambara or something else from the pieces of up
to four letters in it; its neighbours then decide between readings that are alike ("la", "na"),
because people change language seldom within a sentence.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

CLASSES: Final = ("fr", "en", "bm", "other")
MODEL_FILE: Final = Path(__file__).parent / "word_languages.safetensors"
BUCKETS: Final = 1 << 16
LONGEST_PIECE: Final = 4
# Letters of a word that are looked at: a longer one is no word.
LONGEST_WORD: Final = 24
# How often public posts about aid in Mali are in each, and how seldom in yet another language that
# is written in Latin letters: an estimate, nothing was counted.
PRIORS: Final = (0.50, 0.20, 0.28, 0.02)
# Chance that the next word is in the language of this one.
STAY: Final = 0.9

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_REPEATED: Final = re.compile(r"(.)\1{2,}")

Chances = NDArray[np.float64]


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, with straight apostrophes and no drawn-out letters."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return [_REPEATED.sub(r"\1\1", word)[:LONGEST_WORD] for word in _WORD.findall(plain)]


def pieces(word: str) -> Iterator[int]:
    """The places of a word and of its pieces in the table of weights."""
    edged = f"<{word}>"
    yield _bucket(f"={word}")
    for length in range(1, LONGEST_PIECE + 1):
        for start in range(len(edged) - length + 1):
            yield _bucket(edged[start : start + length])


def word_chances(words: Sequence[str]) -> Chances:
    """Chances (words, CLASSES) of each word beside its neighbours."""
    if not words:
        return np.zeros((0, len(CLASSES)))
    return _smoothed(np.array([_alone(word) for word in words]))


@lru_cache(maxsize=20_000)
def _alone(word: str) -> Chances:
    weights, bias = _model()
    places = list(pieces(word))
    scores = weights[places].sum(axis=0) / np.sqrt(len(places)) + bias
    chances = np.exp(scores - scores.max())
    return np.asarray(chances / chances.sum())


def _smoothed(alone: Chances) -> Chances:
    """Forward-backward over the words: a language stays, or gives way to a frequent one."""
    priors = np.array(PRIORS)
    change = STAY * np.eye(len(CLASSES)) + (1 - STAY) * priors
    forward, backward = np.ones_like(alone), np.ones_like(alone)
    state = priors
    for i, chances in enumerate(alone):
        state = (state if i == 0 else state @ change) * chances
        state = forward[i] = state / state.sum()
    state = np.ones(len(CLASSES))
    for i in range(len(alone) - 2, -1, -1):
        state = change @ (state * alone[i + 1])
        state = backward[i] = state / state.sum()
    both = forward * backward
    return np.asarray(both / both.sum(axis=1, keepdims=True))


def _bucket(piece: str) -> int:
    return zlib.crc32(piece.encode()) % BUCKETS


@lru_cache(maxsize=1)
def _model() -> tuple[Chances, Chances]:
    tensors = load_file(MODEL_FILE)
    return tensors["weights"].astype(np.float64) * tensors["scale"], tensors["bias"].astype(
        np.float64
    )

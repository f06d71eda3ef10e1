"""French words by their English translations, so that an English encoder can start to read French.

The translation probabilities come from IBM model 1 (Brown et al., Computational Linguistics 1993)
over sentence pairs; the result is kept in `corpus/lexicon_fr.csv`.
"""

import csv
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifiers.corpus import CORPUS_DIR
from config.errors import InputError

LEXICON_FILE: Final = CORPUS_DIR / "lexicon_fr.csv"
COLUMNS: Final = ("word", "count", "translations")
ROUNDS: Final = 6
MIN_COUNT: Final = 3
MIN_CHANCE: Final = 0.08
MAX_TRANSLATIONS: Final = 4
MAX_WORDS: Final = 60
# A French word that is also an English word keeps its English meaning.
MAX_ENGLISH_SHARE: Final = 0.005

_WORD: Final = re.compile(r"[a-z]+")
_NOTHING: Final = ""  # the empty English word that explains what has no translation


@dataclass(frozen=True)
class LexiconEntry:
    """A folded French word, how often it was seen, and English words with their chances."""

    word: str
    count: int
    translations: Mapping[str, float]


def load_lexicon(path: Path = LEXICON_FILE) -> tuple[LexiconEntry, ...]:
    """The entries of a lexicon file, in its order."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(_entry(row) for row in csv.DictReader(file))
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{path}: no readable lexicon; restore the file") from error


def save_lexicon(entries: Iterable[LexiconEntry], path: Path) -> None:
    """Write entries as CSV: word, count, `help:0.66 helped:0.10`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for entry in entries:
            pairs = (f"{word}:{chance:.2f}" for word, chance in entry.translations.items())
            writer.writerow([entry.word, entry.count, " ".join(pairs)])


def build_lexicon(pairs: Iterable[tuple[str, str]]) -> list[LexiconEntry]:
    """Entries from (French, English) sentence pairs, the most frequent word first."""
    split = [(words(french), words(english)) for french, english in pairs]
    split = [(f, e) for f, e in split if 0 < len(f) < MAX_WORDS and 0 < len(e) < MAX_WORDS]
    french = Counter(word for sentence, _ in split for word in sentence)
    english = Counter(word for _, sentence in split for word in sentence)
    kept = [
        word
        for word in sorted(french, key=lambda word: (-french[word], word))
        if french[word] >= MIN_COUNT and english[word] <= MAX_ENGLISH_SHARE * french[word]
    ]
    found = _translations(split, frozenset(kept))
    return [LexiconEntry(word, french[word], found[word]) for word in kept if found.get(word)]


def words(text: str) -> list[str]:
    """Latin words of a text in lower case without accents, as the encoder's tokenizer sees them."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe"))
    return _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))


def _translations(
    pairs: Sequence[tuple[list[str], list[str]]], kept: frozenset[str]
) -> dict[str, dict[str, float]]:
    links = _links(pairs, kept)
    keys, pair_of = np.unique(links.keys, return_inverse=True)
    targets, sources = keys // len(links.english), keys % len(links.english)
    counts = _expected_counts(sources, pair_of, links.tokens)
    totals = np.bincount(targets, counts * (sources > 0))
    chosen: dict[str, dict[str, float]] = {}
    for index in np.lexsort((sources, -counts, targets)):
        target, source = targets[index], sources[index]
        chance = round(float(counts[index] / max(totals[target], 1e-9)), 2)
        entry = chosen.setdefault(links.french[target], {})
        if source > 0 and chance >= MIN_CHANCE and len(entry) < MAX_TRANSLATIONS:
            entry[links.english[source]] = chance
    return chosen


@dataclass(frozen=True)
class _Links:
    """Every link a French token may have: key = French word x len(english) + English word."""

    keys: NDArray[np.int64]
    tokens: NDArray[np.int64]
    french: list[str]
    english: list[str]


def _links(pairs: Sequence[tuple[list[str], list[str]]], kept: frozenset[str]) -> _Links:
    names = sorted({word for _, english in pairs for word in english})
    english_of = {word: index for index, word in enumerate([_NOTHING, *names])}
    french_of = {word: index for index, word in enumerate(sorted(kept))}
    keys, tokens = array("q"), array("q")
    token = 0
    for french, english in pairs:
        sources = [0, *(english_of[word] for word in english)]
        for word in french:
            if word in kept:
                first = french_of[word] * len(english_of)
                keys.extend(first + source for source in sources)
                tokens.extend([token] * len(sources))
                token += 1
    return _Links(
        np.frombuffer(keys, dtype=np.int64),
        np.frombuffer(tokens, dtype=np.int64),
        list(french_of),
        list(english_of),
    )


def _expected_counts(
    sources: NDArray[np.int64], pair_of: NDArray[np.int64], tokens: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Expected links of each word pair after the rounds of expectation maximisation."""
    chances: NDArray[np.float64] = np.ones(len(sources))
    counts = chances
    for _ in range(ROUNDS):
        weights = chances[pair_of]
        weights /= np.bincount(tokens, weights)[tokens]
        counts = np.bincount(pair_of, weights, len(sources)).astype(np.float64)
        chances = counts / np.bincount(sources, counts)[sources]
    return counts


def _entry(row: Mapping[str, str]) -> LexiconEntry:
    pairs = (pair.rsplit(":", 1) for pair in row["translations"].split())
    return LexiconEntry(row["word"], int(row["count"]), {w: float(c) for w, c in pairs})

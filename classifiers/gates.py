"""What must hold of the corpus before a score on it means anything."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from classifiers.corpus import CorpusItem, Splits
from classifiers.probes import ProbeScore, leak_probes
from classifiers.similarity import nearest

NEAR_COPY: Final = 0.8
QUANTILES: Final = (0.5, 0.9, 0.95, 0.99, 1.0)
STRETCH: Final = 1000
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

Items = Sequence[CorpusItem]


@dataclass(frozen=True)
class Neighbours:
    """Cosine of each test text to its nearest training text: quantiles, counts by tenth, copies."""

    quantiles: dict[str, float]
    tenths: dict[str, int]
    near_copies: tuple[str, ...]
    copied: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """How many words and how many different ones; `per_stretch` is the mean over 1,000 words each.

    The plain ratio falls with the number of words, the mean over equal stretches does not.
    """

    texts: int
    words: int
    different: int
    per_stretch: float | None
    once: float | None


@dataclass(frozen=True)
class Gates:
    """Neighbours, leak probes and vocabulary of a corpus."""

    neighbours: Neighbours
    probes: tuple[ProbeScore, ...]
    vocabulary: dict[str, Vocabulary]


def corpus_gates(splits: Splits) -> Gates:
    """Every gate of the corpus; probes are fitted on train and scored on dev."""
    languages = sorted({item.language for item in splits.all})
    return Gates(
        neighbours(splits.train, splits.test),
        tuple(leak_probes(splits.train, splits.dev)),
        {
            name: vocabulary([item.text for item in splits.all if item.language == name])
            for name in languages
        },
    )


def neighbours(train: Items, test: Items) -> Neighbours:
    """How near the test texts are to what was trained on, parents of comments included there."""
    read = sorted({item.text for item in train} | {item.parent_text or "" for item in train} - {""})
    cosines = [cosine for _, cosine in nearest([item.text for item in test], read)]
    tenths = Counter(f"{min(int(cosine * 10), 9) / 10:.1f}" for cosine in cosines)
    near = [i.id for i, c in zip(test, cosines, strict=False) if c >= NEAR_COPY]
    known = {_plain(text) for text in read}
    return Neighbours(
        quantiles={f"{q:g}": float(np.quantile(cosines, q)) for q in QUANTILES} if cosines else {},
        tenths=dict(sorted(tenths.items())),
        near_copies=tuple(near),
        copied=tuple(item.id for item in test if _plain(item.text) in known),
    )


def vocabulary(texts: Sequence[str]) -> Vocabulary:
    """Type-token figures of texts; words are letters, without case."""
    words = [word for text in texts for word in _WORD.findall(text.casefold())]
    counts = Counter(words)
    starts = range(0, len(words) - STRETCH + 1, STRETCH)
    stretches = [len(set(words[start : start + STRETCH])) / STRETCH for start in starts]
    return Vocabulary(
        texts=len(texts),
        words=len(words),
        different=len(counts),
        per_stretch=sum(stretches) / len(stretches) if stretches else None,
        once=sum(n == 1 for n in counts.values()) / len(counts) if counts else None,
    )


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in folded if char.isalnum())

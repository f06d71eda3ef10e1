"""Label leak probes: can the stance be told from what must not tell it?

Each probe learns the stance of the relevant training items from one thing beside the text, and is
scored on dev. The floor is the same probe after its training labels were shuffled: a balanced guess
has a higher macro-F1 than the majority class.
"""

import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from classifiers.baselines import majority, tfidf_baseline
from classifiers.corpus import CorpusItem
from classifiers.evaluation import FieldScore, field_score, macro_f1
from classifiers.ideas import idea_groups

SEED: Final = 7
SHUFFLES: Final = 3
_MARKS: Final = ".,!?…;:'’\"«»-()#@/*"
_REPEATED: Final = re.compile(r"(\w)\1\1")
_SENTENCE_START: Final = re.compile(r"(?:^|[.!?…]\s+)(\w)")
_VOWELS: Final = frozenset("aeiouyɛɔ")

Items = Sequence[CorpusItem]
# Training items, their labels, and the items to label.
Probe = Callable[[Items, Sequence[str], Items], list[str]]


@dataclass(frozen=True)
class ProbeScore:
    """What one probe finds on dev, beside the majority class and shuffled labels."""

    name: str
    n_train: int
    score: FieldScore
    majority: float | None
    shuffled: float | None

    @property
    def excess(self) -> float | None:
        """Macro-F1 above what shuffled labels give."""
        if self.score.macro_f1 is None or self.shuffled is None:
            return None
        return self.score.macro_f1 - self.shuffled


def leak_probes(train: Items, dev: Items) -> list[ProbeScore]:
    """Every probe, fitted on the relevant training items and scored on those of dev."""
    known = [item for item in train if item.relevance == "yes"]
    asked = [item for item in dev if item.relevance == "yes"]
    return [
        _scored(name, probe, [i for i in known if fits(i)], [i for i in asked if fits(i)])
        for name, (probe, fits) in PROBES.items()
    ]


def marks(text: str) -> list[float]:
    """Length and punctuation of a text."""
    length = max(1, len(text))
    words = text.split()
    return [
        len(text),
        len(words),
        _mean([len(word) for word in words]),
        _mean([char.isdigit() for char in text]),
        sum(unicodedata.category(char) == "So" for char in text),
        float(text[-1:] in ".!?…"),
        *(text.count(mark) / length for mark in _MARKS),
    ]


def typing_noise(text: str) -> list[float]:
    """How a text is typed: capitals, accents, clipped and stretched words, spacing."""
    words = text.split()
    letters = [char for char in text if char.isalpha()]
    starts = _SENTENCE_START.findall(text)
    return [
        _mean([char.isupper() for char in letters]),
        _mean([unicodedata.decomposition(char) != "" for char in letters]),
        _mean([not _VOWELS & set(unicodedata.normalize("NFD", w.casefold())) for w in words]),
        _mean([any(c.isdigit() for c in w) and any(c.isalpha() for c in w) for w in words]),
        _mean([start.isupper() for start in starts]),
        len(_REPEATED.findall(text)),
        text.count("  "),
        text.count("\n"),
        float(unicodedata.is_normalized("NFC", text)),
    ]


def _parent(train: Items, labels: Sequence[str], dev: Items) -> list[str]:
    return tfidf_baseline(
        [item.parent_text or "" for item in train], labels, [i.parent_text or "" for i in dev]
    )


def _idea(train: Items, labels: Sequence[str], dev: Items) -> list[str]:
    return tfidf_baseline([item.idea for item in train], labels, [item.idea for item in dev])


def _shape(describe: Callable[[str], list[float]]) -> Probe:
    def probe(train: Items, labels: Sequence[str], dev: Items) -> list[str]:
        # Trees, as a sign may tell a label at some lengths only.
        model = HistGradientBoostingClassifier(
            max_iter=100, learning_rate=0.08, class_weight="balanced", random_state=SEED
        )
        model.fit(_table(train, describe), list(labels))
        return [str(label) for label in model.predict(_table(dev, describe))]

    return probe


def _origin(train: Items, labels: Sequence[str], dev: Items) -> list[str]:
    model = make_pipeline(
        DictVectorizer(), LogisticRegression(class_weight="balanced", max_iter=2000)
    )
    model.fit([_where(item) for item in train], list(labels))
    return [str(label) for label in model.predict([_where(item) for item in dev])]


def _where(item: CorpusItem) -> dict[str, str]:
    return {
        "venue": item.venue,
        "platform": item.platform,
        "kind": item.kind,
        "all": f"{item.venue} {item.platform} {item.kind}",
    }


def _any(_item: CorpusItem) -> bool:
    return True


def _is_comment(item: CorpusItem) -> bool:
    return item.parent_text is not None


PROBES: Final[dict[str, tuple[Probe, Callable[[CorpusItem], bool]]]] = {
    "parent text alone (comments)": (_parent, _is_comment),
    "length and punctuation": (_shape(marks), _any),
    "typing noise": (_shape(typing_noise), _any),
    "venue, platform and kind": (_origin, _any),
    "words of the idea": (_idea, _any),
}


def _scored(name: str, probe: Probe, train: Items, dev: Items) -> ProbeScore:
    labels = [item.stance for item in train]
    truth = [item.stance for item in dev]
    if len(set(labels)) < 2 or not dev:  # noqa: PLR2004 - nothing to tell apart
        return ProbeScore(name, len(train), field_score([], []), None, None)
    said = probe(train, labels, dev)
    floors: list[float] = []
    for seed in range(SHUFFLES):
        mixed = labels[:]
        random.Random(SEED + seed).shuffle(mixed)  # noqa: S311 - a floor, nothing secret
        floors.append(macro_f1(truth, probe(train, mixed, dev)) or 0.0)
    return ProbeScore(
        name=name,
        n_train=len(train),
        score=field_score(truth, said, idea_groups(dev)),
        majority=macro_f1(truth, majority(labels, len(truth))),
        shuffled=_mean(floors),
    )


def _table(items: Items, describe: Callable[[str], list[float]]) -> NDArray[np.float64]:
    return np.array([describe(item.text) for item in items], dtype=np.float64)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0

"""How well labels agree with the truth, beside the two answers any classifier has to beat.

Apart from `evaluate_checkpoint` all functions take lists of labels (or probabilities) and give
values.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from classifiers.corpus import load_corpus, split_corpus

if TYPE_CHECKING:
    from classifiers.measuring import Evaluation

LEVEL: Final = 0.95
# Clopper-Pearson below so many rows or events on either side, Wilson above.
EXACT_BELOW_N: Final = 300
EXACT_BELOW_EVENTS: Final = 10
CALIBRATION_BINS: Final = 10
_CHAR_FEATURES: Final = 60_000


@dataclass(frozen=True)
class Share:
    """k of n with a 95 % interval; None where n is 0."""

    k: int
    n: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class FieldScore:
    """Accuracy with its interval and macro-F1 over the labels that occur in the truth."""

    accuracy: Share
    macro_f1: float | None


@dataclass(frozen=True)
class ScoredStance:
    """A classifier's stances beside the majority class and TF-IDF, on the same items."""

    model: FieldScore
    majority: FieldScore
    tfidf: FieldScore

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def share(k: int, n: int) -> Share:
    """k of n with Clopper-Pearson (small numbers) or Wilson limits."""
    if n == 0:
        return Share(k, n, None, None, None)
    small = n < EXACT_BELOW_N or min(k, n - k) < EXACT_BELOW_EVENTS
    limits = binomtest(k, n).proportion_ci(LEVEL, method="exact" if small else "wilson")
    return Share(k, n, k / n, float(limits.low), float(limits.high))


def accuracy(truth: Sequence[str], said: Sequence[str]) -> Share:
    """Share of labels that equal the truth."""
    return share(sum(t == s for t, s in zip(truth, said, strict=True)), len(truth))


def macro_f1(truth: Sequence[str], said: Sequence[str]) -> float | None:
    """Mean over the labels of the truth of 2 tp / (2 tp + fp + fn); None without rows."""
    if not truth:
        return None
    right = Counter(t for t, s in zip(truth, said, strict=True) if t == s)
    in_truth, in_said = Counter(truth), Counter(said)
    scores = [2 * right[name] / (in_truth[name] + in_said[name]) for name in sorted(in_truth)]
    return sum(scores) / len(scores)


def field_score(truth: Sequence[str], said: Sequence[str]) -> FieldScore:
    """Accuracy and macro-F1 together."""
    return FieldScore(accuracy(truth, said), macro_f1(truth, said))


def grouped(
    truth: Sequence[str], said: Sequence[str], groups: Sequence[str]
) -> dict[str, FieldScore]:
    """The score of each group (a language, a kind), in order of name."""
    scores: dict[str, FieldScore] = {}
    for group in sorted(set(groups)):
        rows = [index for index, name in enumerate(groups) if name == group]
        scores[group] = field_score([truth[i] for i in rows], [said[i] for i in rows])
    return scores


def expected_calibration_error(
    truth: Sequence[str], said: Sequence[str], confidence: Sequence[float]
) -> float | None:
    """Mean gap between confidence and accuracy over ten bins of equal width, weighted by n."""
    if not truth:
        return None
    right = np.array([t == s for t, s in zip(truth, said, strict=True)], dtype=np.float64)
    chances = np.asarray(confidence, dtype=np.float64)
    bins = np.minimum((chances * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = [_gap(right[bins == b], chances[bins == b]) for b in range(CALIBRATION_BINS)]
    return float(sum(gaps)) / len(truth)


def _gap(right: NDArray[np.float64], chances: NDArray[np.float64]) -> float:
    return float(abs(right.sum() - chances.sum()))


def majority(train: Sequence[str], n: int) -> list[str]:
    """The most frequent label of the training part, n times; ties go to the first by name."""
    counts = Counter(train)
    return [min(counts, key=lambda name: (-counts[name], name))] * n


def tfidf_baseline(
    train_texts: Sequence[str], train_labels: Sequence[str], texts: Sequence[str]
) -> list[str]:
    """Labels by TF-IDF of words and characters with logistic regression."""
    features = make_union(
        TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)),
        TfidfVectorizer(
            sublinear_tf=True, analyzer="char_wb", ngram_range=(2, 5), max_features=_CHAR_FEATURES
        ),
    )
    model = make_pipeline(
        features, LogisticRegression(C=10.0, class_weight="balanced", max_iter=2000)
    )
    model.fit(list(train_texts), list(train_labels))
    return [str(label) for label in model.predict(list(texts))]


def score_stance(
    truth: Sequence[str],
    said: Sequence[str],
    texts: Sequence[str],
    *,
    train_texts: Sequence[str],
    train_labels: Sequence[str],
) -> ScoredStance:
    """Score `said` against `truth` beside both baselines fitted on the training rows.

    `texts` are what TF-IDF reads: the texts alone, without the parent of a comment.
    """
    guess = majority(train_labels, len(truth))
    tfidf = tfidf_baseline(train_texts, train_labels, texts) if truth else []
    return ScoredStance(
        model=field_score(truth, said),
        majority=field_score(truth, guess),
        tfidf=field_score(truth, tfidf),
    )


def evaluate_checkpoint(name_or_path: str, registry_dir: Path | None = None) -> "Evaluation":
    """Score a checkpoint on the held-out test part of the corpus, beside its baselines."""
    from classifiers.inference import Classifier
    from classifiers.measuring import measure

    return measure(Classifier.load(name_or_path, registry_dir), split_corpus(load_corpus()))

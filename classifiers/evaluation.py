"""How well labels agree with the truth, as pure functions on lists of labels and chances.

Only `evaluate_checkpoint` reads files. Macro-F1 is over the labels that occur in the truth.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from classifiers.bootstrap import counts, interval, macro_f1_of
from classifiers.corpus import load_splits

if TYPE_CHECKING:
    from classifiers.measuring import Evaluation

LEVEL: Final = 0.95
# Clopper-Pearson below so many rows or events on either side, Wilson above.
EXACT_BELOW_N: Final = 300
EXACT_BELOW_EVENTS: Final = 10
CALIBRATION_BINS: Final = 10
COVERAGES: Final = (1.0, 0.8, 0.6)
RISK_COVERAGES: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


class Answer(Protocol):
    """A label with the chances of all labels."""

    @property
    def label(self) -> str:
        """The likeliest label."""

    @property
    def probabilities(self) -> Mapping[str, float]:
        """The chance of each label."""


# None: nothing was read, which is never right.
Answers = Sequence[Answer | None]


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
    """Accuracy with its interval, and macro-F1 with one where groups of items are known."""

    accuracy: Share
    macro_f1: float | None
    macro_f1_low: float | None = None
    macro_f1_high: float | None = None


@dataclass(frozen=True)
class ClassScore:
    """One label: how much of what is called so is so, and how much of what is so is found."""

    precision: Share
    recall: Share
    f1: float | None


@dataclass(frozen=True)
class RiskAt:
    """Share of wrong labels among the surest items, down to `confidence`."""

    coverage: float
    confidence: float
    wrong: Share
    macro_f1: float | None


def share(k: int, n: int) -> Share:
    """k of n with Clopper-Pearson (small numbers) or Wilson limits."""
    if n == 0:
        return Share(k, n, None, None, None)
    small = n < EXACT_BELOW_N or min(k, n - k) < EXACT_BELOW_EVENTS
    limits = binomtest(k, n).proportion_ci(LEVEL, method="exact" if small else "wilson")
    return Share(k, n, k / n, float(limits.low), float(limits.high))


def labels_of(answers: Answers) -> list[str]:
    """The label of each answer; empty where nothing was read."""
    return [answer.label if answer else "" for answer in answers]


def confidences_of(answers: Answers) -> list[float]:
    """The chance of the label of each answer; 0 where nothing was read."""
    return [answer.probabilities[answer.label] if answer else 0.0 for answer in answers]


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


def field_score(
    truth: Sequence[str], said: Sequence[str], groups: Sequence[str] | None = None
) -> FieldScore:
    """Accuracy and macro-F1; with the group of each item also the bootstrap limits of the latter.

    The limits of accuracy take items as independent.
    """
    limits = None
    if groups is not None and truth:
        limits = interval(counts(truth, said, groups), macro_f1_of)
    low, high = limits or (None, None)
    return FieldScore(accuracy(truth, said), macro_f1(truth, said), low, high)


def grouped(
    truth: Sequence[str],
    said: Sequence[str],
    names: Sequence[str],
    groups: Sequence[str] | None = None,
) -> dict[str, FieldScore]:
    """The score of the items of each name (a language, a kind), in order of name."""
    scores: dict[str, FieldScore] = {}
    for name in sorted(set(names)):
        rows = [index for index, found in enumerate(names) if found == name]
        scores[name] = field_score(
            [truth[i] for i in rows],
            [said[i] for i in rows],
            None if groups is None else [groups[i] for i in rows],
        )
    return scores


def class_scores(truth: Sequence[str], said: Sequence[str]) -> dict[str, ClassScore]:
    """Precision, recall and F1 of each label that occurs in the truth."""
    return {name: class_score(truth, said, name) for name in sorted(set(truth))}


def class_score(truth: Sequence[str], said: Sequence[str], name: str) -> ClassScore:
    """Precision, recall and F1 of one label; F1 is None where it neither occurs nor is said."""
    right = sum(t == s == name for t, s in zip(truth, said, strict=True))
    in_truth, in_said = list(truth).count(name), list(said).count(name)
    both = in_truth + in_said
    return ClassScore(
        share(right, in_said), share(right, in_truth), 2 * right / both if both else None
    )


def confusion(truth: Sequence[str], said: Sequence[str]) -> dict[str, dict[str, int]]:
    """Counts by true label and label said."""
    pairs = Counter(zip(truth, said, strict=True))
    columns = sorted(set(truth) | set(said))
    return {true: {label: pairs[true, label] for label in columns} for true in sorted(set(truth))}


def called(truth: Sequence[str], said: Sequence[str], true: str, label: str) -> Share:
    """Of the items that are `true`, the share called `label`."""
    among = [s for t, s in zip(truth, said, strict=True) if t == true]
    return share(among.count(label), len(among))


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


def risk_coverage(
    truth: Sequence[str],
    said: Sequence[str],
    confidence: Sequence[float],
    coverages: Sequence[float] = RISK_COVERAGES,
) -> list[RiskAt]:
    """Error and macro-F1 among the surest share of the items; ties go by position."""
    if not truth:
        return []
    order = np.argsort(-np.asarray(confidence, dtype=np.float64), kind="stable")
    found: list[RiskAt] = []
    for coverage in coverages:
        kept = order[: max(1, round(coverage * len(truth)))]
        true, label = [truth[i] for i in kept], [said[i] for i in kept]
        wrong = sum(t != s for t, s in zip(true, label, strict=True))
        least = float(confidence[kept[-1]])
        found.append(RiskAt(coverage, least, share(wrong, len(kept)), macro_f1(true, label)))
    return found


def area_under_risk(
    truth: Sequence[str], said: Sequence[str], confidence: Sequence[float]
) -> float | None:
    """Mean error over all coverages (AURC, Geifman et al. 2019); the lower, the better sorted."""
    if not truth:
        return None
    order = np.argsort(-np.asarray(confidence, dtype=np.float64), kind="stable")
    wrong = np.array([truth[i] != said[i] for i in order], dtype=np.float64)
    return float((np.cumsum(wrong) / np.arange(1, len(wrong) + 1)).mean())


def evaluate_checkpoint(
    name_or_path: str, registry_dir: Path | None = None, *, part: Literal["dev", "test"] = "test"
) -> "Evaluation":
    """Score a checkpoint on a part of the corpus (test is frozen), beside its baselines."""
    from classifiers.inference import Classifier
    from classifiers.measuring import measure

    return measure(Classifier.load(name_or_path, registry_dir), load_splits(), part=part)

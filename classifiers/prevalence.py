"""What the error rates of a balanced corpus mean where the thing looked for is rare.

A corpus holds about a third suspicious texts; the field a hundredth of posts and a tenth to a third
of comments. Precision follows from both error rates and the prevalence (Bayes). The assumption is
that each kind of text is mislabelled in the field as often as here, and that the texts that are not
suspicious are neutral and positive in the corpus's proportion.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from classifiers.bootstrap import counts
from classifiers.evaluation import Share, share

SUSPICIOUS: Final = "suspicious"
SUSPICIOUS_POSTS: Final = (0.01,)
SUSPICIOUS_COMMENTS: Final = (0.10, 0.20, 0.30)
RELEVANT_HITS: Final = 0.02


@dataclass(frozen=True)
class FieldPrecision:
    """Precision to expect at a prevalence, and at worst of the limits of both rates.

    `macro_f1` is that of all labels with the truth re-weighted to the prevalence, where asked for.
    """

    prevalence: float
    recall: Share
    false_alarms: Share
    precision: float | None
    precision_at_worst: float | None
    macro_f1: float | None = None


def precision_at(
    prevalence: float, recall: Share, false_alarms: Share, f1: float | None = None
) -> FieldPrecision:
    """Precision from the share found, the share of others falsely called, and the prevalence."""
    return FieldPrecision(
        prevalence,
        recall,
        false_alarms,
        _precision(prevalence, recall.value, false_alarms.value),
        _precision(prevalence, recall.low, false_alarms.high),
        f1,
    )


def suspicious_at(
    truth: Sequence[str], said: Sequence[str], prevalences: Sequence[float]
) -> list[FieldPrecision]:
    """Precision of `suspicious` at each prevalence of it among relevant texts."""
    flagged = [label == SUSPICIOUS for label in said]
    there = [label == SUSPICIOUS for label in truth]
    hits = sum(f and t for f, t in zip(flagged, there, strict=True))
    recall = share(hits, sum(there))
    alarms = share(sum(flagged) - hits, len(truth) - sum(there))
    return [
        precision_at(
            prevalence, recall, alarms, reweighted_f1(truth, said, {SUSPICIOUS: prevalence})
        )
        for prevalence in prevalences
    ]


def reweighted_f1(
    truth: Sequence[str], said: Sequence[str], shares: Mapping[str, float]
) -> float | None:
    """Macro-F1 with the labels of the truth weighted to `shares`; the rest keeps its proportions.

    None where a label of `shares`, or anything beside them, does not occur in the truth.
    """
    rest = [label for label in truth if label not in shares]
    if not rest or not set(shares) <= set(truth):
        return None
    found = counts(truth, said, ["" for _ in truth])
    table, n = found.total, found.n_true
    wanted = np.array(
        [
            shares.get(name, (1 - sum(shares.values())) * rest.count(name) / len(rest))
            for name in found.labels[:n]
        ]
    )
    rates = table[:n] / table[:n].sum(axis=1, keepdims=True)
    weighted = rates * wanted[:, None]
    right = np.diagonal(weighted)[:n]
    return float((2 * right / (wanted + weighted.sum(axis=0)[:n])).mean())


def _precision(prevalence: float, recall: float | None, alarms: float | None) -> float | None:
    if recall is None or alarms is None:
        return None
    flagged = prevalence * recall + (1 - prevalence) * alarms
    return prevalence * recall / flagged if flagged else None

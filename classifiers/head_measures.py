"""The measures of the other heads: relevance as a gate, the fields, severity, flags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from classifiers.baselines import majority
from classifiers.corpus import CorpusItem
from classifiers.evaluation import (
    Answer,
    Answers,
    ClassScore,
    FieldScore,
    Share,
    class_score,
    class_scores,
    confidences_of,
    expected_calibration_error,
    field_score,
    labels_of,
    share,
)
from classifiers.heads import FLAG_HEADS
from classifiers.ideas import idea_groups
from classifiers.prevalence import RELEVANT_HITS, SUSPICIOUS, FieldPrecision, precision_at
from config.vocabulary import SEVERITIES

NOT_SUSPICIOUS: Final = "none"
YES: Final = "yes"
NO: Final = "no"
REJECTED: Final = 0.5
# Read on items about aid alone, beside all items.
FIELDS: Final = ("relevance", "stance", "tone", "target", "narrative", "severity")

Items = Sequence[CorpusItem]


@dataclass(frozen=True)
class FieldMeasures:
    """One head on some items, beside the most frequent label of training."""

    score: FieldScore
    majority_accuracy: float | None
    majority_f1: float | None
    calibration_error: float | None
    classes: Mapping[str, ClassScore]


@dataclass(frozen=True)
class Rejection:
    """A gate on the chance of `no`, chosen on dev so that half of raw hits go.

    Raw hits are the corpus's items, re-weighted so that one in fifty is about aid.
    """

    threshold: float
    recall: Share
    off_topic_rejected: Share
    hits_rejected: float | None


@dataclass(frozen=True)
class RelevanceMeasures:
    """Relevance as a gate: what it loses, what it lets through, what that means in the field."""

    relevant_lost: Share
    off_topic_kept: Share
    at_half: Rejection | None
    field: FieldPrecision


def truth_of(item: CorpusItem, field: str) -> str:
    """The true label of a head: a field of the item, or yes and no for a flag."""
    if field in FLAG_HEADS:
        return YES if field in item.flags else NO
    return str(getattr(item, field))


def measure_field(known: Items, items: Items, answers: Answers, field: str) -> FieldMeasures:
    """One head on the items given; the majority class is that of `known`."""
    truth = [truth_of(item, field) for item in items]
    said = labels_of(answers)
    usual = majority([truth_of(item, field) for item in known], len(items)) if known else []
    beside = field_score(truth, usual) if usual else None
    return FieldMeasures(
        score=field_score(truth, said, idea_groups(items)),
        majority_accuracy=beside.accuracy.value if beside else None,
        majority_f1=beside.macro_f1 if beside else None,
        calibration_error=expected_calibration_error(truth, said, confidences_of(answers)),
        classes=class_scores(truth, said),
    )


def measure_severity_levels(items: Items, answers: Answers) -> FieldScore:
    """The four levels among truly suspicious items, by the likeliest level beside `none`."""
    kept = [
        (item, answer)
        for item, answer in zip(items, answers, strict=True)
        if item.stance == SUSPICIOUS and item.severity != NOT_SUSPICIOUS
    ]
    truth = [item.severity for item, _ in kept]
    said = [_level(answer) for _, answer in kept]
    return field_score(truth, said, idea_groups([item for item, _ in kept]))


def measure_flag(items: Items, answers: Answers, flag: str) -> ClassScore:
    """Precision, recall and F1 of a flag over all items."""
    return class_score([truth_of(item, flag) for item in items], labels_of(answers), YES)


def measure_relevance(
    items: Items, answers: Answers, *, dev: Items = (), dev_answers: Answers = ()
) -> RelevanceMeasures:
    """The gate as it is used (`no` goes), and at half of raw hits rejected."""
    said = labels_of(answers)
    kept = {
        truth: [
            label != NO for item, label in zip(items, said, strict=True) if item.relevance == truth
        ]
        for truth in (YES, NO)
    }
    found, let_through = (share(sum(kept[truth]), len(kept[truth])) for truth in (YES, NO))
    threshold = rejecting(_chances(dev, dev_answers, YES), _chances(dev, dev_answers, NO))
    return RelevanceMeasures(
        relevant_lost=share(found.n - found.k, found.n),
        off_topic_kept=let_through,
        at_half=None if threshold is None else _rejection(items, answers, threshold),
        field=precision_at(RELEVANT_HITS, found, let_through),
    )


def rejecting(
    relevant: Sequence[float],
    off_topic: Sequence[float],
    *,
    rejected: float = REJECTED,
    prevalence: float = RELEVANT_HITS,
) -> float | None:
    """The highest chance of `no` at or above which that share of raw hits lies; None without rows.

    Raw hits: off-topic items and relevant ones, weighted to the prevalence of relevant ones.
    """
    if not relevant or not off_topic:
        return None
    chances = np.array([*relevant, *off_topic])
    weights = np.array(
        [prevalence / len(relevant)] * len(relevant)
        + [(1 - prevalence) / len(off_topic)] * len(off_topic)
    )
    order = np.argsort(-chances, kind="stable")
    gone = np.cumsum(weights[order])
    # Sums of weights miss the share by rounding alone.
    return float(chances[order][int(np.searchsorted(gone, rejected - 1e-9))])


def _rejection(items: Items, answers: Answers, threshold: float) -> Rejection:
    relevant, off_topic = (_chances(items, answers, truth) for truth in (YES, NO))
    kept = share(sum(chance < threshold for chance in relevant), len(relevant))
    gone = share(sum(chance >= threshold for chance in off_topic), len(off_topic))
    hits = None
    if kept.value is not None and gone.value is not None:
        hits = RELEVANT_HITS * (1 - kept.value) + (1 - RELEVANT_HITS) * gone.value
    return Rejection(threshold, kept, gone, hits)


def _chances(items: Items, answers: Answers, truth: str) -> list[float]:
    """Chance of `no` of the items of a true relevance; what cannot be read is kept."""
    return [
        answer.probabilities[NO] if answer else 0.0
        for item, answer in zip(items, answers, strict=True)
        if item.relevance == truth
    ]


def _level(answer: Answer | None) -> str:
    if answer is None:
        return ""
    return max(SEVERITIES[1:], key=lambda level: answer.probabilities.get(level, 0.0))

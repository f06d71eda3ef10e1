import pytest

from classifiers.head_measures import (
    measure_field,
    measure_flag,
    measure_relevance,
    measure_severity_levels,
    rejecting,
    truth_of,
)
from corpus_items import Answer, answer, answers, item


def test_the_truth_of_a_flag_is_yes_or_no():
    flagged = item("1", flags=("threat",), tone="negative")

    assert [truth_of(flagged, head) for head in ("threat", "irony", "tone")] == [
        "yes",
        "no",
        "negative",
    ]


def test_a_flag_has_precision_recall_and_f1():
    items = [item("1", flags=("irony",)), item("2", flags=("irony",)), item("3"), item("4")]

    found = measure_flag(items, answers("yes", "no", "yes", "no"), "irony")

    assert (found.precision.value, found.recall.value, found.f1) == (0.5, 0.5, 0.5)


def test_a_head_stands_beside_the_majority_class_of_training():
    known = [item("1", tone="neutral"), item("2", tone="neutral"), item("3", tone="positive")]
    items = [item("4", tone="positive"), item("5", tone="neutral")]

    found = measure_field(known, items, answers("positive", "neutral"), "tone")

    assert (found.score.accuracy.value, found.majority_accuracy) == (1.0, 0.5)
    assert found.majority_f1 == pytest.approx((2 / 3 + 0) / 2)
    assert set(found.classes) == {"neutral", "positive"}


def test_severity_levels_are_told_apart_among_suspicious_items_alone():
    items = [
        item("1", stance="suspicious", severity="high"),
        item("2", stance="suspicious", severity="low"),
        item("3", stance="neutral"),
    ]
    # The likeliest level counts where `none` is likelier still.
    said = [
        Answer("none", {"none": 0.6, "low": 0.1, "medium": 0.1, "high": 0.2, "critical": 0.0}),
        None,
        answer("none"),
    ]

    found = measure_severity_levels(items, said)

    assert (found.accuracy.k, found.accuracy.n) == (1, 2)


def gate(*chances):
    """Answers with these chances of `no`."""
    return [Answer("no" if c > 0.5 else "yes", {"no": c, "yes": 1 - c}) for c in chances]


def test_the_gate_counts_what_it_loses_and_lets_through():
    items = [item("1"), item("2"), item("3", relevance="no"), item("4", relevance="cannot_tell")]

    found = measure_relevance(items, gate(0.1, 0.9, 0.2, 0.9))

    assert (found.relevant_lost.k, found.relevant_lost.n) == (1, 2)
    assert (found.off_topic_kept.k, found.off_topic_kept.n) == (1, 1)
    assert found.field.prevalence == 0.02
    assert found.at_half is None


def test_half_of_raw_hits_go_when_half_of_the_off_topic_ones_do():
    # One in fifty hits is about aid, so the off-topic ones decide.
    assert rejecting([0.0] * 100, [0.9, 0.8, 0.7, 0.1]) == 0.7
    assert rejecting([0.0], [0.9, 0.1], rejected=0.49) == 0.9


def test_relevant_items_weigh_as_much_as_they_do_in_the_field():
    # All relevant items above the off-topic ones are 2 % of hits, not half of them.
    assert rejecting([0.99] * 4, [0.9, 0.8, 0.7, 0.6], rejected=0.02) == 0.99
    assert rejecting([0.99] * 4, [0.9, 0.8, 0.7, 0.6], rejected=0.26) == 0.9


def test_without_items_of_both_kinds_there_is_no_threshold():
    assert rejecting([], [0.5]) is None
    assert rejecting([0.5], []) is None


def test_a_threshold_chosen_on_dev_is_measured_on_the_part():
    dev = [item("1"), item("2", relevance="no"), item("3", relevance="no")]
    items = [item("4"), item("5"), item("6", relevance="no"), item("7", relevance="no")]

    found = measure_relevance(
        items, gate(0.1, 0.95, 0.8, 0.2), dev=dev, dev_answers=gate(0.1, 0.9, 0.6)
    ).at_half

    assert found.threshold == 0.6
    assert (found.recall.k, found.recall.n) == (1, 2)
    assert (found.off_topic_rejected.k, found.off_topic_rejected.n) == (1, 2)
    assert found.hits_rejected == pytest.approx(0.02 * 0.5 + 0.98 * 0.5)


def test_what_cannot_be_read_is_kept():
    found = measure_relevance(
        [item("1")],
        [None],
        dev=[item("2"), item("3", relevance="no")],
        dev_answers=gate(0.1, 0.9),
    )

    assert found.at_half.recall.value == 1.0
    assert found.relevant_lost.k == 0

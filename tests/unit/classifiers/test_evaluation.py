import pytest
from scipy.stats import binomtest
from sklearn.metrics import f1_score

from classifiers.evaluation import (
    area_under_risk,
    called,
    class_score,
    class_scores,
    confidences_of,
    confusion,
    expected_calibration_error,
    field_score,
    grouped,
    labels_of,
    macro_f1,
    risk_coverage,
    share,
)
from corpus_items import answer

TRUTH = ["n", "n", "s", "s", "p", "n"]
SAID = ["n", "s", "s", "s", "n", "n"]


def test_small_numbers_have_exact_limits():
    # Published Clopper-Pearson limits of 4 in 20 (for example Agresti and Coull 1998).
    found = share(4, 20)

    assert (found.low, found.high) == pytest.approx((0.0573, 0.4366), abs=1e-4)


def test_large_numbers_have_score_limits():
    # Wilson: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n), by hand for 80 of 400.
    found = share(80, 400)

    assert (found.low, found.high) == pytest.approx((0.1637, 0.2420), abs=1e-4)


def test_few_events_of_many_have_exact_limits():
    exact = binomtest(995, 1000).proportion_ci(method="exact")

    assert share(995, 1000).low == pytest.approx(exact.low)


def test_no_rows_give_unknown_and_not_zero():
    assert share(0, 0).value is None
    assert macro_f1([], []) is None
    assert expected_calibration_error([], [], []) is None


def test_accuracy_and_macro_f1_are_those_of_scikit_learn():
    score = field_score(TRUTH, SAID)

    assert (score.accuracy.k, score.accuracy.n) == (4, 6)
    expected = f1_score(TRUTH, SAID, average="macro", zero_division=0)
    assert score.macro_f1 == pytest.approx(expected)


def test_groups_are_scored_apart():
    found = grouped(TRUTH, SAID, ["fr", "en", "fr", "en", "fr", "en"])

    assert list(found) == ["en", "fr"]
    assert (found["en"].accuracy.k, found["fr"].accuracy.k) == (2, 2)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    truth, said = ["a"] * 10, ["a"] * 5 + ["b"] * 5

    assert expected_calibration_error(truth, said, [0.95] * 10) == pytest.approx(0.45)
    assert expected_calibration_error(truth, said, [0.55] * 10) == pytest.approx(0.05)


def test_intervals_come_with_groups_and_enclose_the_score():
    score = field_score(TRUTH * 20, SAID * 20, [str(i) for i in range(120)])

    assert score.macro_f1_low < score.macro_f1 < score.macro_f1_high
    assert field_score(TRUTH, SAID).macro_f1_low is None


def test_a_class_has_precision_recall_and_f1():
    score = class_scores(TRUTH, SAID)["s"]

    assert (score.precision.k, score.precision.n) == (2, 3)
    assert (score.recall.k, score.recall.n) == (2, 2)
    assert score.f1 == pytest.approx(2 * 2 / (3 + 2))


def test_a_class_that_nobody_named_has_no_f1():
    assert class_score(TRUTH, SAID, "x").f1 is None


def test_confusion_counts_what_each_truth_was_called():
    assert confusion(TRUTH, SAID) == {
        "n": {"n": 2, "p": 0, "s": 1},
        "p": {"n": 1, "p": 0, "s": 0},
        "s": {"n": 0, "p": 0, "s": 2},
    }


def test_the_share_called_otherwise_is_of_the_true_class():
    found = called(TRUTH, SAID, "n", "s")

    assert (found.k, found.n) == (1, 3)


def test_an_item_without_an_answer_has_an_empty_label_and_no_confidence():
    found = [answer("n", 0.8), None]

    assert labels_of(found) == ["n", ""]
    assert confidences_of(found) == [0.8, 0.0]


def test_risk_falls_where_the_surest_are_right():
    truth, said = ["a"] * 10, ["a"] * 8 + ["b"] * 2
    sure = [0.9, 0.8, 0.7, 0.6, 0.95, 0.85, 0.75, 0.65, 0.3, 0.2]

    points = risk_coverage(truth, said, sure, (1.0, 0.8, 0.6))

    assert [(at.wrong.k, at.wrong.n) for at in points] == [(2, 10), (0, 8), (0, 6)]
    assert [at.confidence for at in points] == [0.2, 0.6, 0.7]


def test_the_area_under_risk_is_the_mean_error_over_all_coverages():
    assert area_under_risk(["a", "a"], ["a", "b"], [0.9, 0.1]) == pytest.approx((0 + 1 / 2) / 2)
    assert area_under_risk(["a", "a"], ["a", "b"], [0.1, 0.9]) == pytest.approx((1 + 1 / 2) / 2)

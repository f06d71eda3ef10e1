import pytest
from scipy.stats import binomtest
from sklearn.metrics import f1_score

from classifiers.evaluation import (
    expected_calibration_error,
    field_score,
    grouped,
    macro_f1,
    majority,
    score_stance,
    share,
    tfidf_baseline,
)

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


def test_the_majority_is_the_most_frequent_and_ties_go_by_name():
    assert majority(["b", "a", "b", "a"], 2) == ["a", "a"]
    assert majority(["b", "b", "a"], 1) == ["b"]


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    truth, said = ["a"] * 10, ["a"] * 5 + ["b"] * 5

    assert expected_calibration_error(truth, said, [0.95] * 10) == pytest.approx(0.45)
    assert expected_calibration_error(truth, said, [0.55] * 10) == pytest.approx(0.05)


def test_the_baseline_learns_words():
    texts = ["merci pour le riz", "merci beaucoup", "espions dehors", "des espions partout"] * 3
    labels = ["positive", "positive", "suspicious", "suspicious"] * 3

    assert tfidf_baseline(texts, labels, ["un grand merci", "ces espions"]) == [
        "positive",
        "suspicious",
    ]


def test_a_stance_score_stands_beside_both_baselines():
    scored = score_stance(
        ["positive", "neutral"],
        ["positive", "positive"],
        ["merci", "avis"],
        train_texts=["merci bien", "avis de réunion", "avis public"],
        train_labels=["positive", "neutral", "neutral"],
    )

    assert scored.model.accuracy.value == 0.5
    assert scored.majority.accuracy.value == 0.5
    assert scored.tfidf.accuracy.n == 2

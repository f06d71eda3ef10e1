import pytest

from classifiers.evaluation import share
from classifiers.prevalence import precision_at, reweighted_f1, suspicious_at


def test_precision_follows_from_both_rates_by_bayes():
    found = precision_at(0.01, share(80, 100), share(10, 200))

    assert found.precision == pytest.approx(0.01 * 0.8 / (0.01 * 0.8 + 0.99 * 0.05))
    assert found.precision_at_worst < found.precision


def test_no_false_alarm_seen_still_leaves_some_at_worst():
    found = precision_at(0.01, share(80, 100), share(0, 200))

    assert found.precision == 1.0
    assert found.precision_at_worst < 0.5


def test_what_was_not_measured_gives_no_precision():
    assert precision_at(0.01, share(0, 0), share(1, 9)).precision is None
    assert precision_at(0.01, share(0, 9), share(0, 9)).precision is None


def test_suspicious_is_rated_at_each_prevalence():
    truth = ["suspicious"] * 10 + ["neutral"] * 20 + ["positive"] * 10
    said = ["suspicious"] * 8 + ["neutral"] * 2 + ["suspicious"] * 3 + ["neutral"] * 27

    found = suspicious_at(truth, said, (0.1, 0.3))

    assert [(at.recall.k, at.false_alarms.k, at.false_alarms.n) for at in found] == [(8, 3, 30)] * 2
    assert found[0].precision == pytest.approx(0.1 * 0.8 / (0.1 * 0.8 + 0.9 * 0.1))
    assert found[0].precision < found[1].precision


def test_reweighting_to_the_shares_at_hand_changes_nothing():
    truth = ["suspicious"] * 10 + ["neutral"] * 20 + ["positive"] * 10
    said = ["suspicious"] * 8 + ["neutral"] * 32

    found = reweighted_f1(truth, said, {"suspicious": 0.25})

    scores = [2 * 8 / (10 + 8), 2 * 20 / (20 + 32), 0.0]
    assert found == pytest.approx(sum(scores) / 3)


def test_reweighting_needs_the_label_and_something_beside_it():
    assert reweighted_f1(["neutral"], ["neutral"], {"suspicious": 0.1}) is None
    assert reweighted_f1(["suspicious"], ["suspicious"], {"suspicious": 0.1}) is None

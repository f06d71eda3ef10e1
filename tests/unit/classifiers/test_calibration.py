import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from classifiers.calibration import (
    fit_temperature,
    fit_temperatures,
    rounded,
    softmax,
    temperature_of,
    threshold_at_risk,
    upper_limit,
)


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=40))
def test_rounded_chances_have_four_decimals_and_sum_to_one(logits):
    found = rounded(softmax(np.array(logits)))

    assert sum(round(value * 10_000) for value in found) == 10_000
    assert all(round(value, 4) == value for value in found)


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=40))
def test_rounding_moves_no_chance_by_a_whole_unit(logits):
    chances = softmax(np.array(logits))

    assert np.abs(np.array(rounded(chances)) - chances).max() < 1e-4


def test_softmax_stands_large_logits_and_follows_the_temperature():
    assert softmax(np.array([1000.0, 0.0])).tolist() == [1.0, 0.0]
    assert softmax(np.array([2.0, 0.0]), 2.0)[0] == pytest.approx(np.e / (np.e + 1))


def test_the_temperature_of_overconfident_logits_is_above_one():
    generator = np.random.default_rng(1)
    true = generator.normal(size=(2000, 3))
    labels = [int(generator.choice(3, p=softmax(row))) for row in true]

    assert fit_temperature(true * 3, labels) == pytest.approx(3.0, rel=0.15)


def test_without_rows_the_temperature_is_one():
    assert fit_temperature(np.zeros((0, 3)), []) == 1.0


def test_each_language_with_enough_rows_gets_its_own_temperature():
    generator = np.random.default_rng(2)
    true = generator.normal(size=(900, 3))
    labels = [int(generator.choice(3, p=softmax(row))) for row in true]
    languages = ["fr"] * 450 + ["en"] * 430 + ["bm"] * 20
    spread = np.array([3.0] * 450 + [1.0] * 450)[:, None]

    found = fit_temperatures(true * spread, labels, languages)

    assert sorted(found) == ["all", "en", "fr"]
    assert found["fr"] == pytest.approx(3.0, rel=0.3)
    assert found["en"] == pytest.approx(1.0, rel=0.3)
    assert temperature_of(found, "bm") == found["all"]


def test_upper_limits_are_those_of_clopper_and_pearson():
    # No error in 29 rows is the least that shows an error rate of at most one in ten.
    found = upper_limit(np.array([0, 0, 4, 5]), np.array([29, 28, 20, 5]))

    assert found[0] == pytest.approx(1 - 0.05 ** (1 / 29))
    assert found[0] <= 0.10 < found[1]
    assert found[2] == pytest.approx(binomtest(4, 20, 0.5).proportion_ci(0.90).high)
    assert found[3] == 1.0


def test_the_threshold_is_the_lowest_confidence_that_keeps_the_risk():
    confidence = [1 - index / 1000 for index in range(200)]
    right = [index < 100 for index in range(200)]

    found = threshold_at_risk(confidence, right, risk=0.10)

    assert found.upper <= 0.10
    one_more = upper_limit(np.array([found.wrong + 1]), np.array([found.accepted + 1]))
    assert one_more[0] > 0.10
    assert found.confidence == confidence[found.accepted - 1]
    assert found.wrong == found.accepted - 100


def test_rows_of_one_confidence_are_accepted_together():
    found = threshold_at_risk([0.9] * 40 + [0.5] * 40, [True] * 60 + [False] * 20, risk=0.10)

    assert (found.confidence, found.accepted, found.wrong) == (0.9, 40, 0)


def test_no_confidence_keeps_the_risk_of_few_or_wrong_rows():
    assert threshold_at_risk([0.9] * 10, [True] * 10).confidence is None
    assert threshold_at_risk([0.9] * 99, [False] * 99).confidence is None
    assert threshold_at_risk([], []).confidence is None

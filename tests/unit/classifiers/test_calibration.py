import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.calibration import fit_temperature, rounded, softmax


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

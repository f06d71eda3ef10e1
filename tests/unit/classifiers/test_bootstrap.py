import numpy as np
import pytest

from classifiers.bootstrap import counts, interval, macro_f1_of
from classifiers.evaluation import macro_f1

TRUTH = ["n", "n", "s", "s", "p", "n"] * 30
SAID = ["n", "s", "s", "s", "x", "n"] * 30
ALONE = [str(index) for index in range(len(TRUTH))]


def test_macro_f1_of_counts_is_that_of_the_labels():
    found = counts(TRUTH, SAID, ALONE)

    assert found.labels == ("n", "p", "s", "x")
    value = macro_f1_of(found.total[None], found.n_true)
    assert value[0] == pytest.approx(macro_f1(TRUTH, SAID))


def test_the_same_seed_gives_the_same_limits_around_the_value():
    found = counts(TRUTH, SAID, ALONE)
    low, high = interval(found, macro_f1_of, seed=3)

    assert (low, high) == interval(found, macro_f1_of, seed=3)
    assert (low, high) != interval(found, macro_f1_of, seed=4)
    assert low < macro_f1(TRUTH, SAID) < high


def test_items_that_stand_or_fall_together_widen_the_limits():
    truth = ["a"] * 300
    said = ["a", "a", "b"] * 100
    said = sorted(said)
    together = [str(index // 10) for index in range(300)]

    apart = interval(counts(truth, said, [str(i) for i in range(300)]), macro_f1_of)
    grouped = interval(counts(truth, said, together), macro_f1_of)

    assert grouped[1] - grouped[0] > 2 * (apart[1] - apart[0])


def test_one_group_gives_no_limits():
    assert interval(counts(TRUTH, SAID, ["one"] * len(TRUTH)), macro_f1_of) is None


def test_the_limits_hold_the_truth_about_as_often_as_they_say():
    generator = np.random.default_rng(5)
    held = 0
    for _ in range(60):
        right = generator.random(150) < 0.7
        said = ["a" if r else "b" for r in right]
        low, high = interval(counts(["a"] * 150, said, [str(i) for i in range(150)]), macro_f1_of)
        # Macro-F1 with one true label is 2p / (1 + p) at accuracy p.
        held += low <= 2 * 0.7 / 1.7 <= high

    assert held >= 52


def test_groups_of_one_item_and_of_two_like_items_are_drawn_alike():
    # The same values, once as single items and once in groups that hold two of a kind.
    single = interval(counts(TRUTH, SAID, ALONE), macro_f1_of)
    pairs = interval(
        counts(TRUTH * 2, SAID * 2, [*ALONE, *ALONE]),
        macro_f1_of,
    )

    assert single == pytest.approx(pairs, abs=0.02)

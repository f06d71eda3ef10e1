import pytest

from classifiers.goals import Goal, goals
from classifiers.head_measures import measure_field
from classifiers.stance_measures import measure_actors, measure_stance
from corpus_items import answers, item

ITEMS = [
    item("1", stance="suspicious", severity="high", stances={"wfp": "suspicious"}),
    item("2", stance="positive", language="en"),
    item("3", stance="neutral", language="en"),
]
SAID = answers("suspicious", "positive", "positive")


@pytest.fixture(scope="module")
def found():
    fields = {"severity": measure_field(ITEMS, ITEMS, answers("high", "none", "none"), "severity")}
    stance = measure_stance(ITEMS, ITEMS, SAID)
    return {g.what: g for g in goals(stance, measure_actors(ITEMS, {}), None, fields)}


@pytest.mark.parametrize(
    ("value", "at_least", "reached"),
    [(82.0, True, True), (81.9, True, False), (3.0, False, True), (3.1, False, False)],
)
def test_a_goal_is_reached_at_its_value(value, at_least, reached):
    wanted = 82.0 if at_least else 3.0

    assert Goal("x", value, None, None, wanted, at_least).reached is reached


def test_what_was_not_measured_is_neither_reached_nor_missed(found):
    for name in ("relevance recall at 50 % of hits rejected", "narrative: macro-F1"):
        assert (found[name].value, found[name].reached) == (None, None)
    assert found["stance, bm: macro-F1"].reached is None
    assert found["two actors, different stance: both right"].value is None


def test_figures_are_given_times_a_hundred(found):
    assert found["stance, all: macro-F1"].value == pytest.approx(100 * (1 + 2 / 3 + 0) / 3)
    assert found["severity: macro-F1"].value == 100.0
    assert found["suspicious called positive or the reverse"].value == 0.0


def test_each_language_has_a_goal_of_calibration(found):
    assert "calibration error, en" in found
    assert not found["calibration error, en"].at_least

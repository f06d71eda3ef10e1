import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.alert_rules import BurstCondition
from pipelines.bursts import WeekCount, assess, find_bursts

RULE = BurstCondition(factor=3, min_count=5, baseline_weeks=8, min_baseline_weeks=4, alpha=0.01)


def weeks(*counts):
    """One series; None is a week that was not fully collected."""
    return [WeekCount(f"W{n:02d}", count, count is not None) for n, count in enumerate(counts)]


def state(*counts, rule=RULE):
    return assess({"all": weeks(*counts)}, rule)[0].state


def test_a_rumour_over_a_quiet_baseline_is_a_burst():
    (burst,) = find_bursts({"all": weeks(1, 0, 2, 1, 0, 1, 1, 0, 12)}, RULE)

    assert (burst.series, burst.week, burst.count) == ("all", "W08", 12)
    assert (burst.baseline_median, len(burst.baseline)) == (1.0, 8)
    assert burst.p_value < 0.001


def test_an_ordinary_week_is_usual():
    assert state(1, 0, 2, 1, 0, 1, 1, 0, 2) == "usual"


def test_a_high_count_over_a_high_baseline_is_usual():
    assert state(30, 28, 33, 29, 31, 30, 27, 32, 41) == "usual"


def test_below_the_smallest_count_nothing_is_a_burst():
    assert state(0, 0, 0, 0, 0, 0, 0, 0, 4) == "usual"


def test_a_count_that_chance_explains_is_no_burst():
    # 5 is three times the median of 1.5, and above min_count, but 24 in 8 weeks is a mean of 3.
    assert state(0, 1, 1, 2, 9, 1, 2, 8, 5) == "usual"


def test_three_complete_weeks_are_too_few_for_a_baseline():
    assert state(0, 0, 0, 40) == "insufficient_data"
    assert state(None, None, None, None, 0, 0, None, 0, 40) == "insufficient_data"
    assert state(0, 0, 0, 0, 40) == "burst"


def test_an_incomplete_week_is_never_a_burst():
    series = [*weeks(*[0] * 8), WeekCount("W08", 40, complete=False)]

    assert assess({"all": series}, RULE)[0].state == "incomplete"


def test_incomplete_weeks_do_not_lower_the_baseline():
    outage = [WeekCount("gap", 0, complete=False)] * 4
    series = [*outage, *weeks(20, 22, 19, 21, 24)]
    (found,) = assess({"all": series}, RULE)

    assert found.baseline == (20, 22, 19, 21)
    assert found.state == "usual"


def test_weeks_older_than_the_baseline_are_forgotten():
    (found,) = assess({"all": weeks(90, 90, 1, 1, 1, 1, 1, 1, 1, 1, 12)}, RULE)

    assert found.baseline == (1,) * 8
    assert found.state == "burst"


def test_many_series_ask_for_more_evidence():
    borderline = weeks(1, 1, 1, 1, 1, 1, 0, 0, 5)
    alone = find_bursts({"a": borderline}, RULE)
    quiet = {f"quiet{n}": weeks(1, 1, 1, 1, 1, 1, 1, 1, 1) for n in range(9)}
    among_many = find_bursts({"a": borderline, **quiet}, RULE)

    assert [burst.series for burst in alone] == ["a"]
    assert among_many == []


def test_series_that_could_not_be_tested_do_not_dilute_the_others():
    borderline = weeks(1, 1, 1, 1, 1, 1, 0, 0, 5)
    young = {f"young{n}": weeks(1, 1) for n in range(9)}

    assert [burst.series for burst in find_bursts({"a": borderline, **young}, RULE)] == ["a"]


def test_an_empty_series_is_left_out():
    assert assess({"all": []}, RULE) == []


@given(st.lists(st.integers(0, 30), min_size=5, max_size=12), st.integers(0, 30))
def test_a_larger_count_is_never_less_of_a_burst(baseline, count):
    lower, higher = state(*baseline, count), state(*baseline, count + 5)

    assert (lower, higher) != ("burst", "usual")


@pytest.mark.parametrize("count", [5, 9])
def test_a_median_of_zero_leaves_the_decision_to_the_count_and_the_test(count):
    assert state(0, 0, 0, 0, 0, 0, 0, 1, count) == "burst"

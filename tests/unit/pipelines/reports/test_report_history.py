"""Baselines, readings and statuses: what may be called a change."""

import pytest
from scipy.stats import poisson

from pipelines.reports.history import baseline_figures, readings, theme_status, two_sided_p
from pipelines.reports.model import Figure

NAMES = ("items", "suspicious", "negative_tone")


def figure(name, value, *, week="2024-W38", complete=True):
    return Figure(
        id=f"W{week[-2:]}.{name}", week=week, value=value, complete=complete, definition="items"
    )


def week_of_figures(value, *, week="2024-W38", complete=True):
    return {
        f"{scope}.{key}": figure(f"{scope}.{key}", value, week=week, complete=complete)
        for scope in ("posts", "comments")
        for key in NAMES
    }


def past(*values, incomplete=()):
    made = []
    for number, value in enumerate(values):
        week = f"2024-W{37 - number}"
        made += week_of_figures(value, week=week, complete=number not in incomplete).values()
    return made


def test_a_count_inside_the_range_of_the_weeks_before_is_no_change():
    said = readings(week_of_figures(5), past(3, 5, 6, 4, 2))
    assert said["comments.suspicious"] == "no_change"
    assert said["comments.items"] == "usual"


def test_a_count_far_above_the_range_is_a_rise():
    assert readings(week_of_figures(30), past(3, 5, 6, 4, 2))["posts.items"] == "rise"


def test_a_count_far_below_the_range_is_a_fall():
    assert readings(week_of_figures(4), past(40, 35, 42, 38, 44))["posts.items"] == "fall"


def test_a_count_just_above_a_small_baseline_is_too_few_to_say():
    assert readings(week_of_figures(2), past(0, 1, 0, 1, 0))["posts.suspicious"] == "too_few"


def test_an_incomplete_week_is_compared_with_nothing():
    said = readings(week_of_figures(30, complete=False), past(3, 5, 6, 4, 2))
    assert set(said.values()) == {"incomplete"}


def test_fewer_than_four_complete_weeks_are_no_baseline():
    said = readings(week_of_figures(30), past(3, 5, 6, 4, incomplete={1}))
    assert set(said.values()) == {"no_baseline"}


def test_an_incomplete_week_does_not_enter_the_median():
    found = baseline_figures("2024-W38", past(3, 5, 100, incomplete={2}))
    items = next(one for one in found if one.id == "W38.posts.items.median")
    assert (items.value, items.low, items.high, items.n) == (4.0, 3, 5, 2)


def test_a_median_without_any_complete_week_is_unknown_and_not_zero():
    found = baseline_figures("2024-W38", [])
    assert {one.value for one in found} == {None}


def test_the_test_of_a_change_tends_to_the_poisson_test_when_the_baseline_is_long():
    exact = 2 * poisson.sf(11, 5)
    assert two_sided_p(12, [5] * 20_000) == pytest.approx(exact, rel=0.01)


def test_the_test_of_a_change_is_one_where_nothing_was_ever_seen():
    assert two_sided_p(0, [0, 0, 0, 0]) == 1.0


SEEN, NOT_SEEN = [figure("t", 2)], [figure("t", 0)]
GAP = [figure("t", 0, complete=False)]


@pytest.mark.parametrize(
    ("current", "before", "coded_now", "coded_before", "complete", "expected"),
    [
        (SEEN, NOT_SEEN, True, True, True, "new"),
        (SEEN, SEEN, True, True, True, "recurring"),
        (NOT_SEEN, SEEN, True, True, True, "not_observed"),
        (SEEN, GAP, True, True, True, "unknown"),
        (SEEN, NOT_SEEN, True, False, True, "unknown"),
        (NOT_SEEN, SEEN, False, True, True, "unknown"),
        (NOT_SEEN, SEEN, True, True, False, "unknown"),
    ],
)
def test_the_status_of_a_theme(current, before, coded_now, coded_before, complete, expected):
    found = theme_status(
        current, before, coded_now=coded_now, coded_before=coded_before, complete=complete
    )
    assert found == expected

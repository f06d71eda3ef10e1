import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawlers.checkpoints import Asked, Poll, Progress, QueryPlan, Window, plan_query
from crawlers.graph_windows import RULE, asked_period, divided, is_live, shortfall

NOW = datetime(2024, 9, 23, 6, tzinfo=UTC)
QUERY = ("facebook_pages", "radio", "v1")


def days(count):
    return NOW - timedelta(days=count)


def poll(start, end=0):
    return Poll(*QUERY, NOW, Window(days(start), days(end)))


def planned(complete=(), since=None, until=None):
    plan = plan_query(QUERY, RULE, Progress(None, None, complete), Asked(NOW, since, until))
    return [(p.window.start, p.window.end) for p in divided(plan).polls]


def test_the_first_poll_asks_as_far_back_as_the_feed_is_trusted():
    assert planned() == [(days(30), NOW)]
    assert shortfall(poll(30)) is None


def test_a_window_that_began_before_is_never_complete():
    assert shortfall(poll(31, end=10)) == "ranked_history"


def test_a_long_gap_is_asked_in_parts_of_which_only_the_newest_can_be_complete():
    parts = planned(complete=(Window(days(60), days(45)),))
    assert parts == [(days(45), days(30)), (days(30), days(15)), (days(15), NOW)]
    assert [shortfall(Poll(*QUERY, NOW, Window(*part))) for part in parts] == [
        "ranked_history",
        None,
        None,
    ]


def test_years_are_asked_month_by_month():
    parts = planned(since=days(365), until=days(5))
    assert all(end - start <= timedelta(days=30) for start, end in parts)
    assert (parts[0][0], parts[-1][1]) == (days(365), days(5))
    assert all(before[1] == after[0] for before, after in itertools.pairwise(parts))


def test_a_poll_under_way_is_not_cut():
    begun = replace(poll(45), position={"after": "c2"})
    assert divided(QueryPlan((begun,))).polls == (begun,)


@pytest.mark.parametrize(("end", "start_asked"), [(0, 21), (1, 7)])
def test_only_a_window_up_to_now_looks_at_the_days_before_it(end, start_asked):
    assert is_live(poll(7, end)) == (end == 0)
    asked = asked_period(poll(7, end), timedelta(days=14))
    assert asked == Window(days(start_asked), days(end))

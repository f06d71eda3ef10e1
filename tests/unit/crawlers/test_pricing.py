"""What a crawl of X may cost at most, and what a budget says to it."""

from datetime import UTC, datetime

import pytest

from crawlers.dry_run import Plan, PlannedQuery
from crawlers.pricing import Budget, estimate

START, END = datetime(2024, 9, 9, tzinfo=UTC), datetime(2024, 9, 16, tzinfo=UTC)


def planned(posts):
    cost = estimate(posts, counting=0.005)
    return PlannedQuery("q", "ONG Mali", START, END, posts, cost)


def test_a_post_costs_its_read_and_at_most_one_account():
    cost = estimate(200, counting=0.005)
    assert (cost.posts, cost.users, cost.total) == (1.0, 2.0, 3.005)


def test_the_price_of_unknown_posts_is_unknown():
    assert estimate(None, counting=0.005).total is None


def test_the_last_line_of_a_plan_is_its_total():
    *_, total = Plan((planned(200), planned(100)), "enough").as_rows()
    assert (total["query"], total["expected_posts"], total["usd_at_most"]) == ("total", 300, 4.51)
    assert total["text"] is None


def test_one_unknown_window_makes_the_total_unknown():
    *_, total = Plan((planned(200), planned(None)), "enough").as_rows()
    assert (total["expected_posts"], total["usd_at_most"]) == (None, None)


def test_a_plan_without_windows_has_no_line():
    assert Plan((), None).as_rows() == []
    assert Plan((), None).as_dict()["queries"] == []


@pytest.mark.parametrize(
    ("budget", "usd", "said"),
    [
        (Budget(None, None, 0, 0), 5, "no limit is set"),
        (Budget(10, None, 0, 0), None, "not known"),
        (Budget(10, None, 4, 4), 5, "enough"),
        (Budget(10, None, 6, 6), 5, "4.00 of 10.00 USD are left today"),
        (Budget(10, 100, 0, 97), 5, "3.00 of 100.00 USD are left this month"),
        (Budget(None, 100, 50, 50), 50, "enough"),
    ],
)
def test_the_budget_says_whether_a_crawl_fits(budget, usd, said):
    assert said in budget.says(usd)

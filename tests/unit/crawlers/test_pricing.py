"""What a crawl of X may cost at most, and what a budget says to it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from config.settings import Settings
from crawlers.budget import reading_of
from crawlers.dry_run import Plan, PlannedQuery, dearest_post
from crawlers.parsers.items import ParsedPage, PostItem, UserItem
from crawlers.pricing import Budget, estimate

START, END = datetime(2024, 9, 9, tzinfo=UTC), datetime(2024, 9, 16, tzinfo=UTC)


def planned(posts):
    cost = estimate(posts, each=0.015, counting=0.005)
    return PlannedQuery("q", "ONG Mali", START, END, posts, cost)


def test_a_post_costs_its_read_and_what_may_come_beside_it():
    cost = estimate(200, each=0.015, counting=0.005)
    assert (cost.posts, cost.beside, cost.total) == (1.0, 2.0, 3.005)


@pytest.mark.parametrize("billed", [True, False])
@pytest.mark.parametrize("vocabulary", ["post", "tweet"])
def test_the_fullest_answer_is_booked_at_what_the_plan_told(billed, vocabulary):
    settings = Settings(_env_file=None, x_bill_included=billed, x_vocabulary=vocabulary)
    post = PostItem("x", "1", "post", START, "")
    full = ParsedPage(
        (post,) * 100 + (replace(post, context=True),) * 200, users=(UserItem("3", None, ()),) * 400
    )
    booked = reading_of("/2/tweets/search/recent", full, platform="x", bill_included=billed)
    each = dearest_post("recent", settings)
    assert estimate(100, each=each, counting=0.0).total == booked.usd


def test_the_price_of_unknown_posts_is_unknown():
    assert estimate(None, each=0.015, counting=0.005).total is None


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

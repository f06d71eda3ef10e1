"""The guard counts with the worst case: whatever the answers hold, no limit is passed."""

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy import Request
from sqlmodel import Session

from config.settings import Settings
from config.watchlist import load_watchlist
from crawlers.budget import (
    Allowed,
    Denied,
    Limits,
    Reading,
    ask_of,
    closed_until,
    decide,
    endpoint_of,
    next_month,
    reading_of,
    with_size,
)
from crawlers.budget_guard import BudgetMiddleware, record_spend, reserve
from crawlers.context import CrawlContext
from crawlers.parsers.items import ParsedPage, PostItem, UserItem
from crawlers.spiders.polling import RunStopped
from crawlers.spiders.x_api import x_platform
from models import Spend
from models.spend import UNSETTLED, SpendTotals, totals

NOW = datetime(2024, 9, 16, 12, tzinfo=UTC)
SEARCH = "https://api.x.com/2/tweets/search/recent"
EXPANSIONS = "expansions=author_id,in_reply_to_user_id,referenced_posts"


def search(size=100, more=EXPANSIONS):
    return f"{SEARCH}?query=ONG+Mali&max_results={size}&{more}"


@pytest.mark.parametrize(
    ("url", "posts", "users", "usd"),
    [
        (search(100), 300, 400, 5.5),
        (search(10), 30, 40, 0.55),
        (search(100, "expansions=author_id"), 100, 100, 1.5),
        (search(100, ""), 100, 0, 0.5),
        ("https://api.x.com/2/tweets?ids=1,2,3", 3, 0, 0.015),
        ("https://api.x.com/2/tweets/123", 1, 0, 0.005),
        ("https://api.x.com/2/users/12/tweets?max_results=50", 50, 0, 0.25),
        ("https://api.x.com/2/tweets/123/retweeted_by?max_results=100", 0, 100, 1.0),
        ("https://api.x.com/2/users/by?usernames=a,b", 0, 2, 0.02),
        ("https://api.x.com/2/tweets/counts/recent?query=a", 0, 0, 0.005),
        ("https://api.x.com/2/tweets/counts/all?query=a", 0, 0, 0.010),
        ("https://api.x.com/2/usage/tweets", 0, 0, 0.0),
        ("https://api.x.com/2/compliance/jobs", 0, 0, 0.0),
        ("https://storage.example/upload", 0, 0, 0.0),
    ],
)
def test_a_request_costs_at_most(url, posts, users, usd):
    worst = ask_of(url, Limits()).worst

    assert (worst.posts, worst.users, worst.usd) == (posts, users, usd)


def test_what_stands_beside_costs_nothing_when_the_operator_says_so():
    assert ask_of(search(100), Limits(bill_included=False)).worst.usd == 0.5


def test_no_id_is_part_of_an_endpoint():
    assert endpoint_of("/2/users/1234567890/tweets") == "/2/users/{id}/tweets"


def test_a_request_that_fits_is_made_as_it_is():
    assert decide(ask_of(search(), Limits(10)), Limits(10), SpendTotals(), NOW) == Allowed(
        100, Reading(1, 300, 400, 5.5)
    )


@pytest.mark.parametrize(
    ("limits", "far"),
    [(Limits(), True), (Limits(None, None, 3_000_000), True), (Limits(None, None, 500_000), False),
     (Limits(100), False)],
)  # fmt: skip
def test_far_from_every_limit_the_guard_need_not_look_each_time(limits, far):
    answer = decide(ask_of(search(), limits), limits, SpendTotals(), NOW)

    assert isinstance(answer, Allowed)
    assert answer.far is far


def test_a_small_request_says_nothing_of_how_far_the_limits_are_for_full_ones():
    limits = Limits(150)
    answer = decide(ask_of("/2/tweets?ids=1", limits), limits, SpendTotals(), NOW)

    assert isinstance(answer, Allowed)
    assert not answer.far


def test_a_gateway_in_front_of_x_hides_no_price(any_engine, keyring, tmp_path):
    gateway = "https://gateway.example/x"
    deployed = Settings(home=tmp_path, now=NOW, x_daily_usd=0.1, x_base_url=gateway)
    context = CrawlContext(deployed, load_watchlist(), keyring, any_engine, 1, NOW)
    guard = BudgetMiddleware(context, x_platform(deployed), "x_search")
    request = Request(f"{gateway}{search(10).removeprefix('https://api.x.com')}")

    with pytest.raises(RunStopped, match="budget: "):
        asyncio.run(guard.process_request(request))


def test_a_page_is_made_smaller_rather_than_not_asked():
    answer = decide(ask_of(search(), Limits(10)), Limits(10), SpendTotals(day_usd=8), NOW)

    assert isinstance(answer, Allowed)
    assert answer.size == 36
    assert f"max_results={answer.size}&" in with_size(search(), answer.size)


@pytest.mark.parametrize(
    ("limits", "spent", "until", "words"),
    [
        (Limits(1), SpendTotals(day_usd=0.9), datetime(2024, 9, 17, tzinfo=UTC), "0.90 of 1.00"),
        (Limits(None, 9), SpendTotals(0, 8.9), datetime(2024, 10, 1, tzinfo=UTC), "of the month"),
        (Limits(None, None, 500), SpendTotals(0, 0, 480), datetime(2024, 10, 1, tzinfo=UTC), "480"),
        (Limits(0), SpendTotals(), datetime(2024, 9, 17, tzinfo=UTC), "0.00 of 0.00"),
    ],
)
def test_a_request_that_could_pass_a_limit_waits_for_the_next_day_or_month(
    limits, spent, until, words
):
    answer = decide(ask_of(search(), limits), limits, spent, NOW)

    assert isinstance(answer, Denied)
    assert answer.until == until
    assert answer.reason.startswith("budget: ")
    assert words in answer.reason


def test_the_month_after_december_is_january():
    assert next_month(datetime(2024, 12, 31, 23, tzinfo=UTC)) == datetime(2025, 1, 1, tzinfo=UTC)


def test_a_source_is_closed_only_while_not_even_the_smallest_page_fits():
    assert closed_until(Limits(1), SpendTotals(day_usd=0.8), NOW) is None
    assert closed_until(Limits(1), SpendTotals(day_usd=0.95), NOW) is not None
    assert closed_until(Limits(), SpendTotals(day_usd=1e6), NOW) is None


money = st.none() | st.integers(0, 4000).map(lambda cents: cents / 100)


@settings(deadline=None)
@given(
    daily=money,
    monthly=money,
    posts=st.integers(0, 20_000),
    size=st.integers(10, 100),
    billed=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_no_limit_is_ever_passed_whatever_the_answers_hold(
    daily, monthly, posts, size, billed, seed
):
    limits = Limits(daily, monthly, posts, billed)
    chance = random.Random(seed)
    spent = SpendTotals()
    for _ in range(60):
        answer = decide(ask_of(search(size), limits), limits, spent, NOW)
        if isinstance(answer, Denied):
            break
        page = page_of(chance, answer.size)
        cost = reading_of(
            "/2/tweets/search/recent", page, platform="x", bill_included=limits.bill_included
        )
        spent = SpendTotals(
            spent.day_usd + cost.usd, spent.month_usd + cost.usd, spent.month_posts + cost.posts
        )
    assert daily is None or spent.day_usd <= daily + 1e-6
    assert monthly is None or spent.month_usd <= monthly + 1e-6
    assert spent.month_posts <= posts


def page_of(chance, size):
    """An answer to a page of that size, at times as full as it can be."""
    own = chance.choice([size, chance.randint(0, size)])
    beside = chance.choice([2 * own, chance.randint(0, 2 * own)])
    users = chance.choice([own * 4, chance.randint(0, own * 4)])
    return ParsedPage(posts=OWN[:own] + BESIDE[:beside], users=USERS[:users])


OWN = (PostItem("x", "1", "post", NOW, ""),) * 100
BESIDE = (PostItem("x", "2", "post", NOW, "", context=True),) * 200
USERS = (UserItem("3", None, ()),) * 400


def test_accounts_that_were_asked_for_cost_also_when_those_beside_do_not():
    page = ParsedPage(users=tuple(UserItem(str(n), None, ()) for n in range(3)))
    told = {"platform": "x", "bill_included": False}

    assert reading_of("/2/tweets/{id}/retweeted_by", page, **told).usd == 0.03
    assert reading_of("/2/tweets/search/recent", page, **told).usd == 0


def test_facebook_is_counted_and_costs_nothing():
    assert reading_of("feed", page_of(random.Random(1), 5), platform="facebook",
                      bill_included=True).usd == 0  # fmt: skip


def test_the_day_and_the_month_add_up_what_x_cost(any_engine):
    with Session(any_engine) as session:
        for source, day, endpoint, usd in [
            ("x_search", "2024-09-16", "/2/tweets/search/recent", 1.5),
            ("x_archive", "2024-09-16", "/2/tweets/search/all", 0.5),
            ("x_search", "2024-09-02", "/2/tweets/search/recent", 4.0),
            ("x_search", "2024-08-31", "/2/tweets/search/recent", 100.0),
            ("xenon", "2024-09-16", "feed", 100.0),
        ]:
            record_spend(session, (source, day, endpoint), Reading(1, 10, 5, usd))

        assert totals(session, NOW.date()) == SpendTotals(2.0, 6.0, 30)


def test_crawls_that_ask_at_the_same_time_do_not_pass_the_limit_together(
    any_engine, keyring, tmp_path
):
    limits = Limits(2.0)
    deployed = Settings(home=tmp_path, now=NOW)

    def ask(number):
        context = CrawlContext(deployed, load_watchlist(), keyring, any_engine, 1, NOW)
        return reserve(context, f"x_{number}", limits, search(10))

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(8)))

    with Session(any_engine) as session:
        assert totals(session, NOW.date()).day_usd <= 2.0
    assert [type(one) for one in answers].count(Allowed) == 3


def test_a_request_asked_again_takes_the_place_of_the_one_that_broke_off(
    any_engine, keyring, tmp_path
):
    deployed = Settings(home=tmp_path, now=NOW)
    context = CrawlContext(deployed, load_watchlist(), keyring, any_engine, 1, NOW)

    for _ in range(5):
        assert isinstance(reserve(context, "x_search", Limits(1.0), search(10)), Allowed)
    with Session(any_engine) as session:
        assert totals(session, NOW.date()).day_usd == 0.55


def test_spend_of_an_endpoint_adds_up_and_what_is_unsettled_can_be_left_out(any_engine):
    key = ("x_search", "2024-09-16", "/2/tweets/search/recent")
    with Session(any_engine) as session:
        record_spend(session, key, Reading(1, 10, 5, 0.1))
        record_spend(session, key, Reading(1, 10, 5, 0.2))
        record_spend(session, (*key[:2], UNSETTLED), Reading(1, 30, 40, 0.55))
        row = session.get(Spend, key)

        assert (row.requests, row.posts, row.users, row.usd) == (2, 20, 10, 0.3)
        assert totals(session, NOW.date()).day_usd == 0.85
        assert totals(session, NOW.date(), without=key[:2]).day_usd == 0.3

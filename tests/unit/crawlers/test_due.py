"""Which stored posts are asked for again, on each database."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col

from crawlers.due import (
    MARKS,
    SpreadRule,
    closed_due,
    platform_ids,
    snapshots_due,
    spread_due,
    texts_due,
)
from models import Engagement, PlatformId, Post, PostCollection

NOW = datetime(2024, 9, 23, 6, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ONE_HOUR, ONE_DAY, SEVEN_DAYS = MARKS


@pytest.fixture
def session(any_engine):
    with Session(any_engine) as session:
        yield session


def add(session, post_id, age=HOUR, *, collected=True, **more):
    values = {
        "id": post_id,
        "platform": "x",
        "kind": "post",
        "created_at": NOW - age,
        "text": "Bonjour",
        "text_hash": "t",
        "message_hash": "m",
        "urls": [],
        "media": [],
        "state": "visible",
        "acquisition": "x_api_v2",
        **more,
    }
    session.add(Post(**values))
    session.flush()
    if collected:
        session.add(
            PostCollection(
                post_id=post_id,
                source="x_search",
                query_id="q",
                query_version="v",
                first_collected_at=NOW,
            )
        )
        session.flush()


def counted(session, post_id, polled_at=NOW, **counts):
    session.add(Engagement(post_id=post_id, polled_at=polled_at, observed_at=polled_at, **counts))
    session.flush()


@pytest.mark.parametrize(
    ("mark", "age", "due"),
    [
        (ONE_HOUR, timedelta(minutes=49), False),
        (ONE_HOUR, timedelta(minutes=50), True),
        (ONE_HOUR, timedelta(hours=2), True),
        (ONE_HOUR, timedelta(hours=2, minutes=1), False),
        (ONE_DAY, timedelta(hours=22), False),
        (ONE_DAY, timedelta(hours=24), True),
        (ONE_DAY, timedelta(hours=31), False),
        (SEVEN_DAYS, timedelta(days=6), False),
        (SEVEN_DAYS, timedelta(days=7), True),
        (SEVEN_DAYS, timedelta(days=9), False),
    ],
)
def test_a_snapshot_is_due_around_its_age(session, mark, age, due):
    add(session, "p1", age)
    assert snapshots_due(session, NOW, mark) == (["p1"] if due else [])


@pytest.mark.parametrize(
    "more",
    [
        {"state": "deleted"},
        {"platform": "facebook"},
        {"kind": "repost"},
        {"collected": False},
    ],
)
def test_no_snapshot_is_taken_of_what_cannot_be_asked_or_is_context(session, more):
    add(session, "p1", HOUR, **more)
    assert snapshots_due(session, NOW, ONE_HOUR) == []


def test_a_snapshot_is_due_until_one_with_its_mark_is_there(session):
    add(session, "p1", HOUR)
    counted(session, "p1", NOW - timedelta(minutes=5))
    counted(session, "p1", NOW - timedelta(minutes=4), mark="24h")
    assert snapshots_due(session, NOW, ONE_HOUR) == ["p1"]
    counted(session, "p1", NOW, mark="1h")
    assert snapshots_due(session, NOW, ONE_HOUR) == []


@pytest.mark.parametrize(
    ("more", "due"),
    [
        ({"truncated": True}, True),
        ({"text": "", "not_read": "no_text"}, True),
        ({"text": "", "not_read": "photo"}, False),
        ({"text": "", "state": "deleted", "truncated": True}, False),
        ({}, False),
    ],
)
def test_texts_are_due_that_are_cut_or_missing(session, more, due):
    add(session, "p1", DAY, **more)
    got = texts_due(session, NOW, {}, young=30 * DAY, most_tries=3)
    assert got == (["p1"] if due else [])


@pytest.mark.parametrize(
    ("tried", "due"),
    [
        ({}, True),
        ({"p1": (1, (NOW - DAY).isoformat())}, True),
        ({"p1": (1, (NOW - HOUR).isoformat())}, False),
        ({"p1": (3, (NOW - 9 * DAY).isoformat())}, False),
    ],
)
def test_a_text_is_tried_once_a_day_and_not_for_ever(session, tried, due):
    add(session, "p1", 10 * DAY, truncated=True)
    got = texts_due(session, NOW, tried, young=30 * DAY, most_tries=3)
    assert got == (["p1"] if due else [])


def test_a_text_too_old_to_be_kept_is_not_fetched_back(session):
    add(session, "p1", 31 * DAY, text="", not_read="no_text")
    assert texts_due(session, NOW, {}, young=30 * DAY, most_tries=3) == []


@pytest.mark.parametrize(
    ("state", "asked_before", "due"),
    [
        ("protected", None, True),
        ("unavailable", None, True),
        ("deleted", None, False),
        ("visible", None, False),
        ("protected", 7 * DAY, True),
        ("protected", 6 * DAY, False),
    ],
)
def test_posts_of_closed_accounts_are_looked_up_each_week(session, state, asked_before, due):
    add(session, "p1", 20 * DAY, state=state)
    tried = {"p1": (1, (NOW - asked_before).isoformat())} if asked_before else {}
    assert closed_due(session, NOW, tried, young=90 * DAY) == (["p1"] if due else [])


RULE = SpreadRule(least=5, most=2)


def spread(session, asked=None, rule=RULE):
    return spread_due(session, NOW, col(Engagement.shares), rule, asked or {})


def test_the_newest_count_of_a_post_says_how_far_it_has_spread(session):
    add(session, "p1")
    counted(session, "p1", NOW - 2 * HOUR, shares=3)
    assert spread(session) == []
    counted(session, "p1", NOW - HOUR, shares=9)
    assert spread(session) == [("p1", 9)]


def test_the_most_spread_posts_come_first_and_only_so_many(session):
    for post_id, shares in (("p1", 5), ("p2", 50), ("p3", 20)):
        add(session, post_id)
        counted(session, post_id, shares=shares)
    assert spread(session) == [("p2", 50), ("p3", 20)]


@pytest.mark.parametrize(
    "more",
    [{"age": 8 * DAY}, {"state": "protected"}, {"kind": "repost"}, {"collected": False}],
)
def test_a_post_that_is_old_hidden_a_repost_or_context_is_not_asked(session, more):
    add(session, "p1", **more)
    counted(session, "p1", shares=50)
    assert spread(session) == []


def test_an_unknown_count_is_no_spread(session):
    add(session, "p1")
    counted(session, "p1", shares=None)
    assert spread(session) == []


@pytest.mark.parametrize(
    ("before", "ago", "due"),
    [(10, DAY, True), (14, DAY, False), (10, HOUR, False), (3, 3 * DAY, True)],
)
def test_a_post_is_asked_again_after_a_day_once_it_has_spread_by_half(session, before, ago, due):
    add(session, "p1")
    counted(session, "p1", shares=15)
    asked = {"p1": ((NOW - ago).isoformat(), before)}
    assert spread(session, asked) == ([("p1", 15)] if due else [])


def test_platform_ids_come_from_the_vault_in_the_order_asked(session, keyring):
    for number in range(1200):
        post_id = f"p{number}"
        add(session, post_id, collected=False)
        sealed = keyring.encrypt_platform_id(str(1000 + number))
        session.add(PlatformId(post_id=post_id, platform="x", ciphertext=sealed))
    add(session, "odd", collected=False)
    odd = keyring.encrypt_platform_id("tweet-77")
    session.add(PlatformId(post_id="odd", platform="x", ciphertext=odd))
    session.flush()
    wanted = [f"p{number}" for number in reversed(range(1200))]
    got = platform_ids(session, keyring, [*wanted, "unknown", "odd"])
    assert list(got) == wanted
    assert got["p7"] == "1007"

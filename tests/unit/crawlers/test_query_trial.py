"""What a query would have found among stored posts, and what it says of its limits."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.errors import UsageError
from config.queries.language import parse_query
from config.queries.matching import matches
from config.settings import Settings
from crawlers.query_trial import EXAMPLES, try_query, view_of
from models import Post
from models.database import make_engine, migrate, open_session

WATCHLIST = """\
x_queries:
  - {query_id: aid, text: ONG Mali, reason: because, since_version: 2024-01-01}
  - {query_id: health, text: (vaccin OR CSCom) Mali, reason: because, since_version: 2024-01-01}
  - {query_id: own, text: "from:ong_exemple", reason: because, since_version: 2024-01-01}
"""
MONDAY = datetime(2024, 9, 16, 9, tzinfo=UTC)
numbers = itertools.count(1)


def post(text, *, platform="x", kind="post", day=0, **more):
    given = {
        "id": f"{next(numbers):032x}",
        "platform": platform,
        "kind": kind,
        "created_at": MONDAY + timedelta(days=day),
        "text": text,
        "text_hash": "0",
        "message_hash": "0",
        "urls": [],
        "media": [],
        "acquisition": "test",
    }
    return Post(**(given | more))


@pytest.fixture
def trial(tmp_path: Path):
    """Tries a query on posts in a store of its own."""
    path = tmp_path / "watchlist.yaml"
    path.write_text(WATCHLIST, encoding="utf-8")
    settings = Settings(home=tmp_path, watchlist=path)

    def run(query, *posts, **options):
        engine = make_engine(settings.store_url)
        migrate(engine)
        with open_session(engine) as session:
            session.add_all(posts)
        engine.dispose()
        return try_query(settings, query, **options)

    return run


def test_it_counts_what_is_found_and_what_no_other_query_finds(trial):
    result = trial("ONG", post("une ONG au Mali"), post("une ONG à Gao"), post("rien"))
    assert (result.posts, result.caught, result.only_this) == (3, 2, 1)


def test_it_is_compared_with_the_query_it_shares_most_with(trial):
    result = trial("ONG Gao", post("ONG Mali Gao"), post("ONG Mali"), post("vaccin Mali"))
    assert (result.compared_with, result.lost) == ("aid", 1)


def test_it_can_be_compared_with_another_one(trial):
    posts = post("ONG Mali Gao"), post("vaccin Mali"), post("CSCom Mali")
    result = trial("ONG Gao", *posts, instead_of="health")
    assert (result.compared_with, result.lost) == ("health", 2)


def test_a_query_of_the_watchlist_is_tried_by_its_id_and_loses_nothing(trial):
    result = trial("health", post("ONG Mali vaccin"), post("CSCom Mali"))
    assert (result.caught, result.only_this) == (2, 1)
    assert (result.compared_with, result.lost) == (None, 0)


def test_nothing_shared_is_compared_with_nothing(trial):
    assert trial("Niger", post("ONG Mali"), post("Niger")).compared_with is None


def test_examples_are_keyed_ids_with_the_words_that_decided(trial):
    found, lost = post("ONG à Gao"), post("ONG au Mali")
    result = trial("ONG Gao", found, lost, post("ONG Mali Gao"))
    (only_this,), (gone,) = result.examples_only_this, result.examples_lost
    assert (only_this.post_id, only_this.because) == (found.id, ("ONG", "Gao"))
    assert (gone.post_id, gone.because) == (lost.id, ("Gao",))


def test_examples_are_few_and_the_counts_whole(trial):
    result = trial("ONG", *(post("ONG à Gao") for _ in range(EXAMPLES + 3)))
    assert (len(result.examples_only_this), result.only_this) == (EXAMPLES, EXAMPLES + 3)


def test_counts_stand_by_week_and_platform(trial):
    result = trial(
        "ONG", post("ONG"), post("ONG Mali", platform="facebook", day=7), post("x", day=7)
    )
    assert [(w.week, w.platform, w.posts, w.caught, w.only_this) for w in result.weeks] == [
        ("2024-W38", "x", 1, 1, 1),
        ("2024-W39", "facebook", 1, 1, 0),
        ("2024-W39", "x", 1, 0, 0),
    ]


def test_a_period_is_half_open(trial):
    posts = [post("ONG", day=day) for day in range(3)]
    result = trial("ONG", *posts, since=MONDAY, until=MONDAY + timedelta(days=2))
    assert result.posts == 2


def test_posts_whose_text_is_gone_are_counted_apart(trial):
    result = trial("ONG", post("ONG"), post(""))
    assert (result.posts, result.without_text) == (1, 1)


def test_a_query_that_stored_posts_cannot_answer_is_named_and_left_out(trial):
    result = trial("ONG", post("ONG"))
    assert result.not_compared == ("own",)
    assert "not compared: own" in result.as_text()


@pytest.mark.parametrize(
    ("query", "options", "problem"),
    [
        ("ONG or MSF", {}, "X would refuse this query: a lower-case `or`"),
        ("ONG from:quelquun", {}, "from:quelquun cannot be tested"),
        ("own", {}, "from:ong_exemple cannot be tested"),
        ("ONG", {"instead_of": "nothing"}, "no query to compare with; write one of aid, health"),
        ("ONG", {"instead_of": "own"}, "no query to compare with"),
        ("aid", {"instead_of": "aid"}, "no query to compare with"),
    ],
)
def test_a_query_that_cannot_be_tried_is_told(trial, query, options, problem):
    with pytest.raises(UsageError, match=problem):
        trial(query, **options)


def test_a_query_too_long_to_ask_is_tried_and_said_to_be_too_long(trial):
    long = "ONG OR " + " OR ".join(f"organisation{n}" for n in range(60))
    result = trial(long, post("ONG"))
    assert result.caught == 1
    assert "too long to ask in one piece" in result.as_text()


def test_the_text_says_what_masked_posts_cannot_tell(trial):
    text = trial("ONG", post("ONG au Mali")).as_text()
    assert "1 of 1 stored posts; 0 of them found by no other query" in text
    assert "stored texts are masked" in text


@pytest.mark.parametrize(
    ("query", "stored", "holds"),
    [
        ("nom", post("dit [nom] hier"), False),
        ('"dit hier"', post("dit [nom] hier"), False),
        ("#Mali", post("vive le #Mali"), True),
        ("@unicefmali", post("merci @UNICEFMali"), True),
        ("a has:mentions", post("a @…"), True),
        ("a has:links", post("a", urls=["https://exemple.org/"]), True),
        ("a has:images", post("a", media=["photo"]), True),
        ("a has:images", post("a", media=["video"]), False),
        ("a is:reply", post("a", kind="reply"), True),
        ("a is:reply", post("a", kind="comment", platform="facebook"), True),
        ("a -is:retweet", post("a", kind="repost"), False),
        ("a is:quote", post("a", kind="quote"), True),
        ("a lang:fr", post("a", platform_language="fr"), True),
        ("a lang:fr", post("a"), False),
    ],
)
def test_a_stored_post_answers_what_is_known_of_it(query, stored, holds):
    assert matches(parse_query(query), view_of(stored)) == holds

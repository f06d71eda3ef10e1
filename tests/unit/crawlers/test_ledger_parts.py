"""The ledger of a query that X is asked in parts: the query itself is told as one."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from config.queries.wording import Alternative, Wording
from config.watchlist import Watchlist, XQuery
from crawlers.ledger import ledger
from models import Coverage, Post, PostCollection
from models.stretches import Stretch
from models.watchlist_version import remember_version

START = datetime(2024, 9, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = Stretch(START, START + 24 * HOUR)


def watchlist_of(organisations: int) -> Watchlist:
    names = tuple(Alternative(f"organisation{n}") for n in range(organisations))
    wording = Wording(names, ("Mali",))
    query = XQuery("aid", wording.text, "because", "2024-01-01", wording)
    return Watchlist(f"w{organisations}", (query,), (), (), frozenset())


WATCHLIST = watchlist_of(60)
PARTS = WATCHLIST.x_parts()
(QUERY,) = WATCHLIST.x_queries


@pytest.fixture
def session(any_engine):
    with Session(any_engine) as session:
        remember_version(session, WATCHLIST, START)
        yield session


def cover(session, part, hours, status="complete", reason=None):
    session.add(
        Coverage(
            source="x_search",
            query_id=part.part_id,
            window_start=START + hours[0] * HOUR,
            window_end=START + hours[1] * HOUR,
            status=status,
            reason=reason,
            query_version=part.version,
            posts=0,
        )
    )


def collect(session):
    session.add(
        Post(
            id="p", platform="x", kind="post", created_at=START + 3 * HOUR, text="", text_hash="",
            message_hash="", urls=[], media=[], acquisition="x_api_v2",
        )
    )  # fmt: skip
    session.flush()
    session.add(
        PostCollection(
            post_id="p",
            source="x_search",
            query_id=QUERY.query_id,
            query_version=QUERY.version,
            first_collected_at=START,
        )
    )


def days(session, watchlist=None):
    session.flush()
    return {row.query_id: row for row in ledger(session, watchlist, DAY, "day")}


def test_a_query_is_complete_where_all_its_parts_are_and_holds_what_they_found(session):
    for part in PARTS:
        cover(session, part, (0, 24))
    collect(session)
    row = days(session)["aid"]

    assert (row.state, row.share, row.posts, row.query_version) == (
        "complete",
        1,
        1,
        QUERY.version,
    )
    assert row.via == ("x_search",)


def test_a_part_that_failed_leaves_a_hole_in_the_query_with_its_reason(session):
    first, *others = PARTS
    cover(session, first, (0, 12))
    cover(session, first, (12, 24), "failed", "http_503")
    for part in others:
        cover(session, part, (0, 24))
    row = days(session)["aid"]

    assert (row.state, row.share, row.reasons) == ("partial", 0.5, ("http_503",))


def test_posts_of_a_part_are_not_told_rather_than_none(session):
    cover(session, PARTS[0], (0, 24))
    row = days(session)[PARTS[0].part_id]

    assert (row.state, row.posts, row.comments) == ("complete", None, None)


def test_a_query_that_was_split_otherwise_is_complete_across_the_change(session):
    later = watchlist_of(90)
    remember_version(session, later, START + HOUR)
    for part in PARTS:
        cover(session, part, (0, 10))
    for part in later.x_parts():
        cover(session, part, (10, 24))
    found = [row for row in ledger(session, later, DAY, "day") if row.query_id == "aid"]

    assert {(row.state, row.share) for row in found} == {("complete", 1)}
    assert {row.version_share for row in found} == {0.4167, 0.5833}

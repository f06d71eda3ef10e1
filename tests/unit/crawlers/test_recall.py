from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from crawlers.recall import Recall, recall
from models import CountProbe, Post, PostCollection

START = datetime(2024, 9, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def session(any_engine):
    with Session(any_engine) as session:
        yield session


def probe(session, query_id, hour, counted, source="x_search"):
    begun = START + hour * HOUR
    session.add(
        CountProbe(
            source=source,
            query_id=query_id,
            window_start=begun,
            window_end=begun + HOUR,
            query_version="v",
            counted=counted,
            probed_at=START,
        )
    )


def held(session, post_id, hours, query_id="q", source="x_search"):
    session.add(
        Post(
            id=post_id,
            platform="x",
            kind="post",
            created_at=START + hours * HOUR,
            text="",
            text_hash="t",
            message_hash="m",
            urls=[],
            media=[],
            acquisition="x_api_v2",
        )
    )
    session.flush()
    session.add(
        PostCollection(
            post_id=post_id,
            source=source,
            query_id=query_id,
            query_version="v",
            first_collected_at=START,
        )
    )
    session.flush()


def test_what_x_counts_stands_beside_what_we_hold_of_the_same_hours(session):
    probe(session, "q", 0, 2)
    probe(session, "q", 1, 3)
    probe(session, "r", 0, 0)
    held(session, "p1", 0)
    held(session, "p2", 1.5)
    held(session, "p3", 2)  # an hour nobody has counted
    held(session, "p4", 0.5, source="x_archive")
    assert recall(session, "x_search", START, START + 9 * HOUR) == [
        Recall("q", hours=2, counted=5, collected=2),
        Recall("r", hours=1, counted=0, collected=0),
    ]


def test_the_parts_of_a_query_are_counted_as_one(session):
    probe(session, "q.1", 0, 2)
    probe(session, "q.2", 0, 1)
    held(session, "p1", 0.5)
    assert recall(session, "x_search", START, START + HOUR) == [
        Recall("q", hours=1, counted=3, collected=1)
    ]


def test_only_whole_hours_inside_the_period_count(session):
    for hour in range(3):
        probe(session, "q", hour, 1)
    got = recall(session, "x_search", START + HOUR / 2, START + 2 * HOUR)
    assert got == [Recall("q", hours=1, counted=1, collected=0)]


def test_without_probes_there_is_no_recall(session):
    held(session, "p1", 0)
    assert recall(session, "x_search", START, START + HOUR) == []

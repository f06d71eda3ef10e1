from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlmodel import Session, select

from config.queries.wording import Alternative, Wording
from config.watchlist import Watchlist, XQuery
from crawlers.checkpoints import Poll, Window, save_checkpoint
from crawlers.coverage import (
    WindowResult,
    collected_windows,
    complete_windows,
    record_unfinished,
    record_window,
)
from models import Coverage, CrawlRun
from models.watchlist_version import remember_version


def at(day):
    return datetime(2024, 9, day, tzinfo=UTC)


def poll(start, end, posts=3):
    return Poll("x_search", "aid-fr", "v1", at(23), Window(at(start), at(end)), posts=posts)


@pytest.fixture
def session(engine):
    with Session(engine) as session:
        session.add(CrawlRun(id=1, source="x_search", started_at=at(23)))
        session.flush()
        yield session


def rows(session):
    return [(r.window_end, r.status, r.posts) for r in session.exec(select(Coverage))]


def test_a_window_first_failed_and_then_collected_counts_as_complete(session):
    record_window(session, poll(1, 5, posts=0), WindowResult("failed", "http_400"), 1)
    record_window(session, poll(1, 5), WindowResult("complete"), 1)
    assert rows(session) == [(at(5), "complete", 3)]


@pytest.mark.parametrize(("end", "status"), [(3, "complete"), (5, "failed"), (9, "partial")])
def test_a_complete_window_is_never_made_smaller_or_worse(session, end, status):
    record_window(session, poll(1, 5), WindowResult("complete"), 1)
    record_window(session, poll(1, end, posts=0), WindowResult(status), 1)
    assert rows(session) == [(at(5), "complete", 3)]


def test_only_complete_windows_count_as_collected(session):
    record_window(session, poll(6, 7), WindowResult("complete"), 1)
    record_window(session, poll(5, 6), WindowResult("partial", "x"), 1)
    record_window(session, poll(1, 5), WindowResult("complete"), 1)
    assert complete_windows(session, "x_search", "aid-fr") == (
        Window(at(1), at(5)),
        Window(at(6), at(7)),
    )


def test_a_poll_cut_off_is_recorded_as_partial_with_what_it_holds(session, keyring):
    save_checkpoint(session, keyring, poll(1, 5, posts=12), done=False, now=at(23))
    session.flush()
    record_unfinished(session, "x_search", "rate_limited:soon", 1)
    assert rows(session) == [(at(5), "partial", 12)]


LONG = Wording(tuple(Alternative(f"organisation{n}") for n in range(60)), ("Mali",))


def in_parts():
    query = XQuery("aid-fr", LONG.text, "because", "2024-01-01", LONG)
    return Watchlist("w1", (query,), (), (), frozenset())


def collect(session, query_id, start, end):
    record_window(
        session,
        replace(poll(start, end), query_id=query_id),
        WindowResult("complete"),
        1,
    )


def test_a_new_part_goes_on_from_where_the_whole_query_was_complete(session):
    collect(session, "aid-fr", 1, 5)
    (part, *_) = in_parts().x_parts()
    assert collected_windows(session, "x_search", part.part_id) == (Window(at(1), at(5)),)


def test_a_query_joined_again_goes_on_from_where_all_its_parts_were_complete(session):
    remember_version(session, in_parts(), at(1))
    first, *others = in_parts().x_parts()
    collect(session, first.part_id, 1, 4)
    for part in others:
        collect(session, part.part_id, 2, 7)
    assert collected_windows(session, "x_search", "aid-fr") == (Window(at(2), at(4)),)


def test_what_one_part_collected_says_nothing_of_another(session):
    remember_version(session, in_parts(), at(1))
    first, second, *_ = in_parts().x_parts()
    collect(session, first.part_id, 1, 4)
    assert collected_windows(session, "x_search", second.part_id) == ()


def test_windows_that_follow_one_another_are_common_as_one(session):
    remember_version(session, in_parts(), at(1))
    for part in in_parts().x_parts():
        for day in range(1, 9):
            collect(session, part.part_id, day, day + 1)
    assert collected_windows(session, "x_search", "aid-fr") == (Window(at(1), at(9)),)

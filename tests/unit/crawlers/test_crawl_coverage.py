from datetime import UTC, datetime

import pytest
from sqlmodel import Session, select

from crawlers.checkpoints import Poll, Window, save_checkpoint
from crawlers.coverage import (
    WindowResult,
    complete_windows,
    record_unfinished,
    record_window,
)
from models import Coverage, CrawlRun


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

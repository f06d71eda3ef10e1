"""Runs that did not come to their end: which are begun again, and for which period."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.checkpoints import Asked
from crawlers.locks import crawl_lock_name, source_lock
from crawlers.resume import Unfinished, mark_dead_runs, period_named, to_resume
from models import Coverage, CrawlCheckpoint, CrawlRun
from models.database import open_session
from models.locks import store_lock
from models.stretches import Stretch

NOW = datetime(2024, 9, 23, 6, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def save(any_engine):
    def write(*rows):
        with open_session(any_engine) as session:
            for row in rows:
                session.add(row)
                session.flush()

    return write


def run(number, source="x_archive", status="failed", reason="interrupted"):
    return CrawlRun(id=number, source=source, status=status, reason=reason, started_at=NOW)


def checkpoint(source="x_archive", *, done=False):
    return CrawlCheckpoint(
        source=source,
        query_id="aid",
        query_version="v1",
        polled_at=NOW,
        window_start=NOW - 9 * DAY,
        window_end=NOW - 8 * DAY,
        done=done,
        state={},
    )


def missed(run_id, status="failed"):
    return Coverage(
        source="x_archive",
        query_id="health",
        window_start=NOW - 9 * DAY,
        window_end=NOW - 5 * DAY,
        status=status,
        query_version="v1",
        posts=0,
        crawl_run_id=run_id,
    )


def test_a_run_that_died_wants_what_its_windows_still_miss(any_engine, save):
    save(run(1), checkpoint(), missed(1))

    assert to_resume(any_engine, ()) == [
        Unfinished("x_archive", Stretch(NOW - 9 * DAY, NOW - 5 * DAY))
    ]


@pytest.mark.parametrize(
    ("status", "reason", "resumed"),
    [
        ("partial", "budget: 1.00 of 1.00 USD of the day are used", True),
        ("partial", "page_limit: 300 pages asked; run it again to go on", True),
        ("rate_limited", "rate_limited:2024-09-23T06:15:00Z", True),
        ("partial", "stopped: shutdown; run it again to go on", False),
        ("failed", "token_refused: X answered 401", False),
        ("done", None, False),
    ],
)
def test_a_backfill_goes_on_after_a_limit_but_not_when_somebody_stopped_it(
    any_engine, save, status, reason, resumed
):
    save(run(1, status=status, reason=reason), checkpoint())

    assert bool(to_resume(any_engine, ("x_archive",))) is resumed
    assert to_resume(any_engine, ()) == []


def test_only_the_newest_run_of_a_source_counts(any_engine, save):
    save(run(1), run(2, status="done", reason=None), checkpoint())

    assert to_resume(any_engine, ("x_archive",)) == []


def test_a_dead_run_that_misses_nothing_is_not_begun_again(any_engine, save):
    save(run(1), checkpoint(done=True), missed(1, "complete"))

    assert to_resume(any_engine, ()) == []


def test_a_killed_backfill_still_wants_all_of_the_period_it_was_told(any_engine, save):
    asked = Asked(NOW, NOW - 90 * DAY, NOW - DAY)
    killed = run(1)
    killed.stats = period_named(asked)
    save(killed, checkpoint(), missed(1))

    assert to_resume(any_engine, ()) == [
        Unfinished("x_archive", Stretch(NOW - 90 * DAY, NOW - DAY))
    ]


@pytest.mark.parametrize(("named", "resumed"), [(False, []), (True, ["x_counts"])])
def test_recent_counts_are_left_to_their_job_since_a_named_period_costs_twice(
    any_engine, save, named, resumed
):
    killed = run(1, "x_counts")
    killed.stats = period_named(Asked(NOW, NOW - 9 * DAY if named else None, None))
    save(killed, checkpoint("x_counts"))

    assert [one.source for one in to_resume(any_engine, ())] == resumed


def test_a_run_that_ends_while_it_is_looked_at_keeps_what_it_says(any_engine, save, monkeypatch):
    save(run(1, status="running", reason=None))

    def ended_meanwhile(*_given):
        if any_engine.name == "postgresql":  # SQLite lets nobody write meanwhile
            with open_session(any_engine) as session:
                session.get_one(CrawlRun, 1).status = "done"
        return False

    monkeypatch.setattr("crawlers.resume._alive", ended_meanwhile)
    mark_dead_runs(any_engine, Path(), NOW)

    with open_session(any_engine) as session:
        expected = "done" if any_engine.name == "postgresql" else "failed"
        assert session.get_one(CrawlRun, 1).status == expected


def test_a_run_is_dead_only_when_nobody_holds_its_source(any_engine, save, tmp_path):
    save(run(1, status="running", reason=None))

    with source_lock(tmp_path, "x_archive"):
        assert mark_dead_runs(any_engine, tmp_path, NOW) == []
    with store_lock(any_engine, crawl_lock_name("x_archive")):
        assert mark_dead_runs(any_engine, tmp_path, NOW) == []
    assert mark_dead_runs(any_engine, tmp_path, NOW) == ["x_archive"]
    assert mark_dead_runs(any_engine, tmp_path, NOW) == []


def test_runs_of_imports_are_left_alone(any_engine, save, tmp_path):
    save(run(1, source="import:twarc", status="running", reason=None))

    assert mark_dead_runs(any_engine, tmp_path, NOW) == []

"""Jobs: what is due runs, once, also after a restart, and failures are tried again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

import scheduler
from config.errors import StoreError, VigieError
from config.settings import Settings
from models import JobWatermark
from models.database import open_session
from pipelines.deployment import Deployment
from scheduler import Job, only_scheduler, pending_due_times, run_pending

MONDAY_SIX = datetime(2024, 9, 2, 6, tzinfo=UTC)
WEEK = timedelta(weeks=1)


@pytest.fixture
def deployment(engine: Engine, tmp_path: Path) -> Deployment:
    return Deployment(Settings(home=tmp_path), engine)


def weekly(calls: list[datetime] | None = None, *, every_missed: bool = True) -> Job:
    def work(_deployment: Deployment, due: datetime) -> str:
        if calls is not None:
            calls.append(due)
        return "fine"

    return Job("weekly", "0 6 * * mon", work, every_missed=every_missed)


def watermark(engine: Engine) -> JobWatermark:
    with open_session(engine) as session:
        return session.get(JobWatermark, "weekly")


def test_nothing_is_pending_before_the_next_due_time():
    assert pending_due_times(weekly(), MONDAY_SIX, MONDAY_SIX + timedelta(days=6)) == []


def test_a_job_is_pending_at_its_due_time():
    assert pending_due_times(weekly(), MONDAY_SIX, MONDAY_SIX + WEEK) == [MONDAY_SIX + WEEK]


def test_a_weekly_job_makes_up_every_week_that_was_slept_through():
    asleep = MONDAY_SIX + 3 * WEEK + timedelta(hours=5)

    assert pending_due_times(weekly(), MONDAY_SIX, asleep) == [
        MONDAY_SIX + WEEK,
        MONDAY_SIX + 2 * WEEK,
        MONDAY_SIX + 3 * WEEK,
    ]


def test_other_jobs_catch_up_once():
    job = weekly(every_missed=False)

    assert pending_due_times(job, MONDAY_SIX, MONDAY_SIX + 3 * WEEK) == [MONDAY_SIX + 3 * WEEK]


def test_a_job_that_never_ran_starts_with_the_last_due_time():
    assert pending_due_times(weekly(), None, MONDAY_SIX + timedelta(days=2)) == [MONDAY_SIX]


def test_a_restart_does_not_run_a_week_twice(deployment: Deployment, engine: Engine):
    calls: list[datetime] = []

    run_pending(deployment, weekly(calls), now=MONDAY_SIX)
    run_pending(deployment, weekly(calls), now=MONDAY_SIX + timedelta(minutes=1))

    assert calls == [MONDAY_SIX]
    assert watermark(engine).done_until == MONDAY_SIX


def test_a_failed_job_keeps_its_watermark_and_is_tried_again(
    deployment: Deployment, engine: Engine
):
    attempts: list[datetime] = []

    def fail_once(_deployment: Deployment, due: datetime) -> str:
        attempts.append(due)
        if len(attempts) == 1:
            raise VigieError("the source is down; wait")
        return "fine"

    job = Job("weekly", "0 6 * * mon", fail_once)
    run_pending(deployment, job, now=MONDAY_SIX)
    assert watermark(engine).status == "failed"
    assert watermark(engine).detail == "the source is down; wait"
    assert watermark(engine).done_until is None

    run_pending(deployment, job, now=MONDAY_SIX + timedelta(minutes=15))
    assert attempts == [MONDAY_SIX, MONDAY_SIX]
    assert watermark(engine).status == "done"


def test_an_unexpected_failure_is_recorded_without_its_message(
    deployment: Deployment, engine: Engine
):
    def break_down(_deployment: Deployment, _due: datetime) -> str:
        raise ValueError("text of a post")

    with pytest.raises(ValueError, match="text of a post"):
        run_pending(deployment, Job("weekly", "0 6 * * mon", break_down), now=MONDAY_SIX)

    assert (watermark(engine).status, watermark(engine).detail) == ("failed", "ValueError")


def test_one_scheduler_runs_per_home(tmp_path: Path):
    with (
        only_scheduler(tmp_path),
        pytest.raises(StoreError, match="already running"),
        only_scheduler(tmp_path),
    ):
        pass


def test_every_job_has_a_valid_cron_and_a_unique_name():
    assert len({job.job_id for job in scheduler.JOBS}) == len(scheduler.JOBS)
    assert all(job.trigger for job in scheduler.JOBS)

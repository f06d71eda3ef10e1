"""Jobs: what is due runs, once, also after a restart, and failures are tried again."""

import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine

import scheduler
from config.errors import SourceError, VigieError
from config.settings import Settings
from crawlers.process import CrawlOutcome
from crawlers.sources import SPIDERS
from models import JobWatermark
from models.database import open_session
from models.locks import Held
from pipelines.deployment import Deployment
from pipelines.operations.jobs import (
    INTERRUPTED,
    JitteredTrigger,
    Job,
    PutOffError,
    mark_interrupted,
    pending_due_times,
    run_pending,
)

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


def test_an_unexpected_failure_says_what_and_where_and_quotes_no_record(
    deployment: Deployment, engine: Engine, caplog: pytest.LogCaptureFixture
):
    def break_down(_deployment: Deployment, _due: datetime) -> str:
        raise ValueError("text of a post")

    with pytest.raises(VigieError) as raised:
        run_pending(deployment, Job("weekly", "0 6 * * mon", break_down), now=MONDAY_SIX)

    row = watermark(engine)
    assert (row.status, row.done_until) == ("failed", None)
    assert "text of a post" not in "".join(traceback.format_exception(raised.value))
    assert row.detail.startswith("ValueError at test_scheduler.py:")
    assert row.detail in caplog.text
    assert "text of a post" not in caplog.text


def test_work_that_is_put_off_is_not_tried_before_its_time(deployment: Deployment, engine: Engine):
    midnight = datetime(2024, 9, 3, tzinfo=UTC)
    attempts: list[datetime] = []

    def wait_for_money(_deployment: Deployment, due: datetime) -> str:
        attempts.append(due)
        if len(attempts) == 1:
            raise PutOffError(midnight, "budget: all is used")
        return "fine"

    job = Job("weekly", "0 6 * * mon", wait_for_money)
    run_pending(deployment, job, now=MONDAY_SIX)
    assert (watermark(engine).status, watermark(engine).detail) == (
        "put_off",
        "budget: all is used",
    )

    run_pending(deployment, job, now=midnight - timedelta(seconds=1))
    assert len(attempts) == 1
    run_pending(deployment, job, now=midnight)
    assert (len(attempts), watermark(engine).status, watermark(engine).not_before) == (
        2,
        "done",
        None,
    )


def test_a_job_that_a_dead_scheduler_left_running_is_marked_and_runs_again(
    deployment: Deployment, engine: Engine
):
    calls: list[datetime] = []
    with open_session(engine) as session:
        session.add(JobWatermark(job_id="weekly", status="running", done_until=MONDAY_SIX - WEEK))

    assert mark_interrupted(deployment, (weekly(calls),), MONDAY_SIX) == ["weekly"]
    assert (watermark(engine).status, watermark(engine).detail) == ("failed", INTERRUPTED)
    run_pending(deployment, weekly(calls), now=MONDAY_SIX)
    assert calls == [MONDAY_SIX]


def test_a_job_starts_a_little_after_its_due_time_and_always_as_much():
    job = Job("crawl", "0 6 * * *", lambda _deployment, _due: "", jitter=timedelta(minutes=4))
    delays = {job.delay(MONDAY_SIX + timedelta(days=day), "host") for day in range(20)}
    delay = job.delay(MONDAY_SIX, "host")

    assert len(delays) == 20
    assert all(timedelta() <= one <= timedelta(minutes=4) for one in delays)
    assert pending_due_times(job, MONDAY_SIX - timedelta(days=1), MONDAY_SIX, seed="host") == []
    assert pending_due_times(
        job, MONDAY_SIX - timedelta(days=1), MONDAY_SIX + delay, seed="host"
    ) == [MONDAY_SIX]
    assert delay != job.delay(MONDAY_SIX, "another host")


def test_the_trigger_wakes_a_job_once_for_each_due_time_when_its_delay_is_over():
    job = Job("crawl", "0 6 * * *", lambda _deployment, _due: "", jitter=timedelta(minutes=4))
    trigger = JitteredTrigger(job, "host")
    woken = []
    previous = None
    for _ in range(5):
        previous = trigger.get_next_fire_time(previous, previous or MONDAY_SIX)
        woken.append(previous)

    days = [MONDAY_SIX + timedelta(days=day) for day in range(5)]
    assert woken == [day + job.delay(day, "host") for day in days]


@pytest.mark.parametrize(
    ("status", "reason", "until"),
    [
        (
            "partial",
            "budget: 1.00 of 1.00 USD of the day are used; it goes on by itself on 2024-09-17",
            datetime(2024, 9, 17, tzinfo=UTC),
        ),
        ("rate_limited", "rate_limited:2024-09-16T06:15:00Z",
         datetime(2024, 9, 16, 6, 15, tzinfo=UTC)),
        ("rate_limited", "rate_limited: Facebook did not say until when", None),
        ("failed", "http_503 (tried 5 times)", None),
    ],
)  # fmt: skip
def test_a_stopped_run_goes_on_when_its_reason_says_so(status, reason, until):
    assert scheduler.resume_at(CrawlOutcome(status, reason, 1)) == until


def test_a_source_without_its_token_is_not_asked_and_is_no_failure(deployment: Deployment):
    assert scheduler.crawl_job("x_search")(deployment, MONDAY_SIX) == (
        "not set up: VIGIE_X_BEARER_TOKEN is empty"
    )


def test_a_search_that_cannot_be_paid_for_is_put_off_before_it_starts(engine, tmp_path):
    settings = Settings(home=tmp_path, x_bearer_token="t", x_daily_usd=0, now=MONDAY_SIX)

    with pytest.raises(PutOffError, match="budget: ") as caught:
        scheduler.crawl_job("x_search")(Deployment(settings, engine), MONDAY_SIX)

    assert caught.value.until == datetime(2024, 9, 3, tzinfo=UTC)


def test_a_crawl_that_did_not_end_well_is_a_failed_job(engine, tmp_path, monkeypatch):
    deployment = Deployment(Settings(home=tmp_path, facebook_token="token"), engine)
    monkeypatch.setattr(
        scheduler, "run_crawl", lambda *_a, **_k: CrawlOutcome("failed", "http_503", 1)
    )

    with pytest.raises(SourceError, match="facebook_pages ended as failed: http_503"):
        scheduler.crawl_job("facebook_pages")(deployment, MONDAY_SIX)


def test_every_source_has_a_job_or_is_asked_on_demand():
    assert set(SPIDERS) <= set(scheduler.CRAWLS) | set(scheduler.ON_DEMAND)


def test_no_two_jobs_of_the_store_run_at_once_and_alerts_do_not_wait_behind_them(deployment):
    made = scheduler.make_scheduler(deployment, scheduler.JOBS, Held(None), Event(), seed="host")
    executors = {job.id: job.executor for job in made.get_jobs()}

    assert executors["crawl_x_search:due"] == executors["classify:due"] == "default"
    assert executors["deliver_alerts:due"] == "light"
    assert executors["heartbeat"] == "beat"


def test_every_job_has_a_valid_cron_and_a_unique_name():
    assert len({job.job_id for job in scheduler.JOBS}) == len(scheduler.JOBS)
    assert all(job.trigger for job in scheduler.JOBS)

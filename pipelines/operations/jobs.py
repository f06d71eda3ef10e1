"""Jobs: when they fall due, what has been done, and what is put off. No clock, no chance inside.

What has been done is in one table of our own (`job_watermark`), so that a restart, a long sleep or
a killed job cannot lose a week: whatever fell due since the watermark is run, weekly work once
for each week, the rest once in all.
"""

import logging
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy.exc import OperationalError

from config.errors import VigieError
from models import JobWatermark
from models.database import open_session, read_session
from pipelines.deployment import Deployment

log = logging.getLogger("vigie.scheduler")

LOOK_BACK: Final = timedelta(days=8)
PLACES: Final = 5  # of an unforeseen error, as many as are told
INTERRUPTED: Final = "interrupted: the scheduler ended in the middle"

Work = Callable[[Deployment, datetime], str]


class PutOffError(VigieError):
    """The job cannot be done before a known moment: a limit, a budget. It is no failure."""

    def __init__(self, until: datetime, reason: str) -> None:
        super().__init__(reason)
        self.until = until


@dataclass(frozen=True)
class Job:
    """One job: when it falls due (UTC cron), what it does for a due time, how it catches up.

    `work` takes the deployment and the due time and gives a line for the log. `jitter` spreads
    its starts, so that deployments do not all ask a platform in the same second. `light` jobs
    run beside the others.
    """

    job_id: str
    cron: str
    work: Work
    every_missed: bool = False  # True: once for each missed due time, oldest first
    jitter: timedelta = timedelta()
    light: bool = False

    @property
    def trigger(self) -> CronTrigger:
        """APScheduler's form of the due times."""
        return CronTrigger.from_crontab(self.cron, timezone=UTC)

    def next_due(self, moment: datetime) -> datetime:
        """The first due time after a moment."""
        due: datetime = self.trigger.get_next_fire_time(moment, moment + timedelta(seconds=1))
        return due

    def delay(self, due: datetime, seed: str) -> timedelta:
        """How long after a due time the job starts: the same for one seed, job and due time."""
        chance = random.Random(f"{seed}:{self.job_id}:{due.isoformat()}")  # noqa: S311
        return self.jitter * chance.random()


class JitteredTrigger(BaseTrigger):  # type: ignore[misc]
    """Wakes a job at each due time and its delay."""

    def __init__(self, job: Job, seed: str) -> None:
        self._job = job
        self._seed = seed

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """The next start after the previous one and now."""
        after = max(now, previous + timedelta(microseconds=1)) if previous else now
        due = after - self._job.jitter - timedelta(seconds=1)
        while True:
            due = self._job.next_due(due)
            start = due + self._job.delay(due, self._seed)
            if start >= after:
                return start


def pending_due_times(
    job: Job, done_until: datetime | None, now: datetime, *, seed: str = ""
) -> list[datetime]:
    """The due times to run now: after `done_until`, up to `now`; only the last one for a job
    that need not make up each. Without a watermark the last due time counts as missed."""
    if done_until is None:
        last = _last_due(job, now, seed)
        return [last] if last is not None else []
    missed: list[datetime] = []
    moment = done_until
    while (due := job.next_due(moment)) + job.delay(due, seed) <= now:
        missed.append(due)
        moment = due
    return missed if job.every_missed else missed[-1:]


def run_pending(deployment: Deployment, job: Job, *, now: datetime, seed: str = "") -> int:
    """Run what is pending of one job; gives how many due times were done.

    The watermark moves after each success. A failure is recorded, logged in one line, and leaves
    the watermark, so that the next wake-up tries again; so does work that is put off, but not
    before its time.
    """
    done = 0
    before = watermark(deployment, job)
    if before is not None and before.not_before is not None and now < before.not_before:
        return 0
    for due in pending_due_times(job, before.done_until if before else None, now, seed=seed):
        _record(deployment, job, status="running", started_at=now, not_before=None)
        if not _run_one(deployment, job, due, now):
            return done
        done += 1
    return done


def _run_one(deployment: Deployment, job: Job, due: datetime, now: datetime) -> bool:
    try:
        detail = job.work(deployment, due)
    except PutOffError as error:
        told = {"detail": str(error), "not_before": error.until}
        _record(deployment, job, status="put_off", finished_at=now, **told)
        log.info("job %s put off until %s: %s", job.job_id, error.until.isoformat(), error)
        return False
    except VigieError as error:
        _record(deployment, job, status="failed", finished_at=now, detail=str(error))
        log.error("job %s failed: %s", job.job_id, error)
        return False
    except OperationalError as error:
        # Somebody else writes for longer than we wait; not a word could be recorded either.
        log.error("job %s: the store is busy (%s); tried again", job.job_id, type(error).__name__)
        return False
    except Exception as error:  # noqa: BLE001 (raised again, without what it quotes)
        # Its message may quote a record, and whoever wakes us up would log it whole.
        kind = f"{type(error).__name__} at {_places(error)}"
        _record(deployment, job, status="failed", finished_at=now, detail=kind)
        log.error("job %s failed unexpectedly: %s", job.job_id, kind)
        raise VigieError(f"job {job.job_id} failed unexpectedly: {kind}") from None
    _record(deployment, job, status="done", finished_at=now, detail=detail, done_until=due)
    log.info("job %s done for %s: %s", job.job_id, due.isoformat(), detail)
    return True


def _places(error: Exception) -> str:
    """Where an exception came from, the innermost place first."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames[-PLACES:]))


def mark_interrupted(deployment: Deployment, jobs: tuple[Job, ...], now: datetime) -> list[str]:
    """Mark jobs that a dead scheduler left running; gives their names. Their work is pending."""
    found = []
    for job in jobs:
        row = watermark(deployment, job)
        if row is not None and row.status == "running":
            _record(deployment, job, status="failed", finished_at=now, detail=INTERRUPTED)
            found.append(job.job_id)
    return found


def watermark(deployment: Deployment, job: Job) -> JobWatermark | None:
    """What is recorded of a job."""
    with read_session(deployment.engine) as session:
        return session.get(JobWatermark, job.job_id)


def _last_due(job: Job, now: datetime, seed: str) -> datetime | None:
    """The newest due time of the past days, if any."""
    moment, last = now - LOOK_BACK, None
    while (due := job.next_due(moment)) + job.delay(due, seed) <= now:
        last = moment = due
    return last


def _record(deployment: Deployment, job: Job, **fields: object) -> None:
    with open_session(deployment.engine) as session:
        row = session.get(JobWatermark, job.job_id) or JobWatermark(job_id=job.job_id)
        for name, value in fields.items():
            setattr(row, name, value)
        session.add(row)

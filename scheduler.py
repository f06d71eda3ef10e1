"""When each job runs; the jobs live in their rooms.

APScheduler only wakes us up. What has been done is in one table of our own (`job_watermark`), so
a restart, a long sleep or a killed job cannot lose a week: whatever fell due since the watermark
is run, weekly work once for each week, the rest once in all.
"""

import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

from config.errors import SourceError, StoreError, VigieError
from config.settings import Settings
from crawlers.commands import ask_compliance
from crawlers.importers.commands import importer_of
from crawlers.importers.inbox import import_inbox, summary
from crawlers.process import run_crawl
from models import JobWatermark
from models.database import open_session
from pipelines import stages
from pipelines.compliance import apply_states
from pipelines.deployment import Deployment
from pipelines.periods import last_full_week
from pipelines.retention import expire

log = logging.getLogger("vigie.scheduler")

# A job that fails is tried again at its next wake-up; wake-ups come at least this often.
RETRY_EVERY = timedelta(minutes=15)
GRACE_SECONDS = 24 * 3600

Work = Callable[[Deployment, datetime], str]


@dataclass(frozen=True)
class Job:
    """One job: when it falls due (UTC cron), what it does for a due time, how it catches up.

    `work` takes the deployment and the due time and gives a line for the log.
    """

    job_id: str
    cron: str
    work: Work
    every_missed: bool = False  # True: once for each missed due time, oldest first

    @property
    def trigger(self) -> CronTrigger:
        """APScheduler's form of the due times."""
        return CronTrigger.from_crontab(self.cron, timezone=UTC)


def pending_due_times(job: Job, done_until: datetime | None, now: datetime) -> list[datetime]:
    """The due times to run now: after `done_until`, up to `now`; only the last one for a job
    that need not make up each. Without a watermark the last due time counts as missed."""
    if done_until is None:
        last = _last_due(job, now)
        return [last] if last is not None else []
    missed: list[datetime] = []
    moment = done_until
    while (due := job.trigger.get_next_fire_time(moment, moment + timedelta(seconds=1))) <= now:
        missed.append(due)
        moment = due
    return missed if job.every_missed else missed[-1:]


def run_pending(deployment: Deployment, job: Job, *, now: datetime) -> int:
    """Run what is pending of one job; gives how many due times were done.

    The watermark moves after each success. A failure is recorded, logged in one line, and leaves
    the watermark, so that the next wake-up tries again.
    """
    done = 0
    for due in pending_due_times(job, _done_until(deployment, job), now):
        _record(deployment, job, status="running", started_at=now)
        try:
            detail = job.work(deployment, due)
        except VigieError as error:
            _record(deployment, job, status="failed", finished_at=now, detail=str(error))
            log.error("job %s failed: %s", job.job_id, error)
            return done
        except Exception as error:
            kind = type(error).__name__
            _record(deployment, job, status="failed", finished_at=now, detail=kind)
            log.error("job %s failed unexpectedly: %s", job.job_id, kind)
            raise
        _record(deployment, job, status="done", finished_at=now, detail=detail, done_until=due)
        log.info("job %s done for %s: %s", job.job_id, due.isoformat(), detail)
        done += 1
    return done


def serve(settings: Settings, jobs: tuple[Job, ...]) -> None:
    """Run the scheduler until it is stopped; StoreError when one runs already."""
    deployment = Deployment.open(settings)
    with only_scheduler(settings.home):
        scheduler = BlockingScheduler(
            timezone=UTC,
            # One worker: the store has one writer, and jobs follow from one another.
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": GRACE_SECONDS,
            },
        )
        for job in jobs:
            for trigger in (job.trigger, "interval"):
                scheduler.add_job(
                    _wake,
                    trigger,
                    args=[deployment, job],
                    id=f"{job.job_id}:{'retry' if trigger == 'interval' else 'due'}",
                    **({"seconds": RETRY_EVERY.total_seconds()} if trigger == "interval" else {}),
                )
            scheduler.add_job(_wake, args=[deployment, job], id=f"{job.job_id}:start")
        log.info("scheduler started with %d jobs", len(jobs))
        try:
            scheduler.start()
        except (KeyboardInterrupt, SystemExit):
            log.info("scheduler stopped")


@contextmanager
def only_scheduler(home: Path) -> Iterator[None]:
    """Hold the lock that lets one scheduler run per home; the system frees it if we die."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "scheduler.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(
                f"a scheduler is already running on {home}; stop it before starting another"
            ) from error
        yield


def _wake(deployment: Deployment, job: Job) -> None:
    run_pending(deployment, job, now=deployment.settings.clock())


def _last_due(job: Job, now: datetime) -> datetime | None:
    """The newest due time of the past 8 days, if any."""
    moment, last = now - timedelta(days=8), None
    while (due := job.trigger.get_next_fire_time(moment, moment + timedelta(seconds=1))) <= now:
        last = moment = due
    return last


def _done_until(deployment: Deployment, job: Job) -> datetime | None:
    with open_session(deployment.engine) as session:
        row = session.get(JobWatermark, job.job_id)
        return row.done_until if row else None


def _record(deployment: Deployment, job: Job, **fields: object) -> None:
    with open_session(deployment.engine) as session:
        row = session.get(JobWatermark, job.job_id) or JobWatermark(job_id=job.job_id)
        for name, value in fields.items():
            setattr(row, name, value)
        session.add(row)


# --- the jobs ----------------------------------------------------------------------------------


def _crawl(source: str) -> Work:
    def work(_deployment: Deployment, _due: datetime) -> str:
        outcome = run_crawl(source)
        if outcome.status != "done":
            raise SourceError(f"{source} ended as {outcome.status}: {outcome.reason}")
        return f"{outcome.posts_new} new, {outcome.posts_known} known"

    return work


def _import_inbox(deployment: Deployment, due: datetime) -> str:
    folder = deployment.settings.inbox
    if folder is None:
        return "no folder is watched"
    return summary(import_inbox(folder, importer_of(deployment, now=due)))


def _classify(deployment: Deployment, due: datetime) -> str:
    return str(stages.classify(deployment, now=due))


def _week(deployment: Deployment, due: datetime) -> str:
    """Series, synchronised posting and alerts of the week that has ended."""
    week = last_full_week(due)
    points = stages.build_week(deployment, week, now=due)
    stages.detect_coordination(deployment, week, now=due)
    proposed = stages.propose_alerts(deployment, week, now=due)
    return stages.describe_week(week, points, proposed)


def _report(deployment: Deployment, due: datetime) -> str:
    out = deployment.settings.home / "reports"
    written = stages.write_weekly_report(deployment, last_full_week(due), out=out, now=due)
    return f"{len(written)} files in {out}"


def _deliver(deployment: Deployment, due: datetime) -> str:
    return f"{len(stages.deliver_alerts(deployment, now=due))} messages"


def _expire(deployment: Deployment, due: datetime) -> str:
    return str(expire(deployment, now=due))


def _compliance(deployment: Deployment, due: datetime) -> str:
    """Ask the platform, then draw the consequences, also of what was known before."""
    asked = ask_compliance(deployment.settings)
    applied = str(apply_states(deployment, now=due))
    if asked is not None and asked["status"] != "done":
        raise SourceError(f"{asked['source']} ended as {asked['status']}: {asked['reason']}")
    return applied


# Times in UTC, which is Bamako's time. X serves seven days back, so six hours leave ample room.
JOBS = (
    Job("crawl_x", "5 */6 * * *", _crawl("x_search")),
    Job("crawl_facebook", "20 */6 * * *", _crawl("facebook_pages")),
    Job("import_inbox", "*/15 * * * *", _import_inbox),
    Job("classify", "45 * * * *", _classify),
    Job("week", "0 5 * * mon", _week, every_missed=True),
    Job("weekly_report", "30 5 * * mon", _report, every_missed=True),
    Job("deliver_alerts", "*/5 * * * *", _deliver),
    Job("compliance", "40 2 * * *", _compliance),
    Job("expire", "0 3 * * *", _expire),
)

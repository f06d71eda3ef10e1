"""When each job runs; the jobs live in their rooms.

APScheduler only wakes us up: each job at its due times, and now and then in between, so that what
failed or was put off is tried again. See pipelines.operations.jobs for what counts as done.
"""

import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler

from config.errors import SourceError, StoreError, VigieError
from config.settings import Settings
from crawlers import resume
from crawlers.budget import Denied, Limits, closed_until
from crawlers.commands import ask_compliance
from crawlers.context import DONE, PARTIAL, RATE_LIMITED
from crawlers.importers.commands import importer_of
from crawlers.importers.inbox import import_inbox, summary
from crawlers.process import CrawlOutcome, run_crawl, stop_crawls
from crawlers.refill import Refill
from crawlers.refill import refill as refill_gaps
from crawlers.sources import SPIDERS
from crawlers.spiders.polling import PollingSpider
from models.database import read_session
from models.locks import Held, store_lock
from models.spend import totals
from pipelines import stages
from pipelines.compliance import apply_states
from pipelines.deployment import Deployment
from pipelines.operations.daily_mail import send_daily_mail
from pipelines.operations.heartbeat import write_heartbeat
from pipelines.operations.jobs import (
    JitteredTrigger,
    Job,
    PutOffError,
    Work,
    mark_interrupted,
    run_pending,
)
from pipelines.operations.metrics import write_metrics
from pipelines.operations.watch import watch
from pipelines.periods import last_full_week
from pipelines.retention import expire

log = logging.getLogger("vigie.scheduler")

# A job that fails is tried again at its next wake-up; wake-ups come at least this often.
RETRY_EVERY = timedelta(minutes=15)
BEAT_EVERY = timedelta(minutes=1)
MEASURE_EVERY = timedelta(minutes=5)
GRACE_SECONDS = 24 * 3600
LOCK = "scheduler"


def serve(settings: Settings, jobs: tuple[Job, ...]) -> None:
    """Run the scheduler until it is stopped; StoreError when one runs already."""
    deployment = Deployment.open(settings)
    with store_lock(deployment.engine, LOCK) as held, _stopped_by_signals():
        now = settings.clock()
        stopping = threading.Event()
        for job_id in mark_interrupted(deployment, jobs, now):
            log.warning("job %s was interrupted; it runs again", job_id)
        scheduler = make_scheduler(deployment, jobs, held, stopping, seed=socket.gethostname())
        log.info("scheduler started with %d jobs", len(jobs))
        try:
            scheduler.start()
        except (KeyboardInterrupt, SystemExit):
            stopping.set()
            log.info("scheduler stops; %d crawls told to stop", stop_crawls())
            scheduler.shutdown(wait=True)
        if not held.still():
            raise StoreError(
                "the store's server ended our lock; another scheduler may run: start this one anew"
            )


def make_scheduler(
    deployment: Deployment,
    jobs: tuple[Job, ...],
    held: Held,
    stopping: threading.Event,
    *,
    seed: str,
) -> BlockingScheduler:
    """APScheduler with every job: due times with their delay, retries, one heartbeat."""
    scheduler = BlockingScheduler(
        timezone=UTC,
        executors={
            # One worker: the store has one writer, and jobs follow from one another.
            "default": ThreadPoolExecutor(1),
            # What must not wait behind a long crawl.
            "light": ThreadPoolExecutor(1),
            "beat": ThreadPoolExecutor(1),
        },
        job_defaults={
            "coalesce": True,
            "max_instances": 1,
            "misfire_grace_time": GRACE_SECONDS,
        },
    )
    for job in jobs:
        executor = "light" if job.light else "default"
        wake = {"args": [deployment, job, seed, stopping], "executor": executor}
        scheduler.add_job(_wake, JitteredTrigger(job, seed), id=f"{job.job_id}:due", **wake)
        scheduler.add_job(
            _wake,
            "interval",
            seconds=RETRY_EVERY.total_seconds(),
            id=f"{job.job_id}:retry",
            **wake,
        )
        scheduler.add_job(_wake, id=f"{job.job_id}:start", **wake)
    scheduler.add_job(
        _beat,
        "interval",
        seconds=BEAT_EVERY.total_seconds(),
        next_run_time=datetime.now(UTC),  # noqa: TID251 (APScheduler's own clock)
        id="heartbeat",
        executor="beat",
        args=[deployment, jobs, scheduler, held],
    )
    scheduler.add_job(
        _measure,
        "interval",
        seconds=MEASURE_EVERY.total_seconds(),
        id="metrics",
        executor="beat",
        args=[deployment],
    )
    return scheduler


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """A polite end (systemd, docker, kill) is an end like Ctrl-C, so that crawls are told too."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _wake(deployment: Deployment, job: Job, seed: str, stopping: threading.Event) -> None:
    # What was queued behind the job that ran when we were told to stop.
    if not stopping.is_set():
        run_pending(deployment, job, now=deployment.settings.clock(), seed=seed)


def _beat(
    deployment: Deployment, jobs: tuple[Job, ...], scheduler: BlockingScheduler, held: Held
) -> None:
    """Say that we are alive, and end when the lock of the store is no longer ours."""
    if not held.still():
        log.error("the lock of the store is lost; the scheduler ends")
        stop_crawls()
        scheduler.shutdown(wait=False)
        return
    write_heartbeat(deployment, jobs, now=deployment.settings.clock())


def _measure(deployment: Deployment) -> None:
    write_metrics(deployment, now=deployment.settings.clock())


# --- the jobs ----------------------------------------------------------------------------------


def crawl_job(source: str) -> Work:
    """Collect what is new from one source."""

    def work(deployment: Deployment, _due: datetime) -> str:
        return _crawl(deployment, source)

    return work


def _crawl(
    deployment: Deployment,
    source: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> str:
    settings = deployment.settings
    access = SPIDERS[source].access
    if access is not None and not _is_set_up(source, settings):
        return f"not set up: {access.variable} is empty"
    if (denied := _no_money(deployment, source)) is not None:
        raise PutOffError(denied.until, denied.reason)
    outcome = run_crawl(source, since=since, until=until, only_missing=since is not None)
    if outcome.status != DONE:
        raise _unfinished(source, outcome)
    return f"{outcome.posts_new} new, {outcome.posts_known} known"


def _is_set_up(source: str, settings: Settings) -> bool:
    spider = SPIDERS[source]
    return spider.access is None or bool(spider.platform_of(settings).token)


def _no_money(deployment: Deployment, source: str) -> Denied | None:
    """Why not even the smallest page of a search can be paid for; the guard knows more."""
    settings, spider = deployment.settings, SPIDERS[source]
    if spider.platform_of(settings).name != "x" or not issubclass(spider, PollingSpider):
        return None
    now = settings.clock()
    with read_session(deployment.engine) as session:
        return closed_until(Limits.of(settings), totals(session, now.date()), now)


def _unfinished(source: str, outcome: CrawlOutcome) -> SourceError | PutOffError:
    """What becomes of a run that did not end well: tried again soon, or put off until it can."""
    reason = outcome.reason or "no reason given"
    told = f"{source} ended as {outcome.status}: {reason}"
    until = resume_at(outcome)
    return SourceError(told) if until is None else PutOffError(until, told)


def resume_at(outcome: CrawlOutcome) -> datetime | None:
    """When a run that was stopped may go on; None: at the next wake-up."""
    reason = outcome.reason or ""
    if outcome.status == PARTIAL and reason.startswith("budget: "):
        return datetime.fromisoformat(reason.rsplit(" ", 1)[1]).replace(tzinfo=UTC)
    if outcome.status == RATE_LIMITED and reason.startswith("rate_limited:"):
        try:
            return datetime.fromisoformat(reason.removeprefix("rate_limited:"))
        except ValueError:
            return None
    return None


def resume_dead(deployment: Deployment, _due: datetime) -> str:
    """Begin again runs whose process is gone, and stopped ones that have no job of their own."""
    settings = deployment.settings
    dead = resume.mark_dead_runs(deployment.engine, settings.home / "locks", settings.clock())
    begun, failed = [], []
    for one in resume.to_resume(deployment.engine, ON_DEMAND):
        try:
            _crawl(deployment, one.source, one.stretch.start, one.stretch.end)
            begun.append(one.source)
        except VigieError as error:
            failed.append(f"{one.source}: {error}")
    told = f"{len(dead)} dead runs, resumed: {', '.join(begun) or 'none'}"
    return "; ".join([told, *failed])


def refill_due(deployment: Deployment, _due: datetime) -> str:
    """Have the gaps crawled that can be filled and are due."""

    def crawl(one: Refill) -> CrawlOutcome:
        return run_crawl(
            one.source, since=one.stretch.start, until=one.stretch.end, only_missing=True
        )

    def may_start(source: str) -> bool:
        return _is_set_up(source, deployment.settings) and _no_money(deployment, source) is None

    done = refill_gaps(deployment.engine, deployment.settings, crawl, may_start)
    return f"{len(done)} crawls for gaps" if done else "no gap is due"


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


def _recount(deployment: Deployment, due: datetime) -> str:
    """Weeks whose gaps may have been filled since they were counted."""
    whole = stages.recount_weeks(deployment, now=due)
    return f"whole now: {', '.join(whole)}" if whole else "no week has become whole"


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
    settings = deployment.settings
    asked = ask_compliance(settings) if _is_set_up("x_compliance", settings) else None
    applied = str(apply_states(deployment, now=due))
    if asked is not None and asked["status"] != "done":
        raise SourceError(f"{asked['source']} ended as {asked['status']}: {asked['reason']}")
    return applied


def _watch(deployment: Deployment, _due: datetime) -> str:
    return watch(deployment, now=deployment.settings.clock())


def _mail(deployment: Deployment, due: datetime) -> str:
    return str(send_daily_mail(deployment, (due - timedelta(days=1)).date(), now=due))


# Times in UTC, which is Bamako's time. X serves seven days back, so six hours leave ample room.
# A source that the registry does not have yet has no job.
CRAWLS = {
    "x_search": "5 */6 * * *",
    "facebook_pages": "20 */6 * * *",
    "x_timelines": "35 */6 * * *",
    "x_lookup": "*/20 * * * *",  # metric snapshots an hour after posting, with little delay
    "x_quotes": "50 5,17 * * *",
    "x_reposts": "50 6,18 * * *",
    "x_counts": "30 2 * * *",
    "x_usage": "40 2 * * *",
    "media_feeds": "10 */3 * * *",
}
ON_DEMAND = ("x_archive", "x_compliance")  # by hand, to fill a gap, for the deletion duties
CRAWL_JITTER = timedelta(minutes=4)

JOBS = (
    *(
        Job(f"crawl_{source}", cron, crawl_job(source), jitter=CRAWL_JITTER)
        for source, cron in CRAWLS.items()
        if source in SPIDERS
    ),
    Job("resume", "*/15 * * * *", resume_dead),
    Job("refill", "15 3,9,15,21 * * *", refill_due, jitter=CRAWL_JITTER),
    Job("import_inbox", "*/15 * * * *", _import_inbox),
    Job("classify", "45 * * * *", _classify),
    Job("recount", "30 3 * * *", _recount),
    Job("week", "0 5 * * mon", _week, every_missed=True),
    Job("weekly_report", "30 5 * * mon", _report, every_missed=True),
    Job("deliver_alerts", "*/5 * * * *", _deliver, light=True),
    Job("watch_operations", "25 * * * *", _watch, light=True),
    Job("daily_mail", "30 4 * * *", _mail, every_missed=True, light=True),
    Job("compliance", "40 2 * * *", _compliance),
    Job("expire", "0 3 * * *", _expire),
)

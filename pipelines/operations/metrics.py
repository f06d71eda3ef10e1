"""Figures for a monitor: `VIGIE_HOME/metrics.prom`, read by node-exporter's textfile collector."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlmodel import Session, col, func, select

from models import CrawlRun, JobWatermark, Post, Spend
from models.database import read_session
from models.spend import UNSETTLED
from pipelines.deployment import Deployment
from pipelines.operations.facts import OperationsFacts, gather
from pipelines.outputs import publish

FILE: Final = "metrics.prom"


@dataclass
class Metric:
    """One figure with its help and its values by label."""

    name: str
    kind: str  # gauge or counter
    help: str
    values: list[tuple[Mapping[str, str], float]] = field(default_factory=list)

    def add(self, value: float | None, **labels: str) -> "Metric":
        """Add a value; what is not known is left out, never written as 0."""
        if value is not None:
            self.values.append((labels, value))
        return self

    def text(self) -> str:
        """The lines of the exposition format."""
        lines = [f"# HELP {self.name} {self.help}", f"# TYPE {self.name} {self.kind}"]
        lines += [f"{self.name}{_labels(labels)} {_number(value)}" for labels, value in self.values]
        return "\n".join(lines)


def write_metrics(deployment: Deployment, *, now: datetime) -> Path:
    """Write the whole file anew."""
    with read_session(deployment.engine) as session:
        facts = gather(session, deployment.settings, deployment.watchlist, now)
        metrics = [*_of_store(session), *_of_facts(facts)]
    text = "\n".join(metric.text() for metric in metrics if metric.values) + "\n"
    path = deployment.settings.home / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    publish([(path, text.encode())])
    return path


def _of_store(session: Session) -> Iterable[Metric]:
    posts = Metric("vigie_posts", "gauge", "Posts held, by platform and kind.")
    rows = session.exec(
        select(Post.platform, Post.kind, func.count())
        .group_by(Post.platform, Post.kind)
        .order_by(Post.platform, Post.kind)
    )
    for platform, kind, number in rows:
        posts.add(number, platform=platform, kind=kind)
    yield posts
    yield from _of_runs(session)
    yield from _of_spend(session)
    jobs = Metric("vigie_job_failed", "gauge", "1 when a job's last try failed.")
    done = Metric("vigie_job_done_until", "gauge", "Due time a job's work is done up to, epoch.")
    for job in session.exec(select(JobWatermark).order_by(JobWatermark.job_id)):
        jobs.add(float(job.status == "failed"), job=job.job_id)
        done.add(job.done_until.timestamp() if job.done_until else None, job=job.job_id)
    yield jobs
    yield done


def _of_runs(session: Session) -> Iterable[Metric]:
    requests = Metric("vigie_crawl_requests_total", "counter", "Requests made, by source.")
    new = Metric("vigie_crawl_posts_new_total", "counter", "Posts first met, by source.")
    runs = Metric("vigie_crawl_runs_total", "counter", "Runs by source and how they ended.")
    for source, made, found in session.exec(
        select(CrawlRun.source, func.sum(CrawlRun.requests), func.sum(CrawlRun.posts_new))
        .group_by(CrawlRun.source)
        .order_by(CrawlRun.source)
    ):
        requests.add(made, source=source)
        new.add(found, source=source)
    for source, status, number in session.exec(
        select(CrawlRun.source, CrawlRun.status, func.count())
        .group_by(CrawlRun.source, CrawlRun.status)
        .order_by(CrawlRun.source, CrawlRun.status)
    ):
        runs.add(number, source=source, status=status)
    return requests, new, runs


def _of_spend(session: Session) -> Iterable[Metric]:
    usd = Metric("vigie_spend_usd_total", "counter", "Upper bound of what reading cost, USD.")
    read = Metric("vigie_posts_read_total", "counter", "Posts read from a platform.")
    for source, cost, posts in session.exec(
        select(Spend.source, func.sum(Spend.usd), func.sum(Spend.posts))
        .where(col(Spend.endpoint) != UNSETTLED)
        .group_by(Spend.source)
        .order_by(Spend.source)
    ):
        usd.add(cost, source=source)
        read.add(posts, source=source)
    return usd, read


def _of_facts(facts: OperationsFacts) -> Iterable[Metric]:
    now = facts.at.timestamp()
    yield Metric("vigie_time", "gauge", "When these figures were written, epoch.").add(now)
    age = Metric("vigie_crawl_success_age_seconds", "gauge", "Since the last run that ended well.")
    waits = Metric("vigie_crawl_rate_waits", "gauge", "Waits for a limit in the last day.")
    waiting = Metric("vigie_crawl_waiting", "gauge", "1 while a crawl sleeps for a limit.")
    for one in facts.sources:
        age.add(now - one.last_success.timestamp() if one.last_success else None, source=one.source)
        waits.add(one.rate_waits, source=one.source)
        waiting.add(float(one.state == "waiting"), source=one.source)
    yield from (age, waits, waiting)
    yield from _of_money(facts)
    gaps = Metric("vigie_coverage_gaps", "gauge", "Gaps that are not filled.")
    still_open = sum(gap.final is None for gap in facts.gaps)
    yield gaps.add(still_open, state="open").add(len(facts.gaps) - still_open, state="final")
    oldest = min((g.window_start.timestamp() for g in facts.gaps if g.final is None), default=None)
    name, told = "vigie_coverage_oldest_gap_age_seconds", "Age of the oldest gap still open."
    yield Metric(name, "gauge", told).add(None if oldest is None else now - oldest)
    failing = Metric("vigie_coverage_failing", "gauge", "Queries and pages that always fail.")
    yield failing.add(len(facts.failing))
    yield Metric("vigie_quarantined", "gauge", "Records not read.").add(facts.quarantined)
    comments = Metric("vigie_comments", "gauge", "Comments under posts of the last 30 days.")
    claimed, held = facts.comments_claimed, facts.comments_collected
    yield comments.add(claimed, what="claimed").add(held, what="collected")
    yield Metric("vigie_disk_free_bytes", "gauge", "Left beside the store.").add(facts.disk_free)


def _of_money(facts: OperationsFacts) -> Iterable[Metric]:
    money = facts.money
    spent = Metric("vigie_budget_spent_usd", "gauge", "Spent on X, upper bound.")
    yield spent.add(money.spent.day_usd, period="day").add(money.spent.month_usd, period="month")
    limit = Metric("vigie_budget_limit_usd", "gauge", "Limits set by the operator.")
    yield limit.add(money.daily_limit, period="day").add(money.monthly_limit, period="month")
    posts = Metric("vigie_budget_posts", "gauge", "Posts read this month: ours, X's, the cap.")
    posts.add(money.spent.month_posts, what="ours").add(money.platform_posts, what="platform")
    yield posts.add(money.posts_limit, what="cap")


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{told}}}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(round(float(value), 6))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

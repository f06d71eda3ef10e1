"""The whole chain, week by week, as an operator's scheduler would run it, then the score."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from config.errors import UsageError
from config.keyring import Keyring, quarter_of
from config.settings import Settings
from demo import outage
from demo.outage import Outage, OutageScore
from demo.rounds import COMPLIANCE, Crawls, Step, rounds
from demo.score import Score, score_demo
from demo.world import SandboxWorld, running_world
from models.database import make_engine, migrate
from pipelines import stages
from pipelines.compliance import apply_states
from pipelines.deployment import Deployment
from pipelines.operations.daily_mail import send_daily_mail
from pipelines.periods import WEEK, last_full_week, week_of

# Dollars, as an operator would set them; a crawl that met one would end before its time.
DAILY_USD: Final = 20.0
MONTHLY_USD: Final = 100.0
MARKER = ".vigie-demo"
ANALYST = "demo-analyst"  # stands in for the person who decides about alerts

Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoResult:
    """What the demo made, and how it scored."""

    score: Score
    reports: tuple[Path, ...]


@dataclass(frozen=True)
class Lived:
    """When the weeks ended, and what became of the planned outage."""

    now: datetime
    outage: OutageScore | None


def run_demo(*, weeks: int, seed: int, out: Path, all_weeks: bool, say: Say) -> DemoResult:
    """Run the demo into `out`, which must be empty or made by an earlier demo."""
    _clear(out)
    truth = out / "truth.json"
    with running_world(seed=seed, weeks=weeks, truth=truth) as world:
        deployment = open_demo_store(world, out, seed)
        lived = live_through(deployment, world, say, ledgers=out)
    now = lived.now
    reports = _write_reports(deployment, world, out, now=now, all_weeks=all_weeks)
    stages.deliver_alerts(deployment, now=now, exercise=True)
    mail = _daily_mail(deployment, out, now)
    say(f"the operator's mail of the last day: {mail}")
    score = score_demo(deployment, truth, lived.outage, now=now)
    _write_json(out / "score.json", score.as_dict())
    deployment.engine.dispose()
    return DemoResult(score, tuple(reports))


def open_demo_store(world: SandboxWorld, out: Path, seed: int) -> Deployment:
    """A new store whose keys follow from the seed, so that two runs give equal bytes."""
    settings = Settings(
        home=out / "var",
        database_url=None,
        now=world.start,
        watchlist=world.watchlist,
        x_base_url=world.x_base_url,
        x_bearer_token=world.x_token,
        x_least_spread=1,  # the story is small: few posts are reposted five times
        x_daily_usd=DAILY_USD,
        x_monthly_usd=MONTHLY_USD,
        facebook_base_url=world.facebook_base_url,
        facebook_token=world.facebook_token,
        feed_base_url=world.url,
        request_delay=0,
        mailbox=out / "mailbox",
    )
    quarters = {quarter_of(world.start + WEEK * n) for n in range(-2, 14)}
    Keyring(settings.keys_dir, seed=f"vigie-demo-{seed}").ensure(sorted(quarters))
    engine = make_engine(settings.store_url)
    migrate(engine)
    return Deployment(settings, engine)


def live_through(deployment: Deployment, world: SandboxWorld, say: Say, *, ledgers: Path) -> Lived:
    """Crawl and work through every week of the world; `ledgers` takes those of the outage."""
    weeks = Weeks(
        deployment,
        world,
        Crawls(deployment.settings, world),
        outage.planned_outage(world, deployment.watchlist),
        ledgers,
        say,
    )
    lived = Lived(world.start, None)
    for week_start in _weeks(world):
        lived = weeks.live(week_start, lived)
    return lived


@dataclass(frozen=True)
class Weeks:
    """Lives through weeks of a world, one after the other."""

    deployment: Deployment
    world: SandboxWorld
    crawls: Crawls
    outage: Outage | None
    ledgers: Path
    say: Say

    def live(self, week_start: datetime, before: Lived) -> Lived:
        """Collect and work through one week."""
        now = self._collect(week_start)
        week = week_of(week_start)
        lived = replace(before, now=now)
        if self.outage is not None and self.outage.week_start == week_start - WEEK:
            lived = replace(lived, outage=self._after_the_outage(self.outage, before, now))
        self.say(self._work_through(week, now))
        if self.outage is not None and self.outage.week_start == week_start:
            lived = replace(lived, outage=self._during_the_outage(self.outage, now))
        return lived

    def _collect(self, week_start: datetime) -> datetime:
        now = week_start
        for round_ in rounds(last=week_start + WEEK >= self.world.end):
            now = week_start + round_.after
            self.world.set_clock(now)
            for step in round_.steps:
                self._take(step, week_start, now)
        apply_states(self.deployment, now=now)
        return now

    def _take(self, step: Step, week_start: datetime, now: datetime) -> None:
        struck = self.outage is not None and self.outage.begins(week_start, step)
        if self.outage is not None and struck:
            outage.strike(self.world, self.outage)
        since = {"x_counts": self.world.start}
        if now - self.world.start < WEEK:
            since["x_search"] = self.world.start
        self.crawls.to_the_end(
            step,
            now,
            since=since,
            may_fail=(outage.SOURCE,) if struck else (),
        )
        if struck:
            self.world.forget_faults()
        if COMPLIANCE in step:
            apply_states(self.deployment, now=now)

    def _work_through(self, week: str, now: datetime) -> str:
        """Labels, series, patterns and alerts of a week that has ended; one line on it."""
        stages.classify(self.deployment, now=now)
        points = stages.build_week(self.deployment, week, now=now)
        stages.detect_coordination(self.deployment, week, now=now)
        proposed = stages.propose_alerts(self.deployment, week, now=now)
        for alert in proposed:
            stages.decide_alert(self.deployment, alert.id, validated=True, role=ANALYST, now=now)
        return stages.describe_week(week, points, proposed)

    def _during_the_outage(self, planned: Outage, now: datetime) -> OutageScore:
        ledger = outage.days_of(self.deployment, planned, now)
        outage.write_ledger(ledger, self.ledgers / outage.DURING)
        self.say(f"{planned.week}  planned outage; {outage.told(ledger)}")
        return OutageScore(
            week=planned.week,
            days_missing=len(outage.missing_days(ledger)),
            days_missing_later=None,
            alerts_on_it=outage.alerts_on(self.deployment, planned),
        )

    def _after_the_outage(self, planned: Outage, before: Lived, now: datetime) -> OutageScore:
        """See that the crawl after it has brought what was missing, and count the week anew."""
        assert before.outage is not None
        ledger = outage.days_of(self.deployment, planned, now)
        outage.write_ledger(ledger, self.ledgers / outage.AFTER)
        self.say(f"{planned.week}  after the next crawl: {outage.told(ledger)}")
        self.say(self._counted_anew(planned.week, now))
        return replace(before.outage, days_missing_later=len(outage.missing_days(ledger)))

    def _counted_anew(self, week: str, now: datetime) -> str:
        stages.classify(self.deployment, now=now)
        points = stages.build_week(self.deployment, week, now=now)
        return f"{stages.describe_week(week, points, [])}; counted anew"


def _daily_mail(deployment: Deployment, out: Path, now: datetime) -> Path:
    """The mail on the day before `now`, apart from the alerts."""
    settings = deployment.settings.model_copy(update={"mailbox": out / "operator", "now": now})
    day = (now - timedelta(days=1)).date()
    return send_daily_mail(Deployment(settings, deployment.engine), day, now=now)


def _weeks(world: SandboxWorld) -> Iterator[datetime]:
    moment = world.start
    while moment < world.end:
        yield moment
        moment += WEEK


def _write_reports(
    deployment: Deployment, world: SandboxWorld, out: Path, *, now: datetime, all_weeks: bool
) -> list[Path]:
    last = last_full_week(now)
    weeks = [week_of(start) for start in _weeks(world)] if all_weeks else [last]
    written: list[Path] = []
    for week in weeks:
        written += stages.write_weekly_report(deployment, week, out=out / "reports", now=now)
    shutil.copyfile(out / "reports" / last / "snapshot.json", out / "snapshot.json")
    return written


def _clear(out: Path) -> None:
    """Make room for a new run; a folder with anything else in it is left alone."""
    if out.exists() and any(out.iterdir()) and not (out / MARKER).exists():
        raise UsageError(f"{out} is not empty and was not made by the demo; choose another --out")
    if out.exists():
        shutil.rmtree(out)
    out.mkdir(parents=True)
    (out / MARKER).write_text("made by `vigie demo`; safe to delete\n", encoding="utf-8")


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

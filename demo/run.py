"""The whole chain, week by week, as an operator's scheduler would run it, then the score."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from config.errors import SourceError, UsageError
from config.keyring import Keyring, quarter_of
from config.settings import Settings
from crawlers.process import run_crawl
from demo.score import Score, score_demo
from demo.world import SandboxWorld, running_world
from models.database import make_engine, migrate
from pipelines import stages
from pipelines.deployment import Deployment
from pipelines.periods import WEEK, last_full_week, week_of

# When each week is polled. X serves seven days back, so it is asked twice.
POLLS = (
    (timedelta(days=3, hours=6), ("x_search",)),
    (timedelta(days=7, hours=6), ("x_search", "facebook_pages")),
)
MARKER = ".vigie-demo"
ANALYST = "demo-analyst"  # stands in for the person who decides about alerts

Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoResult:
    """What the demo made, and how it scored."""

    score: Score
    reports: tuple[Path, ...]


def run_demo(*, weeks: int, seed: int, out: Path, all_weeks: bool, say: Say) -> DemoResult:
    """Run the demo into `out`, which must be empty or made by an earlier demo."""
    _clear(out)
    truth = out / "truth.json"
    with running_world(seed=seed, weeks=weeks, truth=truth) as world:
        deployment = open_demo_store(world, out, seed)
        now = live_through(deployment, world, say)
    reports = _write_reports(deployment, world, out, now=now, all_weeks=all_weeks)
    stages.deliver_alerts(deployment, now=now, exercise=True)
    score = score_demo(deployment, truth, week=last_full_week(now))
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
        facebook_base_url=world.facebook_base_url,
        facebook_token=world.facebook_token,
        request_delay=0,
        mailbox=out / "mailbox",
    )
    quarters = {quarter_of(world.start + WEEK * n) for n in range(-2, 14)}
    Keyring(settings.keys_dir, seed=f"vigie-demo-{seed}").ensure(sorted(quarters))
    engine = make_engine(settings.store_url)
    migrate(engine)
    return Deployment(settings, engine)


def live_through(deployment: Deployment, world: SandboxWorld, say: Say) -> datetime:
    """Crawl and work through every week of the world; gives the time it ends."""
    now = world.start
    for week_start in _weeks(world):
        for after, sources in POLLS:
            now = week_start + after
            world.set_clock(now)
            crawl(deployment, world, sources, now)
        week = week_of(week_start)
        stages.classify(deployment, now=now)
        points = stages.build_week(deployment, week, now=now)
        stages.detect_coordination(deployment, week, now=now)
        proposed = stages.propose_alerts(deployment, week, now=now)
        for alert in proposed:
            stages.decide_alert(deployment, alert.id, validated=True, role=ANALYST, now=now)
        say(stages.describe_week(week, points, proposed))
    return now


def crawl(
    deployment: Deployment, world: SandboxWorld, sources: Sequence[str], now: datetime
) -> None:
    """One crawl of each source at the world's time, each in its own process, side by side."""
    settings = deployment.settings
    environment = {
        "VIGIE_HOME": str(settings.home),
        "VIGIE_DATABASE_URL": settings.store_url,
        "VIGIE_NOW": now.astimezone(UTC).isoformat(),
        "VIGIE_WATCHLIST": str(world.watchlist),
        "VIGIE_X_BASE_URL": world.x_base_url,
        "VIGIE_X_BEARER_TOKEN": world.x_token,
        "VIGIE_FACEBOOK_BASE_URL": world.facebook_base_url,
        "VIGIE_FACEBOOK_TOKEN": world.facebook_token,
        "VIGIE_REQUEST_DELAY": "0",
    }
    since = world.start if now - world.start < WEEK else None
    with ThreadPoolExecutor(len(sources)) as pool:
        outcomes = pool.map(partial(run_crawl, settings_env=environment, since=since), sources)
        for source, outcome in zip(sources, outcomes, strict=True):
            if outcome.status != "done":
                raise SourceError(
                    f"the crawl of {source} at {now:%Y-%m-%d} ended as {outcome.status}: "
                    f"{outcome.reason}; see {settings.home / 'logs'}"
                )


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

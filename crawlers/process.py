"""Starting crawls from elsewhere, each in its own process."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from config.settings import Settings
from crawlers.context import FAILED
from crawlers.verdicts import json_object
from models import CrawlRun
from models.database import make_engine, open_session

GRACE_SECONDS: Final = 15  # between asking a crawl to stop and ending it
PROJECT: Final = Path(__file__).parent.parent


@dataclass(frozen=True)
class CrawlOutcome:
    """How a crawl process ended; counts are of this run only."""

    status: str  # done, partial, failed or rate_limited
    reason: str | None
    run_id: int | None  # None when it ended before a run was recorded
    requests: int = 0
    posts_new: int = 0
    posts_known: int = 0
    quarantined: int = 0
    seconds: float = 0.0


def run_crawl(
    source: str,
    *,
    settings_env: Mapping[str, str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    timeout: float | None = None,
) -> CrawlOutcome:
    """Crawl one source in its own process and wait for it.

    `settings_env` holds VIGIE_* variables that go before those of the environment. After
    `timeout` seconds the crawl is told to stop; what it has kept by then stays.
    """
    given = dict(settings_env or {})
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 (our own module, no shell)
        _command(source, since, until),
        env=child_environment(given),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    out, err = _wait(process, timeout)
    outcome = _outcome(out, err, _settings(given), process.returncode)
    return replace(outcome, seconds=round(time.monotonic() - started, 3))


def _command(source: str, since: datetime | None, until: datetime | None) -> list[str]:
    command = [sys.executable, "-m", "crawlers.run", source]
    if since is not None:
        command += ["--since", since.isoformat()]
    if until is not None:
        command += ["--until", until.isoformat()]
    return command


def child_environment(given: Mapping[str, str]) -> dict[str, str]:
    """The environment of a crawl process: ours, the given variables, and this project's path."""
    # A child needs all of it; what is in it is read by config.settings alone.
    inherited = dict(os.environ)  # noqa: TID251
    path = os.pathsep.join(filter(None, (str(PROJECT), inherited.get("PYTHONPATH"))))
    return {**inherited, "PYTHONPATH": path, **given}


def _settings(given: Mapping[str, str]) -> Settings:
    values: dict[str, Any] = {
        name.removeprefix("VIGIE_").lower(): value for name, value in given.items()
    }
    return Settings(**values)


def _wait(process: "subprocess.Popen[str]", timeout: float | None) -> tuple[str, str]:
    try:
        return process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.terminate()
    try:
        return process.communicate(timeout=GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()


def _outcome(out: str, err: str, settings: Settings, code: int) -> CrawlOutcome:
    run_id = (json_object(out.encode()) or {}).get("run_id")
    if run_id is None:
        lines = err.strip().splitlines()
        return CrawlOutcome(FAILED, lines[-1] if lines else f"ended with code {code}", None)
    engine = make_engine(settings.store_url)
    with open_session(engine) as session:
        run = session.get_one(CrawlRun, run_id)
        if run.status == "running":
            run.status, run.reason = FAILED, f"the process ended with code {code}"
        outcome = CrawlOutcome(
            status=run.status,
            reason=run.reason,
            run_id=run_id,
            requests=run.requests,
            posts_new=run.posts_new,
            posts_known=run.posts_known,
            quarantined=run.quarantined,
        )
    engine.dispose()
    return outcome

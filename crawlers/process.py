"""Starting crawls from elsewhere, each in its own process."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from config.settings import Settings
from crawlers.context import FAILED, PARTIAL, Ending
from crawlers.verdicts import json_object
from models import CrawlRun
from models.database import make_engine, open_session

GRACE_SECONDS: Final = 15  # between asking a crawl to stop and ending it
_STOPPED: Final = threading.Event()
_PROCESSES: Final[set["subprocess.Popen[str]"]] = set()
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
    only_missing: bool = False,
    timeout: float | None = None,
) -> CrawlOutcome:
    """Crawl one source in its own process and wait for it.

    `settings_env` holds VIGIE_* variables that go before those of the environment. After
    `timeout` seconds the crawl is told to stop; what it has kept by then stays.
    """
    if _STOPPED.is_set():
        return CrawlOutcome(PARTIAL, "stopped: this process is ending", None)
    given = dict(settings_env or {})
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 (our own module, no shell)
        _command(source, since, until, only_missing=only_missing),
        env=child_environment(given),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with _running(process):
        out, err, told = _wait(process, timeout)
    end = Ending(PARTIAL, _deadline(timeout)) if told else None
    outcome = _outcome(out, _settings(given), end or _broken_off(out, err, process.returncode))
    return replace(outcome, seconds=round(time.monotonic() - started, 3))


def stop_crawls() -> int:
    """Tell every crawl this process has started to stop, and start no other; gives how many."""
    _STOPPED.set()
    running = [process for process in _PROCESSES if process.poll() is None]
    for process in running:
        process.terminate()
    return len(running)


@contextmanager
def _running(process: "subprocess.Popen[str]") -> Iterator[None]:
    _PROCESSES.add(process)
    if _STOPPED.is_set():
        process.terminate()
    try:
        yield
    finally:
        _PROCESSES.discard(process)


def _deadline(timeout: float | None) -> str:
    return f"stopped: after {timeout or 0:g} seconds; run it again to go on"


def _broken_off(out: str, err: str, code: int) -> Ending:
    # Once a run has begun, the last line may be that of an exception that quotes a record.
    lines = err.strip().splitlines()
    told = lines[-1] if lines and not out else f"the process ended with code {code}"
    return Ending(FAILED, told)


def _command(
    source: str, since: datetime | None, until: datetime | None, *, only_missing: bool
) -> list[str]:
    command = [sys.executable, "-m", "crawlers.run", source]
    if since is not None:
        command += ["--since", since.isoformat()]
    if until is not None:
        command += ["--until", until.isoformat()]
    if only_missing:
        command.append("--only-missing")
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


def _wait(process: "subprocess.Popen[str]", timeout: float | None) -> tuple[str, str, bool]:
    """What the process printed, and whether it had to be told to stop."""
    try:
        return *process.communicate(timeout=timeout), False
    except subprocess.TimeoutExpired:
        process.terminate()
    try:
        return *process.communicate(timeout=GRACE_SECONDS), True
    except subprocess.TimeoutExpired:
        process.kill()
        return *process.communicate(), True


def _outcome(out: str, settings: Settings, broken_off: Ending) -> CrawlOutcome:
    """How a crawl ended; `broken_off` where it could not say so itself."""
    run_id = (json_object(out.encode()) or {}).get("run_id")
    if run_id is None:
        return CrawlOutcome(broken_off.status, broken_off.reason, None)
    engine = make_engine(settings.store_url)
    with open_session(engine) as session:
        run = session.get_one(CrawlRun, run_id)
        if run.status == "running":
            run.status, run.reason = broken_off.status, broken_off.reason
            run.finished_at = settings.clock()
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

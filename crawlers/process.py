"""Starting crawls from elsewhere: each in its own process, and what one would ask and cost."""

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from config.errors import SourceError
from config.keyring import Keyring
from config.settings import Settings
from config.watchlist import Watchlist, load_watchlist
from crawlers.checkpoints import Asked, Poll
from crawlers.context import FAILED, PARTIAL, Ending
from crawlers.scrapy_settings import USER_AGENT
from crawlers.sources import spider_of
from crawlers.spiders.polling import ApiSpider, Planning
from crawlers.spiders.x_api import rfc3339, x_platform
from crawlers.verdicts import json_object
from models import CrawlRun
from models.database import make_engine, open_session, require_current_schema

X_USD_PER_POST: Final = 0.005  # pay-per-use price of one post read
COUNTS_ENDPOINT: Final = "/2/tweets/counts/recent"
COUNTS_TIMEOUT_SECONDS: Final = 30
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


@dataclass(frozen=True)
class PlannedQuery:
    """One window a crawl would ask; None where the platform gives no figure beforehand."""

    query_id: str
    text: str
    window_start: datetime
    window_end: datetime
    expected_posts: int | None = None
    usd: float | None = None


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


def plan_crawl(
    source: str,
    *,
    settings: Settings,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[PlannedQuery]:
    """The windows a crawl of `source` would ask now, with posts and money where known.

    For X one counts request per window is made when a token is set (the platform charges
    0.005 USD for each); without a token the expected posts stay unknown.
    """
    watchlist = load_watchlist(settings.watchlist)
    asked = Asked(settings.clock(), since, until)
    spider = spider_of(source)
    spider.check(asked)
    texts = spider.queries_of(watchlist)
    planned = [
        PlannedQuery(poll.query_id, texts[poll.query_id], poll.window.start, poll.window.end)
        for poll in _planned_polls(spider, watchlist, settings, asked)
    ]
    return [_priced(query, settings) for query in planned] if source == "x_search" else planned


def _planned_polls(
    spider: type[ApiSpider], watchlist: Watchlist, settings: Settings, asked: Asked
) -> list[Poll]:
    engine = make_engine(settings.store_url)
    require_current_schema(engine)
    keyring = Keyring(settings.keys_dir)
    with open_session(engine) as session:
        plans = spider.plan(Planning(session, keyring, watchlist, settings, asked))
    engine.dispose()
    return [poll for _, plan in plans for poll in plan.polls]


def _priced(planned: PlannedQuery, settings: Settings) -> PlannedQuery:
    if not settings.x_bearer_token:
        return planned
    posts = _count_posts(planned, settings)
    return replace(planned, expected_posts=posts, usd=round(posts * X_USD_PER_POST, 4))


def _count_posts(planned: PlannedQuery, settings: Settings) -> int:
    platform = x_platform(settings)
    params = {
        "query": planned.text,
        "start_time": rfc3339(planned.window_start),
        "end_time": rfc3339(planned.window_end),
        "granularity": "day",
    }
    request = urllib.request.Request(  # noqa: S310 (the address of a setting)
        f"{platform.base_url}{COUNTS_ENDPOINT}?{urlencode(params)}",
        headers={"Authorization": f"Bearer {platform.token}", "User-Agent": USER_AGENT},
    )
    meta = (_fetch(request, platform.base_url) or {}).get("meta")
    total = meta.get("total_post_count", meta.get("total_tweet_count")) if meta else None
    if not isinstance(total, int):
        raise SourceError(f"{platform.base_url} did not answer with a count of posts; try again")
    return total


def _fetch(request: urllib.request.Request, base_url: str) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(request, timeout=COUNTS_TIMEOUT_SECONDS) as answer:  # noqa: S310
            return json_object(answer.read())
    except urllib.error.HTTPError as error:
        raise SourceError(
            f"{base_url} refused to count posts (HTTP {error.code}); check VIGIE_X_BEARER_TOKEN"
        ) from error
    except OSError as error:
        raise SourceError(
            f"{base_url} cannot be reached ({type(error).__name__}); check VIGIE_X_BASE_URL "
            "and the network"
        ) from error

"""Schedulers and crawls as processes: one per store, told to stop, found dead, begun again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

import scheduler
from crawlers.process import child_environment
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.world import build_world
from crawling import Deployment
from models import Coverage, CoverageGap, CrawlRun, PlatformId, Post
from pipelines import deployment as opened
from pipelines.operations.heartbeat import FILE

PATIENCE_SECONDS = 60
SERVE = """
from config.settings import Settings
import scheduler
from pipelines.operations.jobs import Job
from datetime import timedelta
job = Job("crawl_x_search", "* * * * *", scheduler.crawl_job("x_search"))
try:
    scheduler.serve(Settings(), (job,) if {crawl} else ())
except Exception as error:
    raise SystemExit(str(error))
"""


def start(env: dict[str, str], *, crawl: bool = False) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", SERVE.format(crawl=crawl)],
        env=child_environment(env),
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(what) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def ended(process: "subprocess.Popen[str]") -> Iterator[None]:
    """Whatever a test finds, its process ends."""
    try:
        yield
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def world():
    return build_world(7, 2)


@pytest.fixture
def sandbox(world) -> Iterator[Sandbox]:
    with Sandbox(world=world, page_size_cap=5) as sandbox:
        yield sandbox


@pytest.fixture
def deployment(tmp_path: Path, sandbox: Sandbox) -> Deployment:
    return Deployment(tmp_path / "home", sandbox).init()


def test_a_second_scheduler_on_one_store_refuses_to_start_from_whatever_home(
    any_engine: Engine, tmp_path: Path
):
    url = any_engine.url.render_as_string(hide_password=False)
    homes = [tmp_path / "one", tmp_path / "two"]
    envs = [{"VIGIE_HOME": str(home), "VIGIE_DATABASE_URL": url} for home in homes]
    first = start(envs[0])
    with ended(first):
        wait_for((homes[0] / FILE).exists)
        second = start(envs[1])
        _, told = second.communicate(timeout=PATIENCE_SECONDS)
        assert second.returncode == 1
        assert f"a scheduler is already running on this store (process {first.pid} on" in told
        first.send_signal(signal.SIGTERM)
        assert first.wait(PATIENCE_SECONDS) == 0
    third = start(envs[1])
    with ended(third):
        wait_for((homes[1] / FILE).exists)


def test_a_scheduler_told_to_stop_tells_its_crawl_which_keeps_its_place(deployment):
    deployment.sandbox.faults.next(status=429, reset_in=50)
    process = start(deployment.env, crawl=True)
    with ended(process):
        wait_for(lambda: deployment.sandbox.requests)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    (run,) = deployment.rows(CrawlRun)
    assert run.status == "partial"
    assert run.reason.startswith("stopped")
    assert {row.status for row in deployment.rows(Coverage)} == {"failed"}


@pytest.fixture
def in_process(deployment, monkeypatch) -> opened.Deployment:
    """The deployment as the scheduler's jobs see it; their crawls inherit its environment."""
    for name, value in deployment.env.items():
        monkeypatch.setenv(name, value)
    return opened.Deployment.open(deployment.settings)


def test_a_crawl_that_died_is_found_marked_and_goes_on_where_it_stopped(
    deployment, in_process, tmp_path, sandbox
):
    whole = Deployment(tmp_path / "whole", sandbox).init()
    assert whole.crawl("x_search").status == "done"
    sent = sandbox.bytes_sent
    process = subprocess.Popen(
        [sys.executable, "-m", "crawlers.run", "x_search"],
        env=child_environment(deployment.env),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with ended(process):
        sandbox.on_bytes = lambda now: os.kill(process.pid, 9) if now > sent + 6000 else None
        assert process.wait(PATIENCE_SECONDS) == -9
        sandbox.on_bytes = None
    assert [run.status for run in deployment.rows(CrawlRun)] == ["running"]

    told = scheduler.resume_dead(in_process, sandbox.stage.now)

    assert told == "1 dead runs, resumed: x_search"
    assert [(run.status, run.reason) for run in deployment.rows(CrawlRun)] == [
        ("failed", "interrupted"),
        ("done", None),
    ]
    assert scheduler.resume_dead(in_process, sandbox.stage.now) == "0 dead runs, resumed: none"
    assert len(deployment.rows(Post)) == len(whole.rows(Post))


def test_a_gap_in_reach_is_filled_by_itself_and_asks_for_nothing_else(
    deployment, in_process, world, sandbox
):
    first, second = world.end - timedelta(days=5), world.end - timedelta(days=2)
    deployment.crawl("x_search", first, first + timedelta(days=1))
    deployment.crawl("x_search", second, second + timedelta(days=1))
    sandbox.requests.clear()

    assert scheduler.refill_due(in_process, sandbox.stage.now) == "1 crawls for gaps"

    assert {(row.window_start, row.window_end) for row in deployment.rows(Coverage)} == {
        (first, first + timedelta(days=1)),
        (first + timedelta(days=1), second),
        (second, second + timedelta(days=1)),
    }
    assert {row.filled_at for row in deployment.rows(CoverageGap)} == {sandbox.stage.now}
    assert scheduler.refill_due(in_process, sandbox.stage.now) == "no gap is due"


def test_a_backfill_and_live_polling_run_side_by_side_on_one_server(
    tmp_path, sandbox, world, postgres_url
):
    deployment = Deployment(tmp_path / "home", sandbox, {"VIGIE_DATABASE_URL": postgres_url}).init()
    week_before = world.end - timedelta(days=9)
    with ThreadPoolExecutor(2) as threads:
        live = threads.submit(deployment.crawl, "x_search")
        backfill = threads.submit(deployment.crawl, "x_archive", week_before, world.end)
        outcomes = [live.result(), backfill.result()]

    assert [(one.status, one.reason) for one in outcomes] == [("done", None), ("done", None)]
    held = [row.post_id for row in deployment.rows(PlatformId)]
    assert len(held) == len(set(held)) == len(deployment.rows(Post))

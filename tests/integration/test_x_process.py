"""Every X source as the crawl process it will be, and answers that break on the wire."""

import json
from datetime import timedelta

import pytest

from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.world import build_world
from crawlers.sources import SPIDERS
from crawlers.spiders.x_api import XSpider
from crawling import Deployment
from models import CrawlRun, Post

X_SOURCES = [name for name, spider in SPIDERS.items() if issubclass(spider, XSpider)]


@pytest.fixture(scope="module")
def world():
    return build_world(7, 2)


@pytest.fixture
def sandbox(world):
    with Sandbox(world=world) as sandbox:
        yield sandbox


@pytest.fixture
def deployment(tmp_path, sandbox):
    return Deployment(tmp_path / "home", sandbox, {"VIGIE_X_LEAST_SPREAD": "1"}).init()


def state_of(deployment, source):
    path = deployment.home / "status" / f"crawl-{source}.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_every_source_of_x_runs_to_its_end_and_says_so(deployment, world):
    for source in X_SOURCES:
        archive = (world.end - timedelta(days=12), world.end - timedelta(days=8))
        period = archive if source == "x_archive" else (None, None)
        outcome = deployment.crawl(source, *period)
        assert (outcome.status, outcome.reason) == ("done", None), source
        assert outcome.requests > 0, source
        state = state_of(deployment, source)
        assert (state["state"], state["run_id"]) == ("done", outcome.run_id)
        assert state["posts"] == outcome.posts_new + outcome.posts_known


def test_the_archive_without_its_period_is_refused_before_a_run_begins(deployment):
    outcome = deployment.crawl("x_archive")
    assert outcome.run_id is None
    assert outcome.reason is not None
    assert "--since" in outcome.reason


@pytest.mark.parametrize("kinds", [("reset", "truncate", "stall"), ("wrong_length", "html")])
def test_answers_that_break_on_the_wire_are_asked_again(deployment, kinds):
    deployment.more["VIGIE_REQUEST_TIMEOUT"] = "1"
    for kind in kinds:
        deployment.sandbox.faults.next(kind=kind, path="/2/")
    outcome = deployment.crawl("x_search")
    assert (outcome.status, outcome.quarantined) == ("done", 0)
    (run,) = deployment.rows(CrawlRun)
    assert run.stats["retries"] == len(kinds)
    assert len(deployment.rows(Post)) == outcome.posts_new > 0


def test_a_limit_that_ends_a_run_says_until_when(deployment):
    deployment.sandbox.faults.next(status=429, reset_in=600)
    outcome = deployment.crawl("x_search")
    (run,) = deployment.rows(CrawlRun)
    state = state_of(deployment, "x_search")
    assert (outcome.status, state["state"]) == ("rate_limited", "rate_limited")
    assert outcome.reason == f"rate_limited:{state['until']}"
    assert run.stats["waiting_until"] == state["until"]

"""Crawls under a budget, over real HTTP: they stop before they overspend, and go on later."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from config.keyring import Keyring
from crawlers.process import run_crawl
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.world import build_world
from crawling import Deployment
from models import Coverage, Payload, Post, Spend
from models.spend import UNSETTLED


@pytest.fixture(scope="module")
def world():
    return build_world(7, 2)


@pytest.fixture
def sandbox(world) -> Iterator[Sandbox]:
    with Sandbox(world=world) as sandbox:
        yield sandbox


def deployment_of(tmp_path: Path, sandbox: Sandbox, **more: str) -> Deployment:
    return Deployment(tmp_path / "home", sandbox, more).init()


def billed(deployment: Deployment) -> float:
    """What X would bill at most for the answers kept, counted from their bodies."""
    keyring = Keyring(deployment.home / "keys")
    usd = 0.0
    for payload in deployment.rows(Payload):
        body = json.loads(keyring.decrypt_payload(payload.ciphertext))
        includes = body.get("includes", {})
        beside = includes.get("posts", includes.get("tweets", []))
        usd += 0.005 * (len(body.get("data", [])) + len(beside))
        usd += 0.010 * len(includes.get("users", []))
    return usd


def spent(deployment: Deployment) -> float:
    return sum(row.usd for row in deployment.rows(Spend))


def test_the_spend_of_a_crawl_is_what_its_answers_held(tmp_path, sandbox):
    deployment = deployment_of(tmp_path, sandbox)
    outcome = deployment.crawl("x_search")
    (row,) = deployment.rows(Spend)

    assert (row.source, row.endpoint) == ("x_search", "/2/tweets/search/recent")
    assert row.requests == outcome.requests
    assert row.usd == pytest.approx(billed(deployment))
    assert row.usd > 0.1


@pytest.mark.parametrize(
    ("daily", "page_size"), [("0", 100), ("0.2", 100), ("0.6", 10), ("0.7", 100), ("0.65", 37)]
)
def test_the_spend_never_passes_the_limit(tmp_path, sandbox, daily, page_size):
    more = {"VIGIE_X_DAILY_USD": daily, "VIGIE_X_PAGE_SIZE": str(page_size)}
    deployment = deployment_of(tmp_path, sandbox, **more)
    outcome = deployment.crawl("x_search")

    assert outcome.status == "partial"
    assert outcome.reason is not None
    assert outcome.reason.startswith("budget: ")
    assert spent(deployment) == pytest.approx(billed(deployment))
    assert spent(deployment) <= float(daily) + 1e-9
    assert UNSETTLED not in {row.endpoint for row in deployment.rows(Spend)}


def test_a_run_stopped_by_its_budget_goes_on_the_next_day_until_all_is_there(
    tmp_path, sandbox, world
):
    start = world.end - timedelta(days=2)
    since = start - timedelta(days=3)
    sandbox.set_clock(start)
    whole = Deployment(tmp_path / "whole", sandbox).init()
    whole.crawl("x_search", since, start)
    deployment = deployment_of(tmp_path, sandbox, VIGIE_X_DAILY_USD="0.6")
    shutil.copytree(whole.home / "keys", deployment.home / "keys")
    first = deployment.crawl("x_search", since, start)
    stopped = {row.reason for row in deployment.rows(Coverage) if row.status != "complete"}

    assert first.status == "partial"
    assert stopped == {first.reason}
    for day in range(1, 4):
        sandbox.set_clock(start + timedelta(days=day))
        last = run_crawl(
            "x_search",
            settings_env=deployment.env,
            since=since,
            until=start,
            only_missing=True,
        )
        if last.status == "done":
            break
    assert last.status == "done"
    by_day = {}
    for row in deployment.rows(Spend):
        by_day[row.day] = by_day.get(row.day, 0) + row.usd
    assert all(usd <= 0.6 + 1e-9 for usd in by_day.values())
    assert {row.status for row in deployment.rows(Coverage)} == {"complete"}
    assert {row.id for row in deployment.rows(Post)} == {row.id for row in whole.rows(Post)}


def test_a_refused_request_is_given_back(tmp_path, sandbox):
    deployment = deployment_of(tmp_path, sandbox, VIGIE_X_DAILY_USD="100")
    sandbox.faults.next(status=402)

    assert deployment.crawl("x_search").status == "failed"
    assert deployment.rows(Spend) == []


def test_what_a_dead_crawl_asked_for_stays_spent_until_it_is_asked_again(tmp_path, sandbox):
    deployment = deployment_of(tmp_path, sandbox, VIGIE_X_DAILY_USD="7")
    day = f"{sandbox.stage.now:%Y-%m-%d}"
    with deployment.engine() as engine, Session(engine) as session:
        session.add(Spend(source="x_archive", day=day, endpoint=UNSETTLED, requests=1, usd=6.9))
        session.commit()

    assert deployment.crawl("x_search").status == "partial"
    with deployment.engine() as engine, Session(engine) as session:
        row = session.get_one(Spend, ("x_archive", day, UNSETTLED))
        session.delete(row)
        session.add(Spend(source="x_search", day=day, endpoint=UNSETTLED, requests=1, usd=6.9))
        session.commit()
    assert deployment.crawl("x_search").status == "done"
    assert UNSETTLED not in {row.endpoint for row in deployment.rows(Spend)}


def test_the_posts_of_a_month_have_a_cap_too(tmp_path, sandbox):
    deployment = deployment_of(tmp_path, sandbox, VIGIE_X_MONTHLY_POSTS="35")
    outcome = deployment.crawl("x_search")

    assert outcome.reason is not None
    assert "of 35 posts of the month" in outcome.reason
    assert sum(row.posts for row in deployment.rows(Spend)) <= 35


def test_facebook_goes_on_when_x_has_used_its_money(tmp_path, sandbox):
    deployment = deployment_of(tmp_path, sandbox, VIGIE_X_DAILY_USD="0")

    assert deployment.crawl("facebook_pages").status == "done"
    assert {row.usd for row in deployment.rows(Spend)} == {0.0}

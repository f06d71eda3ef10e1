"""Polls of X when its clock, its index, its vocabulary or its answers are not as they should be."""

import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from x_driving import Driver, plain_send

from config.keyring import Keyring
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.world import build_world
from crawlers.sources import SPIDERS
from crawlers.spiders import x_windows
from crawlers.spiders.x_api import XSpider
from crawlers.spiders.x_search import XSearchSpider
from crawling import Deployment
from models import (
    ComplianceJob,
    CountProbe,
    Coverage,
    Engagement,
    Payload,
    Post,
    PostCollection,
    PostVersion,
    Share,
)

X_SOURCES = [name for name, spider in SPIDERS.items() if issubclass(spider, XSpider)]


@pytest.fixture(scope="module")
def world():
    return build_world(7, 4)


@pytest.fixture
def sandbox(world):
    with Sandbox(world=world) as sandbox:
        yield sandbox


@pytest.fixture
def driver(tmp_path, sandbox):
    return new_driver(tmp_path, sandbox)


def new_driver(home, sandbox, **more):
    deployment = Deployment(home, sandbox, more).init()
    Keyring(deployment.home / "keys", seed="tests").ensure(["2024Q3"])
    return Driver(deployment)


def asked(request):
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def moved(driver, **by):
    sandbox = driver.deployment.sandbox
    sandbox.set_clock(sandbox.stage.now + timedelta(**by))


def collected(driver):
    return {row.post_id for row in driver.rows(PostCollection)}


def natural(driver):
    """What a store holds, without the numbers of runs and the times of fetching."""
    return {
        "posts": {(p.id, p.text_hash, p.state) for p in driver.rows(Post)},
        "versions": {(v.post_id, v.text_hash) for v in driver.rows(PostVersion)},
        "counts": {(e.post_id, e.polled_at, e.likes, e.shares) for e in driver.rows(Engagement)},
        "shares": {(s.post_id, s.object_kind, s.object_id) for s in driver.rows(Share)},
        "coverage": {
            (c.source, c.query_id, c.window_start, c.window_end, c.status)
            for c in driver.rows(Coverage)
        },
        "counted": {
            (c.source, c.query_id, c.window_start, c.counted) for c in driver.rows(CountProbe)
        },
        "collected": {(c.post_id, c.source, c.query_id) for c in driver.rows(PostCollection)},
        "jobs": {(j.id, j.status, j.ids) for j in driver.rows(ComplianceJob)},
    }


# --- late indexing and clocks ------------------------------------------------------------------


def hiding_newer_than(moment):
    """The stand-in's answer without the posts that are not in its index yet."""

    def send(request):
        answer = plain_send(request)
        content = json.loads(answer.body)
        shown = [
            post
            for post in content.get("data", ())
            if datetime.fromisoformat(post["created_at"]) < moment
        ]
        content["data"] = shown
        return answer.replace(body=json.dumps(content).encode())

    return send


def poll_twice_while_the_index_is_late(driver, monkeypatch, overlap):
    """Two polls; the first one does not see the six minutes before the end of its window."""
    monkeypatch.setattr(XSearchSpider, "overlap", overlap)
    newest = max(
        post.created_at
        for post in driver.deployment.sandbox.world.x_posts
        if post.element == "network"
    )
    driver.deployment.sandbox.set_clock(newest + timedelta(minutes=2))
    driver.run("x_search", send=hiding_newer_than(newest - timedelta(minutes=4)))
    moved(driver, hours=6)
    driver.run("x_search")
    return collected(driver)


def test_posts_indexed_after_their_window_was_asked_are_found_by_the_next_poll(
    driver, tmp_path, sandbox, monkeypatch
):
    got = poll_twice_while_the_index_is_late(driver, monkeypatch, XSearchSpider.overlap)
    whole = new_driver(tmp_path / "whole", sandbox)
    whole.run("x_search")
    assert got >= collected(whole)


def test_without_the_overlap_they_would_be_lost(driver, tmp_path, sandbox, monkeypatch):
    got = poll_twice_while_the_index_is_late(driver, monkeypatch, timedelta(0))
    whole = new_driver(tmp_path / "whole", sandbox)
    whole.run("x_search")
    assert collected(whole) - got


@pytest.mark.parametrize("minutes", [-5, -1, 1, 5])
def test_clocks_that_differ_leave_no_gap_and_lose_no_post(driver, tmp_path, sandbox, minutes):
    moved(driver, days=-6)
    sandbox.stage.skew = timedelta(minutes=minutes)
    for _ in range(3):
        run = driver.run("x_search")
        assert (run.context.ending, run.context.refused) == (None, {})
        moved(driver, days=2, minutes=10)
    sandbox.stage.skew = timedelta(0)
    driver.run("x_search")
    assert {row.status for row in driver.rows(Coverage)} <= {"complete", "failed"}
    for query_id in {row.query_id for row in driver.rows(Coverage)}:
        rows = sorted(
            (row for row in driver.rows(Coverage) if row.query_id == query_id),
            key=lambda row: row.window_start,
        )
        assert all(one.window_end == other.window_start for one, other in pairwise(rows))
    whole = new_driver(tmp_path / "whole", sandbox)
    whole.run("x_search")
    assert collected(driver) >= collected(whole)


def test_the_difference_of_the_clocks_stands_in_the_run(driver, sandbox):
    sandbox.stage.skew = timedelta(minutes=-5)
    run = driver.run("x_search")
    assert run.stats["vigie/clock_skew_seconds"] == 300


# --- vocabulary --------------------------------------------------------------------------------


@pytest.mark.parametrize(("chosen", "switch"), [("post", "legacy_only"), ("tweet", "post_only")])
@pytest.mark.parametrize("source", ["x_search", "x_timelines", "x_archive"])
def test_a_platform_of_the_other_vocabulary_is_asked_in_it(
    tmp_path, sandbox, caplog, chosen, switch, source
):
    now = sandbox.stage.now
    period = (now - timedelta(days=20), now) if source == "x_archive" else (None, None)
    plain = new_driver(tmp_path / "plain", sandbox)
    plain.run(source, *period)
    driver = new_driver(tmp_path / "other", sandbox, VIGIE_X_VOCABULARY=chosen)
    setattr(sandbox.stage, switch, True)
    run = driver.run(source, *period)
    assert natural(driver) == natural(plain)
    words = Counter(f"{chosen}.fields" in asked(one) for one in run.requests)
    assert words[True] == 1
    assert caplog.text.count("X does not take these request words") == 1


def test_the_vocabulary_that_worked_is_remembered_by_the_next_run(tmp_path, sandbox):
    driver = new_driver(tmp_path, sandbox)
    sandbox.stage.legacy_only = True
    driver.run("x_search")
    moved(driver, hours=1)
    run = driver.run("x_search")
    assert run.requests
    assert all("tweet.fields" in asked(one) for one in run.requests)
    moved(driver, hours=1)
    assert all("tweet.fields" in asked(one) for one in driver.run("x_search").requests)


def test_a_platform_that_comes_back_to_the_vocabulary_of_the_settings_is_followed(
    tmp_path, sandbox
):
    driver = new_driver(tmp_path, sandbox)
    sandbox.stage.legacy_only = True
    driver.run("x_search")
    sandbox.stage.legacy_only, sandbox.stage.post_only = False, True
    for _ in range(2):
        moved(driver, hours=1)
        run = driver.run("x_search")
    assert all("post.fields" in asked(one) for one in run.requests)


def test_answers_in_the_older_words_to_requests_in_the_newer_are_read(tmp_path, sandbox):
    plain = new_driver(tmp_path / "plain", sandbox)
    plain.run("x_search")
    sandbox.stage.answers_in_legacy = True
    driver = new_driver(tmp_path / "other", sandbox)
    driver.run("x_search")
    assert natural(driver) == natural(plain)


# --- odd answers -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["empty_page_with_token", "repeat_token", "partial_errors"])
def test_odd_pages_lose_and_repeat_nothing(tmp_path, sandbox, kind):
    sandbox.stage.page_size_cap = 5
    plain = new_driver(tmp_path / "plain", sandbox)
    plain.run("x_search")
    driver = new_driver(tmp_path / "odd", sandbox)
    sandbox.faults.next(kind=kind, path="/2/tweets/search/recent", times=2)
    run = driver.run("x_search")
    assert run.context.ending is None
    assert collected(driver) == collected(plain)
    assert natural(driver)["versions"] == natural(plain)["versions"]


def test_a_token_that_is_not_taken_any_more_costs_no_post(tmp_path, sandbox):
    sandbox.stage.page_size_cap = 5
    plain = new_driver(tmp_path / "plain", sandbox)
    plain.run("x_search")
    driver = new_driver(tmp_path / "cut", sandbox)
    driver.run("x_search", stop_after=2)
    refused = []

    def send(request):
        if "next_token" in request.url and not refused:
            refused.append(request)
            spoilt = request.url.replace("next_token=", "next_token=spoilt")
            return plain_send(request.replace(url=spoilt))
        return plain_send(request)

    run = driver.run("x_search", send=send)
    assert refused
    assert run.context.refused == {}
    assert collected(driver) == collected(plain)
    assert {row.status for row in driver.rows(Coverage)} == {"complete"}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("source", ["x_search", "x_timelines", "x_archive", "x_counts"])
def test_a_storm_of_faults_leaves_the_store_as_a_calm_run_does(tmp_path, sandbox, seed, source):
    sandbox.stage.page_size_cap = 5
    now = sandbox.stage.now
    period = (now - timedelta(days=20), now) if source == "x_archive" else (None, None)
    calm = new_driver(tmp_path / "calm", sandbox)
    calm.run(source, *period)
    driver = new_driver(tmp_path / "storm", sandbox)
    sandbox.faults.storm(seed, 0.3, path="/2/", reset_in=1)
    run = driver.run(source, *period)
    assert sandbox.faults.met
    assert run.context.ending is None
    assert natural(driver) == natural(calm)


@pytest.mark.parametrize("stop", range(1, 6))
def test_a_run_cut_off_after_any_page_is_finished_by_the_next(tmp_path, sandbox, stop):
    sandbox.stage.page_size_cap = 5
    calm = new_driver(tmp_path / "calm", sandbox)
    calm.run("x_search")
    driver = new_driver(tmp_path / "cut", sandbox)
    driver.run("x_search", stop_after=stop)
    driver.run("x_search")
    assert natural(driver) == natural(calm)
    hashes = [payload.sha256 for payload in driver.rows(Payload)]
    assert Counter(hashes) == Counter(payload.sha256 for payload in calm.rows(Payload))


def prepared(home, sandbox):
    """A store in which something is due for every source, with the clock an hour further on."""
    driver = new_driver(home, sandbox, VIGIE_X_LEAST_SPREAD="1")
    driver.run("x_search", x_page_size=100)
    return driver


@pytest.mark.parametrize("stop", [1, 3])
@pytest.mark.parametrize("source", [name for name in X_SOURCES if name != "x_search"])
def test_any_source_cut_off_after_any_page_ends_as_an_undisturbed_one(
    tmp_path, sandbox, source, stop
):
    begun = sandbox.stage.now
    period = (begun - timedelta(days=20), begun) if source == "x_archive" else (None, None)
    calm, cut = (prepared(tmp_path / name, sandbox) for name in ("calm", "cut"))
    sandbox.stage.page_size_cap = 5
    sandbox.set_clock(begun + timedelta(hours=1))
    calm.run(source, *period)
    cut.run(source, *period, stop_after=stop)
    cut.run(source, *period)
    assert natural(cut) == natural(calm)
    assert cut.run(source, *period).requests == [] or source in ("x_usage", "x_counts")


@pytest.mark.parametrize("stop", range(1, 8))
def test_a_run_cut_off_where_a_window_is_divided_loses_neither_part(
    tmp_path, sandbox, monkeypatch, stop
):
    monkeypatch.setattr(x_windows, "SPLIT_PAGES", 2)
    sandbox.stage.page_size_cap = 3
    calm = new_driver(tmp_path / "calm", sandbox)
    assert calm.run("x_search").stats["vigie/windows_divided"] > 1
    cut = new_driver(tmp_path / "cut", sandbox)
    cut.run("x_search", stop_after=stop)
    cut.run("x_search")
    assert natural(cut) == natural(calm)
    assert {row.status for row in cut.rows(Coverage)} == {"complete"}

"""Each X source against the stand-in: what it asks, what it keeps, what it does not ask again."""

import json
from collections import Counter
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from scrapy.http import Response
from scrapy.settings import Settings as ScrapySettings
from sqlmodel import select
from x_driving import Driver, asked, change, first, moved, plain_send

from config.errors import UsageError
from config.keyring import Keyring
from config.watchlist import load_watchlist
from crawlers.checkpoints import Asked
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.world import build_world
from crawlers.spiders import x_timelines
from crawlers.spiders.x_archive import LEAST_DELAY, XArchiveSpider
from crawling import Deployment
from models import (
    CountProbe,
    Coverage,
    Engagement,
    Post,
    PostCollection,
    PostState,
    Share,
)


@pytest.fixture(scope="module")
def world():
    return build_world(7, 12)


@pytest.fixture
def sandbox(world):
    with Sandbox(world=world) as sandbox:
        yield sandbox


@pytest.fixture
def driver(tmp_path, sandbox):
    return Driver(Deployment(tmp_path, sandbox).init())


@pytest.fixture
def end(sandbox):
    return sandbox.stage.now


def collected(driver, source):
    return {row.post_id for row in driver.rows(PostCollection) if row.source == source}


# --- full archive ------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["since", "until", "both"])
def test_the_archive_is_asked_for_a_named_period_only(end, missing):
    since = None if missing in ("since", "both") else end - timedelta(days=9)
    until = None if missing in ("until", "both") else end
    with pytest.raises(UsageError, match="needs its period"):
        XArchiveSpider.check(Asked(end, since, until))


def test_the_archive_is_asked_at_most_once_a_second():
    for configured, used in ((0.0, LEAST_DELAY), (3.0, 3.0)):
        settings = ScrapySettings({"DOWNLOAD_DELAY": configured})
        XArchiveSpider.update_settings(settings)
        assert settings.getfloat("DOWNLOAD_DELAY") == used


def test_a_backfill_gives_what_live_polling_would_have_collected(driver, end):
    moved(driver, days=-20)
    for _ in range(3):
        driver.run("x_search")
        moved(driver, days=6)
    live = {
        post.id
        for post in driver.rows(Post)
        if post.id in collected(driver, "x_search")
        and end - timedelta(days=20) <= post.created_at < end - timedelta(days=9)
    }
    other = Driver(Deployment(driver.deployment.home / "other", driver.deployment.sandbox).init())
    other.deployment.home.joinpath("keys").mkdir(exist_ok=True)
    for key in (driver.deployment.home / "keys").glob("*.key"):
        (other.deployment.home / "keys" / key.name).write_bytes(key.read_bytes())
    other.run("x_archive", end - timedelta(days=20), end - timedelta(days=9))
    assert live
    assert collected(other, "x_archive") == live


def test_what_live_polling_has_wholly_collected_is_not_asked_again(driver, end):
    driver.run("x_search")
    run = driver.run("x_archive", end - timedelta(days=10), end - timedelta(days=2))
    assert {asked(request)["end_time"] for request in run.requests} == {
        (end - timedelta(days=7) + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    }


def test_every_window_of_a_refused_query_is_recorded_as_failed(driver, end):
    refusal = json.dumps({"title": "Invalid Request", "detail": "refused"}).encode()
    text = None

    def send(request):
        nonlocal text
        text = text or asked(request)["query"]
        if asked(request)["query"] == text:
            return Response(request.url, status=400, body=refusal)
        return plain_send(request)

    run = driver.run("x_archive", end - timedelta(days=70), end, send=send)
    ((refused, reason),) = run.context.refused.items()
    windows = [row for row in driver.rows(Coverage) if row.query_id == refused]
    assert len(windows) == 3
    assert {(row.status, row.reason) for row in windows} == {("failed", reason)}
    assert sum(asked(request)["query"] == text for request in run.requests) == 1


def test_a_backfill_leaves_live_polling_where_it_was(driver, end):
    driver.run("x_search")
    moved(driver, hours=2)
    driver.run("x_archive", end - timedelta(days=12), end)
    run = driver.run("x_search")
    assert {asked(one)["start_time"] for one in run.requests} == {
        (end - timedelta(seconds=30) - timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    }


def test_a_backfill_cut_off_goes_on_and_asks_no_page_twice(driver, end):
    period = (end - timedelta(days=30), end - timedelta(days=8))
    small = {"x_archive_page_size": 10}
    whole = Driver(
        Deployment(driver.deployment.home / "whole", driver.deployment.sandbox).init()
    ).run("x_archive", *period, **small)
    cut = driver.run("x_archive", *period, stop_after=2, **small)
    rest = driver.run("x_archive", *period, **small)
    urls = [one.url for one in (*cut.requests, *rest.requests)]
    assert sorted(urls) == sorted(one.url for one in whole.requests)
    assert {row.status for row in driver.rows(Coverage)} == {"complete"}


# --- counts ------------------------------------------------------------------------------------


def test_counts_stand_beside_what_live_polling_collected(driver):
    driver.run("x_search")
    driver.run("x_counts")
    probes = driver.rows(CountProbe)
    assert {probe.source for probe in probes} == {"x_search"}
    assert {probe.window_end - probe.window_start for probe in probes} == {timedelta(hours=1)}
    starts = [probe.window_start for probe in probes]
    counted = Counter()
    for probe in probes:
        counted[probe.query_id] += probe.counted
    posts = {post.id: post for post in driver.rows(Post)}
    kept = Counter(
        row.query_id
        for row in driver.rows(PostCollection)
        if min(starts) <= posts[row.post_id].created_at < max(starts) + timedelta(hours=1)
    )
    assert counted == kept
    assert sum(counted.values()) > 10


def test_hours_already_counted_are_not_counted_again(driver):
    driver.run("x_counts")
    moved(driver, hours=3)
    run = driver.run("x_counts")
    widths = {
        asked(one)["start_time"][:13] + "/" + asked(one)["end_time"][:13] for one in run.requests
    }
    assert len(widths) == 1
    (request, *_) = run.requests
    assert asked(request)["start_time"] == max(
        probe.window_end for probe in driver.rows(CountProbe) if probe.probed_at < run.context.now
    ).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_named_period_is_counted_in_the_archive_month_by_month(driver, end):
    run = driver.run("x_counts", end - timedelta(days=40), end - timedelta(days=1))
    assert {urlsplit(one.url).path for one in run.requests} == {"/2/tweets/counts/all"}
    assert any("next_token" in asked(one) for one in run.requests)
    hours = {(row.query_id, row.window_start) for row in driver.rows(CountProbe)}
    assert len(hours) == 39 * 24 * len(run.spider.query_ids())


# --- timelines ---------------------------------------------------------------------------------


def test_timelines_bring_everything_the_registered_accounts_posted(driver, world, end):
    driver.run("x_timelines")
    keyring = Keyring(driver.deployment.home / "keys")
    accounts = load_watchlist(driver.deployment.settings.watchlist).registered_accounts
    register = {account.platform_id for account in accounts if account.platform == "x"}
    begun = end - timedelta(days=30)
    expected = {
        keyring.post_id("x", post.platform_id)
        for post in (*world.x_posts, *world.x_echoes)
        if post.author.platform_id in register
        and begun <= post.created_at < end - timedelta(seconds=30)
        and post.is_visible(end)
    }
    assert expected
    assert collected(driver, "x_timelines") == expected
    shares = driver.rows(Share)
    assert any(share.object_kind == "repost" for share in shares)


def test_no_window_beyond_the_posts_x_gives_of_a_timeline_is_complete(driver, monkeypatch):
    monkeypatch.setattr(x_timelines, "MOST_POSTS", 14)
    driver.deployment.sandbox.stage.timeline_depth = 14
    driver.run("x_timelines", x_page_size=5)
    account = busiest_account(driver)
    oldest = min(post.created_at for post in posts_of(driver, account))
    driver.run("x_timelines", oldest - timedelta(days=9), oldest - timedelta(days=2), x_page_size=5)

    statuses = [row.status for row in driver.rows(Coverage) if row.query_id == account]
    assert statuses == ["partial", "partial"]


def posts_of(driver, account):
    ids = {row.post_id for row in driver.rows(PostCollection) if row.query_id == account}
    return [post for post in driver.rows(Post) if post.id in ids]


def busiest_account(driver):
    rows = [row for row in driver.rows(PostCollection) if row.source == "x_timelines"]
    return Counter(row.query_id for row in rows).most_common(1)[0][0]


def test_the_timeline_of_a_closed_account_is_no_quiet_account(driver):
    error = {"resource_type": "user", "title": "Forbidden", "detail": "suspended"}
    answers = [json.dumps({"errors": [error]}).encode()]

    def send(request):
        return Response(request.url, body=answers.pop()) if answers else plain_send(request)

    run = driver.run("x_timelines", send=send)
    (account, *_) = run.spider.query_ids()
    (window,) = [row for row in driver.rows(Coverage) if row.query_id == account]
    assert (window.status, window.reason) == ("failed", x_timelines.CLOSED)
    assert set(run.context.refused) == {account}


# --- lookup ------------------------------------------------------------------------------------


def marks(driver):
    return Counter(row.mark for row in driver.rows(Engagement) if row.mark)


def newest_collected(driver):
    ids = collected(driver, "x_search")
    return max((p for p in driver.rows(Post) if p.id in ids), key=lambda post: post.created_at)


@pytest.mark.parametrize(("mark", "hours"), [("1h", 1), ("24h", 24), ("7d", 168)])
def test_a_planned_snapshot_is_taken_when_it_is_due_and_once(driver, mark, hours):
    driver.run("x_search")
    post = newest_collected(driver)
    sandbox = driver.deployment.sandbox
    sandbox.set_clock(post.created_at + timedelta(hours=hours, minutes=5))
    driver.run("x_lookup")
    taken = [row for row in driver.rows(Engagement) if row.post_id == post.id and row.mark == mark]
    assert len(taken) == 1
    moved(driver, minutes=1)
    again = driver.run("x_lookup")
    assert again.requests == []
    marked = [row.post_id for row in driver.rows(Engagement) if row.mark == mark]
    assert len(marked) == len(set(marked))


@pytest.mark.parametrize(("hours", "due"), [(0.5, False), (1, True), (2.1, False)])
def test_a_snapshot_is_neither_early_nor_late(driver, hours, due):
    driver.run("x_search")
    post = newest_collected(driver)
    driver.deployment.sandbox.set_clock(post.created_at + timedelta(hours=hours))
    driver.run("x_lookup")
    assert (marks(driver)["1h"] > 0) == due


def test_a_lookup_brings_no_post_into_the_collection(driver):
    driver.run("x_search")
    before = {(row.post_id, row.source) for row in driver.rows(PostCollection)}
    driver.deployment.sandbox.set_clock(newest_collected(driver).created_at + timedelta(hours=1))
    driver.run("x_lookup")
    assert {(row.post_id, row.source) for row in driver.rows(PostCollection)} == before


def test_a_post_that_is_not_shown_any_more_gets_its_state_and_is_not_asked_again(driver):
    driver.run("x_search")
    post = newest_collected(driver)

    def without_it(request):
        answer = plain_send(request)
        gone = {
            "resource_type": "post",
            "resource_id": asked(request)["ids"].split(",")[0],
            "title": "Not Found Error",
            "detail": "Could not find post.",
            "type": "https://api.x.com/2/problems/resource-not-found",
        }
        content = json.loads(answer.body)
        content["data"] = []
        content["errors"] = [gone]
        return answer.replace(body=json.dumps(content).encode())

    driver.deployment.sandbox.set_clock(post.created_at + timedelta(hours=1))
    driver.run("x_lookup", send=without_it)
    (state,) = driver.rows(PostState)
    assert (state.state, state.reason, state.source) == ("deleted", "not_found", "x_lookup")
    moved(driver, minutes=1)
    ids = [asked(one).get("ids", "") for one in driver.run("x_lookup").requests]
    assert len(ids) <= 1


def test_a_text_known_to_be_cut_is_asked_for_and_replaced(driver):
    driver.run("x_search")
    post = newest_collected(driver)
    whole = post.text
    change(driver.deployment, Post, post.id, text="Cut", text_hash="0" * 32, truncated=True)
    moved(driver, hours=3)
    run = driver.run("x_lookup")
    assert len(run.requests) == 1
    now = first(driver.deployment, select(Post).where(Post.id == post.id))
    assert (now.text, now.truncated) == (whole, False)


def test_a_text_that_stays_away_is_asked_for_once_a_day_and_three_times(driver):
    driver.run("x_search")
    post = newest_collected(driver)
    change(driver.deployment, Post, post.id, truncated=True)
    driver.deployment.sandbox.set_clock(driver.deployment.sandbox.stage.now + timedelta(hours=12))

    def nothing(request):
        return plain_send(request).replace(body=b'{"data": []}')

    asked_on = []
    for hours in range(0, 6 * 24, 12):
        run = driver.run("x_lookup", send=nothing)
        texts = [item for item in run.items if item.poll.query_id == "texts"]
        asked_on += [hours] * len(texts)
        moved(driver, hours=12)
    assert asked_on == [0, 24, 48]


# --- reposts and quotes ------------------------------------------------------------------------


def test_reposts_bring_the_shares_that_search_does_not_return(driver, world):
    told = next(post for post in world.x_echoes if post.kind == "repost" and post.reposted_id)
    driver.deployment.sandbox.set_clock(told.created_at + timedelta(days=2))
    driver.run("x_search")
    assert not any(share.object_kind == "repost" for share in driver.rows(Share))
    run = driver.run("x_reposts", x_least_spread=1)
    assert run.requests
    reposts = [share for share in driver.rows(Share) if share.object_kind == "repost"]
    originals = {post.id for post in driver.rows(Post) if post.kind != "repost"}
    assert reposts
    assert {share.object_id for share in reposts} <= originals


def test_quotes_are_collected_under_their_source(driver):
    driver.run("x_search")
    driver.run("x_quotes", x_least_spread=1)
    ids = collected(driver, "x_quotes")
    assert {post.kind for post in driver.rows(Post) if post.id in ids} <= {"quote"}


def test_a_post_is_asked_for_its_reposts_again_only_when_it_has_spread(driver):
    driver.run("x_search")
    first_run = driver.run("x_reposts", x_least_spread=1)
    moved(driver, hours=25)
    assert driver.run("x_reposts", x_least_spread=1).requests == []
    for row in driver.rows(Engagement):
        twice = (row.shares or 0) * 2
        change(driver.deployment, Engagement, (row.post_id, row.polled_at), shares=twice)
    again = {urlsplit(one.url).path for one in driver.run("x_reposts", x_least_spread=1).requests}
    assert again
    assert again <= {urlsplit(one.url).path for one in first_run.requests}


@pytest.mark.parametrize(("setting", "most"), [({"x_spread_posts_per_run": 2}, 2)])
def test_no_more_posts_are_asked_for_their_reposts_than_a_run_may(driver, setting, most):
    driver.run("x_search")
    run = driver.run("x_reposts", x_least_spread=1, **setting)
    assert len({urlsplit(one.url).path for one in run.requests}) == most


def test_an_errand_cut_off_goes_on_with_the_next_post(driver):
    driver.run("x_search")
    cut = driver.run("x_reposts", x_least_spread=1, stop_after=2)
    rest = driver.run("x_reposts", x_least_spread=1)
    paths = [urlsplit(one.url).path for one in (*cut.requests, *rest.requests)]
    assert len(paths) == len(set(paths)) > 2


# --- usage -------------------------------------------------------------------------------------


def test_the_usage_x_tells_is_kept_by_day_and_in_the_run(driver):
    driver.run("x_search")
    run = driver.run("x_usage")
    probes = [row for row in driver.rows(CountProbe) if row.source == "x_usage"]
    assert probes
    assert sum(probe.counted for probe in probes) == run.stats["vigie/x_usage_read"] > 0
    assert run.stats["vigie/x_usage_cap"] == 3_000_000

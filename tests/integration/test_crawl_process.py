"""Crawl processes against the stand-in platforms, over real HTTP."""

import itertools
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import Session

from config.errors import SourceError
from config.keyring import Keyring
from config.settings import Settings
from crawlers.dry_run import plan_crawl
from crawlers.locks import source_lock
from crawlers.run import main
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.truth import truth_of
from crawlers.sandbox.world import build_world
from crawling import Deployment
from models import (
    CommentCoverage,
    Coverage,
    CrawlCheckpoint,
    CrawlRun,
    Engagement,
    Payload,
    Post,
    PostCollection,
    Spend,
)

SOURCES = ("x_search", "facebook_pages")


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


def statuses(deployment):
    return {(r.query_id, r.status, r.reason) for r in deployment.rows(Coverage)}


def test_two_weeks_of_polls_collect_every_planted_item_once(deployment, world):
    sandbox = deployment.sandbox
    for days in (3, 6, 9, 12, 15):
        sandbox.set_clock(world.start + timedelta(days=days))
        for source in SOURCES:
            outcome = deployment.crawl(source)
            assert (outcome.status, outcome.quarantined) == ("done", 0), outcome
    truth = truth_of(world)
    keyring = Keyring(deployment.home / "keys")
    expected = {
        keyring.post_id(one["platform"], one["platform_id"])
        for name in ("posts", "comments", "without_text")
        for one in truth[name]
    }
    collected = {row.post_id for row in deployment.rows(PostCollection)}
    assert collected == expected
    assert {status for _, status, _ in statuses(deployment)} == {"complete"}
    assert_windows_touch(deployment)
    assert_threads_complete(deployment)
    assert_nobody_is_named(deployment, truth)


def assert_windows_touch(deployment):
    by_query: dict[tuple[str, str], list[Coverage]] = {}
    for row in sorted(deployment.rows(Coverage), key=lambda row: row.window_start):
        by_query.setdefault((row.source, row.query_id), []).append(row)
    for rows in by_query.values():
        assert len(rows) == 5
        for before, after in itertools.pairwise(rows):
            assert before.window_end == after.window_start


def assert_threads_complete(deployment):
    rows = deployment.rows(CommentCoverage)
    assert rows
    assert all(row.collected >= row.claimed for row in rows)


def assert_nobody_is_named(deployment, truth):
    words = [word for value in truth["private"].values() for word in strings(value)]
    words += [deployment.sandbox.x_token, deployment.sandbox.facebook_token]
    assert len(words) > 100
    for path in deployment.home.rglob("*"):
        if path.is_file() and path.parent.name != "keys":
            content = path.read_bytes()
            for word in words:
                assert word.encode() not in content, (path.name, word)


def strings(value):
    if isinstance(value, str):
        return [value]
    values = value.values() if isinstance(value, dict) else value
    return [word for one in values for word in strings(one)]


def test_a_second_crawl_at_the_same_clock_asks_nothing(deployment):
    for source in SOURCES:
        first = deployment.crawl(source)
        assert first.status == "done"
        asked = len(deployment.sandbox.requests)
        second = deployment.crawl(source)
        assert (second.status, second.requests, second.posts_new) == ("done", 0, 0)
        assert len(deployment.sandbox.requests) == asked
    runs = deployment.rows(CrawlRun)
    assert [run.status for run in runs] == ["done"] * 4
    assert sum(run.requests for run in runs) == len(deployment.sandbox.requests)
    assert len(deployment.rows(Payload)) == len(deployment.sandbox.requests)


def test_a_later_poll_adds_counts_to_known_posts(deployment, world):
    sandbox = deployment.sandbox
    sandbox.set_clock(world.end - timedelta(days=3))
    deployment.crawl("facebook_pages")
    before = len(deployment.rows(Engagement))
    sandbox.set_clock(world.end)
    outcome = deployment.crawl("facebook_pages")
    assert outcome.posts_known > 0
    assert len(deployment.rows(Engagement)) > before
    assert len({row.polled_at for row in deployment.rows(Engagement)}) == 2


def test_both_vocabularies_of_x_give_the_same_posts(tmp_path, sandbox):
    found = []
    for vocabulary in ("post", "tweet"):
        more = {"VIGIE_X_VOCABULARY": vocabulary}
        deployment = Deployment(tmp_path / vocabulary, sandbox, more).init()
        Keyring(deployment.home / "keys", seed="same").ensure(["2024Q3"])
        assert deployment.crawl("x_search").status == "done"
        found.append({(row.id, row.kind, row.text) for row in deployment.rows(Post)})
    assert found[0] == found[1]
    assert len(found[0]) > 10


def test_postgresql_keeps_the_same_posts_as_sqlite(tmp_path, sandbox, postgres_url):
    found = []
    for name, url in (("sqlite", ""), ("postgresql", postgres_url)):
        deployment = Deployment(tmp_path / name, sandbox, {"VIGIE_DATABASE_URL": url}).init()
        Keyring(deployment.home / "keys", seed="same").ensure(["2024Q3"])
        for source in SOURCES:
            assert deployment.crawl(source).status == "done"
        posts = {(row.id, row.text, row.root_id) for row in deployment.rows(Post)}
        windows = {(row.query_id, row.window_end, row.posts) for row in deployment.rows(Coverage)}
        found.append((posts, windows, len(deployment.rows(Engagement))))
    assert found[0] == found[1]


def test_server_errors_and_a_short_limit_are_sat_out(deployment):
    faults = deployment.sandbox.faults
    faults.next(status=503, times=2)
    faults.next(status=429, reset_in=1)
    assert deployment.crawl("x_search").status == "done"
    (run,) = deployment.rows(CrawlRun)
    assert run.stats["retries"] == 2
    assert run.stats["rate_waits"] == 1


def test_a_long_limit_ends_the_run_and_the_next_one_goes_on_where_it_stopped(deployment):
    sandbox = deployment.sandbox
    whole = Deployment(deployment.home.parent / "whole", sandbox).init()
    whole.crawl("x_search")
    pages = len(sandbox.requests)
    sandbox.requests.clear()
    sandbox.on_bytes = lambda _: limit_after(sandbox, 2)
    limited = deployment.crawl("x_search")
    sandbox.on_bytes = None
    assert limited.status == "rate_limited"
    assert limited.reason is not None
    assert limited.reason.startswith("rate_limited:20")
    assert "partial" in {status for _, status, _ in statuses(deployment)}
    asked = limited.requests
    again = deployment.crawl("x_search")
    assert again.status == "done"
    # One request met the limit; no page before it was asked twice.
    assert asked + again.requests == pages + 1
    assert {status for _, status, _ in statuses(deployment)} == {"complete"}
    assert len(deployment.rows(Post)) == len(whole.rows(Post))


def limit_after(sandbox, pages):
    if len(sandbox.requests) == pages and not sandbox.faults.waiting:
        sandbox.faults.next(status=429, reset_in=900)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 402}, "credits_depleted"),
        ({"status": 429, "kind": "usage-capped"}, "usage_capped"),
        ({"status": 401}, "token_refused"),
        ({"status": 503, "times": 5}, "http_503"),
    ],
)
def test_a_lasting_refusal_ends_the_run_with_its_reason(deployment, fault, reason):
    deployment.sandbox.faults.next(**fault)
    outcome = deployment.crawl("x_search")
    assert outcome.status == "failed"
    assert outcome.reason is not None
    assert outcome.reason.startswith(reason)
    assert outcome.posts_new == 0


def test_a_page_without_permission_fails_alone(deployment, world):
    # Each of the three edges that posts may be asked of is refused.
    page = f"/{world.pages[0].platform_id}/"
    deployment.sandbox.faults.next(status=403, code=10, path=page, times=3)
    outcome = deployment.crawl("facebook_pages")
    assert outcome.status == "partial"
    assert outcome.reason is not None
    assert "1 of " in outcome.reason
    assert "permission: graph_10" in outcome.reason
    failed = [row for row in statuses(deployment) if row[1] == "failed"]
    assert len(failed) == 1
    assert outcome.posts_new > 0


def test_a_lost_graph_token_ends_the_run(deployment):
    outcome = replace(deployment, more={"VIGIE_FACEBOOK_TOKEN": "old"}).crawl("facebook_pages")
    assert outcome.status == "failed"
    assert outcome.reason is not None
    assert outcome.reason.startswith("token_refused: graph_190")
    assert "VIGIE_FACEBOOK_TOKEN" in outcome.reason
    assert outcome.requests == 1


def test_an_unreachable_host_is_named(deployment):
    other = replace(deployment, more={"VIGIE_X_BASE_URL": "http://127.0.0.1:9"})
    outcome = other.crawl("x_search")
    assert outcome.status == "failed"
    assert outcome.reason is not None
    assert "http://127.0.0.1:9 did not answer" in outcome.reason


def test_a_missing_token_leaves_no_run_behind(deployment):
    outcome = replace(deployment, more={"VIGIE_X_BEARER_TOKEN": ""}).crawl("x_search")
    assert outcome.run_id is None
    assert outcome.reason is not None
    assert outcome.reason.startswith("VIGIE_X_BEARER_TOKEN is not set")
    assert deployment.rows(CrawlRun) == []


def test_a_store_that_was_never_made_is_named(tmp_path, sandbox):
    outcome = Deployment(tmp_path / "new", sandbox).crawl("x_search")
    assert outcome.run_id is None
    assert outcome.reason == "the store has not been made yet; run `vigie init`"


def test_a_page_that_cannot_be_kept_ends_the_run_before_the_next_request(deployment):
    with sqlite3.connect(deployment.home / "vigie.sqlite") as store:
        store.execute("DROP TABLE post_version")
    store.close()
    outcome = deployment.crawl("x_search")
    assert outcome.status == "failed"
    assert outcome.reason == "store: a page could not be kept (OperationalError)"
    assert len(deployment.sandbox.requests) == 1
    assert deployment.rows(Payload) == []
    assert deployment.rows(CrawlCheckpoint) == []


def test_a_crawl_beside_another_of_its_source_is_refused(deployment):
    with source_lock(deployment.home / "locks", "x_search"):
        outcome = deployment.crawl("x_search")
    assert outcome.run_id is None
    assert outcome.reason is not None
    assert "x_search is already running" in outcome.reason


def test_a_crawl_told_to_stop_while_it_waits_stops_at_once(deployment):
    deployment.sandbox.faults.next(status=429, reset_in=50)
    outcome = deployment.crawl("x_search", timeout=4)
    assert outcome.status == "partial"
    assert outcome.reason is not None
    assert outcome.reason.startswith("stopped")
    assert outcome.seconds < 12


def test_an_asked_period_is_collected_and_recorded(deployment, world):
    since, until = world.end - timedelta(days=4), world.end - timedelta(days=2)
    assert deployment.crawl("x_search", since, until).status == "done"
    assert {(row.window_start, row.window_end) for row in deployment.rows(Coverage)} == {
        (since, until)
    }
    for post in deployment.rows(Post):
        if post.id in {row.post_id for row in deployment.rows(PostCollection)}:
            assert since <= post.created_at < until


def test_a_period_older_than_search_reaches_is_recorded_as_lost(deployment, world):
    since = world.end - timedelta(days=10)
    assert deployment.crawl("x_search", since).status == "done"
    lost = [row for row in deployment.rows(Coverage) if row.status == "failed"]
    assert {row.reason for row in lost} == {"older_than_search_window"}
    assert {row.window_start for row in lost} == {since}


def test_a_run_cut_off_is_marked_when_the_next_one_starts(deployment, now):
    with deployment.engine() as engine, Session(engine) as session:
        session.add(CrawlRun(source="x_search", started_at=now))
        session.commit()
    deployment.crawl("x_search")
    first, second = deployment.rows(CrawlRun)
    assert (first.status, first.reason) == ("failed", "interrupted")
    assert second.status == "done"


def test_a_plan_says_what_would_be_asked_and_what_it_costs(deployment):
    plan = plan_crawl("x_search", settings=deployment.settings)
    assert [query.query_id for query in plan.queries] == [
        "mali_aid_fr",
        "mali_aid_towns",
        "mali_aid_en",
        "mali_aid_replies",
    ]
    outcome = deployment.crawl("x_search")
    received = sum(row.posts for row in deployment.rows(Coverage))
    assert sum(query.expected_posts or 0 for query in plan.queries) == received
    assert plan.cost.posts == pytest.approx(0.005 * received)
    assert plan.cost.beside == pytest.approx(0.050 * received)
    assert plan.cost.counting == pytest.approx(4 * 0.005)
    assert outcome.posts_new > 0
    assert plan_crawl("x_search", settings=deployment.settings).queries == ()


@pytest.mark.parametrize("billed", ["true", "false"])
def test_a_crawl_is_never_booked_above_what_its_plan_told(deployment, world, billed):
    deployment = replace(deployment, more={"VIGIE_X_BILL_INCLUDED": billed})
    newest = max(post.created_at for post in world.x_posts if post.element == "network")
    booked = 0.0
    # The second poll finds the newest post in the overlap before its window.
    for minutes in (2, 7):
        deployment.sandbox.set_clock(newest + timedelta(minutes=minutes))
        plan = plan_crawl("x_search", settings=deployment.settings)
        deployment.crawl("x_search")
        so_far = sum(row.usd for row in deployment.rows(Spend) if "search" in row.endpoint)
        assert plan.cost.total is not None
        assert 0 < so_far - booked <= plan.cost.total - plan.cost.counting + 1e-9
        booked = so_far


def test_a_plan_counts_no_more_than_the_budget_pays_for(deployment):
    plan = plan_crawl(
        "x_search", settings=deployment.settings.model_copy(update={"x_daily_usd": 0.012})
    )

    assert [query.expected_posts is None for query in plan.queries] == [False, False, True, True]
    assert plan.cost.counting == pytest.approx(2 * 0.005)
    assert (plan.budget or "").startswith("not known")
    assert [(row.requests, row.usd) for row in deployment.rows(Spend)] == [(2, 0.01)]


def test_a_count_that_was_refused_is_not_written_down_as_spent(deployment):
    settings = deployment.settings.model_copy(update={"x_bearer_token": SecretStr("another")})
    with pytest.raises(SourceError, match="HTTP 401"):
        plan_crawl("x_search", settings=settings)

    assert [(row.requests, row.usd) for row in deployment.rows(Spend)] == [(0, 0)]


def test_a_plan_of_the_archive_is_counted_there_at_its_own_price(deployment, world):
    since = world.end - timedelta(days=12)
    plan = plan_crawl("x_archive", settings=deployment.settings, since=since, until=world.end)
    assert {query.window_start for query in plan.queries} == {since}
    assert sum(query.expected_posts or 0 for query in plan.queries) > 0
    assert plan.cost.counting == pytest.approx(0.010 * len(plan.queries))
    assert plan.budget is not None


def test_a_plan_without_a_token_has_no_figures_and_asks_nobody(deployment):
    settings = Settings(
        home=deployment.home, watchlist=deployment.sandbox.watchlist, x_bearer_token=None
    )
    plan = plan_crawl("x_search", settings=settings)
    assert (plan.cost.total, plan.cost.counting) == (None, 0)
    assert {row["usd_at_most"] for row in plan.as_rows()} == {None}
    pages = plan_crawl("facebook_pages", settings=settings)
    assert {query.expected_posts for query in pages.queries} == {None}
    assert pages.budget is None
    assert {row["counting_usd"] for row in pages.as_rows()} == {None}
    assert deployment.sandbox.requests == []


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--since", "yesterday"], "'yesterday' is no moment"),
        (["--since", "2024-09-16T06:00:00"], "is no moment"),
        (["--since", "2024-09-16", "--until", "2024-09-10"], "is not before --until"),
    ],
)
def test_a_wrong_period_is_wrong_use(arguments, problem, capsys):
    assert main(["x_search", *arguments]) == 2
    assert problem in capsys.readouterr().err

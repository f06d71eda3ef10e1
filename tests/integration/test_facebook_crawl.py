"""Crawls of Facebook pages over real HTTP: paging, tokens, allowance, comments, states."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from config.keyring import Keyring
from crawlers.sandbox.elements import Post as Planted
from crawlers.sandbox.elements import World
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.world import build_world
from crawling import Deployment
from models import (
    CommentCoverage,
    Coverage,
    CrawlCheckpoint,
    CrawlRun,
    Payload,
    Post,
    PostCollection,
    PostState,
    PostVersion,
)

SOURCE = "facebook_pages"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def world() -> World:
    return deepened(build_world(7, 3))


def deepened(world: World) -> World:
    """The world with one thread as a chain of answers, whose last one its page has hidden."""
    threads: dict[str | None, list[Planted]] = {}
    shows = {page.platform_id for page in world.pages if page.shows_authors}
    for one in world.facebook_comments:
        if one.page_id in shows:
            threads.setdefault(one.root_id, []).append(one)
    first, second, third, *_ = next(thread for thread in threads.values() if len(thread) > 2)
    changed = {
        second.platform_id: replace(second, parent_id=first.platform_id),
        third.platform_id: replace(third, parent_id=second.platform_id, is_hidden=True),
    }
    comments = tuple(changed.get(one.platform_id, one) for one in world.facebook_comments)
    return replace(world, facebook_comments=comments)


@pytest.fixture
def sandbox(world: World) -> Iterator[Sandbox]:
    with Sandbox(world=world) as running:
        yield running


@pytest.fixture
def deployment(tmp_path: Path, sandbox: Sandbox) -> Deployment:
    return Deployment(tmp_path / "home", sandbox).init()


def keyed(deployment: Deployment, platform_id: str | None) -> str | None:
    keyring = Keyring(deployment.home / "keys")
    return keyring.post_id("facebook", platform_id) if platform_id else None


def last_run(deployment: Deployment) -> CrawlRun:
    return deployment.rows(CrawlRun)[-1]


def shown_at_the_end(world: World) -> set[str]:
    posts = [one for one in world.facebook_posts if one.is_visible(world.end)]
    roots = {one.platform_id for one in posts}
    comments = [one for one in world.facebook_comments if one.is_visible(world.end)]
    return roots | {one.platform_id for one in comments if one.root_id in roots}


@pytest.mark.slow
@pytest.mark.parametrize("time_paging", [False, True], ids=["cursors", "times"])
def test_both_pagings_bring_every_post_and_leave_no_token_behind(
    tmp_path: Path, world: World, time_paging: bool
):
    with Sandbox(world=world, page_size_cap=4) as sandbox:
        sandbox.stage.time_paging = time_paging
        home = Deployment(tmp_path / "home", sandbox, {"VIGIE_MAX_RATE_WAIT": "0"}).init()
        sandbox.faults.next(status=400, code=4, path="/comments")
        assert home.crawl(SOURCE).status == "rate_limited"
        assert_no_token(home)
        (unfinished,) = [row for row in home.rows(CrawlCheckpoint) if not row.done]
        assert sandbox.facebook_token not in opened_position(home, unfinished)
        assert home.crawl(SOURCE).status == "done"
        assert_no_token(home)
        collected = {row.post_id for row in home.rows(PostCollection)}
        assert collected >= {keyed(home, one) for one in shown_at_the_end(world)}
        assert {row.status for row in home.rows(Coverage)} == {"complete"}


def opened_position(deployment: Deployment, row: CrawlCheckpoint) -> str:
    sealed = base64.b64decode(row.state["position"])
    return Keyring(deployment.home / "keys").decrypt_platform_id(sealed)


def assert_no_token(deployment: Deployment) -> None:
    token = deployment.sandbox.facebook_token.encode()
    files = [path for path in deployment.home.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert [path.name for path in files if token in path.read_bytes()] == []
    keyring = Keyring(deployment.home / "keys")
    bodies = [keyring.decrypt_payload(row.ciphertext) for row in deployment.rows(Payload)]
    assert [body for body in bodies if token in body] == []
    assert any(b"access_token=removed" in body for body in bodies)
    assert all(isinstance(json.loads(body), dict) for body in bodies)
    told = [f"{run.reason} {run.stats}" for run in deployment.rows(CrawlRun)]
    assert not any(token.decode() in words for words in told)


def test_comments_of_all_levels_keep_venue_parent_author_and_hiding(
    deployment: Deployment, world: World
):
    assert deployment.crawl(SOURCE).status == "done"
    stored = {row.id: row for row in deployment.rows(Post)}
    pages = {page.platform_id: page for page in world.pages}
    planted = [one for one in world.facebook_comments if one.platform_id in shown_at_the_end(world)]
    parents = {one.platform_id: one.parent_id for one in planted}
    levels = [parents[one.parent_id] in parents for one in planted if one.parent_id in parents]
    assert any(levels)  # answers to answers
    for one in planted:
        row, page = stored[keyed(deployment, one.platform_id) or ""], pages[one.page_id or ""]
        assert row.parent_id == keyed(deployment, one.parent_id)
        assert row.root_id == keyed(deployment, one.root_id)
        assert row.venue_type == page.source_type
        assert (row.account is not None) == page.shows_authors
        assert (row.hidden is True) == one.is_hidden
    found = deployment.rows(CommentCoverage)
    assert {row.ordering for row in found} == {None, "chronological"}
    assert sum(row.hidden for row in found) == sum(one.is_hidden for one in planted)
    assert 0 < sum(row.authors_known for row in found) < sum(row.collected for row in found)


def test_what_photos_show_is_kept_beside_their_posts(deployment: Deployment, world: World):
    assert deployment.crawl(SOURCE).status == "done"
    captions = [text for row in deployment.rows(Post) for text in row.captions]
    assert any(text.startswith("Peut être une image") for text in captions)
    endpoints = [row.endpoint for row in deployment.rows(Payload)]
    assert endpoints.count("photos") > 0
    assert len(endpoints) == len(deployment.sandbox.requests)
    deployment.sandbox.set_clock(world.end + HOUR)
    assert deployment.crawl(SOURCE).status == "done"
    again = [row.endpoint for row in deployment.rows(Payload)][len(endpoints) :]
    assert "feed" in again
    assert "photos" not in again


@pytest.mark.slow
def test_what_is_claimed_and_never_served_is_asked_for_again_and_given_up(
    deployment: Deployment, world: World
):
    sandbox = deployment.sandbox
    sandbox.stage.claims_more = 3
    assert deployment.crawl(SOURCE).status == "done"
    short = [row for row in deployment.rows(CommentCoverage) if row.claimed]
    assert short
    assert all(row.claimed == row.collected + 3 for row in short)
    asked, hopeless = [], []
    for days in (40, 100):
        sandbox.set_clock(world.end + timedelta(days=days))
        assert deployment.crawl(SOURCE).status == "done"
        asked.append(last_run(deployment).stats.get("threads_asked_again", 0))
        hopeless.append(last_run(deployment).stats.get("threads_hopeless", 0))
    assert asked == [len(short), 0]
    assert hopeless == [0, len(short)]


def test_a_capped_feed_is_no_complete_history(deployment: Deployment, world: World):
    sandbox = deployment.sandbox
    sandbox.set_clock(world.end + timedelta(days=20))
    sandbox.stage.capped_feed, sandbox.stage.feed_posts_a_year = True, 2
    assert deployment.crawl(SOURCE, world.start).status == "done"
    trusted = sandbox.stage.now - timedelta(days=30)
    found = {(row.window_start < trusted, row.status, row.reason) for row in rows(deployment)}
    assert found == {(True, "partial", "ranked_history"), (False, "complete", None)}


def rows(deployment: Deployment) -> list[Coverage]:
    return deployment.rows(Coverage)


def test_posts_that_the_feed_leaves_out_are_not_taken_for_gone(
    deployment: Deployment, world: World
):
    assert deployment.crawl(SOURCE).status == "done"
    deployment.sandbox.stage.capped_feed = True
    deployment.sandbox.stage.feed_posts_a_year = 1
    deployment.sandbox.set_clock(world.end + HOUR)
    assert deployment.crawl(SOURCE).status == "done"
    assert last_run(deployment).stats["posts_left_out_by_feed"] > 0
    assert deployment.rows(PostState) == []


def test_what_disappears_is_unavailable_until_it_is_shown_again(
    deployment: Deployment, world: World
):
    taken_down, commented = with_comments(world)
    comment = next(one for one in world.facebook_comments if one.root_id == commented.platform_id)
    deployment.sandbox.set_clock(world.end - 3 * HOUR)
    assert deployment.crawl(SOURCE).status == "done"
    with Sandbox(world=without(world, taken_down, comment), now=world.end - 2 * HOUR) as later:
        assert replace(deployment, sandbox=later).crawl(SOURCE).status == "done"
    gone = histories(deployment)
    assert gone[keyed(deployment, taken_down.platform_id)] == [("unavailable", "graph_100/33")]
    assert gone[keyed(deployment, comment.platform_id)] == [("unavailable", "not_listed")]
    assert {reason for ((_, reason),) in gone.values()} == {
        "graph_100/33",
        "not_listed",
        "post_gone",
    }
    deployment.sandbox.set_clock(world.end - HOUR)
    assert deployment.crawl(SOURCE).status == "done"
    back = histories(deployment)
    assert {tuple(state for state, _ in history) for history in back.values()} == {
        ("unavailable", "visible")
    }
    assert {row.state for row in deployment.rows(Post)} == {"visible"}


def with_comments(world: World) -> tuple[Planted, Planted]:
    """Two recent posts of different pages with comments that answer the post itself."""
    since = world.end - timedelta(days=7)
    roots = {one.root_id for one in world.facebook_comments if one.parent_id == one.root_id}
    recent = [
        one
        for one in world.facebook_posts
        if one.created_at > since and not one.deleted_at and one.platform_id in roots
    ]
    first = recent[0]
    return first, next(one for one in recent if one.page_id != first.page_id)


def without(world: World, post: Planted, comment: Planted) -> World:
    """The world with a post and a comment, and what answers it, taken down."""
    at = world.end - 3 * HOUR
    lost = {post.platform_id, comment.platform_id}
    answers = {one.platform_id for one in world.facebook_comments if one.parent_id in lost}
    return replace(
        world,
        facebook_posts=tuple(deleted(one, at, lost) for one in world.facebook_posts),
        facebook_comments=tuple(
            deleted(one, at, lost | answers) for one in world.facebook_comments
        ),
    )


def deleted(one: Planted, at, lost: set[str]) -> Planted:
    return replace(one, deleted_at=at) if one.platform_id in lost else one


def histories(deployment: Deployment) -> dict[str | None, list[tuple[str, str | None]]]:
    found: dict[str | None, list[tuple[str, str | None]]] = {}
    for row in sorted(deployment.rows(PostState), key=lambda row: row.since):
        found.setdefault(row.post_id, []).append((row.state, row.reason))
    return found


def test_an_edited_post_has_two_texts_and_new_comments_make_none(
    deployment: Deployment, world: World
):
    edited = next(one for one in world.facebook_posts if one.edit)
    assert edited.edit is not None
    for moment in (edited.edit.at - timedelta(seconds=1), world.end):
        deployment.sandbox.set_clock(moment)
        assert deployment.crawl(SOURCE).status == "done"
    texts: dict[str, int] = {}
    for row in deployment.rows(PostVersion):
        texts[row.post_id] = texts.get(row.post_id, 0) + 1
    more = {post_id for post_id, count in texts.items() if count > 1}
    known = {keyed(deployment, one.platform_id) for one in world.facebook_posts if one.edit}
    assert keyed(deployment, edited.platform_id) in more
    assert more <= known


def test_a_used_up_allowance_ends_the_run_and_is_told(deployment: Deployment):
    deployment.sandbox.stage.app_usage = 85
    outcome = deployment.crawl(SOURCE)
    assert (outcome.status, outcome.requests) == ("rate_limited", 1)
    assert outcome.reason == "rate_limited: 85 % of the app's allowance is used"
    assert last_run(deployment).stats["usage_percent"] == 85
    deployment.sandbox.stage.app_usage = 5
    assert deployment.crawl(SOURCE).status == "done"


def test_a_scarce_allowance_slows_the_run_down(deployment: Deployment):
    deployment.sandbox.stage.app_usage = 60.001  # a pause of a few milliseconds
    outcome = deployment.crawl(SOURCE)
    assert outcome.status == "done"
    assert last_run(deployment).stats["slowdowns"] == outcome.requests - 1


def test_the_time_to_regain_access_is_waited_for_or_told(deployment: Deployment):
    deployment.sandbox.stage.business_usage = 99
    deployment.sandbox.stage.minutes_to_regain = 5
    outcome = deployment.crawl(SOURCE)
    assert outcome.status == "rate_limited"
    assert outcome.reason is not None
    assert outcome.reason.startswith("rate_limited:20")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ({"code": 190, "subcode": 463}, "failed", "token_refused: graph_190/463: the token has"),
        ({"code": 10, "path": "/615500010000101/", "times": 3}, "partial", "1 of 16 not collected"),
        ({"code": 10, "path": "/615500010000101/"}, "done", None),
        ({"code": 100, "path": "/feed"}, "done", None),
        ({"code": 2, "path": "/comments", "times": 5}, "done", None),
        ({"kind": "empty_page_with_token", "path": "/feed"}, "done", None),
        ({"kind": "empty_page_with_token", "path": "/comments"}, "done", None),
        ({"kind": "repeat_token", "path": "/feed"}, "done", None),
    ],
    ids=str,
)
def test_each_error_ends_what_it_must_and_no_more(deployment: Deployment, fault, status, reason):
    deployment.sandbox.faults.next(**{"status": 200 if "kind" in fault else 400, **fault})
    outcome = deployment.crawl(SOURCE)
    assert outcome.status == status
    assert (outcome.reason or "").startswith(reason or "")
    assert deployment.sandbox.faults.waiting == []
    if status == "done":
        assert {row.status for row in deployment.rows(Coverage)} == {"complete"}

"""Feeds of media sites over HTTP: what is kept, what is complete, what is lost."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from x_driving import Driver

from crawlers.sandbox.testing import Sandbox
from crawlers.spiders.media_feeds import OLDER_THAN_FEED, judge_feed
from crawlers.verdicts import Accept, Answer, Refuse, Retry
from crawling import Deployment
from models import Coverage, Payload, Post, PostCollection, PostVersion

WEEK = timedelta(weeks=1)
SITE = "web_radio_paroles_ex"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=7, weeks=6) as sandbox:
        yield sandbox


@pytest.fixture
def driver(tmp_path, sandbox) -> Driver:
    return Driver(Deployment(tmp_path / "home", sandbox).init())


def windows(driver: Driver) -> list[tuple[datetime, datetime, str, str | None]]:
    rows = sorted(driver.rows(Coverage), key=lambda row: row.window_start)
    return [(row.window_start, row.window_end, row.status, row.reason) for row in rows]


def test_entries_are_posts_of_the_registered_site(driver, sandbox):
    driver.run("media_feeds")

    posts = driver.rows(Post)
    assert len(posts) == len(sandbox.world.feed_items)
    assert {(p.platform, p.kind, p.venue, p.source_type) for p in posts} == {
        ("web", "post", SITE, "radio")
    }
    assert {(c.source, c.query_id) for c in driver.rows(PostCollection)} == {("media_feeds", SITE)}


def test_the_window_is_complete_from_the_oldest_entry_on_and_the_rest_is_lost(driver, sandbox):
    now, oldest = sandbox.stage.now, min(one.published for one in sandbox.world.feed_items)
    driver.run("media_feeds", since=oldest - WEEK)

    assert windows(driver) == [
        (oldest - WEEK, oldest, "partial", OLDER_THAN_FEED),
        (oldest, now, "complete", None),
    ]


def test_a_feed_that_has_not_changed_is_not_sent_again_and_its_window_is_complete(driver, sandbox):
    driver.run("media_feeds")
    later = sandbox.stage.now + timedelta(hours=6)
    sandbox.set_clock(later)
    driver.run("media_feeds")

    assert len(driver.rows(Payload)) == 1
    assert windows(driver)[-1][1:3] == (later, "complete")


def test_what_a_feed_no_longer_shows_stays_lost_though_the_feed_has_not_changed(driver, sandbox):
    oldest = min(one.published for one in sandbox.world.feed_items)
    driver.run("media_feeds", since=oldest - WEEK)
    driver.run("media_feeds", since=oldest - WEEK, until=oldest)

    assert windows(driver)[0] == (oldest - WEEK, oldest, "partial", OLDER_THAN_FEED)


def test_a_corrected_entry_is_a_version_of_its_post(driver, sandbox):
    corrected = next(one for one in sandbox.world.feed_items if one.edit)
    for moment in (corrected.published + timedelta(minutes=1), corrected.edit.at):
        sandbox.set_clock(moment)
        driver.run("media_feeds")

    changed = [p for p in driver.rows(Post) if p.created_at == corrected.published]
    versions = [v for v in driver.rows(PostVersion) if v.post_id == changed[0].id]
    assert (len(changed), len(versions)) == (1, 2)


def test_a_feed_that_is_not_there_is_a_gap_with_its_reason(driver, sandbox):
    sandbox.faults.next(status=404, times=1)
    run = driver.run("media_feeds")

    assert windows(driver)[0][2:] == (
        "failed",
        "http_404: the site does not give its feed at this address",
    )
    assert run.context.refused.keys() == {SITE}


def test_no_token_is_sent_to_a_media_site(driver):
    (request,) = driver.run("media_feeds").requests

    assert b"Authorization" not in request.headers


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Accept()),
        (304, Accept()),
        (429, Retry("http_429")),
        (503, Retry("http_503")),
        (403, Refuse("http_403: the site does not give its feed at this address")),
    ],
)
def test_the_status_decides_what_follows(status, verdict):
    assert judge_feed(Answer(status, {}, b""), 0.0) == verdict

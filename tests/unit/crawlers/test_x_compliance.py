"""Batch compliance of X over HTTP, and the states of posts it and lookups lead to over weeks."""

from datetime import timedelta

import pytest
from x_driving import Driver, moved, plain_send

from config.keyring import Keyring
from crawlers.sandbox.endings import endings
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.world import build_world
from crawling import Deployment
from models import ComplianceJob, Payload, Post, PostState, Quarantine


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


def deleted_since(driver, world, now):
    keyring = Keyring(driver.deployment.home / "keys")
    held = {post.id for post in driver.rows(Post)}
    gone = {
        keyring.post_id("x", post.platform_id)
        for post in (*world.x_posts, *world.x_echoes)
        if post.deleted_at and post.deleted_at <= now
    }
    return held & gone


def test_a_compliance_job_says_which_stored_posts_are_gone(driver, world):
    driver.deployment.sandbox.set_clock(world.start + timedelta(days=6))
    driver.run("x_search")
    moved(driver, days=8)
    run = driver.run("x_compliance")
    (job,) = driver.rows(ComplianceJob)
    states = {row.post_id for row in driver.rows(PostState) if row.source == "x_compliance"}
    expected = deleted_since(driver, world, driver.deployment.sandbox.stage.now)
    assert expected
    assert expected <= states
    assert (job.status, job.ids) == ("complete", len(driver.rows(Post)))
    assert sum(job.outcome.values()) >= len(states)
    steps = [one.method for one in run.requests]
    assert steps[:2] == ["POST", "PUT"]


def test_ids_and_addresses_of_a_job_are_not_stored_in_clear(driver):
    driver.run("x_search")
    driver.run("x_compliance")
    (job,) = driver.rows(ComplianceJob)
    assert b"http" not in job.reference
    assert {row.endpoint for row in driver.rows(Payload)} >= {"compliance result"}


def test_one_job_a_day_is_enough(driver):
    driver.run("x_search")
    driver.run("x_compliance")
    moved(driver, hours=19)
    assert driver.run("x_compliance").requests == []
    moved(driver, hours=2)
    assert driver.run("x_compliance").requests != []


@pytest.mark.parametrize("stopped_after", [1, 2, 3])
def test_a_run_cut_off_goes_on_with_the_same_job(driver, stopped_after):
    driver.run("x_search")
    driver.run("x_compliance", stop_after=stopped_after)
    driver.run("x_compliance")
    assert [job.status for job in driver.rows(ComplianceJob)] == ["complete"]
    assert len(driver.deployment.sandbox.stage.jobs) == 1


def test_a_job_x_takes_long_over_is_asked_for_by_a_later_run(driver):
    driver.run("x_search")
    driver.deployment.sandbox.stage.polls_in_progress = 25
    run = driver.run("x_compliance")
    assert run.context.ending.status == "partial"
    assert [job.status for job in driver.rows(ComplianceJob)] == ["in_progress"]
    driver.run("x_compliance")
    assert [job.status for job in driver.rows(ComplianceJob)] == ["complete"]


@pytest.mark.parametrize("status", ["failed", "expired"])
def test_a_job_that_ended_badly_is_recorded_and_named(driver, status):
    driver.run("x_search")
    driver.deployment.sandbox.stage.jobs_end = status
    run = driver.run("x_compliance")
    assert [job.status for job in driver.rows(ComplianceJob)] == [status]
    assert status in run.context.refused["posts"]


def test_a_result_that_is_no_list_of_posts_does_not_read_as_nothing_is_gone(driver):
    driver.run("x_search")

    def with_a_page(request):
        answer = plain_send(request)
        is_result = request.meta["endpoint"] == "compliance result"
        return answer.replace(body=b"<html>Try again</html>") if is_result else answer

    run = driver.run("x_compliance", send=with_a_page)
    assert [job.status for job in driver.rows(ComplianceJob)] == ["failed"]
    assert run.context.refused["posts"].startswith("unreadable_page")
    assert len(driver.rows(Quarantine)) == 1


def test_an_upload_address_that_is_too_old_begins_a_new_job(driver):
    driver.run("x_search")
    driver.run("x_compliance", stop_after=1)
    moved(driver, minutes=30)
    driver.run("x_compliance")
    assert [job.status for job in driver.rows(ComplianceJob)] == ["expired", "complete"]


# --- states over weeks -------------------------------------------------------------------------


@pytest.mark.slow
def test_states_of_posts_end_as_planted_after_twelve_weeks(driver, world):
    planted = {one["platform_id"]: one for one in endings(world)["states"]}
    sandbox = driver.deployment.sandbox
    for week in range(1, 13):
        sandbox.set_clock(world.start + timedelta(days=7 * week))
        for source in ("x_search", "x_lookup", "x_compliance"):
            assert driver.run(source).context.ending is None
    keyring = Keyring(driver.deployment.home / "keys")
    posts = {post.id: post for post in driver.rows(Post)}
    met = {
        post_id: posts[keyring.post_id("x", post_id)]
        for post_id in planted
        if keyring.post_id("x", post_id) in posts
    }
    assert {post_id: post.state for post_id, post in met.items()} == {
        post_id: planted[post_id]["state"] for post_id in met
    }
    assert {post.state for post in met.values()} == {
        *("visible", "deleted", "withheld", "unavailable")
    }
    back = next(one for one in planted.values() if "protected" in str(one["history"]))
    history = [
        row.state
        for row in sorted(driver.rows(PostState), key=lambda row: row.since)
        if row.post_id == keyring.post_id("x", back["platform_id"])
    ]
    assert history == ["protected", "visible"]

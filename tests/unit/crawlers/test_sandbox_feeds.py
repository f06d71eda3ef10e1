from datetime import datetime, timedelta
from urllib.request import Request
from xml.etree.ElementTree import fromstring

import pytest
from asking import send

from crawlers.sandbox.feed_story import feed_items
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.truth import truth_of
from crawlers.sandbox.world import build_world

ATOM = "{http://www.w3.org/2005/Atom}"
PATHS = ("/feeds/rss.xml", "/feeds/atom.xml")


@pytest.fixture(scope="module")
def world():
    return build_world(7)


@pytest.fixture
def sandbox(world):
    with Sandbox(world=world) as running:
        yield running


def get(sandbox, path, **headers):
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return send(Request(f"{sandbox.url}{path}", headers=given))


def items_of(body, path):
    root = fromstring(body)
    if path.endswith("rss.xml"):
        return [
            (one.findtext("guid"), one.findtext("title"), one.findtext("description"))
            for one in root.iter("item")
        ]
    return [
        (
            one.findtext(f"{ATOM}id").rpartition(":")[2],
            one.findtext(f"{ATOM}title"),
            one.findtext(f"{ATOM}summary"),
        )
        for one in root.iter(f"{ATOM}entry")
    ]


@pytest.mark.parametrize("path", PATHS)
def test_a_feed_shows_its_newest_ten_items_newest_first(sandbox, world, path):
    expected = [(one.item_id, one.title, one.summary) for one in world.feed_items[::-1][:10]]
    assert len(world.feed_items) == 13
    assert items_of(get(sandbox, path)[2], path) == expected


@pytest.mark.parametrize("path", PATHS)
def test_weekly_visits_meet_every_item(sandbox, world, path):
    seen = set()
    for week in range(1, 13):
        sandbox.set_clock(world.start + timedelta(weeks=week))
        seen |= {item_id for item_id, _, _ in items_of(get(sandbox, path)[2], path)}
    assert seen == {one.item_id for one in world.feed_items}


@pytest.mark.parametrize("path", PATHS)
def test_a_correction_changes_the_words_and_not_the_id(sandbox, world, path):
    corrected = next(one for one in world.feed_items if one.edit)
    told = []
    for moment in (corrected.published, corrected.edit.at):
        sandbox.set_clock(moment)
        items = {item_id: words for item_id, _, words in items_of(get(sandbox, path)[2], path)}
        told.append(items[corrected.item_id])
    assert told == [corrected.edit.earlier_text, corrected.summary]


@pytest.mark.parametrize("path", PATHS)
def test_a_client_that_has_the_feed_is_told_that_nothing_changed(sandbox, path):
    _, headers, _ = get(sandbox, path)
    by_tag = get(sandbox, path, If_None_Match=headers["etag"])
    by_time = get(sandbox, path, If_Modified_Since=headers["last-modified"])
    assert [status for status, _, _ in (by_tag, by_time)] == [304, 304]
    assert by_tag[1]["etag"] == headers["etag"]
    assert by_tag[2] == ""


@pytest.mark.parametrize("path", PATHS)
def test_a_client_is_given_the_feed_again_when_it_changed(sandbox, world, path):
    sandbox.set_clock(world.start + timedelta(weeks=3))
    _, headers, _ = get(sandbox, path)
    sandbox.set_clock(world.start + timedelta(weeks=5))
    by_tag = get(sandbox, path, If_None_Match=headers["etag"])
    by_time = get(sandbox, path, If_Modified_Since=headers["last-modified"])
    unread = get(sandbox, path, If_Modified_Since="yesterday")
    assert [status for status, _, _ in (by_tag, by_time, unread)] == [200, 200, 200]


def test_the_two_feeds_name_their_kind(sandbox):
    kinds = [get(sandbox, path)[1]["content-type"] for path in PATHS]
    assert kinds == [
        "application/rss+xml; charset=utf-8",
        "application/atom+xml; charset=utf-8",
    ]


@pytest.mark.parametrize("path", PATHS)
def test_a_feed_can_fail_as_planned(sandbox, path):
    sandbox.faults.next(status=503, path="/feeds/")
    assert [get(sandbox, path)[0] for _ in range(2)] == [503, 200]


def test_the_truth_tells_every_item_and_how_often_it_was_worded(world):
    told = truth_of(world)["feed"]
    assert [one["item_id"] for one in told] == [one.item_id for one in world.feed_items]
    assert sum(one["versions"] == 2 for one in told) == 2
    assert sum(not one["has_summary"] for one in told) == 1
    assert {one["about_aid"] for one in told} == {True, False}
    for one in told:
        assert datetime.fromisoformat(one["published"]) <= datetime.fromisoformat(one["updated"])


@pytest.mark.parametrize("seed", range(1, 21))
def test_no_week_brings_more_items_than_a_feed_shows(seed):
    items = feed_items(seed)
    assert len({one.item_id for one in items}) == len({one.link for one in items}) == 13
    assert [one.published for one in items] == sorted(one.published for one in items)

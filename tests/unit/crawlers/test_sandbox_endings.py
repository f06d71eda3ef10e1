from collections import Counter
from datetime import datetime, timedelta

import pytest

from crawlers.sandbox.casting import NETWORK_SIZE
from crawlers.sandbox.elements import Person
from crawlers.sandbox.endings import endings
from crawlers.sandbox.matching import parsed, searchable
from crawlers.sandbox.organisations import x_queries
from crawlers.sandbox.queries import matches
from crawlers.sandbox.stage import Stage
from crawlers.sandbox.world import build_world

SEEDS = range(1, 21)


@pytest.fixture(scope="module", params=SEEDS)
def any_world(request):
    return build_world(request.param)


@pytest.fixture(scope="module")
def world():
    return build_world(7)


@pytest.fixture(scope="module")
def told(world):
    return endings(world)


def test_one_account_is_protected_for_three_weeks_and_one_suspended_for_good(any_world):
    protected, suspended = any_world.x_spells
    assert (protected.state, suspended.state) == ("protected", "suspended")
    assert protected.until - protected.since == timedelta(weeks=3)
    assert protected.until < any_world.end
    assert suspended.until is None


def test_closed_accounts_had_spoken_and_were_quiet_for_a_week_before(any_world):
    for spell in any_world.x_spells:
        own = [
            one.created_at
            for one in (*any_world.x_posts, *any_world.x_echoes)
            if one.author.platform_id == spell.account_id
        ]
        inside = [at for at in own if spell.since <= at < (spell.until or any_world.end)]
        before = [at for at in own if at < spell.since]
        assert before
        assert spell.since - max(before) > timedelta(days=8)
        assert inside == []


def test_a_weekly_search_meets_every_planted_post_in_spite_of_closed_accounts(any_world):
    stage = Stage(any_world, any_world.start)
    seen = set()
    for week in range(1, 13):
        stage.now = any_world.start + timedelta(weeks=week, hours=6)
        seen |= {one.platform_id for one in stage.x_posts()}
    assert {one.platform_id for one in any_world.x_posts} <= seen


def test_no_query_finds_what_only_lists_and_timelines_give(any_world):
    trees = [parsed(query) for query in x_queries()]
    for echo in any_world.x_echoes:
        if echo.kind == "quote":
            assert not any(matches(tree, searchable(echo, echo.text)) for tree in trees)
    assert {one.kind for one in any_world.x_echoes} == {"repost", "quote"}


def test_the_network_reposts_nothing_and_nobody_reposts_in_step(any_world):
    members = {one.author.platform_id for one in any_world.x_posts if one.element == "network"}
    reposts = [one for one in any_world.x_echoes if one.kind == "repost"]
    together = Counter()
    for one in reposts:
        for other in reposts:
            close = abs(one.created_at - other.created_at) <= timedelta(seconds=60)
            people = isinstance(one.author, Person) and isinstance(other.author, Person)
            if close and people and one.reposted_id == other.reposted_id:
                together[frozenset((one.author.handle, other.author.handle))] += 1
    pairs = {pair: count for pair, count in together.items() if len(pair) > 1}
    assert len(members) == NETWORK_SIZE
    assert not members & {one.author.platform_id for one in any_world.x_echoes}
    assert max(pairs.values(), default=0) < 6  # each pair is met from both sides: under three


def test_reposts_are_cut_and_one_has_lost_its_original(told):
    assert Counter(one["original"] for one in told["reposts"])["missing"] == 1
    assert sum(one["cut"] for one in told["reposts"]) > 10
    assert not all(one["found_by_query"] for one in told["quotes"])


def test_every_state_is_told_with_its_history(world, told):
    final = Counter((one["state"], one["reason"]) for one in told["states"])
    assert set(final) == {
        ("visible", None),
        ("withheld", None),
        ("deleted", "deleted"),
        ("unavailable", "deleted"),
        ("unavailable", "suspended"),
    }
    for one in told["states"]:
        moments = [datetime.fromisoformat(step["since"]) for step in one["history"]]
        assert moments == sorted(moments)


def test_a_post_of_a_protected_account_ends_visible_again(world, told):
    account = world.x_spells[0].account_id
    own = [one.platform_id for one in world.x_posts if one.author.platform_id == account]
    first = next(one for one in told["states"] if one["platform_id"] in own)
    states = [step["state"] for step in first["history"]]
    assert states == ["visible", "protected", "visible"]


def test_the_states_told_are_those_that_the_stage_shows_at_the_end(world, told):
    stage = Stage(world, world.end)
    shown = {"gone": "deleted", "suspended": "unavailable", "visible": "visible"}
    for one in told["states"]:
        if one["platform"] == "x":
            post = stage.x_post(one["platform_id"])
            state = "withheld" if post.withheld_in else shown[stage.x_state(post)]
            assert one["state"] == state


def test_edited_posts_end_with_two_versions(world, told):
    twice = {one["platform_id"] for one in told["states"] if one["versions"] == 2}
    assert twice == {one.platform_id for one in (*world.facebook_posts, *world.x_posts) if one.edit}


def test_some_long_posts_have_a_link_where_their_short_form_is_cut(told):
    assert len(told["long"]) >= 8
    assert all(len(one["text"]) > 280 for one in told["long"])
    assert any(one["urls"] and one["text"].find("https://") > 260 for one in told["long"])

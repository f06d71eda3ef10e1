from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from config.errors import InputError, UsageError
from config.watchlist import load_watchlist
from crawlers.parsers.masking import mask_text
from crawlers.sandbox.elements import Person
from crawlers.sandbox.matching import check_reachable
from crawlers.sandbox.organisations import WATCHLIST, x_queries
from crawlers.sandbox.texts import load_texts
from crawlers.sandbox.truth import truth_of, write_truth
from crawlers.sandbox.world import build_world

SEEDS = range(1, 21)
NEAR_COPY = 0.8


@lru_cache(maxsize=32)
def world_of(seed):
    return build_world(seed)


@pytest.fixture(scope="module")
def world():
    return world_of(7)


@pytest.fixture(scope="module")
def truth(world):
    return truth_of(world)


@pytest.fixture(scope="module")
def all_texts():
    texts = {}
    for post in load_texts():
        texts[post.text_id] = post.text
        if post.text_en:
            texts[f"{post.text_id}-en"] = post.text_en
        texts |= {comment.text_id: comment.text for comment in post.comments}
    return texts


def items_of(world):
    return (*world.facebook_posts, *world.facebook_comments, *world.x_posts)


def test_one_seed_gives_one_world_and_another_seed_another(world):
    assert build_world(7) == world
    assert build_world(8).x_posts != world.x_posts


def test_at_least_four_hundred_distinct_texts_are_served(world):
    assert len({post.text for post in items_of(world)}) >= 400


def test_no_two_written_texts_are_near_copies(all_texts):
    ids = list(all_texts)
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(4, 4), use_idf=False).fit_transform(
        [f" {' '.join(text.split())} " for text in all_texts.values()]
    )
    similar = (vectors @ vectors.T).tocoo()
    near = [
        (ids[i], ids[j])
        for i, j, cosine in zip(similar.row, similar.col, similar.data, strict=True)
        if i < j and cosine >= NEAR_COPY
    ]
    assert near == []


def test_every_written_text_has_its_own_id(all_texts):
    written = sum(1 + len(post.comments) + bool(post.text_en) for post in load_texts())
    assert len(all_texts) == written


def test_a_line_that_is_no_post_is_named_with_its_number(tmp_path):
    (tmp_path / "bad.jsonl").write_text('\n{"id": "A"}\n')
    with pytest.raises(InputError, match=r"bad\.jsonl:2"):
        load_texts(tmp_path)


def test_the_watchlist_is_one_that_the_product_accepts():
    watchlist = load_watchlist(WATCHLIST)
    assert len(watchlist.facebook_pages) >= 14
    assert {page.source_type for page in watchlist.facebook_pages} >= {
        "agency",
        "local_media",
        "civil_society",
        "activist",
        "town_page",
        "health_authority",
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_volumes_are_like_those_of_a_real_quarter(seed):
    world = world_of(seed)
    posts = len(world.facebook_posts) + sum(one.kind != "reply" for one in world.x_posts)
    comments = len(world.facebook_comments) + sum(one.kind == "reply" for one in world.x_posts)
    weekly = Counter(one.created_at.isocalendar().week for one in world.facebook_posts)
    assert 250 <= posts <= 400
    assert 280 <= comments <= 420
    assert len(weekly) == 12
    assert min(weekly.values()) >= 4


@pytest.mark.parametrize("seed", SEEDS)
def test_the_comments_peak_in_the_week_of_the_rumour(seed):
    truth = truth_of(world_of(seed))
    weekly = Counter(one["week"] for one in truth["items"] if one["kind"] == "comment")
    (peak, most), (_, second) = weekly.most_common(2)
    assert peak == truth["spike_week"] == "2024-W34"
    assert most >= 85
    assert most > 1.4 * second


def test_suspicion_lives_in_comments_and_hardly_in_posts(truth):
    relevant = [one for one in truth["items"] if one["relevance"] == "yes"]
    share = {
        kind: sum(one["stance"] == "suspicious" for one in relevant if one["kind"] in kinds)
        / sum(one["kind"] in kinds for one in relevant)
        for kind, kinds in {"posts": {"post"}, "comments": {"comment", "reply"}}.items()
    }
    assert 0.09 <= share["comments"] <= 0.40
    facebook = [one for one in relevant if one["platform"] == "facebook" and one["kind"] == "post"]
    assert sum(one["stance"] == "suspicious" for one in facebook) / len(facebook) <= 0.05


@pytest.mark.parametrize("seed", SEEDS)
def test_ids_are_unique_and_grow_with_time_on_x(seed):
    world = world_of(seed)
    ids = [one.platform_id for one in items_of(world)]
    assert len(set(ids)) == len(ids)
    on_x = [int(one.platform_id) for one in world.x_posts]
    assert on_x == sorted(on_x)


def test_everything_happens_inside_the_story_and_comments_within_five_days(world):
    posted = {one.platform_id: one.created_at for one in world.facebook_posts}
    assert all(world.start <= one.created_at < world.end for one in items_of(world))
    for one in world.facebook_comments:
        age = one.created_at - posted[one.root_id]
        assert timedelta(0) < age <= timedelta(days=5)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_pair_of_the_network_shares_six_objects_or_more_within_a_minute(seed):
    world = world_of(seed)
    planted = [one for one in world.x_posts if one.element == "network"]
    together = Counter()
    for one, other in combinations(planted, 2):
        if one.text_id == other.text_id:
            assert abs(one.created_at - other.created_at) < timedelta(seconds=60)
            together[frozenset((one.author.handle, other.author.handle))] += 1
    assert len(together) == 10
    assert min(together.values()) >= 6


def test_members_of_the_network_post_nothing_else(world):
    members = {one.author.platform_id for one in world.x_posts if one.element == "network"}
    others = [one for one in world.x_posts if one.element != "network"]
    assert len(members) == 5
    assert not any(one.author.platform_id in members for one in others)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_innocent_individuals_share_three_objects_within_a_minute(seed):
    innocent = [
        one
        for one in world_of(seed).x_posts
        if one.element != "network" and isinstance(one.author, Person)
    ]
    together = Counter()
    for one, other in combinations(innocent, 2):
        same = one.text == other.text or (
            one.link and other.link and one.link.title == other.link.title
        )
        if same and abs(one.created_at - other.created_at) <= timedelta(seconds=60):
            together[frozenset((one.author.handle, other.author.handle))] += 1
    assert max(together.values(), default=0) < 3


def test_press_copies_stand_word_for_word_on_four_pages_within_five_hours(world):
    copies = {}
    for one in world.facebook_posts:
        if one.element == "press_copy":
            copies.setdefault(one.text_id, []).append(one)
    assert len(copies) == 6
    for posts in copies.values():
        moments = [one.created_at for one in posts]
        assert len({one.page_id for one in posts}) == 4
        assert len({one.text for one in posts}) == 1
        assert max(moments) - min(moments) <= timedelta(hours=5)


def test_the_campaign_runs_in_two_languages_on_page_and_account(world):
    posts = [one for one in (*world.facebook_posts, *world.x_posts) if one.element == "campaign"]
    assert {one.author.agency_id for one in posts} == {"unicef"}
    assert Counter((one.platform, one.language) for one in posts) == {
        ("facebook", "fr"): 6,
        ("facebook", "en"): 6,
        ("x", "fr"): 6,
        ("x", "en"): 6,
    }


def test_breaking_news_is_one_link_from_many_accounts_within_ninety_minutes(world):
    posts = [one for one in world.x_posts if one.element == "breaking"]
    moments = [one.created_at for one in posts]
    assert len({one.link.target.partition("?")[0] for one in posts}) == 1
    assert len({one.author.platform_id for one in posts}) == len(posts) >= 10
    assert max(moments) - min(moments) < timedelta(minutes=90)


def test_a_post_that_no_query_finds_is_refused(world):
    lost = replace(world.x_posts[0], text="Bonjour à toutes et à tous")
    with pytest.raises(InputError, match="found by no query"):
        check_reachable([lost], x_queries())


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_deleted_was_served_for_more_than_a_week(seed):
    deleted = [one for one in items_of(world_of(seed)) if one.deleted_at]
    assert sorted(one.platform for one in deleted) == ["facebook", "x"]
    assert all(one.deleted_at - one.created_at > timedelta(days=8) for one in deleted)


def test_four_posts_are_edited_within_an_hour_on_each_platform(world):
    edited = [one for one in items_of(world) if one.edit]
    assert Counter(one.platform for one in edited) == {"facebook": 4, "x": 4}
    for one in edited:
        assert one.edit.at - one.created_at < timedelta(hours=1)
        assert one.text_at(one.created_at) != one.text_at(one.edit.at) == one.text


@pytest.mark.parametrize("weeks", [1, 5, 12])
def test_fewer_weeks_are_the_last_weeks_of_the_same_story(world, weeks):
    short = build_world(7, weeks)
    assert short.end - short.start == timedelta(weeks=weeks)
    assert set(short.x_posts) <= set(world.x_posts)
    assert {one.root_id for one in short.facebook_comments} <= {
        one.platform_id for one in short.facebook_posts
    }


@pytest.mark.parametrize("weeks", [0, 13])
def test_a_number_of_weeks_outside_the_story_is_refused(weeks):
    with pytest.raises(UsageError, match="1 to 12"):
        build_world(7, weeks)


def test_the_truth_counts_what_was_planted(world, truth):
    replies = sum(one.kind == "reply" for one in world.x_posts)
    assert len(truth["posts"]) == len(world.facebook_posts) + len(world.x_posts) - replies - 2
    assert len(truth["comments"]) == len(world.facebook_comments) + replies
    assert len(truth["items"]) == len(truth["posts"]) + len(truth["comments"])
    assert len(truth["without_text"]) == 2
    assert len(truth["network"]["accounts"]) == 5
    assert len(truth["network"]["objects"]) == 9
    assert {one["element"] for one in truth["lookalikes"]} == {
        "campaign",
        "press_copy",
        "breaking",
        "share_button",
    }


def test_the_truth_is_the_same_file_for_the_same_seed(tmp_path, truth):
    paths = [tmp_path / "one" / "truth.json", tmp_path / "two.json"]
    write_truth(paths[0], truth)
    write_truth(paths[1], truth_of(build_world(7)))
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_planted_names_stand_in_no_written_text_and_in_no_file_of_the_room(truth, all_texts):
    room = Path(WATCHLIST).parent
    code = "".join(path.read_text() for path in room.glob("*.py"))
    written = "".join(all_texts.values()) + code + Path(WATCHLIST).read_text()
    planted = truth["private"]["handles"] + truth["private"]["names"]
    assert len(planted) > 100
    assert [name for name in planted if name in written] == []


def test_telephone_numbers_and_a_plate_stand_in_comments_and_are_of_a_kind_that_is_masked(
    world, truth
):
    said = "\n".join(one.text for one in world.facebook_comments)
    assert len(truth["private"]["details"]) == 4
    for detail in truth["private"]["details"]:
        assert said.count(detail) == 1
        assert detail not in mask_text(said)


def test_no_name_stands_in_a_post_on_x_where_no_tag_would_tell_of_it(world, truth):
    said = "\n".join(one.text for one in world.x_posts)
    assert [name for name in truth["private"]["names"] if name in said] == []


def test_people_named_in_a_text_are_told_of_in_its_tags(world):
    named = [one for one in world.facebook_comments if one.mentioned]
    assert named
    assert all(person.name in one.text for one in named for person in one.mentioned)

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from asking import ask_graph, graph_pages, ids_of

from crawlers.sandbox.graph_media import is_album, photo_ids
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.world import build_world

NOW = datetime(2024, 9, 23, 6, tzinfo=UTC)
CODES = (1, 2, 4, 10, 17, 32, 100, 102, 190, 200, 341, 368, 613, 80001)
MEDIA = "attachments{media_type,type,url,unshimmed_url,description,target,media,subattachments}"


@pytest.fixture(scope="module")
def world():
    return build_world(7)


@pytest.fixture
def sandbox(world):
    with Sandbox(world=world, page_size_cap=6, now=NOW) as running:
        yield running


def seen_posts(world, page_id):
    posts = [one for one in world.facebook_posts if one.page_id == page_id]
    return [one.platform_id for one in posts if not one.deleted_at][::-1]


def post_with(world, minimum):
    roots = [one.root_id for one in world.facebook_comments]
    return next(one for one in world.facebook_posts if roots.count(one.platform_id) >= minimum)


# Paging


def test_a_feed_paged_by_times_holds_every_post_once(sandbox, world):
    sandbox.stage.time_paging = True
    for page in world.pages[:6]:
        pages = graph_pages(sandbox, f"{page.platform_id}/posts", limit="100")
        assert ids_of(pages) == seen_posts(world, page.platform_id)
        assert all("cursors" not in one.get("paging", {}) for one in pages)


def test_the_next_address_of_time_paging_tells_a_time_and_a_token(sandbox, world):
    sandbox.stage.time_paging = True
    _, _, page = ask_graph(sandbox, f"{world.pages[5].platform_id}/feed", limit="3")
    asked = parse_qs(urlsplit(page["paging"]["next"]).query)
    last = datetime.fromisoformat(page["data"][-1]["created_time"])
    assert int(asked["until"][0]) == int(last.timestamp())
    assert asked["__paging_token"][0]
    assert "previous" in page["paging"]


def test_posts_of_one_second_are_not_lost_between_pages_of_times(sandbox, world):
    sandbox.stage.time_paging = True
    page = world.pages[5].platform_id
    pages = graph_pages(sandbox, f"{page}/feed", limit="1")
    assert ids_of(pages) == seen_posts(world, page)


def test_an_empty_page_of_graph_goes_on_to_what_it_left_out(sandbox, world):
    path = f"{world.pages[5].platform_id}/feed"
    calm = ids_of(graph_pages(sandbox, path))
    sandbox.faults.next(kind="empty_page_with_token", times=2)
    pages = graph_pages(sandbox, path)
    addresses = [page["paging"]["next"] for page in pages[:2]]
    assert [page["data"] for page in pages[:2]] == [[], []]
    assert len(set(addresses)) == 2
    assert ids_of(pages) == calm


def test_a_repeated_cursor_leads_to_the_same_page(sandbox, world):
    path = f"{world.pages[5].platform_id}/feed"
    sandbox.faults.next(kind="repeat_token")
    pages = [ask_graph(sandbox, path, limit="3")[2]]
    following = pages[0]["paging"]["next"].replace("https://graph.facebook.com/v26.0/", "")
    path, _, query = following.partition("?")
    again = ask_graph(sandbox, path, **{k: v[0] for k, v in parse_qs(query).items()})[2]
    assert ids_of([again]) == ids_of(pages)


def test_a_capped_feed_shows_the_highest_ranked_posts_only_in_order_of_time(sandbox, world):
    sandbox.stage.capped_feed = True
    sandbox.stage.feed_posts_a_year = 5
    page = world.pages[5].platform_id
    told = ids_of(graph_pages(sandbox, f"{page}/feed"))
    all_posts = {one.platform_id: one for one in world.facebook_posts}
    shown = [all_posts[one].popularity for one in told]
    hidden = [all_posts[one].popularity for one in seen_posts(world, page) if one not in told]
    assert len(told) == 5
    assert told == [one for one in seen_posts(world, page) if one in told]
    assert min(shown) > max(hidden)


# Several ids


def test_several_ids_are_answered_by_id(sandbox, world):
    ids = [one.platform_id for one in world.facebook_posts if not one.deleted_at][:3]
    _, _, told = ask_graph(sandbox, "", ids=",".join(ids), fields="message,created_time")
    assert list(told) == ids
    assert all(told[one]["id"] == one for one in ids)


def test_an_edge_of_several_ids_is_a_list_each_with_its_own_paging(sandbox, world):
    ids = [one.platform_id for one in world.pages[:2]]
    _, _, told = ask_graph(sandbox, "feed", ids=",".join(ids), limit="2", fields="id")
    for page in ids:
        assert ids_of([told[page]]) == seen_posts(world, page)[:2]
        assert f"/v26.0/{page}/feed?" in told[page]["paging"]["next"]


@pytest.mark.parametrize(
    ("ids", "code"), [("1,2", 803), ("", 100), (",".join(map(str, range(51))), 100)]
)
def test_unknown_or_too_many_ids_refuse_the_whole_request(sandbox, ids, code):
    status, _, body = ask_graph(sandbox, "", ids=ids)
    assert (status, body["error"]["code"]) == (400, code)


# What posts and comments carry


def test_the_kinds_of_reactions_are_counted_under_their_names(sandbox, world):
    kinds = ("LIKE", "LOVE", "WOW", "HAHA", "SAD", "ANGRY", "CARE")
    fields = ",".join(
        f"reactions.type({kind}).limit(0).summary(1).as({kind.lower()})" for kind in kinds
    )
    post = max(world.facebook_posts, key=lambda one: one.popularity)
    total = "reactions.limit(0).summary(total_count)"
    _, _, told = ask_graph(sandbox, post.platform_id, fields=f"{total},{fields}")
    counts = {kind: told[kind.lower()]["summary"]["total_count"] for kind in kinds}
    assert sum(counts.values()) == told["reactions"]["summary"]["total_count"] > 0
    assert counts["CARE"] == 0


def test_a_kind_of_reaction_that_does_not_exist_is_refused(sandbox, world):
    post = world.facebook_posts[0].platform_id
    status, _, body = ask_graph(sandbox, post, fields="reactions.type(JOY).limit(0)")
    assert (status, body["error"]["code"]) == (400, 100)


def test_an_album_holds_its_photos_below(sandbox, world):
    album = next(one for one in world.facebook_posts if is_album(sandbox.stage, one))
    _, _, told = ask_graph(sandbox, album.platform_id, fields=MEDIA)
    [attached] = told["attachments"]["data"]
    below = attached["subattachments"]["data"]
    assert attached["media_type"] == "album"
    assert [one["target"]["id"] for one in below] == list(photo_ids(sandbox.stage, album))


def test_some_photos_have_a_text_that_says_what_they_show(sandbox, world):
    photos = [one for one in world.facebook_posts if one.media == "photo" and not one.deleted_at]
    ids = [one for post in photos for one in photo_ids(sandbox.stage, post)][:50]
    _, _, told = ask_graph(sandbox, "", ids=",".join(ids), fields="alt_text,name,link")
    texts = [one.get("alt_text") for one in told.values()]
    assert None in texts
    assert any("texte qui dit" in text for text in texts if text)


def test_a_photo_repeats_the_words_of_its_post(sandbox, world):
    post = next(one for one in world.facebook_posts if one.media == "photo" and one.text)
    _, _, told = ask_graph(sandbox, post.platform_id, fields=f"message,{MEDIA}")
    assert told["attachments"]["data"][0]["description"] == told["message"]


def test_some_comments_are_hidden_where_the_token_is_that_of_the_page(sandbox, world):
    hidden = [one for one in world.facebook_comments if one.is_hidden]
    shows = {page.platform_id for page in world.pages if page.shows_authors}
    assert len(hidden) == 4
    assert {one.page_id for one in hidden} <= shows
    _, _, told = ask_graph(sandbox, hidden[0].platform_id, fields="is_hidden,message")
    assert told["is_hidden"] is True


def test_an_answer_to_an_answer_names_the_answer_and_stands_in_the_stream(sandbox, world):
    comments = {one.platform_id: one for one in world.facebook_comments}
    deep = next(
        one
        for one in world.facebook_comments
        if one.parent_id in comments and comments[one.parent_id].parent_id in comments
    )
    edge = f"{deep.root_id}/comments"
    stream = graph_pages(sandbox, edge, filter="stream", fields="id,parent")
    told = {one["id"]: one for page in stream for one in page["data"]}
    assert told[deep.platform_id]["parent"]["id"] == deep.parent_id
    below = graph_pages(sandbox, f"{deep.parent_id}/comments", fields="id")
    assert deep.platform_id in ids_of(below)


def test_more_comments_can_be_claimed_than_are_served(sandbox, world):
    sandbox.stage.claims_more = 3
    post = post_with(world, 2)
    fields = "comments.filter(stream).limit(0).summary(total_count)"
    _, _, told = ask_graph(sandbox, post.platform_id, fields=fields)
    served = ids_of(graph_pages(sandbox, f"{post.platform_id}/comments", filter="stream"))
    assert told["comments"]["summary"]["total_count"] == len(served) + 3


# Usage and errors


def test_usage_can_be_driven_up(sandbox, world):
    sandbox.stage.app_usage = 85
    sandbox.stage.business_usage = 95
    sandbox.stage.minutes_to_regain = 7
    _, headers, _ = ask_graph(sandbox, world.pages[0].platform_id)
    [business] = json.loads(headers["x-business-use-case-usage"])["0"]
    assert json.loads(headers["x-app-usage"])["call_count"] == 85
    assert (business["call_count"], business["estimated_time_to_regain_access"]) == (95, 7)


@pytest.mark.parametrize("code", CODES)
def test_every_code_can_be_planned(sandbox, world, code):
    sandbox.faults.next(code=code)
    status, _, body = ask_graph(sandbox, world.pages[0].platform_id)
    assert (status, body["error"]["code"]) == (400, code)
    assert body["error"]["message"]
    assert ask_graph(sandbox, world.pages[0].platform_id)[0] == 200


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 467])
def test_a_refused_token_has_a_subcode_with_its_own_words(sandbox, world, subcode):
    sandbox.faults.next(code=190, subcode=subcode)
    _, _, body = ask_graph(sandbox, world.pages[0].platform_id)
    assert body["error"]["error_subcode"] == subcode
    assert body["error"]["message"].startswith("Error validating access token")


@pytest.mark.parametrize(("status", "code"), [(401, 190), (403, 10), (429, 80001)])
def test_a_planned_status_becomes_the_code_that_says_it(sandbox, world, status, code):
    sandbox.faults.next(status=status)
    answered, _, body = ask_graph(sandbox, world.pages[0].platform_id)
    assert (answered, body["error"]["code"]) == (400, code)


@pytest.mark.parametrize(("reset_in", "minutes"), [(3, 0.05), (60, 1), (90, 2)])
def test_a_limit_says_in_minutes_when_it_ends(sandbox, world, reset_in, minutes):
    sandbox.faults.next(code=80001, reset_in=reset_in)
    _, headers, _ = ask_graph(sandbox, world.pages[0].platform_id)
    [told] = json.loads(headers["x-business-use-case-usage"])["0"]
    assert told["estimated_time_to_regain_access"] == minutes


def test_comments_come_within_days_of_their_post_whoever_they_answer(world):
    posted = {one.platform_id: one.created_at for one in world.facebook_posts}
    known = {one.platform_id: one for one in world.facebook_comments}
    for one in world.facebook_comments:
        above = known.get(one.parent_id)
        assert above is None or above.created_at < one.created_at
        assert one.created_at - posted[one.root_id] <= timedelta(days=5)

import json
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.sandbox.graph_fields import FieldsError, parse_fields
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.world import build_world

NOW = datetime(2024, 9, 23, 6, tzinfo=UTC)
FEED_FIELDS = (
    "id,message,story,created_time,updated_time,permalink_url,from,status_type,message_tags,"
    "full_picture,shares,attachments{media_type,type,url,unshimmed_url,title,target},"
    "reactions.limit(0).summary(total_count),reactions.type(LOVE).limit(0).summary(1).as(love),"
    "comments.filter(stream).limit(0).summary(total_count)"
)
COMMENT_FIELDS = "id,message,created_time,like_count,comment_count,from,parent,message_tags"


@pytest.fixture(scope="module")
def world():
    return build_world(7)


@pytest.fixture
def sandbox(world):
    with Sandbox(world=world, page_size_cap=6, now=NOW) as running:
        yield running


def get(sandbox, path, *, token=None, **params):
    request = Request(f"{sandbox.url}/v26.0/{path}?{urlencode(params)}")
    request.add_header("Authorization", f"Bearer {token or sandbox.facebook_token}")
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), json.loads(answer.read())
    except HTTPError as error:
        body = error.read()
        is_json = "json" in error.headers["content-type"]
        return error.code, dict(error.headers), json.loads(body) if is_json else body.decode()


def pages_of(sandbox, path, **params):
    pages, after = [], {}
    while True:
        page = get(sandbox, path, limit="100", **params, **after)[2]
        pages.append(page)
        following = page.get("paging", {}).get("next")
        if following is None:
            return pages
        after = {"after": parse_qs(urlsplit(following).query)["after"][0]}


def items_of(pages):
    return [one for page in pages for one in page["data"]]


def the_rumour(world):
    return max(
        world.facebook_posts,
        key=lambda post: sum(one.root_id == post.platform_id for one in world.facebook_comments),
    )


def test_the_pages_of_a_feed_hold_every_post_once_newest_first(sandbox, world):
    for page in world.pages:
        told = items_of(pages_of(sandbox, f"{page.platform_id}/feed", fields=FEED_FIELDS))
        ids = [one["id"] for one in told]
        expected = [
            one
            for one in world.facebook_posts
            if one.page_id == page.platform_id and not one.deleted_at
        ]
        assert ids == [one.platform_id for one in expected[::-1]]


def test_the_pages_of_comments_hold_every_comment_once_oldest_first(sandbox, world):
    post = the_rumour(world)
    path = f"{post.platform_id}/comments"
    pages = pages_of(sandbox, path, filter="stream", order="chronological", fields=COMMENT_FIELDS)
    expected = [
        one.platform_id for one in world.facebook_comments if one.root_id == post.platform_id
    ]
    assert [one["id"] for one in items_of(pages)] == expected
    assert len(pages) > 3


def test_answers_to_comments_stand_in_the_stream_with_their_parent(sandbox, world):
    answer = next(one for one in world.facebook_comments if one.parent_id != one.root_id)
    edge = f"{answer.root_id}/comments"
    stream = items_of(pages_of(sandbox, edge, filter="stream", fields=COMMENT_FIELDS))
    top = items_of(pages_of(sandbox, edge, fields=COMMENT_FIELDS))
    below = items_of(pages_of(sandbox, f"{answer.parent_id}/comments", fields=COMMENT_FIELDS))
    told = next(one for one in stream if one["id"] == answer.platform_id)
    assert told["parent"]["id"] == answer.parent_id
    assert answer.platform_id not in {one["id"] for one in top}
    assert answer.platform_id in {one["id"] for one in below}
    assert all("parent" not in one for one in top)


def test_the_claimed_number_of_comments_is_what_the_stream_holds(sandbox, world):
    post = the_rumour(world)
    told = get(sandbox, post.platform_id, fields=FEED_FIELDS)[2]
    stream = pages_of(sandbox, f"{post.platform_id}/comments", filter="stream", summary="1")
    claimed = told["comments"]["summary"]["total_count"]
    assert claimed == len(items_of(stream)) == stream[0]["summary"]["total_count"] > 20


def test_some_pages_are_empty_and_still_have_a_next(sandbox, world):
    edges = [f"{page.platform_id}/feed" for page in world.pages]
    pages = [page for edge in edges for page in pages_of(sandbox, edge)]
    assert any(not page["data"] and "next" in page.get("paging", {}) for page in pages)


def test_the_next_address_holds_the_token_and_leads_on(sandbox, world):
    page = world.pages[5].platform_id
    first = get(sandbox, f"{page}/feed", limit="3", fields="id")[2]
    following = first["paging"]["next"]
    assert f"access_token={sandbox.facebook_token}" in following
    assert following.startswith("https://graph.facebook.com/")
    here = following.replace("https://graph.facebook.com", sandbox.url)
    with urlopen(here, timeout=10) as answer:
        second = json.loads(answer.read())
    assert not {one["id"] for one in first["data"]} & {one["id"] for one in second["data"]}


def test_since_and_until_bound_a_feed_in_seconds_or_as_text(sandbox, world):
    page = world.pages[5].platform_id
    start, end = datetime(2024, 8, 1, tzinfo=UTC), datetime(2024, 9, 1, tzinfo=UTC)
    expected = {
        one.platform_id
        for one in world.facebook_posts
        if one.page_id == page and start <= one.created_at < end and not one.deleted_at
    }
    seconds = {"since": str(int(start.timestamp())), "until": str(int(end.timestamp()))}
    texts = {"since": start.isoformat(), "until": "2024-09-01"}
    for window in (seconds, texts):
        told = items_of(pages_of(sandbox, f"{page}/feed", **window))
        assert {one["id"] for one in told} == expected
    assert expected


def test_who_commented_is_told_on_half_of_the_pages_only(sandbox, world):
    shows = {page.platform_id: page.shows_authors for page in world.pages}
    assert 0 < sum(shows.values()) < len(shows)
    for shown in (True, False):
        comment = next(one for one in world.facebook_comments if shows[one.page_id] is shown)
        told = get(sandbox, comment.platform_id, fields=COMMENT_FIELDS)[2]
        assert ("from" in told) is shown


def test_names_in_a_text_are_told_with_their_place(sandbox, world):
    comment = next(one for one in world.facebook_comments if one.mentioned)
    told = get(sandbox, comment.platform_id, fields=COMMENT_FIELDS)[2]
    for tag in told["message_tags"]:
        start = tag["offset"]
        assert told["message"][start : start + tag["length"]] == tag["name"]


def test_links_come_with_a_shim_and_without(sandbox, world):
    post = next(one for one in world.facebook_posts if one.link and not one.deleted_at)
    told = get(sandbox, post.platform_id, fields=FEED_FIELDS)[2]["attachments"]["data"][0]
    assert told["unshimmed_url"] == post.link.target
    assert parse_qs(urlsplit(told["target"]["url"]).query)["u"] == [post.link.target]
    assert urlsplit(told["url"]).hostname == "l.facebook.com"


def test_a_photo_without_words_has_no_message(sandbox, world):
    photo = next(one for one in world.facebook_posts if not one.text)
    told = get(sandbox, photo.platform_id, fields=FEED_FIELDS)[2]
    assert "message" not in told
    assert told["attachments"]["data"][0]["media_type"] == "photo"


def test_shares_are_absent_as_long_as_there_are_none(world):
    post = max(world.facebook_posts, key=lambda one: one.popularity)
    with Sandbox(world=world, now=post.created_at) as sandbox:
        assert "shares" not in get(sandbox, post.platform_id, fields="shares")[2]
        sandbox.set_clock(post.created_at + timedelta(days=6))
        assert get(sandbox, post.platform_id, fields="shares")[2]["shares"]["count"] > 0


def test_reactions_by_type_are_part_of_all_reactions(sandbox, world):
    told = get(sandbox, the_rumour(world).platform_id, fields=FEED_FIELDS)[2]
    total = told["reactions"]["summary"]["total_count"]
    assert 0 < told["love"]["summary"]["total_count"] < total


def test_an_edit_changes_the_message_and_the_time_of_the_update(world):
    edited = next(one for one in world.facebook_posts if one.edit)
    with Sandbox(world=world, now=edited.edit.at - timedelta(seconds=1)) as sandbox:
        before = get(sandbox, edited.platform_id, fields="message,updated_time")[2]
        sandbox.set_clock(edited.edit.at)
        after = get(sandbox, edited.platform_id, fields="message,updated_time")[2]
    assert before["message"] == edited.edit.earlier_text != after["message"] == edited.text
    assert before["updated_time"] < after["updated_time"]


def test_a_deleted_post_is_served_for_a_week_and_then_unknown(world):
    gone = next(one for one in world.facebook_posts if one.deleted_at)
    with Sandbox(world=world, now=gone.created_at + timedelta(days=8)) as sandbox:
        assert get(sandbox, gone.platform_id)[0] == 200
        sandbox.set_clock(gone.deleted_at)
        status, _, body = get(sandbox, gone.platform_id)
    assert (status, body["error"]["code"], body["error"]["error_subcode"]) == (400, 100, 33)


def test_the_token_may_come_as_a_parameter(sandbox, world):
    path = world.pages[0].platform_id
    assert get(sandbox, path, token="no", access_token=sandbox.facebook_token)[0] == 200
    status, _, body = get(sandbox, path, token="no")
    assert (status, body["error"]["code"]) == (400, 190)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("{page}/feed", {"limit": "101"}),
        ("{page}/feed", {"limit": "many"}),
        ("{page}/feed", {"fields": "id,happiness"}),
        ("{page}/feed", {"fields": "id,attachments{"}),
        ("{page}/feed", {"after": "???"}),
        ("{page}/feed", {"since": "yesterday"}),
        ("{post}/comments", {"filter": "all"}),
        ("123/feed", {}),
        ("123_456/comments", {}),
        ("123", {}),
    ],
)
def test_a_bad_request_is_answered_with_error_100(sandbox, world, path, params):
    place = {"page": world.pages[5].platform_id, "post": the_rumour(world).platform_id}
    status, _, body = get(sandbox, path.format(**place), **params)
    assert (status, body["error"]["code"]) == (400, 100)


@pytest.mark.parametrize(("code", "transient"), [(1, True), (2, True), (4, False), (80001, False)])
def test_planned_errors_come_by_code(sandbox, world, code, transient):
    sandbox.faults.next(status=400, code=code, reset_in=120)
    page = world.pages[0].platform_id
    _, headers, body = get(sandbox, f"{page}/feed")
    assert body["error"]["code"] == code
    assert body["error"]["is_transient"] is transient
    usage = json.loads(headers.get("x-business-use-case-usage", "{}"))
    waits = [one["estimated_time_to_regain_access"] for ones in usage.values() for one in ones]
    assert waits == ([] if transient else [2])
    assert get(sandbox, f"{page}/feed")[0] == 200


def test_usage_comes_with_every_answer(sandbox, world):
    _, headers, _ = get(sandbox, world.pages[0].platform_id)
    assert set(json.loads(headers["x-app-usage"])) == {"call_count", "total_time", "total_cputime"}


def test_requests_are_noted_without_their_token(sandbox, world):
    get(sandbox, world.pages[0].platform_id, fields="name", access_token=sandbox.facebook_token)
    assert sandbox.requests == [f"/v26.0/{world.pages[0].platform_id}?fields=name"]


def test_bytes_are_counted_in_pieces_of_at_most_four_kibibytes(world):
    totals = []
    with Sandbox(world=world, now=NOW) as sandbox:
        sandbox.on_bytes = totals.append
        path = f"{the_rumour(world).platform_id}/comments"
        get(sandbox, path, filter="stream", fields=COMMENT_FIELDS, limit="100")
        get(sandbox, world.pages[0].platform_id)
        assert sandbox.bytes_sent >= totals[-1]
    steps = [after - before for before, after in zip([0, *totals], totals, strict=False)]
    assert len(totals) > 2
    assert all(0 < step <= 4096 for step in steps)


def test_fields_are_read_with_modifiers_parts_and_aliases():
    plain, nested, counted = parse_fields(
        "id,attachments{media_type,subattachments{url}},reactions.type(LOVE).limit(0).as(love)"
    )
    assert plain.name == "id"
    assert [part.name for part in nested.parts] == ["media_type", "subattachments"]
    assert nested.parts[1].parts[0].name == "url"
    assert (counted.name, counted.alias, counted.modifiers["type"]) == ("reactions", "love", "LOVE")


@given(st.text(alphabet="ab,.(){}0", max_size=20))
def test_any_fields_text_is_read_or_refused(text):
    try:
        assert parse_fields(text)
    except FieldsError:
        assert True

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from crawlers.sandbox.ids import x_id
from crawlers.sandbox.organisations import x_queries
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.world import build_world

SEARCH = "/2/tweets/search/recent"
MONDAY = datetime(2024, 8, 12, 6, tzinfo=UTC)  # after the week of the breaking news
END = datetime(2024, 9, 23, 6, tzinfo=UTC)
POST_WORDS = {
    "post.fields": "created_at,conversation_id,entities,lang,note_post,public_metrics,withheld",
    "expansions": "author_id,referenced_posts,entities.mentions.username",
}
TWEET_WORDS = {
    "tweet.fields": "created_at,author_id,entities,note_tweet,public_metrics,referenced_tweets",
    "expansions": "author_id,referenced_tweets.id",
}


@pytest.fixture(scope="module")
def world():
    return build_world(7)


@pytest.fixture
def sandbox(world):
    with Sandbox(world=world, page_size_cap=5, now=MONDAY) as running:
        yield running


def get(sandbox, path=SEARCH, *, token=None, **params):
    request = Request(f"{sandbox.url}{path}?{urlencode(params)}")
    request.add_header("Authorization", f"Bearer {token or sandbox.x_token}")
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), json.loads(answer.read())
    except HTTPError as error:
        body = error.read()
        is_json = "json" in error.headers["content-type"]
        return error.code, dict(error.headers), json.loads(body) if is_json else body.decode()


def pages_of(sandbox, **params):
    pages, token = [], None
    while True:
        more = {"next_token": token} if token else {}
        _, _, page = get(sandbox, max_results="100", **params, **more)
        pages.append(page)
        token = page["meta"].get("next_token")
        if token is None:
            return pages


def ids_of(pages):
    return [one["id"] for page in pages for one in page.get("data", ())]


def visible(world, now):
    return {
        one.id_at(now)
        for one in world.x_posts
        if one.is_visible(now) and now - timedelta(days=7) <= one.created_at
    }


def test_the_pages_of_all_queries_hold_the_last_seven_days_and_no_page_repeats(sandbox, world):
    found = set()
    for query in x_queries():
        pages = pages_of(sandbox, query=query, **POST_WORDS)
        ids = ids_of(pages)
        assert len(set(ids)) == len(ids)
        assert ids == sorted(ids, key=int, reverse=True)
        found |= set(ids)
    assert found == visible(world, MONDAY)
    assert len(found) > 10


def test_twelve_mondays_reach_every_planted_post_under_its_first_id(world):
    with Sandbox(world=world) as sandbox:
        found = set()
        for week in range(1, 13):
            sandbox.set_clock(world.start + timedelta(weeks=week, hours=6))
            for query in x_queries():
                for page in pages_of(sandbox, query=query, **POST_WORDS):
                    found |= {one["edit_history_post_ids"][0] for one in page.get("data", ())}
    assert found == {one.platform_id for one in world.x_posts}


def test_the_same_request_gives_the_same_bytes_from_two_servers(world):
    bodies = []
    for _ in range(2):
        with Sandbox(world=build_world(7), now=MONDAY) as sandbox:
            bodies.append(get(sandbox, query=x_queries()[0], max_results="100", **POST_WORDS)[2])
    assert bodies[0] == bodies[1]


def test_a_page_token_can_be_used_again(sandbox):
    query = x_queries()[0]
    token = get(sandbox, query=query)[2]["meta"]["next_token"]
    pages = [get(sandbox, query=query, next_token=token)[2] for _ in range(2)]
    assert pages[0] == pages[1]


def test_both_vocabularies_tell_the_same_posts_in_their_own_words(sandbox):
    new = get(sandbox, query=x_queries()[0], **POST_WORDS)[2]
    old = get(sandbox, query=x_queries()[0], **TWEET_WORDS)[2]
    assert ids_of([new]) == ids_of([old])
    assert {"edit_history_post_ids", "author_id"} <= set(new["data"][0])
    assert {"edit_history_tweet_ids", "author_id"} <= set(old["data"][0])
    assert "repost_count" in new["data"][0]["public_metrics"]
    assert "retweet_count" in old["data"][0]["public_metrics"]


def test_fields_that_are_not_asked_for_are_not_given(sandbox):
    page = get(sandbox, query=x_queries()[0], **{"post.fields": "lang"})[2]
    assert set(page["data"][0]) == {"id", "text", "edit_history_post_ids", "lang"}
    assert "includes" not in page


def test_spans_of_entities_stand_where_the_text_says(world):
    with Sandbox(world=world, now=END) as sandbox:
        pages = [page for q in x_queries() for page in pages_of(sandbox, query=q, **POST_WORDS)]
    spans = Counter()
    for one in (one for page in pages for one in page.get("data", ())):
        holder = [(one["text"], one.get("entities", {}))]
        if note := one.get("note_post"):
            holder.append((note["text"], note.get("entities", {})))
        for text, entities in holder:
            for url in entities.get("urls", ()):
                assert text[url["start"] : url["end"]] == url["url"]
                spans["urls"] += 1
            for mention in entities.get("mentions", ()):
                assert text[mention["start"] : mention["end"]] == f"@{mention['username']}"
                spans["mentions"] += 1
            for tag in entities.get("hashtags", ()):
                assert text[tag["start"] : tag["end"]] == f"#{tag['tag']}"
    assert spans["urls"]
    assert spans["mentions"]


def test_a_long_post_is_whole_only_in_its_note(world):
    long = next(one for one in world.x_posts if one.element == "campaign" and len(one.text) > 280)
    with Sandbox(world=world, now=long.created_at + timedelta(hours=1)) as sandbox:
        pages = pages_of(sandbox, query="UNICEF", **POST_WORDS)
    told = next(one for page in pages for one in page["data"] if one["id"] == long.platform_id)
    assert len(told["text"]) <= 280
    assert told["note_post"]["text"] == long.text


def test_an_edited_post_gets_a_new_id_and_keeps_its_history(world):
    edited = next(one for one in world.x_posts if one.edit)
    with Sandbox(world=world) as sandbox:
        seen = []
        for moment in (edited.edit.at - timedelta(minutes=1), edited.edit.at + timedelta(hours=1)):
            sandbox.set_clock(moment)
            for query in x_queries():
                for page in pages_of(sandbox, query=query, **POST_WORDS):
                    seen += [
                        (one["id"], tuple(one["edit_history_post_ids"]))
                        for one in page.get("data", ())
                        if edited.platform_id in one["edit_history_post_ids"]
                    ]
    first, last = edited.platform_id, edited.latest_id
    assert set(seen) == {(first, (first,)), (last, (first, last))}


def test_a_quote_of_a_post_that_is_gone_is_a_partial_error_with_status_200(world):
    known = {one.platform_id for one in world.x_posts}
    quote = next(one for one in world.x_posts if one.quoted_id and one.quoted_id not in known)
    with Sandbox(world=world, now=quote.created_at + timedelta(hours=1)) as sandbox:
        answers = [get(sandbox, query=q, max_results="100", **POST_WORDS) for q in x_queries()]
    errors = [error for _, _, page in answers for error in page.get("errors", ())]
    assert {status for status, _, _ in answers} == {200}
    assert quote.quoted_id in {error["value"] for error in errors}
    assert {error["title"] for error in errors} == {"Not Found Error"}


def test_a_reply_names_the_post_it_answers_and_brings_it_along(world):
    reply = next(one for one in world.x_posts if one.kind == "reply")
    with Sandbox(world=world, now=reply.created_at + timedelta(hours=1)) as sandbox:
        page = pages_of(sandbox, query=x_queries()[3], **POST_WORDS)[0]
    told = next(one for one in page["data"] if one["id"] == reply.platform_id)
    assert told["referenced_posts"] == [{"type": "replied_to", "id": reply.parent_id}]
    assert reply.parent_id in {one["id"] for one in page["includes"]["posts"]}


def test_a_withheld_post_says_where(world):
    hidden = next(one for one in world.x_posts if one.withheld_in)
    with Sandbox(world=world, now=hidden.created_at + timedelta(hours=1)) as sandbox:
        pages = [page for q in x_queries() for page in pages_of(sandbox, query=q, **POST_WORDS)]
    told = [one for page in pages for one in page.get("data", ()) if "withheld" in one]
    assert {one["id"] for one in told} == {hidden.platform_id}
    assert told[0]["withheld"]["country_codes"] == ["ML"]


def test_nothing_of_the_future_is_told_and_counts_grow_with_age(world):
    early = next(one for one in world.x_posts if one.element == "campaign")
    with Sandbox(world=world, now=early.created_at - timedelta(minutes=1)) as sandbox:
        assert early.platform_id not in ids_of(pages_of(sandbox, query="UNICEF"))
        views = []
        for hours in (1, 24, 120):
            sandbox.set_clock(early.created_at + timedelta(hours=hours))
            pages = pages_of(sandbox, query="UNICEF", **POST_WORDS)
            told = [one for page in pages for one in page["data"] if one["id"] == early.platform_id]
            views.append(told[0]["public_metrics"]["impression_count"])
    assert views == sorted(views)
    assert views[0] < views[-1]


def test_data_is_absent_when_nothing_is_found(sandbox):
    assert get(sandbox, query="archéoptéryx")[2] == {"meta": {"result_count": 0}}


def test_since_id_gives_only_what_is_newer(sandbox):
    ids = ids_of(pages_of(sandbox, query=x_queries()[0]))
    assert ids_of(pages_of(sandbox, query=x_queries()[0], since_id=ids[3])) == ids[:3]


def test_a_window_is_half_open(sandbox, world):
    post = next(
        one for one in world.x_posts if one.element == "breaking" and one.created_at < MONDAY
    )
    at = post.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    after = ids_of(pages_of(sandbox, query=x_queries()[0], start_time=at))
    after += ids_of(pages_of(sandbox, query=x_queries()[2], start_time=at))
    before = ids_of(pages_of(sandbox, query=x_queries()[0], end_time=at))
    before += ids_of(pages_of(sandbox, query=x_queries()[2], end_time=at))
    assert post.platform_id in after
    assert post.platform_id not in before


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"query": "mali " * 120},
        {"query": "mali", "max_results": "9"},
        {"query": "mali", "max_results": "101"},
        {"query": "mali", "post.fields": "author_id"},
        {"query": "mali", "tweet.fields": "note_post"},
        {"query": "mali", "post.fields": "id", "tweet.fields": "id"},
        {"query": "mali", "expansions": "everything"},
        {"query": "mali", "start_time": "2024-08-01T00:00:00Z"},
        {"query": "mali", "start_time": "yesterday"},
        {"query": "mali", "start_time": "2024-08-10T00:00:00"},
        {"query": "mali", "end_time": "2024-08-12T06:00:00Z"},
        {"query": "mali", "since_id": "1", "start_time": "2024-08-10T00:00:00Z"},
        {"query": "mali", "since_id": "one"},
        {"query": "mali", "next_token": "???"},
        {"query": "mali", "page": "2"},
        {"query": "(mali"},
    ],
)
def test_a_bad_request_is_answered_with_a_problem(sandbox, params):
    status, _, body = get(sandbox, **params)
    assert status == 400
    assert body["title"] == "Invalid Request"
    assert body["errors"][0]["message"]


def test_an_id_older_than_seven_days_is_no_since_id(sandbox):
    old = x_id(7, MONDAY - timedelta(days=8), "old")
    assert get(sandbox, query="mali", since_id=old)[0] == 400


def test_without_the_token_nothing_is_told(sandbox):
    status, headers, body = get(sandbox, query="mali", token="wrong")
    assert (status, body["title"]) == (401, "Unauthorized")
    assert "x-rate-limit-limit" in headers


def test_rate_limit_headers_come_with_every_answer(sandbox):
    _, headers, _ = get(sandbox, query="mali")
    assert headers["x-rate-limit-limit"] == "450"
    assert 0 < int(headers["x-rate-limit-remaining"]) < 450
    assert int(headers["x-rate-limit-reset"]) > 1_700_000_000


def test_a_planned_rate_limit_is_met_once_and_says_when_it_resets(sandbox):
    sandbox.faults.next(status=429, reset_in=3)
    status, headers, body = get(sandbox, query="mali")
    assert (status, body["title"]) == (429, "Too Many Requests")
    assert headers["x-rate-limit-remaining"] == "0"
    assert get(sandbox, query="mali")[0] == 200


def test_the_usage_cap_is_told_from_the_rate_limit_by_its_type(sandbox):
    sandbox.faults.next(status=429, kind="usage-capped")
    _, headers, body = get(sandbox, query="mali")
    assert body["type"].endswith("/usage-capped")
    assert headers["x-rate-limit-remaining"] != "0"


@pytest.mark.parametrize(("status", "is_html"), [(402, False), (500, True), (503, True)])
def test_planned_failures_come_as_often_as_planned(sandbox, status, is_html):
    sandbox.faults.next(status=status, times=2)
    answers = [get(sandbox, query="mali") for _ in range(3)]
    assert [answer[0] for answer in answers] == [status, status, 200]
    assert isinstance(answers[0][2], str) is is_html


def test_counts_by_day_add_up_to_what_search_finds(sandbox):
    query = x_queries()[0]
    new = get(sandbox, "/2/tweets/counts/recent", query=query, granularity="day")[2]
    old = get(
        sandbox,
        "/2/tweets/counts/recent",
        query=query,
        **{"search_count.fields": "start,end,tweet_count"},
    )[2]
    found = len(ids_of(pages_of(sandbox, query=query)))
    assert sum(one["post_count"] for one in new["data"]) == new["meta"]["total_post_count"] == found
    assert old["meta"]["total_tweet_count"] == found
    assert len(new["data"]) == 8

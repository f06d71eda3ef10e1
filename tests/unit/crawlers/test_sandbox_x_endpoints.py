import json
from datetime import UTC, datetime, timedelta
from urllib.request import Request

import pytest
from asking import ask_x, ids_of, send, x_pages

from crawlers.sandbox.counts import grown
from crawlers.sandbox.organisations import x_queries
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.world import build_world
from crawlers.sandbox.x_limits import LIMITS
from crawlers.sandbox.x_media import MEDIA_FIELDS, media_key
from crawlers.sandbox.x_vocabulary import PLACE_FIELDS, POLL_FIELDS, POST, TWEET

END = datetime(2024, 9, 23, 6, tzinfo=UTC)
START = "2024-07-01T00:00:00Z"
POST_WORDS = {
    "post.fields": "created_at,entities,note_post,public_metrics",
    "expansions": "author_id,referenced_posts,edit_history_post_ids",
}
OWNERS_ONLY = {"non_public_metrics", "organic_metrics", "promoted_metrics"}


@pytest.fixture(scope="module")
def world():
    return build_world(7)


@pytest.fixture
def sandbox(world):
    with Sandbox(world=world, now=END) as running:
        yield running


def visible(sandbox, posts):
    return {
        one.id_at(sandbox.stage.now) for one in posts if sandbox.stage.x_state(one) == "visible"
    }


def closed_account(world, state):
    return next(one for one in world.x_spells if one.state == state)


def posts_by(world, account_id):
    return [one for one in world.x_posts if one.author.platform_id == account_id]


def most_reposted(world):
    ids = [one.reposted_id for one in world.x_echoes if one.reposted_id]
    known = {one.platform_id: one for one in world.x_posts}
    return known[max(set(ids) & set(known), key=ids.count)]


# Search and counts over the whole archive


def test_the_archive_holds_everything_that_is_still_there_without_reposts(sandbox, world):
    found = set()
    for query in x_queries():
        pages = x_pages(
            sandbox,
            "/2/tweets/search/all",
            token_name="next_token",
            query=query,
            start_time=START,
            max_results="500",
        )
        found |= set(ids_of(pages))
    assert found == visible(sandbox, world.x_posts)


def test_the_archive_shows_thirty_days_when_no_start_is_given(sandbox, world):
    pages = x_pages(sandbox, "/2/tweets/search/all", query="mali", **POST_WORDS)
    moments = [one["created_at"] for page in pages for one in page["data"]]
    assert "2024-08-24" <= min(moments) < "2024-08-30"


def test_an_old_since_id_reaches_back_as_far_as_it_is_old(sandbox, world):
    first = world.x_posts[0].platform_id
    params = {"query": x_queries()[0], "max_results": "500"}
    since = ids_of(x_pages(sandbox, "/2/tweets/search/all", since_id=first, **params))
    usual = ids_of(x_pages(sandbox, "/2/tweets/search/all", **params))
    assert len(since) > len(usual) > 0


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/2/tweets/search/recent", 512, 200),
        ("/2/tweets/search/recent", 513, 400),
        ("/2/tweets/search/all", 1024, 200),
        ("/2/tweets/search/all", 1025, 400),
        ("/2/tweets/counts/recent", 513, 400),
        ("/2/tweets/counts/all", 1024, 200),
    ],
)
def test_a_query_may_be_as_long_as_the_index_allows(sandbox, path, length, status):
    query = ("mali OR " * 200)[: length - 4].rsplit(" OR", 1)[0] + " OR "
    query += "m" * (length - len(query))
    assert ask_x(sandbox, path, query=query)[0] == status


def test_an_enterprise_contract_allows_longer_queries(sandbox):
    sandbox.stage.enterprise = True
    query = " OR ".join(["mali"] * 500)
    assert ask_x(sandbox, "/2/tweets/search/all", query=query)[0] == 200


def test_counts_of_the_archive_come_by_thirty_one_days_and_add_up(sandbox):
    query = x_queries()[0]
    params = {"query": query, "start_time": START, "granularity": "day"}
    pages = x_pages(sandbox, "/2/tweets/counts/all", token_name="next_token", **params)
    found = x_pages(
        sandbox, "/2/tweets/search/all", query=query, start_time=START, max_results="500"
    )
    days = [one for page in reversed(pages) for one in page["data"]]
    assert len(pages) == 3
    assert [one["start"] for one in days] == sorted(one["start"] for one in days)
    assert all(len(page["data"]) <= 32 for page in pages)
    assert sum(page["meta"]["total_post_count"] for page in pages) == len(ids_of(found))


# Lookups


def test_posts_are_found_by_any_of_their_ids_a_hundred_at_a_time(sandbox, world):
    edited = next(one for one in world.x_posts if one.edit)
    ids = [edited.platform_id, *(one.platform_id for one in world.x_posts[:99])]
    status, _, told = ask_x(sandbox, "/2/tweets", ids=",".join(ids), **POST_WORDS)
    assert status == 200
    assert edited.latest_id in {one["id"] for one in told["data"]}
    missing = [error for error in told["errors"] if error["parameter"] == "ids"]
    assert len(told["data"]) + len(missing) == len(set(ids)) == 99
    assert ask_x(sandbox, "/2/tweets", ids=",".join(map(str, range(1, 102))))[0] == 400


@pytest.mark.parametrize(
    ("state", "title", "kind"),
    [
        ("deleted", "Not Found Error", "resource-not-found"),
        ("protected", "Authorization Error", "not-authorized-for-resource"),
        ("suspended", "Forbidden", "resource-not-found"),
    ],
)
def test_what_cannot_be_shown_is_a_partial_error_with_status_200(
    sandbox, world, state, title, kind
):
    if state == "deleted":
        hidden = next(one for one in world.x_posts if one.deleted_at)
    else:
        spell = closed_account(world, state)
        hidden = posts_by(world, spell.account_id)[0]
        sandbox.set_clock(spell.since + timedelta(days=1))
    open_one = world.x_posts[0]
    asked = f"{open_one.platform_id},{hidden.platform_id}"
    status, _, told = ask_x(sandbox, "/2/tweets", ids=asked)
    single = ask_x(sandbox, f"/2/tweets/{hidden.platform_id}")
    [error] = told["errors"]
    assert status == single[0] == 200
    assert error["value"] == error["resource_id"] == hidden.platform_id
    assert (error["title"], error["type"].rsplit("/", 1)[1]) == (title, kind)
    assert "data" not in single[2]
    assert single[2]["errors"][0]["title"] == title


def test_a_protected_account_is_seen_again_when_it_opens(sandbox, world):
    spell = closed_account(world, "protected")
    post = posts_by(world, spell.account_id)[0]
    path = f"/2/tweets/{post.platform_id}"
    shown = []
    for moment in (spell.since - timedelta(days=1), spell.since, spell.until):
        sandbox.set_clock(moment)
        shown.append("data" in ask_x(sandbox, path)[2])
    assert shown == [True, False, True]


def test_users_are_found_by_name_in_any_case_and_suspended_ones_are_errors(sandbox, world):
    spell = closed_account(world, "suspended")
    account = world.accounts[0]
    gone = posts_by(world, spell.account_id)[0].author
    names = f"{account.handle.upper()},{gone.handle},nobody_at_all"
    _, _, told = ask_x(
        sandbox, "/2/users/by", usernames=names, **{"user.fields": "protected,public_metrics"}
    )
    assert [one["id"] for one in told["data"]] == [account.platform_id]
    assert told["data"][0]["protected"] is False
    assert [error["title"] for error in told["errors"]] == ["Forbidden", "Not Found Error"]


def test_a_protected_account_says_so(sandbox, world):
    spell = closed_account(world, "protected")
    sandbox.set_clock(spell.since + timedelta(days=1))
    _, _, told = ask_x(sandbox, "/2/users", ids=spell.account_id, **{"user.fields": "protected"})
    assert told["data"][0]["protected"] is True


def test_pictures_come_with_the_words_of_their_author_where_there_are_some(sandbox, world):
    posts = [one for one in world.x_posts if media_key(sandbox.stage, one)]
    words = {"post.fields": "attachments", "expansions": "attachments.media_keys"}
    ids = ",".join(one.id_at(END) for one in posts[:100])
    _, _, told = ask_x(sandbox, "/2/tweets", ids=ids, **words, **{"media.fields": "alt_text,url"})
    keys = [key for one in told["data"] for key in one["attachments"]["media_keys"]]
    media = told["includes"]["media"]
    assert [one["media_key"] for one in media] == keys
    assert len(keys) > 10
    assert 0 < sum("alt_text" in one for one in media) < len(media)
    plain = ask_x(sandbox, "/2/tweets", ids=ids)[2]
    assert "includes" not in plain
    assert not any("attachments" in one for one in plain["data"])


# Lists of a user or a post


def test_a_timeline_holds_all_that_an_account_posted_newest_first_with_reposts(sandbox, world):
    reposter = next(one.author for one in world.x_echoes if one.author in world.accounts)
    path = f"/2/users/{reposter.platform_id}/tweets"
    own = [
        one
        for one in (*world.x_posts, *world.x_echoes)
        if one.author.platform_id == reposter.platform_id
    ]
    ids = ids_of(x_pages(sandbox, path, max_results="5", **POST_WORDS))
    without = ids_of(x_pages(sandbox, path, exclude="retweets,replies"))
    assert set(ids) == visible(sandbox, own)
    assert ids == sorted(ids, key=int, reverse=True)
    assert set(without) == visible(sandbox, [one for one in own if one.kind in {"post", "quote"}])


def test_a_timeline_ends_at_its_depth(sandbox, world):
    sandbox.stage.timeline_depth = 4
    account = world.accounts[0]
    assert len(ids_of(x_pages(sandbox, f"/2/users/{account.platform_id}/tweets"))) == 4


@pytest.mark.parametrize("state", ["protected", "suspended"])
def test_the_timeline_of_a_closed_account_is_an_error_with_status_200(sandbox, world, state):
    spell = closed_account(world, state)
    sandbox.set_clock(spell.since + timedelta(days=1))
    status, _, told = ask_x(sandbox, f"/2/users/{spell.account_id}/tweets")
    assert status == 200
    assert set(told) == {"errors"}
    assert told["errors"][0]["resource_type"] == "user"


def test_reposts_stand_in_their_own_lists_and_in_no_search(sandbox, world):
    post = most_reposted(world)
    expected = [one for one in world.x_echoes if one.reposted_id == post.platform_id]
    path = f"/2/tweets/{post.platform_id}"
    told = x_pages(sandbox, f"{path}/retweets", max_results="2", **POST_WORDS)
    people = x_pages(sandbox, f"{path}/retweeted_by", max_results="2")
    assert set(ids_of(told)) == visible(sandbox, expected)
    assert len(ids_of(people)) == len(ids_of(told)) > 1
    for one in (one for page in told for one in page["data"]):
        assert one["referenced_posts"] == [{"type": "retweeted", "id": post.platform_id}]
        assert one["text"].startswith(f"RT @{post.author.handle}: ")
    found = ask_x(sandbox, "/2/tweets/search/all", query=f"@{post.author.handle}", start_time=START)
    assert not set(ids_of(told)) & set(ids_of([found[2]]))


def test_a_repost_brings_its_original_whole_or_an_error_in_its_place(sandbox, world):
    known = {one.platform_id for one in world.x_posts}
    lost = next(one for one in world.x_echoes if one.reposted_id and one.reposted_id not in known)
    cut = next(
        one
        for one in world.x_echoes
        if one.text.endswith("…")
        and one.reposted_id in known
        and sandbox.stage.x_state(one) == "visible"
    )
    _, _, of_cut = ask_x(sandbox, f"/2/tweets/{cut.platform_id}", **POST_WORDS)
    _, _, of_lost = ask_x(sandbox, f"/2/tweets/{lost.platform_id}", **POST_WORDS)
    assert of_cut["data"]["text"].endswith("…")
    assert len(of_cut["includes"]["posts"][0]["text"]) > 100
    assert of_lost["data"]["text"].startswith("RT @")
    assert of_lost["errors"][0]["value"] == lost.reposted_id
    assert "posts" not in of_lost.get("includes", {})


def test_quotes_are_told_of_a_post_though_no_query_finds_them(sandbox, world):
    quote = next(one for one in world.x_echoes if one.kind == "quote")
    pages = x_pages(sandbox, f"/2/tweets/{quote.quoted_id}/quote_tweets", **POST_WORDS)
    assert quote.platform_id in ids_of(pages)
    for query in x_queries():
        found = x_pages(sandbox, "/2/tweets/search/all", query=query, start_time=START)
        assert quote.platform_id not in ids_of(found)


def test_never_more_reposts_are_served_than_a_post_claims(world):
    known = {one.platform_id: one for one in world.x_posts}
    for echo in world.x_echoes:
        original = known.get(echo.reposted_id)
        if original is not None:
            served = [
                one
                for one in world.x_echoes
                if one.reposted_id == original.platform_id and one.created_at <= echo.created_at
            ]
            assert len(served) <= grown(original, echo.created_at, 0.3, "reposts") + 1


# Requests that are refused


@pytest.mark.parametrize(
    ("path", "params", "parameter"),
    [
        ("/2/tweets", {}, "ids"),
        ("/2/tweets", {"ids": "12a"}, "ids"),
        ("/2/tweets/12a", {}, "id"),
        ("/2/tweets/12", {"max_results": "5"}, "max_results"),
        ("/2/tweets/12", {"media.fields": "colour"}, "media.fields"),
        ("/2/tweets/12", {"place.fields": "colour"}, "place.fields"),
        ("/2/users/by", {"usernames": "not a name"}, "usernames"),
        ("/2/users/by", {"usernames": "a", "expansions": "author_id"}, "expansions"),
        ("/2/users/12/tweets", {"start_time": "2009-01-01T00:00:00Z"}, "start_time"),
        ("/2/users/12/tweets", {"exclude": "quotes"}, "exclude"),
        ("/2/users/12/tweets", {"next_token": "x"}, "next_token"),
        (
            "/2/tweets/search/all",
            {"query": "a", "start_time": "2006-01-01T00:00:00Z"},
            "start_time",
        ),
        ("/2/tweets/search/all", {"query": "a", "sort_order": "best"}, "sort_order"),
        ("/2/tweets/counts/all", {"query": "a", "max_results": "10"}, "max_results"),
        ("/2/tweets/counts/all", {"query": "a", "granularity": "week"}, "granularity"),
        (
            "/2/tweets/search/all",
            {"query": "a", "next_token": "x", "pagination_token": "x"},
            "pagination_token",
        ),
        ("/2/usage/tweets", {"days": "91"}, "days"),
        ("/2/usage/tweets", {"usage.fields": "money"}, "usage.fields"),
        ("/2/compliance/jobs", {}, "type"),
        ("/2/compliance/jobs", {"type": "posts"}, "type"),
    ],
)
def test_a_refusal_names_the_parameter(sandbox, path, params, parameter):
    status, _, body = ask_x(sandbox, path, **params)
    assert status == 400
    assert list(body["errors"][0]["parameters"]) == [parameter]


@pytest.mark.parametrize(
    ("switch", "good", "bad"),
    [
        ("legacy_only", {"tweet.fields": "id"}, {"post.fields": "id"}),
        ("post_only", {"post.fields": "id"}, {"tweet.fields": "id"}),
        ("legacy_only", {"expansions": "referenced_tweets.id"}, {"expansions": "referenced_posts"}),
        ("post_only", {"expansions": "referenced_posts"}, {"expansions": "referenced_tweets.id"}),
        (
            "legacy_only",
            {"expansions": "author_id"},
            {"post.fields": "id", "expansions": "author_id"},
        ),
    ],
)
def test_a_server_of_one_vocabulary_refuses_the_other(sandbox, world, switch, good, bad):
    setattr(sandbox.stage, switch, True)
    path = f"/2/tweets/{most_reposted(world).platform_id}"
    refused = ask_x(sandbox, path, **bad)
    name = next(iter(bad))
    assert ask_x(sandbox, path, **good)[0] == 200
    assert refused[0] == 400
    assert list(refused[2]["errors"][0]["parameters"]) == [name]
    assert "is not one of [" in refused[2]["errors"][0]["message"]


def test_a_server_may_answer_in_the_older_words_to_the_newer(sandbox, world):
    sandbox.stage.answers_in_legacy = True
    reply = next(one for one in world.x_posts if one.kind == "reply")
    _, _, told = ask_x(sandbox, f"/2/tweets/{reply.platform_id}", **POST_WORDS)
    _, _, counted = ask_x(sandbox, "/2/tweets/counts/recent", query="mali")
    assert told["data"]["referenced_tweets"] == [{"type": "replied_to", "id": reply.parent_id}]
    assert {"edit_history_tweet_ids", "author_id"} <= set(told["data"])
    assert "retweet_count" in told["data"]["public_metrics"]
    assert set(told["includes"]) == {"users", "tweets"}
    assert "total_tweet_count" in counted["meta"]


@pytest.mark.parametrize(("version", "words"), [("2.166", TWEET), ("2.167", POST)])
def test_the_vocabularies_are_those_of_the_specifications(shared_dir, version, words):
    spec = json.loads((shared_dir / f"payloads/specs/x_openapi_{version}.json").read_text())
    of_posts = enums_of(spec, "/2/tweets/{id}")
    of_users = enums_of(spec, "/2/users/by")
    assert set(words.fields) == of_posts[words.parameter] - OWNERS_ONLY
    assert set(words.expansions) == of_posts["expansions"]
    assert set(MEDIA_FIELDS) == of_posts["media.fields"] - OWNERS_ONLY
    assert set(PLACE_FIELDS) == of_posts["place.fields"]
    assert set(POLL_FIELDS) == of_posts["poll.fields"]
    assert set(words.user_fields) == of_users["user.fields"]
    assert set(words.user_expansions) == of_users["expansions"]


@pytest.mark.parametrize("version", ["2.166", "2.167"])
@pytest.mark.parametrize("path", [path for path in LIMITS if path.startswith("/2/tweets")])
def test_pages_are_as_large_as_the_specifications_allow(sandbox, world, shared_dir, version, path):
    spec = json.loads((shared_dir / f"payloads/specs/x_openapi_{version}.json").read_text())
    bounds = next(
        (one["schema"] for one in parameters_of(spec, path) if one["name"] == "max_results"), None
    )
    if bounds is None:
        assert "search" not in path
        return
    asked = path.replace("{id}", most_reposted(world).platform_id)
    query = {"query": "mali"} if "search" in path else {}
    least, most = bounds["minimum"], bounds["maximum"]
    sizes = (least - 1, least, most, most + 1)
    statuses = [ask_x(sandbox, asked, max_results=str(size), **query)[0] for size in sizes]
    assert statuses == [400, 200, 200, 400]


def resolved(spec, value):
    while "$ref" in value:
        found = spec
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value


def parameters_of(spec, path):
    found = [resolved(spec, one) for one in spec["paths"][path]["get"]["parameters"]]
    return [one | {"schema": resolved(spec, one["schema"])} for one in found]


def enums_of(spec, path):
    return {
        one["name"]: set(resolved(spec, one["schema"].get("items", {})).get("enum", ()))
        for one in parameters_of(spec, path)
    }


# Limits, usage, compliance


def test_limits_count_per_endpoint_and_end_with_their_window(sandbox):
    moment = [1_000_000.0]
    sandbox.stage.wall = lambda: moment[0]
    sandbox.stage.enforce_limits = True
    sandbox.stage.limits = {"/2/tweets": 2}
    answers = [ask_x(sandbox, "/2/tweets", ids="1") for _ in range(3)]
    other = ask_x(sandbox, "/2/tweets/1")
    reset = int(answers[2][1]["x-rate-limit-reset"])
    moment[0] = float(reset)
    later = ask_x(sandbox, "/2/tweets", ids="1")
    assert [status for status, _, _ in (*answers, other, later)] == [200, 200, 429, 200, 200]
    assert [headers["x-rate-limit-remaining"] for _, headers, _ in answers] == ["1", "0", "0"]
    assert 0 < reset - 1_000_000 <= 900


def test_the_archive_answers_once_a_second(sandbox):
    moment = [1_000_000.0]
    sandbox.stage.wall = lambda: moment[0]
    sandbox.stage.enforce_limits = True
    statuses = []
    for seconds in (0, 0.5, 1.0):
        moment[0] = 1_000_000 + seconds
        statuses.append(ask_x(sandbox, "/2/tweets/search/all", query="mali")[0])
    assert statuses == [200, 429, 200]


def test_without_enforcement_the_headers_come_and_nothing_runs_out(sandbox):
    sandbox.stage.limits = {"/2/tweets": 2}
    answers = [ask_x(sandbox, "/2/tweets", ids="1") for _ in range(5)]
    assert {status for status, _, _ in answers} == {200}
    assert "0" not in {headers["x-rate-limit-remaining"] for _, headers, _ in answers}


def test_usage_counts_each_post_once_a_day_and_failures_not_at_all(sandbox, world):
    ids = [one.platform_id for one in world.x_posts if one.element == "campaign"][:3]
    for _ in range(2):
        ask_x(sandbox, "/2/tweets", ids=",".join(ids))
    ask_x(sandbox, "/2/tweets", ids="wrong")
    asked = {"usage.fields": "daily_project_usage,project_usage"}
    _, _, today = ask_x(sandbox, "/2/usage/tweets", **asked)
    sandbox.set_clock(END + timedelta(days=1))
    ask_x(sandbox, "/2/tweets", ids=",".join(ids))
    _, _, tomorrow = ask_x(sandbox, "/2/usage/tweets", **asked)
    assert today["data"]["project_usage"] == "3"
    assert tomorrow["data"]["project_usage"] == "6"
    daily = tomorrow["data"]["daily_project_usage"]["usage"]
    assert [one["usage"] for one in daily] == ["3", "3"]
    assert set(ask_x(sandbox, "/2/usage/tweets")[2]["data"]) == {"project_id"}


def open_job(sandbox, **content):
    request = Request(f"{sandbox.url}/2/compliance/jobs", data=json.dumps(content).encode())
    request.add_header("Authorization", f"Bearer {sandbox.x_token}")
    request.add_header("Content-Type", "application/json")
    return send(request)


def put_ids(url, ids, kind="text/plain"):
    request = Request(url, data="\n".join(ids).encode(), method="PUT")
    request.add_header("Content-Type", kind)
    return send(request)[0]


def status_of(sandbox, job):
    return ask_x(sandbox, f"/2/compliance/jobs/{job['id']}")[2]["data"]["status"]


def test_a_compliance_job_goes_from_upload_to_the_list_of_what_must_go(sandbox, world):
    deleted = next(one for one in world.x_posts if one.deleted_at)
    suspended = closed_account(world, "suspended")
    gone = posts_by(world, suspended.account_id)
    kept = [one for one in world.x_posts if one.element == "campaign"]
    job = open_job(sandbox, type="tweets", name="daily")[2]["data"]
    states = [job["status"], status_of(sandbox, job)]
    assert send(Request(job["download_url"]))[0] == 404
    ids = [one.platform_id for one in (deleted, *gone, *kept)]
    assert put_ids(job["upload_url"], ids) == 200
    states += [status_of(sandbox, job) for _ in range(2)]
    lines = [json.loads(line) for line in send(Request(job["download_url"]))[2].splitlines()]
    assert states == ["created", "created", "in_progress", "complete"]
    assert {one["id"]: one["reason"] for one in lines} == {
        deleted.platform_id: "deleted",
        **{one.platform_id: "suspended" for one in gone},
    }
    assert {one["action"] for one in lines} == {"delete"}


def test_compliance_of_users_tells_who_is_closed(sandbox, world):
    spell = closed_account(world, "protected")
    sandbox.set_clock(spell.since + timedelta(days=1))
    job = open_job(sandbox, type="users")[2]["data"]
    put_ids(job["upload_url"], [spell.account_id, world.accounts[0].platform_id])
    assert [status_of(sandbox, job) for _ in range(2)][-1] == "complete"
    [line] = send(Request(job["download_url"]))[2].splitlines()
    assert json.loads(line)["id"] == spell.account_id
    assert json.loads(line)["reason"] == "protected"


@pytest.mark.parametrize("end", ["failed", "expired"])
def test_a_job_can_be_told_to_end_badly(sandbox, end):
    sandbox.stage.jobs_end = end
    job = open_job(sandbox, type="tweets")[2]["data"]
    put_ids(job["upload_url"], ["1"])
    assert [status_of(sandbox, job) for _ in range(2)] == ["in_progress", end]
    assert send(Request(job["download_url"]))[0] == 404


def test_an_upload_after_its_time_is_refused_and_the_job_expires(sandbox):
    job = open_job(sandbox, type="tweets")[2]["data"]
    sandbox.set_clock(END + timedelta(minutes=16))
    assert put_ids(job["upload_url"], ["1"]) == 403
    assert status_of(sandbox, job) == "expired"


def test_an_upload_that_is_not_plain_text_is_refused(sandbox):
    job = open_job(sandbox, type="tweets")[2]["data"]
    assert put_ids(job["upload_url"], ["1"], kind="application/json") == 403


@pytest.mark.parametrize("content", [{}, {"type": "posts"}, {"type": "tweets", "colour": "red"}])
def test_a_job_that_is_not_understood_is_refused(sandbox, content):
    assert open_job(sandbox, **content)[0] == 400


def test_jobs_are_listed_by_type_and_status(sandbox):
    opened = open_job(sandbox, type="tweets")[2]["data"]
    listed = ask_x(sandbox, "/2/compliance/jobs", type="tweets", status="created")[2]
    assert [one["id"] for one in listed["data"]] == [opened["id"]]
    assert ask_x(sandbox, "/2/compliance/jobs", type="users")[2] == {"meta": {"result_count": 0}}

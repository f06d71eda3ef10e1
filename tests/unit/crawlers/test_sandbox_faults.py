import http.client
import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from urllib.parse import urlencode, urlsplit
from urllib.request import Request

import pytest
from asking import ask_x, ids_of, send, x_pages

from crawlers.sandbox.faults import HARMLESS, Faults
from crawlers.sandbox.organisations import x_queries
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.world import build_world

SEARCH = "/2/tweets/search/recent"
NOW = datetime(2024, 8, 12, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def world():
    return build_world(7)


@pytest.fixture
def sandbox(world):
    with Sandbox(world=world, page_size_cap=5, now=NOW) as running:
        yield running


@contextmanager
def answered(sandbox, path=SEARCH, timeout=5.0, **params):
    """The answer to one search, or to a page's feed, on a connection of its own."""
    where = urlsplit(sandbox.url)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=timeout)
    is_graph = path.startswith("/v26.0")
    token = sandbox.facebook_token if is_graph else sandbox.x_token
    asked = params if is_graph else {"query": x_queries()[0], **params}
    try:
        connection.request(
            "GET", f"{path}?{urlencode(asked)}", headers={"Authorization": f"Bearer {token}"}
        )
        with connection.getresponse() as answer:
            yield answer
    finally:
        connection.close()


def body_of(sandbox, path=SEARCH, **params):
    with answered(sandbox, path, **params) as answer:
        return answer.read()


def feed_of(world):
    return f"/v26.0/{world.pages[5].platform_id}/feed"


@pytest.fixture(params=["x", "graph"])
def path(request, world):
    return SEARCH if request.param == "x" else feed_of(world)


def test_a_reset_ends_the_connection_in_the_middle_of_the_body(sandbox, path):
    sandbox.faults.next(kind="reset")
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        body_of(sandbox, path)


def test_a_truncated_body_is_shorter_than_announced(sandbox, path):
    sandbox.faults.next(kind="truncate")
    with pytest.raises(http.client.IncompleteRead) as cut:
        body_of(sandbox, path)
    assert len(cut.value.partial) > 0
    assert cut.value.expected > 0


def test_a_wrong_length_cuts_the_body_where_it_is_announced_to_end(sandbox, path):
    whole = body_of(sandbox, path)
    sandbox.faults.next(kind="wrong_length")
    with answered(sandbox, path) as answer:
        cut = answer.read()
    assert cut == whole[: len(cut)]
    assert len(cut) == len(whole) // 2 == int(answer.headers["content-length"])
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(cut)


def test_a_stall_gives_half_a_body_and_then_nothing(sandbox, path):
    sandbox.faults.next(kind="stall")
    with answered(sandbox, path, timeout=0.3) as answer:
        half = int(answer.headers["content-length"]) // 2
        assert len(answer.read(half)) == half
        with pytest.raises(TimeoutError):
            answer.read()
    assert json.loads(body_of(sandbox, path))


def test_a_page_of_html_comes_with_status_200(sandbox, path):
    sandbox.faults.next(kind="html")
    with answered(sandbox, path) as answer:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.read().startswith(b"<html>")


def test_an_empty_page_on_the_way_loses_nothing(sandbox):
    params = {"query": x_queries()[0], "token_name": "next_token"}
    undisturbed = x_pages(sandbox, SEARCH, **params)
    sandbox.faults.next(kind="empty_page_with_token", times=2)
    disturbed = x_pages(sandbox, SEARCH, **params)
    assert [page["meta"]["result_count"] for page in disturbed[:2]] == [0, 0]
    assert all("data" not in page for page in disturbed[:2])
    assert disturbed[2:] == undisturbed
    tokens = [page["meta"].get("next_token") for page in disturbed]
    assert len(set(tokens)) == len(tokens)


def test_an_empty_page_loses_nothing_on_a_timeline_either(sandbox, world):
    path = f"/2/users/{world.accounts[0].platform_id}/tweets"
    sandbox.set_clock(world.end)
    undisturbed = x_pages(sandbox, path)
    sandbox.faults.next(kind="empty_page_with_token")
    assert ids_of(x_pages(sandbox, path)) == ids_of(undisturbed)


def test_no_data_claims_that_nothing_was_found(sandbox):
    sandbox.faults.next(kind="no_data")
    assert ask_x(sandbox, SEARCH, query=x_queries()[0])[2] == {"meta": {"result_count": 0}}


def test_a_repeated_token_is_the_one_that_was_asked_with(sandbox):
    query = x_queries()[0]
    token = ask_x(sandbox, SEARCH, query=query)[2]["meta"]["next_token"]
    sandbox.faults.next(kind="repeat_token")
    page = ask_x(sandbox, SEARCH, query=query, next_token=token)[2]
    assert page["meta"]["next_token"] == token
    assert page["data"]


def test_partial_errors_stand_beside_the_data(sandbox):
    plain = ask_x(sandbox, SEARCH, query=x_queries()[0])[2]
    sandbox.faults.next(kind="partial_errors")
    status, _, page = ask_x(sandbox, SEARCH, query=x_queries()[0])
    assert status == 200
    assert page["data"] == plain["data"]
    assert page["errors"][0]["title"] == "Forbidden"


def test_a_slow_clock_refuses_an_end_that_is_past_and_tells_its_date(sandbox):
    asked = {"query": "mali", "end_time": "2024-08-12T05:59:00Z"}
    sandbox.faults.next(kind="clock_skew", seconds=-120)
    status, headers, body = ask_x(sandbox, SEARCH, **asked)
    after = ask_x(sandbox, SEARCH, **asked)
    assert status == 400
    assert list(body["errors"][0]["parameters"]) == ["end_time"]
    assert parsedate_to_datetime(headers["date"]) == NOW - timedelta(seconds=120)
    assert after[0] == 200
    assert parsedate_to_datetime(after[1]["date"]) == NOW


def test_a_clock_can_be_off_for_good(sandbox):
    sandbox.stage.skew = timedelta(seconds=-120)
    asked = {"query": "mali", "end_time": "2024-08-12T05:59:00Z"}
    assert [ask_x(sandbox, SEARCH, **asked)[0] for _ in range(2)] == [400, 400]


def test_faults_meet_only_the_path_they_are_planned_for(sandbox, world):
    sandbox.faults.next(status=503, path="/feed")
    assert ask_x(sandbox, SEARCH, query="mali")[0] == 200
    with answered(sandbox, feed_of(world)) as answer:
        assert answer.status == 503


def test_a_row_of_rate_limits_ends_after_as_many_as_planned(sandbox):
    sandbox.faults.next(status=429, times=3, reset_in=1)
    statuses = [ask_x(sandbox, SEARCH, query="mali")[0] for _ in range(4)]
    assert statuses == [429, 429, 429, 200]
    assert [fault.status for fault in sandbox.faults.met] == [429, 429, 429]


def drawn(seed, count=300, **more):
    faults = Faults()
    faults.storm(seed, 0.3, **more)
    return [
        None if fault is None else (fault.kind, fault.status)
        for fault in (faults.take("/2/tweets") for _ in range(count))
    ]


def test_a_storm_is_the_same_for_one_seed_and_another_for_the_next():
    assert drawn(1) == drawn(1) != drawn(2)


def test_a_storm_strikes_about_as_often_as_told_and_with_every_kind():
    struck = [one for one in drawn(1, count=1000) if one is not None]
    kinds = {kind or str(status) for kind, status in struck}
    assert 200 < len(struck) < 300  # two in a row at most, so a little less than 300
    assert kinds == set(HARMLESS)


def test_a_storm_pauses_after_some_faults_in_a_row():
    met = drawn(3, count=2000, in_a_row=1)
    assert not any(one and other for one, other in pairwise(met))


def test_what_a_storm_does_to_other_paths_is_nothing():
    assert set(drawn(1, path="/feed")) == {None}


def test_a_client_that_asks_again_comes_through_a_storm_with_everything(sandbox):
    sandbox.stage.page_size_cap = 1
    query = x_queries()[0]
    calm = ids_of(x_pages(sandbox, SEARCH, token_name="next_token", query=query))
    asked_before = len(sandbox.requests)
    sandbox.faults.storm(5, 0.5, path=SEARCH)
    found, token, done = [], {}, False
    while not done:
        page = patiently(sandbox, query=query, **token)
        found += ids_of([page])
        following = page["meta"].get("next_token")
        token, done = {"next_token": following}, following is None
    assert found == calm
    assert len(sandbox.requests) - asked_before > len(calm)
    assert len(sandbox.faults.met) > 3


def patiently(sandbox, **params):
    for _ in range(5):
        try:
            with answered(sandbox, **params) as answer:
                page = json.loads(answer.read())
        except (http.client.HTTPException, ConnectionError, ValueError):
            continue
        if answer.status == 200:
            return page
    raise AssertionError("more faults in a row than the storm allows")


def test_no_fault_of_an_unknown_kind_is_planned(sandbox):
    with pytest.raises(ValueError, match="no fault of kind flood"):
        sandbox.faults.next(kind="flood")
    with pytest.raises(ValueError, match="needs a status"):
        sandbox.faults.next()


def steer(sandbox, path, content, method="POST"):
    body = json.dumps(content).encode()
    return send(Request(f"{sandbox.url}{path}", data=body, method=method))


def test_storms_and_switches_are_set_over_http(sandbox):
    assert (
        steer(sandbox, "/_faults", {"storm": {"seed": 1, "rate": 1.0, "kinds": ["503"]}})[0] == 200
    )
    assert ask_x(sandbox, SEARCH, query="mali")[0] == 503
    assert steer(sandbox, "/_faults", {}, "DELETE")[0] == 200
    assert ask_x(sandbox, SEARCH, query="mali")[0] == 200
    told = steer(sandbox, "/_switches", {"legacy_only": True, "skew": -60})[2]
    assert (told["legacy_only"], told["skew"]) == (True, -60.0)
    assert ask_x(sandbox, SEARCH, query="mali", **{"post.fields": "id"})[0] == 400


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/_switches", {"colour": "red"}),
        ("/_switches", {"skew": "soon"}),
        ("/_switches", []),
        ("/_faults", {"storm": {"seed": 1}}),
        ("/_faults", {"kind": "flood"}),
    ],
)
def test_steering_that_is_not_understood_is_refused(sandbox, path, content):
    assert steer(sandbox, path, content)[0] == 400

import json

import pytest

from crawlers.verdicts import (
    Accept,
    Answer,
    Hold,
    Refuse,
    Retry,
    Stop,
    Wait,
    judge_file,
    judge_x,
    limited_until,
)

NOW = 1_700_000_000.0


def answer(status=200, body=None, **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def test_a_page_with_allowance_left_is_accepted():
    got = judge_x(answer(x_rate_limit_remaining="3", x_rate_limit_reset="1700000900"), NOW)
    assert got == Accept()


def test_the_last_allowed_request_holds_the_next_one_until_a_second_after_the_reset():
    got = judge_x(answer(x_rate_limit_remaining="0", x_rate_limit_reset="1700000009"), NOW)
    assert isinstance(got, Accept)
    assert got.hold == Hold(1700000010.0, "x-rate-limit-remaining is 0")


def test_a_429_with_a_reset_ahead_waits_for_it():
    got = judge_x(answer(429, {"title": "Too Many"}, x_rate_limit_reset="1700000005"), NOW)
    assert got == Wait(1700000006.0)


@pytest.mark.parametrize("reset", [None, "1699999999", "soon"])
def test_a_429_without_a_usable_reset_is_asked_again_and_counts_as_a_limit(reset):
    headers = {"x_rate_limit_reset": reset} if reset else {}
    assert judge_x(answer(429, b"", **headers), NOW) == Retry("rate_limited", "rate_limited")


@pytest.mark.parametrize("base", ["https://api.twitter.com", "https://api.x.com"])
def test_a_used_up_reading_cap_ends_the_run_although_it_is_a_429(base):
    body = {"type": f"{base}/2/problems/usage-capped", "period": "Monthly"}
    got = judge_x(answer(429, body, x_rate_limit_reset="1700000005"), NOW)
    assert got == Stop("failed", "usage_capped: the reading cap of X (Monthly) is used up")


@pytest.mark.parametrize(
    ("status", "code"), [(401, "token_refused"), (402, "credits_depleted"), (403, "forbidden")]
)
def test_a_refused_token_or_empty_account_ends_the_run(status, code):
    got = judge_x(answer(status, b"<html>"), NOW)
    assert isinstance(got, Stop)
    assert got.status == "failed"
    assert got.reason.startswith(code)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_is_asked_again_whatever_its_body(status):
    assert judge_x(answer(status, b"<html>busy</html>"), NOW) == Retry(f"http_{status}")


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"data": [', b"[1]", b"\xff\xfe"])
def test_a_body_that_is_no_json_object_is_asked_again(body):
    assert judge_x(answer(200, body), NOW) == Retry("not_json")


def test_a_bad_query_is_refused_by_its_title_only():
    body = {"title": "Invalid Request", "detail": "words of the query"}
    assert judge_x(answer(400, body), NOW) == Refuse("http_400: Invalid Request")


def test_the_reason_of_a_limit_names_its_end_in_utc():
    assert limited_until(NOW) == "rate_limited:2023-11-14T22:13:20Z"


def refused(parameters, message="One or more parameters was invalid"):
    errors = [{"parameters": {name: ["x"] for name in parameters}, "message": message}]
    return answer(400, {"title": "Invalid Request", "errors": errors})


@pytest.mark.parametrize(
    ("parameter", "cause"),
    [
        ("next_token", "token"),
        ("pagination_token", "token"),
        ("end_time", "end_time"),
        ("start_time", "start_time"),
        ("post.fields", "vocabulary"),
        ("tweet.fields", "vocabulary"),
        ("expansions", "vocabulary"),
        ("query", None),
    ],
)
def test_a_400_says_which_parameter_x_does_not_take(parameter, cause):
    assert judge_x(refused([parameter]), NOW) == Refuse("http_400: Invalid Request", cause)


@pytest.mark.parametrize("quotes", ["[]", "``", "''"])
def test_a_parameter_named_only_in_the_message_is_found(quotes):
    message = f"The query parameter {quotes[0]}post.fields{quotes[1]} is not one of [query]"
    got = judge_x(refused([], message), NOW)
    assert got == Refuse("http_400: Invalid Request", "vocabulary")


def test_a_400_of_another_shape_has_no_cause():
    got = judge_x(answer(400, {"title": "No", "errors": ["text", {"parameters": 7}]}), NOW)
    assert got == Refuse("http_400: No")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Accept()),
        (201, Accept()),
        (503, Retry("http_503")),
        (429, Retry("http_429")),
        (403, Refuse("http_403: the file address is not taken")),
        (410, Refuse("http_410: the file address is not taken")),
    ],
)
def test_a_file_address_is_judged_by_its_status_alone(status, verdict):
    assert judge_file(answer(status, b"\x00 no JSON"), NOW) == verdict

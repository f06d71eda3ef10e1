import json
from pathlib import Path

import pytest

from crawlers.graph_verdicts import ERRORS, Usage, class_of, judge_graph, kind_of, usage_of
from crawlers.parsers.facebook import graph_error
from crawlers.verdicts import Accept, Answer, Refuse, Retry, Stop, Wait

NOW = 1_700_000_000.0
GONE_WORDS = (
    "Unsupported get request. Object with ID '7' does not exist, cannot be loaded due to missing "
    "permissions, or does not support this operation"
)


def answer(status=200, body=None, **headers):
    raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def error(code, subcode=None, words="secret words", **more):
    told = {"code": code, "message": words, "type": "OAuthException", **more}
    return {"error": told | ({"error_subcode": subcode} if subcode else {})}


def judged(code, subcode=None, words="secret words", *, status=400, headers=None, **more):
    body = error(code, subcode, words, **more)
    return judge_graph(answer(status, body, **(headers or {})), NOW)


def business(*entries, name="1"):
    return {"x_business_use_case_usage": json.dumps({name: list(entries)})}


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_is_asked_again_whatever_its_body(status):
    got = judge_graph(answer(status, b"<html>busy</html>"), NOW)
    assert got == Retry(f"http_{status}")


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"data": [', b"[1]", b"\xff\xfe"])
def test_a_page_that_is_no_json_object_is_asked_again(body):
    assert judge_graph(answer(200, body), NOW) == Retry("not_json")


def test_an_address_that_is_not_served_is_refused_at_once():
    assert judge_graph(answer(404, b"<html>"), NOW) == Refuse("http_404")


@pytest.mark.parametrize(
    ("code", "subcode", "words", "kind"),
    [
        (1, None, "An unknown error occurred", "temporary"),
        (1, 99, "Please reduce the amount of data you're asking for", "too_much_data"),
        (2, None, "Service temporarily unavailable", "temporary"),
        (4, None, "Application request limit reached", "rate_limited"),
        (17, None, "User request limit reached", "rate_limited"),
        (32, None, "Page request limit reached", "rate_limited"),
        (341, None, "Application limit reached", "rate_limited"),
        (613, None, "Calls to this api have exceeded the rate limit.", "rate_limited"),
        (613, 1996, "inconsistent volume of API requests", "rate_limited"),
        (80001, None, "There have been too many calls", "rate_limited"),
        (102, None, "Session key invalid", "token_refused"),
        (102, 463, "Session has expired", "token_refused"),
        *((190, sub, "Error validating access token", "token_refused")
          for sub in (None, 458, 459, 460, 463, 467, 492)),
        (368, None, "The action attempted has been deemed abusive", "policy_block"),
        (3, None, "Capability", "permission"),
        (10, None, "requires 'Page Public Content Access'", "permission"),
        (200, None, "Permissions error", "permission"),
        (283, None, "Requires extended permission", "permission"),
        (299, None, "Permissions error", "permission"),
        (100, 33, GONE_WORDS, "gone"),
        (100, None, GONE_WORDS, "gone"),
        (803, None, "Some of the aliases you requested do not exist: 7", "gone"),
        (100, None, "Pages Public Content Access requires an app token", "permission"),
        (100, None, "Invalid cursors values", "cursor_expired"),
        (100, None, "Tried accessing nonexisting field (wow)", "bad_request"),
    ],
)  # fmt: skip
def test_each_error_belongs_to_one_class_by_code_subcode_and_words(code, subcode, words, kind):
    found = graph_error(error(code, subcode, words))
    assert found is not None
    told = class_of(found)
    assert told is not None
    assert told.kind == kind


@pytest.mark.parametrize("status", [200, 400, 403, 500])
def test_the_code_counts_and_not_the_http_status(status):
    assert isinstance(judged(10, status=status), Refuse)
    assert isinstance(judged(190, status=status), Stop)
    assert isinstance(judged(2, status=status), Retry)


@pytest.mark.parametrize("row", ERRORS, ids=lambda row: f"{row.code}/{row.subcode}/{row.says}")
def test_each_class_says_what_it_means_and_what_to_do(row):
    assert row.meaning
    assert row.advice


def test_the_recorded_error_is_a_missing_feature(shared_dir):
    body = (shared_dir / "payloads" / "real" / "facebook" / "pyfb_error_100.json").read_bytes()
    got = judge_graph(answer(400, body), NOW)
    assert isinstance(got, Refuse)
    assert kind_of(got.reason) == "permission"


@pytest.mark.parametrize("code", [4, 17, 32, 341, 613, 80001])
def test_a_limit_without_a_time_ends_the_run_even_if_called_transient(code):
    got = judged(code, is_transient=True)
    assert isinstance(got, Stop)
    assert got.status == "rate_limited"
    assert "did not say until when" in got.reason


def test_a_limit_with_a_time_to_regain_access_waits_for_it():
    usage = business({"type": "pages", "estimated_time_to_regain_access": 2})
    assert judged(80001, headers=usage) == Wait(NOW + 120)


@pytest.mark.parametrize(
    ("subcode", "advice"),
    [(458, "add the app again"), (459, "log in at facebook.com"), (463, "system user lasts")],
)
def test_a_refused_token_ends_the_run_and_says_what_to_do(subcode, advice):
    got = judged(190, subcode)
    assert isinstance(got, Stop)
    assert got.status == "failed"
    assert "VIGIE_FACEBOOK_TOKEN" in got.reason
    assert f"graph_190/{subcode}" in got.reason
    assert advice in got.reason


@pytest.mark.parametrize("code", [1, 2, 10, 100, 190, 368, 4, 77777])
def test_the_words_of_an_error_stay_out_of_its_reason(code):
    assert "secret words" not in judged(code).reason


@pytest.mark.parametrize("code", [1, 2])
def test_what_stays_temporary_gives_up_one_thing_and_not_the_run(code):
    got = judged(code, status=500)
    assert isinstance(got, Retry)
    assert got.alone


@pytest.mark.parametrize(("transient", "kind"), [(True, Retry), (False, Refuse)])
def test_an_unknown_error_is_asked_again_only_when_it_is_called_transient(transient, kind):
    got = judged(77777, is_transient=transient)
    assert isinstance(got, kind)
    assert got.reason == "refused: graph_77777"


@pytest.mark.parametrize(("percent", "held"), [(79, False), (80, True), (130, True)])
def test_four_fifths_of_the_allowance_hold_the_next_request(percent, held):
    usage = json.dumps({"call_count": 5, "total_time": percent, "total_cputime": 1})
    got = judge_graph(answer(x_app_usage=usage), NOW)
    assert isinstance(got, Accept)
    assert (got.hold is not None) == held


@pytest.mark.parametrize(("minutes", "until"), [(3, NOW + 180), (0, None)])
def test_a_held_request_waits_for_the_time_facebook_told(minutes, until):
    usage = business(
        {"type": "pages", "call_count": 95, "estimated_time_to_regain_access": minutes}
    )
    got = judge_graph(answer(**usage), NOW)
    assert isinstance(got, Accept)
    assert got.hold is not None
    assert got.hold.until == until


@pytest.mark.parametrize(("percent", "pause"), [(0, 0.0), (60, 0.0), (70, 15.0), (78, 27.0)])
def test_between_three_and_four_fifths_the_pace_falls(percent, pause):
    got = judge_graph(answer(x_app_usage=json.dumps({"call_count": percent})), NOW)
    assert isinstance(got, Accept)
    assert got.pause == pytest.approx(pause)


def test_the_highest_of_all_shares_counts():
    usage = business({"type": "pages", "total_cputime": 61}, {"type": "pages", "call_count": 3})
    found = usage_of({"x-app-usage": '{"call_count": 12}', **dashed(usage)})
    assert found == Usage(61.0)


def test_the_allowance_of_another_product_holds_nothing():
    usage = business({"type": "ads_insights", "call_count": 99})
    assert judge_graph(answer(**usage), NOW) == Accept()


def dashed(headers):
    return {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.mark.parametrize("usage", ["", "{", "[]", '{"call_count": null}', '{"1": 3}', '{"1": [3]}'])
def test_an_odd_usage_header_holds_nothing(usage):
    got = judge_graph(answer(x_app_usage=usage, x_business_use_case_usage=usage), NOW)
    assert got == Accept()


@pytest.mark.parametrize("row", ERRORS, ids=lambda row: f"{row.code}/{row.subcode}/{row.says}")
def test_operators_read_the_same_table(row):
    text = (Path(__file__).parents[3] / "docs" / "facebook.md").read_text(encoding="utf-8")
    found = [line for line in text.splitlines() if line.startswith(f"| {row.code}")]
    assert any(line.endswith(f"| `{row.kind}` | {row.meaning} | {row.advice} |") for line in found)

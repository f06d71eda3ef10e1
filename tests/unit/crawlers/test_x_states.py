"""What X says of a post's state and text: partial errors, compliance lines, short forms."""

import json
from datetime import UTC, datetime

import pytest

from crawlers.parsers.items import GoneItem, UnreadablePayload
from crawlers.parsers.x import parse_x_response
from crawlers.parsers.x_figures import CountBucket, parse_x_counts, parse_x_usage
from crawlers.parsers.x_gone import gone_posts, parse_x_compliance
from crawlers.parsers.x_jobs import Job, parse_x_job

BASES = ("https://api.twitter.com/2/problems/", "https://api.x.com/2/problems/")


def error(title, detail="", kind="post", **more):
    named = {"resource_id": "77", "value": "77", "parameter": "ids", **more}
    return {"resource_type": kind, "title": title, "detail": detail, **named}


@pytest.mark.parametrize("kind", ["tweet", "post"])
@pytest.mark.parametrize(
    ("title", "detail", "state", "reason"),
    [
        ("Not Found Error", "Could not find post with ids: [77].", "deleted", "not_found"),
        (
            "Authorization Error",
            "Sorry, you are not authorized to see the post with ids: [77].",
            "protected",
            "not_authorised",
        ),
        ("Forbidden", "User has been suspended: [77].", "unavailable", "suspended"),
        ("Not Found Error", "User has been suspended.", "unavailable", "suspended"),
        ("Something New", "", "unavailable", "forbidden"),
    ],
)
def test_an_error_on_a_post_is_a_state_of_it(kind, title, detail, state, reason):
    body = {"errors": [error(title, detail, kind)]}
    assert gone_posts(body) == (GoneItem("77", state, reason),)
    assert parse_x_response(body).gone == (GoneItem("77", state, reason),)


@pytest.mark.parametrize("kind", ["user", "media", None])
def test_an_error_on_anything_else_is_no_state_of_a_post(kind):
    assert gone_posts({"errors": [error("Forbidden", kind=kind)]}) == ()


def test_an_error_that_names_the_post_by_its_value_only_is_understood():
    (gone,) = gone_posts({"errors": [error("Not Found Error", resource_id=None)]})
    assert gone.platform_id == "77"


def test_one_post_has_one_state_in_a_page():
    errors = [error("Not Found Error"), error("Authorization Error")]
    assert [gone.state for gone in gone_posts({"errors": errors})] == ["deleted"]


def line(reason, post_id="77"):
    return json.dumps(
        {"id": post_id, "action": "delete", "created_at": "2024-09-01T00:00:00Z", "reason": reason}
    )


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("deleted", "deleted"),
        ("protected", "protected"),
        ("suspended", "unavailable"),
        ("deactivated", "unavailable"),
        ("bounced", "unavailable"),
    ],
)
def test_a_line_of_compliance_is_a_state_of_a_post(reason, state):
    parsed = parse_x_compliance(line(reason).encode())
    assert parsed.gone == (GoneItem("77", state, reason),)
    assert (parsed.rejected, parsed.other) == ((), {"compliance": 1})


def test_a_scrubbed_place_leaves_the_post_visible():
    parsed = parse_x_compliance(line("scrub_geo").encode())
    assert parsed.gone == (GoneItem("77", "visible", "scrub_geo"),)
    assert (parsed.rejected, parsed.other) == ((), {"compliance": 1})


def test_a_scrubbed_place_hides_no_deletion():
    lines = [line("scrub_geo"), line("deleted"), line("scrub_geo")]
    parsed = parse_x_compliance("\n".join(lines).encode())
    assert parsed.gone == (GoneItem("77", "deleted", "deleted"),)


@pytest.mark.parametrize("wrong", [b"<html>", b"[]", line("new_reason").encode(), b'{"id": null}'])
def test_a_line_of_another_kind_is_refused_alone(wrong):
    parsed = parse_x_compliance(b"\n".join([wrong, b"", line("deleted", "78").encode()]))
    assert [gone.platform_id for gone in parsed.gone] == ["78"]
    assert [(one.reason, one.path) for one in parsed.rejected] == [("unknown_reason", "[0]")]


def test_recorded_compliance_lines_are_read(shared_dir):
    path = shared_dir / "payloads" / "real" / "x" / "twarc_tweets_compliance.jsonl"
    parsed = parse_x_compliance(path.read_bytes())
    lines = [one for one in path.read_bytes().splitlines() if one.strip()]
    assert len(parsed.gone) == len(lines) > 0
    assert parsed.rejected == ()


def test_a_job_is_read_with_its_addresses():
    body = {"data": {"id": "5", "status": "created", "upload_url": "u", "download_url": "d"}}
    assert parse_x_job(body) == Job("5", "created", "u", "d")


@pytest.mark.parametrize("body", [{}, {"data": []}, {"data": {"id": "5"}}, {"data": {"status": 3}}])
def test_a_body_without_a_job_is_unreadable(body):
    with pytest.raises(UnreadablePayload):
        parse_x_job(body)


# --- figures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["post_count", "tweet_count"])
def test_counts_are_read_in_both_vocabularies(name):
    entry = {"start": "2024-09-20T10:00:00.000Z", "end": "2024-09-20T11:00:00.000Z", name: 4}
    page, buckets = parse_x_counts({"data": [entry, {"start": "x"}], "meta": {"next_token": "n"}})
    at = datetime(2024, 9, 20, 10, tzinfo=UTC)
    assert buckets == (CountBucket(at, at.replace(hour=11), 4),)
    assert (page.next_token, [one.path for one in page.rejected]) == ("n", ["data[1]"])


def test_a_body_without_counts_is_unreadable():
    with pytest.raises(UnreadablePayload):
        parse_x_counts({"meta": {"newest_id": "5"}})


@pytest.mark.parametrize("as_told", [int, str])
def test_usage_is_read_as_numbers_and_as_texts(as_told):
    days = [{"date": "2024-09-20T00:00:00.000Z", "usage": as_told(12)}, {"date": "never"}]
    body = {
        "data": {
            "project_usage": as_told(40),
            "project_cap": as_told(3_000_000),
            "cap_reset_day": 7,
            "daily_project_usage": {"usage": days},
        }
    }
    usage = parse_x_usage(body)
    assert (usage.read, usage.cap, usage.reset_day) == (40, 3_000_000, 7)
    assert usage.days == ((datetime(2024, 9, 20, tzinfo=UTC), 12),)


def test_usage_that_x_does_not_tell_is_not_known():
    usage = parse_x_usage({"data": {"project_id": "5"}})
    assert (usage.read, usage.cap, usage.reset_day, usage.days) == (None, None, None, ())


# --- short forms -------------------------------------------------------------------------------


def post(text, **more):
    return {"id": "9", "created_at": "2024-09-20T10:00:00Z", "text": text, **more}


def read(record, **includes):
    return parse_x_response({"data": [record], "includes": includes, "meta": {}}).posts[0]


@pytest.mark.parametrize("words", [("referenced_posts", "posts"), ("referenced_tweets", "tweets")])
def test_a_repost_is_cut_only_when_its_original_did_not_come(words):
    referenced, included = words
    repost = post(
        "RT @ong_exemple: Un long\u2026", **{referenced: [{"type": "retweeted", "id": "8"}]}
    )
    original = {**post("Un long texte entier"), "id": "8"}
    assert read(repost).truncated
    whole = read(repost, **{included: [original]})
    assert (whole.truncated, whole.text) == (False, "Un long texte entier")


LINK_TO_ITSELF = {
    "urls": [{"expanded_url": "https://x.com/i/web/status/9", "url": "https://t.co/a"}]
}


@pytest.mark.parametrize(
    ("text", "more", "cut"),
    [
        ("Un long\u2026 https://t.co/a", {"entities": LINK_TO_ITSELF}, True),
        (
            "Un long\u2026 https://t.co/a",
            {"entities": LINK_TO_ITSELF, "note_post": {"text": "Un long texte entier"}},
            False,
        ),
        ("On verra\u2026", {}, False),
        ("On verra\u2026 https://t.co/a", {}, False),
    ],
)
def test_a_long_post_is_cut_only_without_its_long_form(text, more, cut):
    assert read(post(text, **more)).truncated == cut

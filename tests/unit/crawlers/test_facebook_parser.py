import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.parsers.facebook import graph_error, parse_graph_comments, parse_graph_feed
from crawlers.parsers.items import EngagementItem, ParsedPage, PostItem, UnreadablePayload

FIXTURES = Path(__file__).parents[2] / "fixtures" / "facebook"
TIME = "2024-09-16T08:00:00+0000"


def feed() -> ParsedPage:
    return parse_graph_feed(json.loads((FIXTURES / "feed.json").read_text()), page_id="501")


def comments(post_id: str | None = "501_1") -> ParsedPage:
    body = json.loads((FIXTURES / "comments.json").read_text())
    return parse_graph_comments(body, post_id=post_id, page_id=None)


def by_id(parsed: ParsedPage) -> dict[str, PostItem]:
    return {item.platform_id: item for item in parsed.posts}


def first(**node: object) -> PostItem:
    body = {"data": [{"id": "501_9", "created_time": TIME, "message": "Bonjour"} | node]}
    return parse_graph_feed(body, page_id=None).posts[0]


def test_a_post_is_read_with_its_page_time_and_author():
    post = by_id(feed())["501_1"]
    assert (post.kind, post.venue_platform_id, post.account_id) == ("post", "501", "501")
    assert post.created_at == datetime(2024, 9, 16, 8, tzinfo=UTC)
    assert post.root_platform_id == "501_1"


def test_the_page_is_read_from_the_post_id_when_it_is_not_given():
    assert first().venue_platform_id == "501"


def test_links_are_unshimmed_and_those_of_the_text_are_found():
    assert by_id(feed())["501_1"].urls == (
        "https://radio.example/gao",
        "https://agence.example/vivres",
    )


def test_reactions_are_read_by_alias_and_zero_stays_zero():
    assert by_id(feed())["501_1"].engagement == EngagementItem(
        likes=7,
        comments=4,
        shares=3,
        reactions={"like": 7, "love": 2, "angry": 0, "total": 9},
    )


def test_shares_that_are_absent_are_unknown():
    assert first(comments={"summary": {"total_count": 0}}).engagement == EngagementItem(comments=0)
    assert first().engagement is None


def test_claimed_comments_are_those_of_the_summary():
    assert by_id(feed())["501_1"].claimed_comments == 4
    assert first().claimed_comments is None


def test_a_photo_without_message_has_empty_text_and_its_medium():
    photo = by_id(feed())["501_2"]
    assert (photo.text, photo.media, photo.urls) == ("", ("photo",), ())
    assert photo.account_id is None


def test_a_record_with_neither_message_nor_anything_to_see_is_refused():
    assert [(r.path, r.reason) for r in feed().rejected] == [
        ("data[2]", "no_text"),
        ("data[3]", "wrong_type"),
    ]


def test_tagged_people_are_private_and_tagged_pages_are_not():
    assert by_id(feed())["501_1"].private_names == ("Awa Sidibé", "Awa")


def test_nested_comments_hang_on_their_post_and_replies_on_their_comment():
    found = by_id(feed())
    comment, reply = found["1_10"], found["1_11"]
    assert (comment.kind, comment.parent_platform_id, comment.root_platform_id) == (
        "comment",
        "501_1",
        "501_1",
    )
    assert (reply.parent_platform_id, reply.root_platform_id) == ("1_10", "501_1")
    assert reply.venue_platform_id == "501"


def test_the_parent_of_a_listed_reply_is_its_comment():
    reply = by_id(comments())["1_12"]
    assert (reply.parent_platform_id, reply.root_platform_id) == ("1_10", "501_1")
    assert reply.private_names == ("Moussa Diallo",)


def test_a_comment_without_id_is_known_by_its_permalink():
    found = by_id(comments(post_id=None))["1_13"]
    assert (found.parent_platform_id, found.root_platform_id) == ("1_10", "501_1")


def test_a_sticker_is_a_comment_without_text():
    assert (by_id(comments())["1_14"].text, by_id(comments())["1_14"].media) == ("", ("photo",))


def test_the_post_of_a_comment_is_read_from_its_id_when_nothing_else_tells_it():
    node = {"id": "44_55", "created_time": TIME, "message": "Merci"}
    known_page = parse_graph_comments({"data": [node]}, post_id=None, page_id="9").posts[0]
    assert known_page.root_platform_id == "9_44"


def test_the_next_page_is_its_cursor_and_the_last_has_none():
    assert feed().next_token == "ap"
    assert comments().next_token is None


def test_time_based_paging_keeps_its_position_and_no_token():
    address = "https://graph.facebook.com/v26.0/4/posts?access_token=S&until=162&__paging_token=p"
    parsed = parse_graph_feed({"data": [], "paging": {"next": address}}, page_id=None)
    assert parsed.next_token == "until=162&__paging_token=p"


def test_an_empty_page_may_have_a_next_one():
    body = {"data": [], "paging": {"next": "https://g.example/?a", "cursors": {"after": "b"}}}
    assert parse_graph_feed(body, page_id=None).next_token == "b"


def test_answers_keyed_by_id_are_read_each_under_its_key():
    node = {"id": "1_10", "created_time": TIME, "message": "Merci"}
    body = {"501_1": {"data": [node]}, "501_2": {"error": {"code": 100, "type": "E"}}}
    parsed = parse_graph_comments(body, post_id=None, page_id=None)
    assert parsed.posts[0].parent_platform_id == "501_1"
    assert parsed.other == {"errors": 1}


def test_one_post_may_stand_alone():
    node = {"id": "501_9", "created_time": TIME, "message": "Seul"}
    assert parse_graph_feed(node, page_id=None).posts[0].text == "Seul"


def test_a_page_node_is_counted_and_its_nested_feed_read():
    node = {"id": "501", "name": "Radio", "category": "Média", "posts": {"data": []}}
    assert parse_graph_feed(node, page_id=None).other == {"pages": 1}
    node["posts"] = {"data": [{"id": "501_9", "created_time": TIME, "message": "a"}]}
    assert parse_graph_feed(node, page_id=None).posts[0].venue_platform_id == "501"


def test_an_error_is_counted_and_told_by_its_codes():
    body = {
        "error": {"code": 190, "error_subcode": 463, "type": "OAuthException", "message": "expired"}
    }
    parsed = parse_graph_feed(body, page_id=None)
    assert (parsed.other, parsed.errors) == ({"errors": 1}, ("OAuthException 190/463",))
    error = graph_error(body)
    assert error is not None
    assert (error.code, error.subcode, error.is_transient, error.message) == (
        190,
        463,
        False,
        "expired",
    )


def test_a_body_without_error_has_none():
    assert graph_error({"data": []}) is None
    assert graph_error("text") is None


@pytest.mark.parametrize("body", [[], None, "x", {}, {"hello": 1}, {"data": {"a": 1}}])
def test_a_body_that_is_no_answer_is_unreadable(body):
    with pytest.raises(UnreadablePayload):
        parse_graph_feed(body, page_id=None)


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        ({"id": None}, "missing_id"),
        ({"created_time": None}, "missing_time"),
        ({"created_time": "2024-09-16"}, "bad_time"),
        ({"message": 3}, "no_text"),
    ],
)
def test_a_comment_that_lacks_something_is_refused_alone(node, reason):
    whole = {"id": "1_1", "created_time": TIME, "message": "a"} | node
    parsed = parse_graph_comments({"data": [whole]}, post_id="501_1", page_id="501")
    assert [r.reason for r in parsed.rejected] == [reason]


def test_comments_without_id_are_not_taken_for_their_post():
    node = {"created_time": TIME, "message": "a", "permalink_url": "https://www.facebook.com/1/posts/2/?comment_id=3"}  # fmt: skip  # noqa: E501
    assert parse_graph_feed({"data": [node]}, page_id=None).rejected[0].reason == "missing_id"

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.parsers.items import EngagementItem, ParsedPage, PostItem, UnreadablePayload
from crawlers.parsers.x import parse_x_flat, parse_x_response

FIXTURES = Path(__file__).parents[2] / "fixtures" / "x"


def page(name: str = "search_post_words.json") -> ParsedPage:
    return parse_x_response(json.loads((FIXTURES / name).read_text()))


def posts(parsed: ParsedPage) -> dict[tuple[str, bool], PostItem]:
    return {(item.platform_id, item.context): item for item in parsed.posts}


def response(**post: object) -> dict[str, object]:
    whole = {"id": "7", "created_at": "2024-09-16T08:00:00.000Z", "text": "Bonjour"} | post
    return {"data": [{k: v for k, v in whole.items() if v is not None}]}


def only(body: dict[str, object]) -> PostItem:
    parsed = parse_x_response(body)
    assert [r.reason for r in parsed.rejected] == []
    return parsed.posts[0]


def test_both_vocabularies_give_the_same_page():
    assert page("search_post_words.json") == page("search_tweet_words.json")


def test_the_long_form_of_a_post_is_taken_with_its_own_links_and_unescaped():
    long_post = posts(page())["1101", False]
    assert long_post.text.startswith("Distribution à Sévaré & Mopti : les listes")
    assert long_post.urls == ("https://journal.example/listes?utm_source=x",)


def test_an_edited_post_keeps_the_id_of_its_first_version():
    edited = posts(page())["1101", False]
    assert (edited.platform_id, edited.edited) == ("1101", True)
    assert edited.root_platform_id == "1101"


def test_a_repost_takes_text_and_links_of_its_original_and_names_it_by_its_first_id():
    repost = posts(page())["1200", False]
    assert repost.kind == "repost"
    assert repost.reposted_platform_id == "1101"
    assert repost.text == posts(page())["1101", False].text
    assert repost.urls == ("https://journal.example/listes?utm_source=x",)


def test_a_repost_does_not_claim_the_shares_of_its_original():
    repost = posts(page())["1200", False]
    assert repost.engagement == EngagementItem(likes=0, comments=0, shares=None, quotes=0)


def test_a_repost_without_its_original_keeps_its_own_text():
    parsed = parse_x_response(
        response(text="RT @a_1: Bonj…", referenced_posts=[{"type": "retweeted", "id": "5"}])
    )
    assert parsed.posts[0].text == "RT @a_1: Bonj…"
    assert parsed.posts[0].reposted_platform_id == "5"


def test_a_reply_that_quotes_is_a_reply_to_the_first_edit():
    reply = posts(page())["1300", False]
    assert (reply.kind, reply.parent_platform_id, reply.root_platform_id) == (
        "reply",
        "1101",
        "1101",
    )


def test_a_post_inside_a_thread_is_a_reply_when_its_references_were_not_asked_for():
    assert only(response(conversation_id="3", in_reply_to_user_id="1")).kind == "reply"
    assert only(response(conversation_id="7", in_reply_to_user_id="1")).kind == "post"


def test_a_quote_that_is_withheld_says_so():
    quote = posts(page())["1400", False]
    assert (quote.kind, quote.state) == ("quote", "withheld")
    assert quote.parent_platform_id is None


def test_counts_the_platform_did_not_give_are_unknown():
    counts = posts(page())["1101", False].engagement
    assert counts == EngagementItem(likes=5, comments=1, shares=2, quotes=0)
    assert posts(page())["1300", False].engagement is None
    assert only(response(public_metrics={"like_count": "3"})).engagement is None


def test_media_kinds_come_from_the_included_media_and_fall_back_on_the_key():
    assert posts(page())["1101", False].media == ("photo", "video")
    item = only(response(attachments={"media_keys": ["16_9"], "poll_ids": ["1"]}))
    assert item.media == ("animated_gif", "poll")


def test_each_included_post_is_context_once_and_not_again_when_it_is_data():
    context = [item for item in page().posts if item.context]
    assert [(item.platform_id, item.text) for item in context] == [
        ("1050", "Communiqué de l'équipe."),
        ("1101", "Distribution a Sevare"),
    ]


def test_what_is_no_post_is_counted_apart():
    assert page().other == {"users": 3, "media": 2, "places": 1, "errors": 1}
    assert page().errors == ("Not Found Error",)


def test_the_next_page_and_the_newest_id_are_given():
    assert (page().next_token, page().newest_id) == ("suite", "1600")
    assert parse_x_response({"meta": {"result_count": 0}}) == ParsedPage()


def test_records_that_cannot_be_read_are_refused_alone_with_their_path_and_fields():
    refused = {r.path: (r.reason, r.fields) for r in page().rejected}
    assert refused == {
        "data[4]": ("no_text", ("author_id", "created_at", "id")),
        "data[5]": ("bad_time", ("created_at", "id", "text")),
    }


@pytest.mark.parametrize(
    ("post", "reason"),
    [
        ({"id": None}, "missing_id"),
        ({"id": ""}, "missing_id"),
        ({"id": 1.5e17}, "missing_id"),
        ({"created_at": None}, "missing_time"),
        ({"created_at": "2024-09-16T08:00:00"}, "bad_time"),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, "bad_time"),
        ({"text": None}, "no_text"),
        ({"text": 12}, "no_text"),
    ],
)
def test_a_record_without_id_time_or_text_says_what_it_lacks(post, reason):
    body = response(**post) | {"meta": {"result_count": 1}}
    assert [r.reason for r in parse_x_response(body).rejected] == [reason]


def test_a_record_that_is_no_object_is_refused():
    parsed = parse_x_response({"data": ["text", None, 3]})
    assert [r.reason for r in parsed.rejected] == ["wrong_type"] * 3


def test_ids_may_be_numbers():
    assert only(response(id=1234567890123456789)).platform_id == "1234567890123456789"


def test_text_that_cannot_be_stored_is_made_storable():
    assert only(response(text="a\ud83d\x00b")).text == "a��b"


def test_one_post_may_stand_as_an_object():
    body = response()
    assert len(parse_x_response({"data": body["data"][0]}).posts) == 1


def test_every_account_the_response_describes_is_private_whatever_its_badge():
    names = {"fanta_k77", "Fanta Kéita", "oumarbarry", "Oumar Barry", "AideSahel"}
    for post in posts(page()).values():
        assert {*post.private_names} == names | {"Aide Sahel Mali"}


def test_accounts_are_given_so_that_registered_ones_can_be_told_apart():
    users = {user.account_id: (user.handle, user.names) for user in page().users}
    assert users["9003"] == ("AideSahel", ("AideSahel", "Aide Sahel Mali"))


@pytest.mark.parametrize(
    ("handle", "private"), [("zoumanadiakite", True), ("fantak", False), ("MINUSMALI", False)]
)
def test_a_handle_of_letters_is_private_when_it_is_long_or_mentioned(handle, private):
    body = response() | {"includes": {"users": [{"id": "1", "username": handle}]}}
    assert only(body).private_names == ((handle,) if private else ())


def test_a_short_handle_is_private_when_it_is_mentioned():
    mention = {"mentions": [{"id": "1", "username": "fantak"}]}
    assert only(response(entities=mention)).private_names == ("fantak",)


def test_each_edit_has_its_number():
    assert posts(page())["1101", False].edit_number == 2
    assert only(response(edit_history_tweet_ids=["7", "8"])).edit_number == 1
    assert only(response()).edit_number is None


def test_a_repost_carries_the_names_of_its_original():
    assert "fanta_k77" in posts(page())["1200", False].private_names


@pytest.mark.parametrize(
    "body", [[], "x", None, {"hello": 1}, {"data": {"timeline": {}}}, {"data": "x"}]
)
def test_a_body_that_is_no_response_is_unreadable(body):
    with pytest.raises(UnreadablePayload):
        parse_x_response(body)


def test_counts_users_compliance_lines_and_problems_hold_no_posts():
    counts = {"data": [{"start": "a", "end": "b", "post_count": 3}], "meta": {}}
    assert parse_x_response(counts).other == {"counts": 1}
    users = {"data": [{"id": "1", "username": "awa_2", "name": "Awa"}]}
    assert parse_x_response(users).other == {"users": 1}
    line = {"id": "1", "action": "delete", "created_at": "2024-01-01T00:00:00Z"}
    assert parse_x_response(line).other == {"compliance": 1}
    problem = {"title": "Unauthorized", "type": "about:blank", "errors": [{"message": "no"}]}
    assert parse_x_response(problem).other == {"errors": 1}


def test_a_flattened_repost_is_read_with_its_inlined_original():
    line = json.loads((FIXTURES / "flat.jsonl").read_text().split("\n")[0])
    repost, original = parse_x_flat(line).posts
    assert (repost.kind, repost.text) == ("repost", original.text)
    assert (original.platform_id, original.context) == ("2001", True)
    assert original.created_at == datetime(2024, 9, 17, 7, tzinfo=UTC)
    assert "Fanta Kéita" in original.private_names


def test_a_flattened_post_brings_its_media():
    line = json.loads((FIXTURES / "flat.jsonl").read_text().split("\n")[1])
    parsed = parse_x_flat(line)
    assert parsed.posts[0].media == ("photo",)
    assert parsed.other == {"users": 2, "media": 1}

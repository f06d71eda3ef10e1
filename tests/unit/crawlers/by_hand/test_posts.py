from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from config.errors import UsageError
from crawlers.by_hand.posts import ROWS_OF_POST, find_post, listed_posts, remove_post
from models import (
    Annotation,
    HandEntry,
    HandLog,
    Mention,
    PlatformId,
    Post,
    PostCollection,
    PostVersion,
    Share,
)
from models.types import metadata

X_ADDRESS = "https://x.com/quelqu_un/status/1830000000000000001"
ON_X = {"platform": "x", "url": X_ADDRESS}
SECRETS = ("quelqu_un", "1830000000000000001")


def rows(session, table) -> list:
    return list(session.exec(select(table)))


def test_a_told_post_becomes_a_post_collected_by_hand(session, tell_post, now):
    added = tell_post()

    post = session.get(Post, added.post_id)
    assert (post.platform, post.kind, post.acquisition) == (
        "facebook", "post", "by_hand:public_page",
    )  # fmt: skip
    assert post.created_at == datetime(2024, 9, 11, 14, 30, tzinfo=UTC)
    assert (post.account, post.not_read, post.source_type) == (None, None, "other")
    assert (post.platform_language, post.media) == ("ff", ["photo"])
    (collection,) = rows(session, PostCollection)
    assert (collection.source, collection.query_id) == ("by_hand", "public_page")
    assert collection.first_collected_at == now


def test_what_was_told_beside_the_text_is_kept_without_a_word_of_it(session, tell_post):
    tell_post(agency="PAM, MSF")

    (entry,) = rows(session, HandEntry)
    assert (entry.form, entry.language, entry.day_only) == ("image", "ff", False)
    assert entry.agencies == ["wfp", "msf"]
    assert entry.place_id is not None
    assert "vivres" not in entry.model_dump_json()


def test_a_paraphrase_is_no_copy_no_version_and_no_share(session, tell_post):
    one = tell_post(time="2024-09-11")
    other = tell_post(time="2024-09-12")

    hashes = {session.get(Post, each.post_id).message_hash for each in (one, other)}
    assert len(hashes) == 2
    assert rows(session, Share) == rows(session, PostVersion) == []


def test_a_page_of_the_register_gives_type_and_venue(session, tell_post):
    post = session.get(Post, tell_post(page="radio-test").post_id)

    assert (post.source_type, post.venue, post.venue_type) == (
        "local_media", "radio-test", "local_media",
    )  # fmt: skip


def test_a_page_has_the_type_it_had_on_the_day_of_the_post(session, tell_post):
    post = session.get(Post, tell_post(page="radio-test", time="2023-12-31").post_id)

    assert (post.venue, post.source_type) == ("radio-before", "civil_society")


def test_a_page_that_the_register_lacks_is_refused(tell_post):
    with pytest.raises(UsageError, match="no facebook page 'radio-inconnue'; write unregistered"):
        tell_post(page="radio-inconnue")


def test_a_comment_stands_under_its_post_and_its_author_is_unknown(session, tell_post):
    post = tell_post(page="radio-test")
    comment = session.get(
        Post, tell_post(kind="comment", under=post.post_id, page="unregistered").post_id
    )

    assert (comment.kind, comment.parent_id, comment.root_id) == (
        "comment", post.post_id, post.post_id,
    )  # fmt: skip
    assert (comment.source_type, comment.venue) == (None, "radio-test")


def test_a_comment_on_x_is_a_reply(session, tell_post):
    assert session.get(Post, tell_post(kind="comment", platform="x").post_id).kind == "reply"


def test_a_post_under_a_post_is_refused(tell_post):
    parent = tell_post().post_id

    with pytest.raises(UsageError, match="--under names a post a comment stands under"):
        tell_post(under=parent, time="2024-09-12")


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ({}, {}),
        ({}, {"text": "une photo dit que des vivres du comité sont vendus, au marché !"}),
        (ON_X, ON_X | {"text": "Le post parle de vivres", "time": "2024-09-10"}),
        (ON_X, {"platform": "x"}),
        ({"time": "2024-09-11"}, {"time": "11/09/2024"}),
    ],
)  # fmt: skip
def test_the_same_post_added_twice_is_one_post(session, tell_post, first, again):
    added = tell_post(**first)
    twice = tell_post(**again)

    assert (added.known, twice.known) == (False, True)
    assert twice.post_id == added.post_id
    assert len(rows(session, Post)) == len(rows(session, HandEntry)) == 1
    assert [line.action for line in rows(session, HandLog)] == ["added"]


@pytest.mark.parametrize("other", [{"place": "Sévaré"}, {"time": "2024-09-12"}, {"platform": "x"}])
def test_another_place_time_or_platform_is_another_post(session, tell_post, other):
    tell_post()

    assert not tell_post(**other).known


def test_an_address_makes_the_id_a_crawl_would_make_and_is_not_stored(session, tell_post, keyring):
    added = tell_post(platform="x", url=X_ADDRESS)

    assert added.post_id == keyring.post_id("x", SECRETS[1])
    (vault,) = rows(session, PlatformId)
    assert keyring.decrypt_platform_id(vault.ciphertext) == SECRETS[1]
    stored = [
        row for table in (Post, HandEntry, HandLog, PostCollection) for row in rows(session, table)
    ]
    assert not [s for s in SECRETS for row in stored if s in row.model_dump_json()]


def test_a_post_that_was_collected_already_is_known(session, tell_post, keyring, now):
    post_id = keyring.post_id("x", SECRETS[1])
    session.add(a_collected_post(post_id, now))
    session.flush()

    assert tell_post(platform="x", url=X_ADDRESS).known
    assert rows(session, HandEntry) == []


def a_collected_post(post_id, created_at, text="Les vivres sont là"):
    return Post(
        id=post_id,
        platform="x",
        kind="post",
        created_at=created_at,
        text=text,
        text_hash="h",
        message_hash="m",
        urls=[],
        media=[],
        acquisition="x_api_v2",
    )


def test_words_that_stand_in_a_stored_post_are_pointed_at(session, tell_post):
    when = datetime(2024, 9, 10, tzinfo=UTC)
    session.add(a_collected_post("a" * 32, when, "Vu: une photo dit que des vivres du comité"))
    session.flush()

    (warning,) = tell_post(platform="x").warnings
    assert "six words in a row stand in a stored post" in warning


def test_the_list_shows_what_was_told_newest_first(session, tell_post):
    tell_post(time="2024-09-10")
    tell_post(time="2024-09-12 08:00")

    listed = listed_posts(session)
    assert [row["time"] for row in listed] == ["2024-09-12 08:00 UTC", "2024-09-10 (hour unknown)"]
    assert {row["added_by"] for row in listed} == {"analyst-1"}
    assert len(listed_posts(session, datetime(2024, 9, 11, tzinfo=UTC))) == 1


def test_a_post_can_be_taken_back_and_the_log_keeps_who_when_and_why(session, desk, tell_post, now):
    added = tell_post(platform="x", url=X_ADDRESS)
    session.add(Mention(post_id=added.post_id, agency_id="wfp", start=0, end=0))
    session.add(Annotation(post_id=added.post_id, coder="A1", annotated_at=now, stance="neutral"))
    session.flush()

    later = replace(desk, now=now + timedelta(days=6))
    assert remove_post(later, added.post_id[:8], role="lead-2", reason="duplicate") == added.post_id

    for table in (Post, HandEntry, PlatformId, PostCollection, Mention, Annotation):
        assert rows(session, table) == []
    line = rows(session, HandLog)[-1]
    assert (line.action, line.object_id, line.role, line.reason, line.at) == (
        "removed", added.post_id, "lead-2", "duplicate", later.now,
    )  # fmt: skip


def test_after_a_week_only_a_purge_removes(session, desk, tell_post, now):
    added = tell_post()
    later = replace(desk, now=now + timedelta(days=8))

    with pytest.raises(UsageError, match="it can be taken back for 7 days"):
        remove_post(later, added.post_id, role="lead-2", reason="mistake")
    assert session.get(Post, added.post_id) is not None


def test_a_collected_post_is_not_taken_back(session, desk, now):
    session.add(a_collected_post("b" * 32, now))
    session.flush()

    with pytest.raises(UsageError, match="only `purge` removes it"):
        remove_post(desk, "b" * 32, role="lead-2", reason="mistake")


@pytest.mark.parametrize(
    ("role", "reason", "said"),
    [("Awa Inconnue", "mistake", "is no role code"), ("a-1", "parce que", "reason 'parce que'")],
)
def test_who_and_why_are_codes(desk, tell_post, role, reason, said):
    added = tell_post()

    with pytest.raises(UsageError, match=said):
        remove_post(desk, added.post_id, role=role, reason=reason)


@pytest.mark.parametrize("prefix", ["abc", "a%%%%%%%", "deadbeef"])
def test_an_id_that_leads_to_no_post_is_refused(session, prefix):
    with pytest.raises(UsageError, match=prefix):
        find_post(session, prefix)


def test_taking_back_reaches_every_table_that_hangs_on_a_post():
    hanging = {
        table.name
        for table in metadata().tables.values()
        if any(key.target_fullname == "post.id" for key in table.foreign_keys)
    }

    assert hanging <= {table.__tablename__ for table in ROWS_OF_POST}

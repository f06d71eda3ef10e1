"""What becomes of a post that its platform no longer shows."""

from datetime import timedelta

import pytest
from sqlmodel import Session, update

from crawlers.parsers.items import GoneItem
from models import (
    ComplianceJob,
    Engagement,
    Mention,
    Payload,
    PlaceMention,
    PlatformId,
    Post,
    PostState,
    PostVersion,
    Prediction,
    PurgeProof,
    Share,
    Transcript,
)
from models.database import open_session
from pipelines.classify import _pending
from pipelines.compliance import apply_states
from pipelines.labels import labelled_posts
from pipelines.measures import distinct_messages
from pipelines.mentions import update_mentions
from pipelines.periods import Period
from pipelines.removal.proofs import add_proof, check_chain
from removing import CLASSIFIER, DAY, POLL, TEXT

NOW = POLL + 2 * DAY
WEEK = Period(POLL - 7 * DAY, POLL + 7 * DAY)
GONE = ("deleted", "protected", "unavailable")


def apply(filled, now=NOW):
    return apply_states(filled.deployment, now=now)


@pytest.mark.parametrize("state", GONE)
def test_every_word_of_a_post_that_is_gone_is_removed(filled, state):
    filled.store(filled.item())
    filled.transcribe(filled.label())
    filled.say(state)
    apply(filled)
    post = filled.post()
    assert (post.text, post.captions, post.urls, post.media_prints) == ("", [], [], [])
    assert (post.state, post.text_removed) == (state, state)
    assert [version.text for version in filled.rows(PostVersion)] == [""]
    assert filled.rows(Transcript) == []
    for words in ("vivres", "camion", "vidéo", "journal.example"):
        assert words not in filled.everything()


def test_labels_counts_and_collections_outlive_the_text(filled):
    filled.store(filled.item())
    filled.label(stance="suspicious")
    with Session(filled.engine) as session:
        before = labelled_posts(session, WEEK, CLASSIFIER)
    filled.say("deleted")
    apply(filled)
    with Session(filled.engine) as session:
        assert labelled_posts(session, WEEK, CLASSIFIER) == before
    assert [row.likes for row in filled.rows(Engagement)] == [2]
    assert len(filled.rows(Share)) == 2


def test_an_agency_stays_named_without_the_place_where(filled):
    filled.store(filled.item())
    filled.label()
    filled.say("deleted")
    apply(filled)
    for table in (Mention, PlaceMention):
        assert [(row.start, row.end) for row in filled.rows(table)] == [(0, 0)]
    assert [row.agency_id for row in filled.rows(Mention)] == ["wfp"]
    (reading,) = filled.rows(Prediction)
    assert reading.mentions == [{"agency": "wfp", "stance": "neutral", "start": None, "end": None}]


def test_a_copy_that_is_gone_is_still_one_message_with_the_copies_that_stay(filled):
    filled.store(filled.item(), filled.item("1102", account_id="9002"))
    for number in ("1101", "1102"):
        filled.label(number)
    filled.say("deleted")
    apply(filled)
    with Session(filled.engine) as session:
        assert distinct_messages(labelled_posts(session, WEEK, CLASSIFIER)) == 1
    texts = [row.object_id for row in filled.rows(Share) if row.object_kind == "text"]
    assert len(texts) == 2
    assert len(set(texts)) == 1


@pytest.mark.parametrize(("state", "left"), [("deleted", 0), ("protected", 1), ("unavailable", 1)])
def test_the_id_of_a_deleted_post_goes_and_that_of_a_hidden_one_stays_a_while(filled, state, left):
    filled.store(filled.item())
    filled.say(state)
    apply(filled)
    assert len(filled.rows(PlatformId)) == left


def test_a_withheld_post_keeps_its_text(filled):
    filled.store(filled.item())
    filled.say("withheld", reason="withheld_in_ml")
    applied = apply(filled)
    assert (filled.post().state, filled.post().text) == ("withheld", TEXT)
    assert (applied.reasons, applied.posts, applied.bodies) == ({"withheld_in_ml": 1}, 0, 0)


def test_every_payload_that_met_the_post_loses_its_body_and_keeps_hash_and_size(filled):
    filled.store(filled.item())
    filled.store(filled.item(engagement=None), at=POLL + timedelta(hours=1))
    filled.store(filled.item("1102", text="Autre chose"), at=POLL + timedelta(hours=2))
    filled.say("deleted")
    assert apply(filled).bodies == 2
    first, again, other = sorted(filled.rows(Payload), key=lambda row: row.id)
    assert first.ciphertext is None
    assert again.ciphertext is None
    assert other.ciphertext is not None
    assert len(first.sha256) == 64
    assert first.size > 0


def test_only_payloads_from_before_lose_their_body_when_places_have_to_go(filled):
    filled.store(filled.item())
    filled.store(filled.item(), at=POLL + 2 * DAY)
    filled.say("visible", reason="scrub_geo", since=POLL + DAY)
    applied = apply(filled, POLL + 3 * DAY)
    assert (applied.reasons, applied.posts, applied.bodies) == ({"scrub_geo": 1}, 0, 1)
    assert filled.post().text == TEXT
    assert apply(filled, POLL + 3 * DAY).bodies == 0


def test_the_text_of_reposts_goes_with_the_post_they_repeat(filled):
    repost = filled.item("2001", kind="repost", reposted_platform_id="1101", account_id="9002")
    filled.store(filled.item(), repost)
    filled.say("deleted")
    applied = apply(filled)
    assert (applied.posts, applied.followers) == (1, 1)
    assert (filled.post("2001").text, filled.post("2001").text_removed) == ("", "deleted")


def test_a_repost_that_comes_in_after_the_deletion_is_emptied_too(filled):
    filled.store(filled.item())
    filled.say("deleted")
    apply(filled)
    filled.store(
        filled.item("2001", kind="repost", reposted_platform_id="1101", account_id="9002"),
        at=NOW + DAY,
    )
    assert apply(filled, NOW + 2 * DAY).followers == 1
    assert "vivres" not in filled.everything()


def test_comments_below_a_facebook_post_go_with_it_to_any_depth(filled):
    below = {"platform": "facebook", "kind": "comment", "root_platform_id": "1_1"}
    filled.store(
        filled.item("1_1", platform="facebook"),
        filled.item("1_2", parent_platform_id="1_1", text="un avis", **below),
        filled.item("1_3", parent_platform_id="1_2", text="une réponse", **below),
    )
    filled.say("unavailable", "1_1", platform="facebook")
    assert apply(filled).followers == 2
    assert {post.text for post in filled.rows(Post)} == {""}


def test_replies_on_x_stand_by_themselves(filled):
    reply = filled.item("1102", kind="reply", parent_platform_id="1101", text="une réponse")
    filled.store(filled.item(), reply)
    filled.say("deleted")
    apply(filled)
    assert filled.post("1102").text == "une réponse"


def test_applying_twice_changes_nothing_and_adds_no_proof(filled):
    filled.store(filled.item())
    filled.label()
    filled.say("deleted", reason="deleted")
    first = apply(filled)
    before = filled.everything()
    second = apply(filled)
    assert (first.reasons, first.posts) == ({"deleted": 1}, 1)
    assert (second.reasons, second.posts, second.bodies, second.pieces) == ({}, 0, 0, {})
    assert filled.everything() == before


def test_a_crash_after_the_bodies_went_is_made_up_by_the_next_run(filled, monkeypatch):
    filled.store(filled.item())
    filled.say("deleted")
    with monkeypatch.context() as patched:
        patched.setattr("pipelines.compliance.remove_content", _crash)
        with pytest.raises(KeyboardInterrupt):
            apply(filled)
    assert filled.post().text == TEXT
    assert apply(filled).posts == 1
    assert filled.post().text == ""


def _crash(*_arguments, **_named):
    raise KeyboardInterrupt


def test_a_removal_and_its_proof_stand_or_fall_together(filled, monkeypatch):
    filled.store(filled.item())
    filled.say("deleted")
    with monkeypatch.context() as patched:
        patched.setattr("pipelines.removal.carrying_out.add_proof", _crash_at_texts)
        with pytest.raises(KeyboardInterrupt):
            apply(filled)
    assert filled.post().text == TEXT
    assert [row.counts for row in filled.rows(PurgeProof)] == [
        {"payload_bodies.before": 1, "payload_bodies.after": 0}
    ]
    apply(filled)
    with Session(filled.engine) as session:
        assert check_chain(session).broken_at is None
    texts = [row.counts for row in filled.rows(PurgeProof) if "texts.before" in row.counts]
    assert [(row["texts.before"], row["texts.after"]) for row in texts] == [(1, 0)]


def _crash_at_texts(session, *, counts, **named):
    if "texts.before" in counts:
        raise KeyboardInterrupt
    return add_proof(session, counts=counts, **named)


def test_a_post_that_appears_again_gets_its_text_from_the_platform_alone(filled):
    filled.store(filled.item())
    filled.label()
    filled.say("protected")
    apply(filled)
    filled.store(filled.item(), at=NOW + DAY, source="import:x_v2_flat")
    assert filled.post().text == ""
    assert filled.post().state == "protected"
    filled.store(filled.item(), at=NOW + 2 * DAY)
    post = filled.post()
    assert (post.text, post.state, post.text_removed) == (TEXT, "visible", None)
    states = sorted(filled.rows(PostState), key=lambda row: row.since)
    assert [row.state for row in states] == ["protected", "visible"]
    assert apply(filled, NOW + 3 * DAY).posts == 0
    assert filled.post().text == TEXT


def test_a_deleted_post_that_appears_again_can_be_deleted_again(filled):
    filled.store(filled.item())
    filled.say("deleted")
    apply(filled)
    filled.store(filled.item(), at=NOW + DAY)
    assert len(filled.rows(PlatformId)) == 1
    filled.say("deleted", since=NOW + 2 * DAY)
    assert apply(filled, NOW + 2 * DAY).posts == 1
    assert "vivres" not in filled.everything()


def test_a_poll_from_before_the_deletion_brings_nothing_back(filled):
    filled.store(filled.item())
    filled.say("deleted", since=NOW)
    apply(filled)
    filled.store(filled.item(), at=NOW - timedelta(hours=1))
    assert filled.post().text == ""
    assert {row.ciphertext for row in filled.rows(Payload)} == {None}


def test_the_newest_state_counts_whatever_the_order_of_arrival(filled):
    filled.store(filled.item())
    filled.say("visible", since=POLL + 2 * DAY)
    filled.say("protected", since=POLL + DAY)
    assert apply(filled, NOW + DAY).posts == 0
    assert filled.post().state == "visible"


def test_a_hidden_post_that_is_deleted_later_loses_its_id_too(filled):
    filled.store(filled.item())
    filled.say("protected")
    apply(filled)
    filled.say("deleted", since=NOW)
    apply(filled, NOW)
    assert filled.rows(PlatformId) == []
    assert filled.post().text_removed == "deleted"


def test_a_tombstone_is_not_read_again_by_any_classifier(filled):
    filled.store(filled.item())
    post_id = filled.label()
    filled.say("deleted")
    apply(filled)
    with Session(filled.engine) as session:
        assert _pending(session, "later@2") == []
        update_mentions(session, [post_id], (), ())
        session.commit()
    assert len(filled.rows(Mention)) == 1


def test_a_later_classifier_leaves_a_tombstone_its_label(filled):
    filled.store(filled.item())
    filled.label(stance="suspicious")
    filled.say("deleted")
    apply(filled)
    with Session(filled.engine) as session:
        (item,) = labelled_posts(session, WEEK, "later@2")
    assert (item.stance, item.in_scope) == ("suspicious", True)


def test_a_post_that_goes_before_anything_read_it_counts_as_not_read(filled):
    filled.store(filled.item())
    filled.say("deleted")
    apply(filled)
    assert filled.post().not_read == "removed"


def test_a_finished_job_is_closed_and_its_address_forgotten(filled):
    filled.add(
        ComplianceJob(
            platform="x", kind="tweets", status="complete", reference=b"sealed", created_at=POLL
        )
    )
    filled.add(ComplianceJob(platform="x", kind="tweets", status="in_progress", created_at=POLL))
    apply(filled)
    jobs = {(job.status, job.reference, job.applied_at) for job in filled.rows(ComplianceJob)}
    assert jobs == {("applied", None, NOW), ("in_progress", None, None)}


def test_nothing_is_left_in_the_files_of_sqlite(small, tmp_path):
    small.store(small.item())
    with open_session(small.engine) as session:
        session.exec(update(Post).values(captions=["une légende très reconnaissable"]))
    small.say("deleted")
    assert apply(small).traces_cleared
    left = b"".join(path.read_bytes() for path in tmp_path.glob("store.sqlite*"))
    assert b"vivres" not in left
    assert b"reconnaissable" not in left


def test_a_store_that_is_being_read_says_that_its_log_waits(small, monkeypatch):
    small.store(small.item())
    small.say("deleted")
    monkeypatch.setattr("models.database.BUSY_TIMEOUT_MS", 50)
    small.engine.dispose()
    reader = small.engine.execution_options(read_only=True).connect()
    reader.exec_driver_sql("SELECT count(*) FROM post").fetchall()
    assert not apply(small).traces_cleared
    reader.close()
    assert apply(small).traces_cleared


def test_a_place_that_has_to_go_is_told_once_however_often_a_job_says_it(small):
    small.store(small.item())
    place = GoneItem("1101", "visible", "scrub_geo")
    for day in (1, 2):
        small.store(at=POLL + day * DAY, gone=(place,))
    (told,) = small.rows(PostState)
    assert (told.state, told.reason, told.since) == ("visible", "scrub_geo", POLL + DAY)
    assert apply(small, POLL + 3 * DAY).reasons == {"scrub_geo": 1}
    assert small.post().text == TEXT

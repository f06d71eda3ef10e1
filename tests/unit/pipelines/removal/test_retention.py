"""Clocks: what goes when its time is over, and what outlives it."""

import pytest
from sqlmodel import Session

from models import Engagement, Mention, Payload, PlatformId, Post, PostVersion, PurgeProof
from pipelines.classify import _pending
from pipelines.compliance import apply_states
from pipelines.labels import labelled_posts
from pipelines.periods import Period
from pipelines.retention import expire
from removing import CLASSIFIER, DAY, POLL, TEXT

WEEK = Period(POLL - 7 * DAY, POLL + 7 * DAY)


def run(filled, days, **more):
    return expire(filled.deployment, now=POLL + days * DAY, **more)


@pytest.mark.parametrize(("days", "held"), [(90, TEXT), (91, "")])
def test_a_text_is_kept_for_ninety_days(filled, days, held):
    filled.store(filled.item())
    filled.label()
    run(filled, days)
    assert filled.post().text == held


def test_labels_fingerprints_and_prints_outlive_an_expired_text(filled):
    filled.store(filled.item())
    filled.label()
    before = filled.post()
    with Session(filled.engine) as session:
        labels = labelled_posts(session, WEEK, CLASSIFIER)
    assert run(filled, 91).texts == 1
    after = filled.post()
    assert (after.text, after.urls, after.captions) == ("", [], [])
    assert (after.message_hash, after.text_hash) == (before.message_hash, before.text_hash)
    assert after.media_prints == before.media_prints
    assert (after.state, after.text_removed) == ("visible", "expired")
    assert filled.rows(PlatformId) == []
    assert [row.text for row in filled.rows(PostVersion)] == [""]
    with Session(filled.engine) as session:
        assert labelled_posts(session, WEEK, CLASSIFIER) == labels
        assert _pending(session, CLASSIFIER) == _pending(session, "later@2") == []
    assert len(filled.rows(Mention)) == 1


@pytest.mark.parametrize(
    ("machine", "person", "days", "held"),
    [
        ("no", None, 7, True),
        ("no", None, 8, False),
        ("yes", None, 8, True),
        ("cannot_tell", None, 8, True),
        (None, None, 8, True),
        ("no", {"relevance": "yes"}, 8, True),
        ("yes", {"relevance": "no"}, 1, False),
        ("yes", {"relevance": "yes", "narrative": "OFF"}, 1, False),
        ("yes", {"relevance": "yes", "narrative": "GOVCRIT"}, 1, False),
        ("yes", {"relevance": "yes", "narrative": "SPY"}, 1, True),
    ],
)
def test_what_is_not_about_aid_is_kept_for_a_week_and_not_at_all_once_judged(
    filled, machine, person, days, held
):
    filled.store(filled.item())
    post_id = filled.label(relevance=machine)
    if person is not None:
        filled.annotate(post_id, **person)
    run(filled, days)
    assert (filled.post().text == TEXT) is held


def test_the_newest_judgement_counts(filled):
    filled.store(filled.item())
    post_id = filled.label()
    filled.annotate(post_id, relevance="no")
    filled.annotate(post_id, relevance="yes", coder="A2", annotated_at=POLL + DAY)
    run(filled, 2)
    assert filled.post().text == TEXT


def test_a_judged_post_takes_its_payload_bodies_with_it(filled):
    filled.store(filled.item())
    filled.annotate(filled.label(), narrative="GOVCRIT")
    assert run(filled, 1).judged == 1
    assert [row.ciphertext for row in filled.rows(Payload)] == [None]
    assert filled.rows(PlatformId) == []


def test_an_open_evidence_file_keeps_its_texts(filled):
    filled.store(filled.item(), filled.item("1102"))
    run(filled, 91, in_evidence={filled.post_id("1102")})
    assert {post.text for post in filled.rows(Post)} == {"", TEXT}


def test_an_old_post_imported_today_is_kept_from_today_on(filled):
    filled.store(filled.item(created_at=POLL - 700 * DAY), source="import:x_v2_flat")
    run(filled, 30)
    assert filled.post().text == TEXT


def test_an_expired_text_does_not_come_back_but_its_counts_go_on(filled):
    filled.store(filled.item())
    run(filled, 91)
    filled.store(filled.item(), at=POLL + 92 * DAY)
    assert (filled.post().text, filled.post().text_removed) == ("", "expired")
    assert "vivres" not in filled.everything()
    assert len(filled.rows(Engagement)) == 2


def test_an_expired_post_that_is_deleted_later_says_so(filled):
    filled.store(filled.item())
    filled.label()
    run(filled, 91)
    filled.say("deleted", since=POLL + 92 * DAY)
    apply_states(filled.deployment, now=POLL + 93 * DAY)
    assert (filled.post().state, filled.post().text_removed) == ("deleted", "deleted")
    assert filled.post().media_prints == []


def test_bodies_go_after_their_own_time_and_never_outlive_the_texts(filled):
    filled.store(filled.item())
    assert run(filled, 30).payloads == 0
    assert run(filled, 31).payloads == 1
    filled.store(filled.item("1102"), at=POLL + 40 * DAY)
    short = filled.deployment.settings.model_copy(update={"text_days": 3})
    object.__setattr__(filled.deployment, "settings", short)
    assert run(filled, 44).payloads == 1


def test_ids_of_hidden_posts_are_kept_as_long_as_a_text(filled):
    filled.store(filled.item())
    filled.say("protected")
    apply_states(filled.deployment, now=POLL + 2 * DAY)
    assert run(filled, 91).platform_ids == 0
    assert run(filled, 92).platform_ids == 1
    assert filled.rows(PlatformId) == []


def test_expiring_twice_changes_nothing(filled):
    filled.store(filled.item())
    filled.label()
    run(filled, 91)
    before, proofs = filled.everything(), len(filled.rows(PurgeProof))
    again = run(filled, 91)
    assert set(again.as_dict().values()) == {0}
    assert (filled.everything(), len(filled.rows(PurgeProof))) == (before, proofs)

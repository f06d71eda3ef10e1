"""Purges: what they reach, what they leave, and that nothing happens before --yes."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from config.errors import UsageError
from models import (
    Account,
    Alert,
    ComplianceJob,
    CoordinationRun,
    CoShareEdge,
    CrawlCheckpoint,
    Engagement,
    Payload,
    PlatformId,
    Post,
    PostCollection,
    PurgeProof,
    SeriesPoint,
    Share,
)
from pipelines.labels import labelled_posts
from pipelines.periods import Period
from pipelines.purge import Selection, carry_out_purge, plan_purge
from removing import CLASSIFIER, DAY, POLL, TEXT

NOW = POLL + 2 * DAY
WEEK = Period(POLL - 7 * DAY, POLL + 7 * DAY)


def purge(filled, **selection):
    return carry_out_purge(filled.deployment, Selection(**selection), role="operator", now=NOW)


def fill(filled):
    """Two posts of X, one of Facebook, and all that hangs on them."""
    filled.store(filled.item(), filled.item("1102", account_id="9002"))
    filled.store(filled.item("1_1", platform="facebook", account_id="501", text="un marché"))
    for number, platform in (("1101", "x"), ("1102", "x"), ("1_1", "facebook")):
        filled.label(number, platform)
    run_id = "2024-W38:text"
    run = {"id": run_id, "object_kind": "text", "start": POLL, "end": NOW}
    filled.add(CoordinationRun(**run, parameters={}, summary={"pairs": 1}, networks=[]))
    first, second = sorted(filled.post(number).account for number in ("1101", "1102"))
    filled.add(
        CoShareEdge(
            run_id=run_id, account=first, account_y=second, weight=2, avg_time_delta=3.0,
            p_value=0.01, q_value=0.02, flagged=True,
        )
    )  # fmt: skip
    poll = {"query_version": "v1", "polled_at": POLL, "window_start": POLL, "window_end": NOW}
    for source in ("x_search", "facebook_pages"):
        filled.add(CrawlCheckpoint(source=source, query_id="q1", **poll))
    filled.add(
        ComplianceJob(
            platform="x", kind="tweets", status="created", reference=b"id", created_at=POLL
        )
    )


def test_a_platform_is_purged_whole_and_the_others_are_left(filled):
    fill(filled)
    facebook_before = filled.post("1_1", "facebook").model_dump()
    done = purge(filled, platform="x")
    assert (done.posts, done.bodies) == (2, 1)
    assert "vivres" not in filled.everything()
    assert {
        (post.platform, post.text_removed, post.account is None) for post in filled.rows(Post)
    } == {
        ("x", "purged", True),
        ("facebook", None, False),
    }
    assert {row.platform for row in filled.rows(Account)} == {"facebook"}
    assert {row.platform for row in filled.rows(PlatformId)} == {"facebook"}
    assert filled.rows(CoShareEdge) == []
    left = {filled.post_id("1_1", "facebook")}
    assert {row.post_id for table in (Share, Engagement) for row in filled.rows(table)} == left
    assert [row.source for row in filled.rows(CrawlCheckpoint)] == ["facebook_pages"]
    assert [row.reference for row in filled.rows(ComplianceJob)] == [None]
    assert filled.post("1_1", "facebook").model_dump() == facebook_before


def test_published_figures_and_labels_outlive_a_purge(filled):
    fill(filled)
    filled.add(
        SeriesPoint(
            week="2024-W38", scope="posts", slice="all", measure="volume", start=POLL, end=NOW,
            count=2, total=2, complete=True, provisional=True, gaps=[], versions={},
        )
    )  # fmt: skip
    filled.add(
        Alert(
            id="24-001", dedupe_key="k", rule_id="r", level="watch", status="validated",
            start=POLL, end=NOW, proposed_at=NOW, facts={"items": 2},
        )
    )  # fmt: skip
    kept = (SeriesPoint, Alert, PostCollection, CoordinationRun)
    before = {table: [row.model_dump() for row in filled.rows(table)] for table in kept}
    with Session(filled.engine) as session:
        labels = {item.post_id: item.stance for item in labelled_posts(session, WEEK, CLASSIFIER)}
    purge(filled, platform="x")
    assert {table: [row.model_dump() for row in filled.rows(table)] for table in kept} == before
    with Session(filled.engine) as session:
        after = {item.post_id: item.stance for item in labelled_posts(session, WEEK, CLASSIFIER)}
    assert after == labels


def test_a_table_that_mixes_platforms_loses_its_body(filled):
    items = (filled.item(), filled.item("1_1", platform="facebook", account_id="501"))
    filled.store(*items, source="import:generic_csv")
    filled.add(
        Payload(
            platform="mixed", endpoint="import:generic_csv", received_at=POLL, sha256="0" * 64,
            size=9, ciphertext=filled.keyring.encrypt_payload(b"id,text"),
        )
    )  # fmt: skip
    purge(filled, platform="x")
    assert [row.ciphertext for row in filled.rows(Payload) if row.platform == "mixed"] == [None]
    assert [row.size for row in filled.rows(Payload) if row.platform == "mixed"] == [9]


def test_a_dry_run_says_what_would_go_and_changes_nothing(filled):
    fill(filled)
    before = filled.everything()
    planned = plan_purge(filled.deployment, Selection(platform="x"), now=NOW)
    assert filled.everything() == before
    done = purge(filled, platform="x")
    assert (planned.posts, planned.bodies) == (done.posts, done.bodies)
    assert planned.pieces == {name: done.pieces[name] for name in planned.pieces}
    assert planned.pieces["texts"] == planned.pieces["platform_ids"] == 2
    assert "add --yes" in str(planned)


def test_the_proof_says_how_much_was_held_before_and_after(filled):
    fill(filled)
    purge(filled, platform="x")
    proofs = filled.rows(PurgeProof)
    assert {(proof.scope, proof.role) for proof in proofs} == {("platform:x", "operator")}
    counts = {name: n for proof in proofs for name, n in proof.counts.items()}
    assert counts["texts.before"] == counts["authors.before"] == 2
    assert {n for name, n in counts.items() if name.endswith(".after")} == {0}


def test_purging_twice_changes_nothing(filled):
    fill(filled)
    purge(filled, platform="x")
    before = filled.everything()
    again = purge(filled, platform="x")
    assert (again.posts, again.bodies, again.pieces) == (0, 0, {})
    assert filled.everything() == before


def test_a_post_that_was_purged_does_not_come_back_with_a_later_poll(filled):
    filled.store(filled.item())
    purge(filled, post_id=filled.post_id())
    filled.store(filled.item(), at=NOW + DAY)
    post = filled.post()
    assert (post.text, post.account, post.text_removed) == ("", None, "purged")
    assert [row.ciphertext for row in filled.rows(Payload)] == [None, None]
    assert filled.rows(Engagement) == filled.rows(Share) == filled.rows(PlatformId) == []


def test_one_post_is_purged_with_its_reposts_alone(filled):
    filled.store(
        filled.item(),
        filled.item("2001", kind="repost", reposted_platform_id="1101", account_id="9002"),
        filled.item("1103", text="Autre chose", account_id="9001"),
    )
    done = purge(filled, post_id=filled.post_id())
    assert (done.posts, done.followers) == (1, 1)
    assert {post.text for post in filled.rows(Post)} == {"", "Autre chose"}
    # The account has another post, so it is still known.
    assert filled.post("1103").account in {row.pseudonym for row in filled.rows(Account)}


def test_age_counts_from_when_a_post_came_to_us(filled):
    long_ago = POLL - timedelta(days=700)
    filled.store(filled.item(created_at=long_ago), source="import:x_v2_flat")
    filled.store(filled.item("1102"), at=POLL - 30 * DAY)
    assert purge(filled, older_than=14).posts == 1
    assert filled.post().text == TEXT
    assert filled.post("1102").text == ""


@pytest.mark.parametrize(
    ("selection", "problem"),
    [
        ({}, "give one of"),
        ({"platform": "x", "older_than": 3}, "give one of"),
        ({"older_than": -1}, "a number of days"),
        ({"platform": "myspace"}, "no posts of 'myspace'; it has x"),
        ({"post_id": "none"}, "there is no post 'none'"),
    ],
)
def test_a_wrong_selection_is_wrong_use(small, selection, problem):
    small.store(small.item())
    with pytest.raises(UsageError, match=problem):
        purge(small, **selection)

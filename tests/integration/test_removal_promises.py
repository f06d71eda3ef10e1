"""What is removed is nowhere: not in the store, its log, the payloads, or any file of the home."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from config.keyring import Keyring
from config.settings import Settings
from crawlers.importers.run import FileReport, import_files
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.truth import truth_of
from crawlers.sandbox.world import build_world
from crawling import Deployment as Crawling
from models import Account, OptOut, Payload, Post, PostState, Prediction, Share
from models.database import open_session, read_session
from pipelines import stages
from pipelines.compliance import apply_states
from pipelines.deployment import Deployment
from pipelines.opt_outs import opt_out
from pipelines.periods import week_of
from pipelines.purge import Selection, carry_out_purge
from pipelines.retention import expire

SOURCES = ("x_search", "facebook_pages")
LEAST_LENGTH = 40
EDGE = 30
IMPORTED = {
    "data": [
        {
            "id": "1834000000000000001",
            "text": "Un camion de semences est resté bloqué trois jours entre Sévaré et Konna",
            "created_at": "2024-08-07T10:00:00.000Z",
            "author_id": "770000000000000077",
            "conversation_id": "1834000000000000001",
            "edit_history_tweet_ids": ["1834000000000000001"],
        }
    ],
    "includes": {
        "users": [
            {"id": "770000000000000077", "username": "sira_kolibara9", "name": "Sira Kolibara"}
        ]
    },
    "meta": {"result_count": 1},
}


@pytest.fixture(scope="module")
def world():
    return build_world(7, 2)


@pytest.fixture(scope="module")
def lived_once(tmp_path_factory, world) -> Settings:
    """Settings of a deployment that has crawled two weeks, imported a file and reported."""
    folder = tmp_path_factory.mktemp("lived")
    with Sandbox(world=world) as sandbox:
        crawling = Crawling(folder / "home", sandbox).init()
        for days in (6, 12, 15):
            sandbox.set_clock(world.start + timedelta(days=days))
            assert {crawling.crawl(source).status for source in SOURCES} == {"done"}
        deployment = Deployment.open(crawling.settings)
    assert imported(deployment, folder).posts_new == 1
    with open_session(deployment.engine) as session:
        session.add_all(reading(post) for post in session.exec(select(Post)).all())
    week, now = week_of(world.start), deployment.settings.clock()
    stages.build_week(deployment, week, now=now)
    stages.propose_alerts(deployment, week, now=now)
    out = deployment.settings.home / "reports"
    stages.write_weekly_report(deployment, week, out=out, now=now, languages=["fr"])
    deployment.engine.dispose()
    return deployment.settings


def reading(post: Post) -> Prediction:
    """A label, so that the post is counted."""
    return Prediction(
        post_id=post.id,
        classifier=Settings.model_fields["classifier"].default,
        text_hash=post.text_hash,
        language="fr",
        relevance="yes",
        stance="neutral",
        tone="neutral",
        target="none",
        probabilities={},
        needs_review=False,
        review_reasons=[],
        predicted_at=post.created_at,
    )


def imported(deployment: Deployment, folder: Path) -> FileReport:
    source = folder / "response.json"
    source.write_text(json.dumps(IMPORTED), encoding="utf-8")
    (report,) = import_files(
        [source],
        engine=deployment.engine,
        keyring=deployment.keyring,
        watchlist=deployment.watchlist,
        now=deployment.settings.clock(),
    )
    return report


@pytest.fixture
def lived(tmp_path: Path, lived_once: Settings) -> Iterator[Deployment]:
    """A copy of it to remove from."""
    home = tmp_path / "home"
    shutil.copytree(lived_once.home, home)
    deployment = Deployment.open(
        Settings(home=home, database_url=None, now=lived_once.now, watchlist=lived_once.watchlist)
    )
    yield deployment
    deployment.engine.dispose()


def left_in(home: Path) -> bytes:
    """Every byte of every file in the home, the store's log among them."""
    return b"\n".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def readable_payloads(deployment: Deployment) -> bytes:
    with read_session(deployment.engine) as session:
        bodies = session.exec(
            select(Payload.ciphertext).where(col(Payload.ciphertext).is_not(None))
        ).all()
    return b"\n".join(deployment.keyring.decrypt_payload(body) for body in bodies)


def edges_of(texts: set[str]) -> set[bytes]:
    """Both ends of long texts: one may be cut in two where the store's pages end."""
    long = {text for text in texts if len(text) >= LEAST_LENGTH}
    return {end.encode() for text in long for end in (text[:EDGE], text[-EDGE:])}


def texts_alone(deployment: Deployment, ids: set[str]) -> set[bytes]:
    """Ends of the texts of these posts that no other post has, as text or as link."""
    with read_session(deployment.engine) as session:
        posts = session.exec(select(Post)).all()
    kept = [post for post in posts if post.id not in ids]
    others = "\n".join("\n".join([post.text, *post.urls]) for post in kept).encode()
    ends = edges_of({post.text for post in posts if post.id in ids})
    return {end for end in ends if end not in others}


def found(ends: set[bytes], content: bytes) -> set[bytes]:
    return {end for end in ends if end in content}


def planted(world) -> set[bytes]:
    private = truth_of(world)["private"]
    mine = {"sira_kolibara9", "Sira Kolibara", "770000000000000077"}
    kinds = ("handles", "names", "avatars", "account_ids", "details")
    return {value.encode() for kind in kinds for value in private[kind]} | {
        value.encode() for value in mine
    }


def delete_some(deployment: Deployment) -> set[str]:
    """Every third post of each platform is gone, as a compliance job would tell."""
    now = deployment.settings.clock()
    with open_session(deployment.engine) as session:
        ids = session.exec(select(Post.id).order_by(Post.id)).all()[::3]
        session.add_all(
            PostState(
                post_id=post_id, since=now, state="deleted", reason="deleted", source="x_compliance"
            )
            for post_id in ids
        )
    return set(ids)


def test_no_planted_person_is_in_any_file_before_or_after(lived, world):
    home = lived.settings.home
    assert found(planted(world), left_in(home)) == set()
    # The payloads hold them, under their own key: or there would be nothing to find.
    assert len(found(planted(world), readable_payloads(lived))) > 50
    delete_some(lived)
    apply_states(lived, now=lived.settings.clock())
    carry_out_purge(lived, Selection(platform="x"), role="operator", now=lived.settings.clock())
    assert found(planted(world), left_in(home)) == set()


def test_deleted_texts_are_in_no_file_and_no_payload(lived):
    gone = delete_some(lived)
    ends = texts_alone(lived, gone)
    before = left_in(lived.settings.home)
    assert len(ends) > 20
    assert found(ends, before) == ends
    applied = apply_states(lived, now=lived.settings.clock())
    assert applied.traces_cleared
    assert found(ends, left_in(lived.settings.home)) == set()
    assert found(ends, readable_payloads(lived)) == set()


def test_the_deleted_are_still_counted_and_a_figure_opens_to_its_tombstones(lived, world):
    week, now = week_of(world.start), lived.settings.clock()
    before = [stages.series_row(point) for point in stages.build_week(lived, week, now=now)]
    snapshot = lived.settings.home / "reports" / week / "snapshot.json"
    gone = delete_some(lived)
    apply_states(lived, now=now)
    after = [stages.series_row(point) for point in stages.build_week(lived, week, now=now)]
    assert after == before
    figure = f"{week.partition('-')[2]}.posts.items"
    found_items = stages.trace_figure(lived.settings, figure, snapshot).items
    traced = {item.post_id: item for item in found_items}
    with read_session(lived.engine) as session:
        posts = select(Post).where(col(Post.id).in_(traced), col(Post.id).in_(gone))
        tombstones = session.exec(posts).all()
    assert tombstones
    assert {(post.text, post.text_removed) for post in tombstones} == {("", "deleted")}
    assert {traced[post.id].label["stance"] for post in tombstones} == {"neutral"}


def test_an_account_that_opts_out_is_nowhere_and_does_not_come_back(lived, tmp_path):
    account = IMPORTED["data"][0]["author_id"]
    done = opt_out(lived, "x", account, role="operator", now=lived.settings.clock())
    assert (done.posts, done.bodies) == (1, 1)
    ends = edges_of({IMPORTED["data"][0]["text"]})
    assert found(ends, left_in(lived.settings.home)) == set()
    assert found({account.encode()}, readable_payloads(lived)) == set()
    again = imported(lived, tmp_path)
    assert (again.records, again.other["opted_out"]) == (0, 1)
    assert found(ends, left_in(lived.settings.home)) == set()
    with read_session(lived.engine) as session:
        pseudonyms = Keyring(lived.settings.keys_dir).pseudonyms("x", account).values()
        known = select(Account).where(col(Account.pseudonym).in_(list(pseudonyms)))
        assert session.exec(known).all() == []
        assert len(session.exec(select(OptOut)).all()) == 1


def test_a_purged_platform_is_nowhere_and_the_other_is_whole(lived):
    with read_session(lived.engine) as session:
        of_x = set(session.exec(select(Post.id).where(Post.platform == "x")))
        others = session.exec(select(Post.id, Post.text).where(Post.platform != "x")).all()
    ends = texts_alone(lived, of_x)
    assert len(ends) > 20
    carry_out_purge(lived, Selection(platform="x"), role="operator", now=lived.settings.clock())
    assert found(ends, left_in(lived.settings.home)) == set()
    assert found(ends, readable_payloads(lived)) == set()
    with read_session(lived.engine) as session:
        rest = session.exec(select(Post.id, Post.text).where(Post.platform != "x")).all()
        shares = select(Share.post_id).where(col(Share.post_id).in_(of_x))
        assert session.exec(shares).all() == []
    assert sorted(rest) == sorted(others)


def test_after_their_time_no_text_is_left_at_all(lived):
    with read_session(lived.engine) as session:
        ends = edges_of(set(session.exec(select(Post.text))))
    assert len(found(ends, left_in(lived.settings.home))) == len(ends) > 100
    expire(lived, now=lived.settings.clock() + timedelta(days=91))
    assert found(ends, left_in(lived.settings.home)) == set()
    assert readable_payloads(lived) == b""

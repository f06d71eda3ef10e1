"""A store of the first schema after its upgrade: what it holds is met again, not held twice."""

from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from config.keyring import Keyring
from config.watchlist import Watchlist
from crawlers.parsers import fingerprints
from crawlers.parsers.items import ParsedPage, PostItem
from crawlers.storage import Collection, FetchedPage, PageStore, StoreCounts
from models import CommentCoverage, Post, PostVersion, Prediction, Share
from models.database import alembic_config, migrate

MADE = datetime(2024, 9, 1, 12, tzinfo=UTC)
TEXT = "Les vivres sont arrivés ce matin à Gao"
URL = "https://a.example/x"
EXACT = fingerprints.text_hash(TEXT)
MESSAGE = fingerprints.message_hash(TEXT)
LINK = fingerprints.object_hash(URL)
NOBODY = Watchlist(
    version="v1",
    x_queries=(),
    facebook_pages=(),
    registered_accounts=(),
    allowed_handles=frozenset(),
)
ITEM = PostItem(
    platform="x",
    platform_id="1101",
    kind="post",
    created_at=MADE,
    text=TEXT,
    account_id="9001",
    urls=(URL,),
)


@pytest.fixture
def upgraded(empty_engine: Engine, keyring: Keyring) -> Engine:
    """A store with one post, written under the first schema and brought up to date."""
    with empty_engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        values = {
            "t": "2024-09-01 12:00:00" + ("+00:00" if empty_engine.name == "postgresql" else ""),
            "id": keyring.post_id("x", "1101"),
            "account": keyring.pseudonym("x", "9001", MADE),
            "text": TEXT,
            "exact": EXACT,
            "message": MESSAGE,
            "link": LINK,
        }
        for statement in FIRST_ROWS:
            connection.execute(text(statement), values)
    migrate(empty_engine, keyring)
    return empty_engine


# In plain SQL, so that they stay as the first schema knew them.
FIRST_ROWS = (
    "INSERT INTO account (pseudonym, platform, quarter, source_type, first_posted_at)"
    " VALUES (:account, 'x', '2024Q3', 'other', :t)",
    "INSERT INTO post (id, platform, kind, account, created_at, text, text_hash, message_hash,"
    " urls, media, state, acquisition, may_train) VALUES (:id, 'x', 'post', :account, :t, :text,"
    " :exact, :message, '[]', '[]', 'visible', 'x_api_v2', false)",
    "INSERT INTO post_version (post_id, text_hash, text, seen_at) VALUES (:id, :exact, :text, :t)",
    "INSERT INTO prediction (post_id, classifier, text_hash, language, probabilities, mentions,"
    " needs_review, review_reasons, predicted_at)"
    " VALUES (:id, 'c1', :exact, 'fr', '{}', '[]', false, '[]', :t)",
    "INSERT INTO share (post_id, object_kind, object_id, account, shared_at) VALUES"
    " (:id, 'text', :message, :account, :t), (:id, 'url', :link, :account, :t),"
    " (:id, 'repost', 'keyed', :account, :t)",
    "INSERT INTO comment_coverage (post_id, polled_at, claimed, collected) VALUES (:id, :t, 4, 3)",
)


def rows(engine: Engine, table: type) -> list:
    with Session(engine) as session:
        return list(session.exec(select(table)))


def objects(engine: Engine) -> set[tuple[str, str]]:
    return {(share.object_kind, share.object_id) for share in rows(engine, Share)}


def test_plain_fingerprints_are_put_under_the_key_once(upgraded, keyring):
    migrate(upgraded, keyring)

    (post,), (version,), (label,) = (rows(upgraded, t) for t in (Post, PostVersion, Prediction))
    exact = keyring.fingerprint(EXACT)
    assert (post.text_hash, version.text_hash, label.text_hash) == (exact, exact, exact)
    assert post.message_hash == keyring.fingerprint(MESSAGE)
    assert objects(upgraded) == {
        ("text", keyring.fingerprint(MESSAGE)),
        ("url", keyring.fingerprint(LINK)),
        ("repost", "keyed"),
    }


def test_a_post_from_before_is_known_again_with_its_version_and_its_shares(upgraded, keyring):
    before = objects(upgraded)
    under = Collection(
        source="x_search", query_id="aid", query_version="v1", polled_at=MADE, acquisition="api"
    )
    with Session(upgraded) as session:
        page = FetchedPage("x", "/2/tweets/search/recent", b"{}", MADE)
        store = PageStore(session, keyring, NOBODY)
        counts = store.store(page, ParsedPage(posts=(ITEM,)), under)
        session.commit()
        unread = session.exec(
            select(Post.id)
            .join(Prediction, col(Prediction.post_id) == col(Post.id))
            .where(col(Prediction.text_hash) != col(Post.text_hash))
        ).all()

    assert counts == StoreCounts(posts_known=1)
    assert len(rows(upgraded, PostVersion)) == 1
    assert objects(upgraded) == before
    assert unread == []


def test_what_was_not_noted_of_comments_is_unknown(upgraded):
    (thread,) = rows(upgraded, CommentCoverage)

    assert (thread.collected, thread.hidden, thread.authors_known) == (3, None, None)

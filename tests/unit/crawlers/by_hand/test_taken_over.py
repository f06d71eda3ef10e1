"""A post that a person told of, and that a crawl then meets."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from crawlers.parsers.items import ParsedPage, PostItem
from crawlers.storage import Collection, FetchedPage, PageStore, StoreCounts
from models import HandEntry, Post, PostCollection, PostVersion, Share

POSTED = datetime(2024, 9, 11, 14, 31, tzinfo=UTC)
TEXT = "Les vivres du comité se vendent au marché de Konna depuis ce matin"
TOLD = {"platform": "x", "url": "https://x.com/quelqu_un/status/1830000000000000001"}


@pytest.fixture
def crawl(session, keyring, desk, now):
    """Stores a page with the post that was told of."""

    def run(**changes) -> StoreCounts:
        given = {
            "platform": "x",
            "platform_id": "1830000000000000001",
            "kind": "post",
            "created_at": POSTED,
            "text": TEXT,
            "account_id": "9001",
            "language": "fr",
        }
        page = FetchedPage("x", "/2/tweets/search/recent", b"{}", now)
        under = Collection("x_search", "aide", "v1", now, "x_api_v2")
        store = PageStore(session, keyring, desk.watchlist)
        return store.store(page, ParsedPage(posts=(PostItem(**(given | changes)),)), under)

    return run


def test_the_platforms_word_takes_the_place_of_what_was_told(session, tell_post, crawl, keyring):
    post_id = tell_post(**TOLD).post_id

    assert crawl() == StoreCounts(posts_known=1)

    post = session.get(Post, post_id)
    assert (post.text, post.acquisition, post.created_at) == (TEXT, "x_api_v2", POSTED)
    assert post.account == keyring.pseudonym("x", "9001", POSTED)
    assert post.platform_language == "fr"
    assert [row.text for row in session.exec(select(PostVersion))] == [TEXT]
    assert [row.object_kind for row in session.exec(select(Share))] == ["text"]


def test_who_told_of_it_and_what_place_it_names_stay_known(session, tell_post, crawl):
    tell_post(**TOLD, place="Konna")
    crawl()

    (entry,) = session.exec(select(HandEntry)).all()
    assert entry.added_by == "analyst-1"
    assert entry.place_id is not None
    assert sorted(session.exec(select(PostCollection.source))) == ["by_hand", "x_search"]


def test_a_second_meeting_changes_nothing_more(session, tell_post, crawl):
    post_id = tell_post(**TOLD).post_id
    crawl()
    before = session.get(Post, post_id).model_dump()
    crawl()

    assert session.get(Post, post_id).model_dump() == before


def test_a_post_only_referred_to_stays_as_it_was_told(session, tell_post, crawl):
    post_id = tell_post(**TOLD).post_id
    crawl(context=True)

    assert session.get(Post, post_id).acquisition == "by_hand:public_page"

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.parsers.feeds import parse_feed
from crawlers.parsers.items import UnreadablePayload

FIXTURES = Path(__file__).parents[2] / "fixtures" / "feeds"


def feed(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def test_an_entry_is_a_post_of_the_web_at_its_moment_in_utc():
    first = parse_feed(feed("rss.xml")).posts[0]

    assert (first.platform, first.kind, first.platform_id) == ("web", "post", "radio-exemple-1")
    assert first.created_at == datetime(2024, 9, 16, 8, tzinfo=UTC)


def test_the_text_is_the_title_and_the_words_of_the_body():
    first = parse_feed(feed("rss.xml")).posts[0]

    assert first.text.splitlines() == [
        "Distribution de vivres à Douentza",
        "",
        "Deux cents familles ont reçu des vivres.",
        "Propos de Fanta Kéita-Exemple.",
    ]


def test_the_site_is_the_account_and_the_author_a_name_to_mask():
    first = parse_feed(feed("rss.xml"), feed_id="web-radio").posts[0]

    assert (first.account_id, first.venue_platform_id) == ("web-radio", "web-radio")
    assert first.private_names == ("Fanta Kéita-Exemple",)


def test_attached_pictures_are_told():
    first = parse_feed(feed("rss.xml")).posts[0]

    assert first.media == ("photo",)


def test_an_entry_without_a_time_is_refused_alone():
    page = parse_feed(feed("rss.xml"))

    assert [post.platform_id for post in page.posts] == [
        "radio-exemple-1",
        "https://radio-exemple.example/vaccination",
    ]
    (refused,) = page.rejected
    assert (refused.reason, refused.path) == ("missing_time", "entries[1]")


def test_an_atom_entry_has_its_whole_content_and_the_time_it_was_published():
    (only,) = parse_feed(feed("atom.xml")).posts

    assert (
        only.text == "Le centre de santé rouvre\n\nLe centre de santé de Konna a rouvert ce lundi."
    )
    assert only.created_at == datetime(2024, 9, 16, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [b"", b"/etc/hostname", b"http://127.0.0.1:9/feed", b"{}", b"<html><body>404</body></html>"],
)
def test_what_is_no_feed_is_unreadable(body: bytes):
    with pytest.raises(UnreadablePayload):
        parse_feed(body)


@given(st.integers(0, 1400), st.binary(max_size=40))
def test_damaged_feeds_give_posts_or_their_own_error(place: int, damage: bytes):
    body = feed("rss.xml")
    with suppress(UnreadablePayload):
        parse_feed(body[:place] + damage + body[place + len(damage) :])

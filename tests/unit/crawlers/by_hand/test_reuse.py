from datetime import UTC, datetime

import pytest

from crawlers.by_hand.reuse import picture_reuse
from crawlers.parsers.media_prints import HEX_DIGITS, TRIMS
from models import Post

PRINT = "5" * HEX_DIGITS * len(TRIMS)
OTHER = "0f" * (HEX_DIGITS // 2) * len(TRIMS)


@pytest.fixture
def shown(session):
    """Adds a post of a day that shows pictures with these prints; gives its id."""

    def add(name: str, day: int, *prints: str) -> str:
        session.add(
            Post(
                id=name * 32,
                platform="x",
                kind="post",
                created_at=datetime(2024, 9, day, tzinfo=UTC),
                text="",
                text_hash="h",
                message_hash="m",
                urls=[],
                media=["photo"],
                media_prints=list(prints),
                acquisition="import",
            )
        )
        session.flush()
        return name * 32

    return add


def test_an_earlier_post_with_a_near_picture_is_earlier_use(session, shown):
    post = shown("b", 12, OTHER, PRINT)
    earlier, later = shown("a", 2, PRINT[:-1] + "4"), shown("c", 20, PRINT)

    found = picture_reuse(session, post[:6])

    assert found.earlier_use == "yes"
    assert [(one["id"], one["bits"], one["earlier"]) for one in found.others] == [
        (earlier, 0, True), (later, 0, False),
    ]  # fmt: skip


def test_a_picture_seen_only_here_or_later_has_no_earlier_use(session, shown):
    post = shown("a", 12, PRINT)
    shown("b", 20, PRINT)
    shown("c", 2, OTHER)

    assert picture_reuse(session, post).as_dict() == {
        "id": post,
        "earlier_use": "no",
        "posts": [
            {"id": "b" * 32, "day": "2024-09-20", "platform": "x", "bits": 0, "earlier": False}
        ],
    }


def test_a_post_without_a_print_was_not_checked(session, shown):
    assert picture_reuse(session, shown("a", 12)).earlier_use == "not checked"

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from config.keyring import Keyring
from crawlers.checkpoints import Window
from crawlers.page_posts import (
    MOST_THREADS,
    ThreadAge,
    is_due,
    is_hopeless,
    posts_of,
    short_threads,
)
from models import CommentCoverage, PlatformId, Post, PostCollection

NOW = datetime(2024, 9, 23, 6, tzinfo=UTC)
PAGE = ("facebook_pages", "radio")


def days(count: float) -> datetime:
    return NOW - timedelta(days=count)


class Shelf:
    """A store of posts of one page, by age in days."""

    def __init__(self, session: Session, keyring: Keyring) -> None:
        self.session, self.keyring = session, keyring

    def post(self, number: str, age: float, page: str = "radio", **more: object) -> None:
        post_id = self.keyring.post_id("facebook", number)
        whole = {
            "platform": "facebook",
            "kind": "post",
            "created_at": days(age),
            "text": "",
            "text_hash": "",
            "message_hash": "",
            "urls": [],
            "media": [],
            "acquisition": "graph_api",
        }
        self.session.add(Post(id=post_id, **(whole | more)))
        sealed = self.keyring.encrypt_platform_id(number)
        self.session.add(PlatformId(post_id=post_id, platform="facebook", ciphertext=sealed))
        self.session.flush()
        self.session.add(
            PostCollection(
                post_id=post_id,
                source="facebook_pages",
                query_id=page,
                query_version="v1",
                first_collected_at=NOW,
            )
        )
        self.session.flush()

    def thread(self, number: str, age: float, asked: float, claimed: int, held: int) -> None:
        self.post(number, age)
        self.session.add(
            CommentCoverage(
                post_id=self.keyring.post_id("facebook", number),
                polled_at=days(asked),
                claimed=claimed,
                collected=held,
            )
        )
        self.session.flush()


@pytest.fixture
def shelf(any_engine: Engine, keyring: Keyring) -> Iterator[Shelf]:
    with Session(any_engine) as session:
        yield Shelf(session, keyring)


def known(shelf: Shelf) -> set[str]:
    return set(posts_of(shelf.session, shelf.keyring, PAGE, Window(days(14), NOW)))


def test_the_posts_a_page_should_still_show_are_those_of_the_period(shelf: Shelf):
    shelf.post("501_1", 3)
    shelf.post("501_2", 14)
    shelf.post("501_3", 15)
    shelf.post("501_4", 3, kind="comment")
    shelf.post("501_5", 3, state="deleted")
    shelf.post("501_6", 3, state="unavailable")
    shelf.post("777_7", 3, page="mairie")
    assert known(shelf) == {"501_1", "501_2"}


def test_a_post_whose_id_was_removed_is_not_asked_for(shelf: Shelf):
    shelf.post("501_1", 3)
    vault = shelf.session.get_one(PlatformId, shelf.keyring.post_id("facebook", "501_1"))
    shelf.session.delete(vault)
    shelf.session.flush()
    assert known(shelf) == set()


@pytest.mark.parametrize(
    ("age", "asked_at_age", "due", "hopeless"),
    [
        (15, 14, False, False),
        (28, 14, True, False),
        (55, 28, False, False),
        (60, 28, True, False),
        (89, 44, True, False),
        (89, 46, False, True),
        (91, 20, False, True),
    ],
)
def test_a_short_thread_is_asked_again_when_its_age_has_doubled_and_given_up_in_the_end(
    age, asked_at_age, due, hopeless
):
    thread = ThreadAge(days(age), days(age - asked_at_age))
    assert (is_due(thread, NOW), is_hopeless(thread, NOW)) == (due, hopeless)


def test_a_thread_is_asked_at_most_a_few_times_after_the_look_back():
    began, asked, times = days(0), days(0) + timedelta(days=14), 0
    for day in range(14, 400):
        moment = began + timedelta(days=day)
        if is_due(ThreadAge(began, asked), moment):
            asked, times = moment, times + 1
    assert times == 2


def test_only_threads_that_are_short_are_asked_again(shelf: Shelf):
    shelf.thread("501_1", age=30, asked=16, claimed=9, held=4)
    shelf.thread("501_2", age=30, asked=16, claimed=9, held=9)
    shelf.thread("501_3", age=100, asked=86, claimed=9, held=4)
    shelf.thread("501_4", age=3, asked=1, claimed=9, held=4)
    found = short_threads(shelf.session, shelf.keyring, PAGE, days(21), NOW)
    assert found.due == (("501_1", 9),)
    assert found.hopeless == 1


def test_so_many_old_threads_are_asked_in_one_poll_and_no_more(shelf: Shelf):
    for number in range(MOST_THREADS + 3):
        shelf.thread(f"501_{number}", age=30 + number / 100, asked=16, claimed=2, held=1)
    found = short_threads(shelf.session, shelf.keyring, PAGE, days(21), NOW)
    assert len(found.due) == MOST_THREADS
    assert found.due[0] == ("501_0", 2)

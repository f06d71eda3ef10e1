from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from crawlers.checkpoints import Poll, Window
from crawlers.comments import Thread, mark_thread_gone, record_comments
from models import Account, CommentCoverage, Engagement, Post, PostState


def at(day: int) -> datetime:
    return datetime(2024, 9, day, tzinfo=UTC)


FIRST, SECOND = at(20), at(21)


@pytest.fixture
def session(any_engine: Engine) -> Iterator[Session]:
    with Session(any_engine) as session:
        session.add(made("root", kind="post"))
        session.flush()
        yield session


def made(post_id: str, **more: object) -> Post:
    whole = {
        "platform": "facebook",
        "kind": "comment",
        "root_id": "root",
        "created_at": at(2),
        "text": "",
        "text_hash": "",
        "message_hash": "",
        "urls": [],
        "media": [],
        "acquisition": "graph_api",
    }
    return Post(id=post_id, **(whole | more))


def met(session: Session, polled_at: datetime, *ids: str) -> None:
    """Comments met in a poll, new ones added."""
    for post_id in ids:
        if session.get(Post, post_id) is None:
            session.add(made(post_id))
            session.flush()
        session.add(Engagement(post_id=post_id, polled_at=polled_at, observed_at=polled_at))
    session.flush()


def record(session: Session, polled_at: datetime, claimed: int | None, **more: object) -> None:
    poll = Poll("facebook_pages", "radio", "v1", polled_at, Window(at(1), polled_at))
    thread = Thread("501_1", claimed, "chronological", **({"whole": True} | more))
    record_comments(session, "root", thread, poll)
    session.flush()


def coverage(session: Session) -> CommentCoverage:
    return session.get_one(CommentCoverage, "root")


def states(session: Session) -> dict[str, str]:
    comments = session.exec(select(Post).where(Post.kind == "comment"))
    return {comment.id: comment.state for comment in comments}


def test_comments_held_are_set_against_those_claimed(session: Session):
    met(session, FIRST, "c1", "c2")
    session.add(made("elsewhere", root_id="other"))
    record(session, FIRST, 5)
    row = coverage(session)
    assert (row.claimed, row.collected, row.polled_at) == (5, 2, FIRST)
    assert row.ordering == "chronological"


def test_hidden_comments_and_known_authors_are_counted_among_those_held(session: Session):
    session.add(
        Account(
            pseudonym="a1",
            platform="facebook",
            quarter="2024Q3",
            source_type="other",
            first_posted_at=at(2),
        )
    )
    session.flush()
    session.add_all([made("c1", hidden=True), made("c2", hidden=False), made("c3", account="a1")])
    session.flush()
    record(session, FIRST, 3)
    row = coverage(session)
    assert (row.collected, row.hidden, row.authors_known) == (3, 1, 1)


def test_a_comment_missing_from_a_complete_later_list_is_unavailable(session: Session):
    met(session, FIRST, "c1", "c2", "c3")
    record(session, FIRST, 3)
    met(session, SECOND, "c1", "c3")
    record(session, SECOND, 2)
    assert states(session) == {"c1": "visible", "c2": "unavailable", "c3": "visible"}
    (change,) = session.exec(select(PostState))
    assert (change.post_id, change.since, change.state) == ("c2", SECOND, "unavailable")
    assert (change.reason, change.source) == ("not_listed", "facebook_pages")
    assert (coverage(session).claimed, coverage(session).collected) == (2, 2)


@pytest.mark.parametrize(
    ("claimed", "whole"), [(3, True), (2, False), (None, True)], ids=["short", "cut", "unknown"]
)
def test_a_list_that_is_not_complete_tells_nothing_of_what_it_left_out(
    session: Session, claimed: int | None, whole: bool
):
    met(session, FIRST, "c1", "c2", "c3")
    met(session, SECOND, "c1", "c3")
    record(session, SECOND, claimed, whole=whole)
    assert set(states(session).values()) == {"visible"}
    assert coverage(session).collected == 3


def test_a_thread_whose_last_comment_is_taken_down_holds_none(session: Session):
    met(session, FIRST, "c1")
    record(session, SECOND, 0)
    assert states(session) == {"c1": "unavailable"}
    assert coverage(session).collected == 0


def test_a_comment_that_no_poll_has_met_is_left_as_it_is(session: Session):
    session.add(made("imported"))
    met(session, SECOND, "c1")
    record(session, SECOND, 1)
    assert states(session) == {"imported": "visible", "c1": "visible"}


def test_a_repeated_page_changes_nothing_more(session: Session):
    met(session, FIRST, "c1", "c2")
    met(session, SECOND, "c1")
    record(session, SECOND, 1)
    record(session, SECOND, 1)
    assert len(session.exec(select(PostState)).all()) == 1


def test_an_older_poll_does_not_overwrite_the_newest_comment_coverage(session: Session):
    record(session, SECOND, 5)
    record(session, FIRST, 1)
    assert coverage(session).claimed == 5


def test_the_comments_of_a_post_that_is_gone_go_with_it(session: Session):
    met(session, FIRST, "c1", "c2")
    session.add(made("elsewhere", root_id="other"))
    poll = Poll("facebook_pages", "radio", "v1", SECOND, Window(at(1), SECOND))
    mark_thread_gone(session, "root", poll)
    session.flush()
    assert states(session) == {"c1": "unavailable", "c2": "unavailable", "elsewhere": "visible"}
    changes = session.exec(select(PostState))
    assert {change.reason for change in changes} == {"post_gone"}

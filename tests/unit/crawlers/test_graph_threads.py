import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.graph_position import Position
from crawlers.graph_requests import Manner
from crawlers.graph_threads import MOST_DETOURS, MOST_NESTED, Cursor, OpenThread
from crawlers.parsers.facebook import CommentSummary
from crawlers.parsers.items import ParsedPage, PostItem, RejectedRecord

MOMENT = datetime(2024, 9, 20, 12, tzinfo=UTC)
SAYS_NOTHING = CommentSummary(None, None)


def comment(comment_id, answers=0, parent="p"):
    return PostItem(
        platform="facebook",
        platform_id=comment_id,
        kind="comment",
        created_at=MOMENT,
        text="Merci",
        parent_platform_id=parent,
        root_platform_id="p",
        claimed_comments=answers,
    )


def page(*comments, after=None, rejected=()):
    return ParsedPage(posts=comments, next_token=after, rejected=rejected)


def walked(thread, *pages, total=None):
    for one in pages:
        thread = thread.after_page(one, CommentSummary(total, "chronological"))
    return thread


@pytest.fixture
def thread():
    return OpenThread("p", 3)


def test_a_thread_ends_where_there_is_no_next_page(thread):
    first = walked(thread, page(comment("1"), after="k2"))
    assert not first.done
    assert walked(first, page()).done


def test_an_empty_page_with_a_next_one_is_not_the_end(thread):
    assert not walked(thread, page(after="k2")).done


def test_the_claim_and_order_are_those_of_the_list_itself(thread):
    assert walked(thread, page(), total=7).closed().claimed == 7
    closed = thread.after_page(page(), SAYS_NOTHING).closed()
    assert (closed.claimed, closed.ordering) == (3, None)


@pytest.mark.parametrize(
    ("comments", "total", "nested"),
    [
        ([comment("1", answers=1), comment("2", parent="1"), comment("3")], 3, ()),
        ([comment("1", answers=2), comment("2", parent="1")], 3, ("1",)),
        ([comment("2", parent="1"), comment("1", answers=2)], 3, ("1",)),
        ([comment("1", answers=2), comment("2", parent="1")], None, ("1",)),
        ([comment("1", answers=5), comment("2"), comment("3")], 3, ()),
        ([comment("1"), comment("2")], 3, ()),
    ],
    ids=["all came", "one short", "answer first", "claim unknown", "claim met", "nothing to ask"],
)
def test_answers_are_asked_apart_only_where_the_list_fell_short(comments, total, nested):
    thread = walked(OpenThread("p", total), page(*comments), total=total)
    assert thread.nested == nested


def test_answers_of_answers_are_asked_to_any_depth_and_each_once(thread):
    thread = walked(thread, page(comment("1", answers=1)), total=3)
    assert thread.node == "1"
    thread = walked(thread, page(comment("2", answers=1, parent="1")))
    assert thread.node == "2"
    thread = walked(thread, page(comment("1", answers=1, parent="2")))
    assert thread.done
    assert thread.closed().whole


def test_so_many_comments_are_asked_apart_and_no_more():
    comments = [comment(str(n), answers=1) for n in range(MOST_NESTED + 5)]
    thread = walked(OpenThread("p", 500), page(*comments), total=500)
    asked = 0
    while not thread.done:
        thread, asked = walked(thread, page()), asked + 1
    assert asked == MOST_NESTED
    assert not thread.closed().whole


@pytest.mark.parametrize("cursor", ["k2", ""])
def test_a_list_that_stays_where_it_is_is_asked_again_some_times(thread, cursor):
    thread = walked(thread, page(after="k2"), *[page(after=cursor)] * MOST_DETOURS)
    assert not thread.done
    assert walked(thread, page()).closed().whole
    thread = walked(thread, page(after=cursor))
    assert thread.done
    assert not thread.closed().whole


def test_a_page_that_is_asked_again_is_counted_once(thread):
    twice = [page(comment("1", answers=1), after=after) for after in ("k2", "k2", "k3")]
    assert walked(thread, *twice).received == 2


def test_a_list_that_leads_back_is_not_whole(thread):
    thread = walked(thread, page(after="k2"), page(after="k3"), page(after="k2"))
    assert thread.done
    assert not thread.closed().whole


def test_a_refused_record_makes_the_list_not_whole(thread):
    broken = RejectedRecord("bad_time", "data[0]", "no moment")
    assert not walked(thread, page(rejected=(broken,))).closed().whole


def test_a_list_begun_again_counts_from_nothing():
    thread = walked(OpenThread("p", 2), page(comment("1", answers=1), after="k2"))
    again = thread.restarted()
    assert again is not None
    assert (again.received, again.short, again.cursor.position) == (0, {}, None)
    assert walked(again, page(after="k2")).restarted() is None


def test_at_its_start_there_is_nothing_to_begin_again(thread):
    assert thread.restarted() is None


def test_a_refusal_apart_leaves_the_others_to_ask():
    comments = [comment("1", answers=1), comment("2", answers=1)]
    thread = walked(OpenThread("p", 4), page(*comments), total=4).refused()
    assert thread.node == "2"
    assert not thread.closed().whole


cursors = st.builds(
    Cursor,
    st.none() | st.text(),
    st.lists(st.text(max_size=3)).map(tuple),
    st.integers(0, 2),
    st.integers(0, 3),
)
threads = st.builds(
    OpenThread,
    st.text(),
    st.none() | st.integers(0),
    cursors,
    st.integers(0),
    st.none() | st.sampled_from(["chronological", "ranked"]),
    st.booleans(),
    st.dictionaries(st.text(), st.integers()),
    st.none() | st.lists(st.text()).map(tuple),
    st.lists(st.text()).map(tuple),
)
positions = st.builds(
    Position,
    cursors,
    st.booleans(),
    st.none() | st.text(),
    st.builds(Manner, st.integers(0, 2), st.booleans(), st.none() | st.integers(5, 50)),
    st.lists(threads, max_size=3).map(tuple),
    st.lists(st.text(), max_size=3).map(tuple),
    st.integers(0),
    st.integers(0),
)


@given(positions)
def test_a_position_survives_its_checkpoint(position):
    assert Position.from_json(json.loads(json.dumps(position.as_json()))) == position

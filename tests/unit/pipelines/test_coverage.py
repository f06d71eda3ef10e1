from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.queries.wording import Alternative, Wording
from config.watchlist import Watchlist, XQuery
from models.watchlist_version import remember_version
from pipelines.coverage import NOTHING_WATCHED, uncovered, watched, week_coverage
from pipelines.periods import Period, week_period

WEEK = week_period("2024-W38")

hours = st.lists(
    st.tuples(st.integers(-20, 200), st.integers(1, 60)).map(
        lambda pair: Period(
            WEEK.start + timedelta(hours=pair[0]), WEEK.start + timedelta(hours=sum(pair))
        )
    )
)


def test_adjoining_and_overlapping_windows_make_a_complete_week(store, session, watch):
    for days in ((-2, 3), (3, 5), (4, 9)):
        store.cover(days=days)

    coverage = week_coverage(session, WEEK, watch())
    assert coverage.complete
    assert coverage.sources[0].fraction == 1
    assert coverage.gaps == ()


@pytest.mark.parametrize("status", ["partial", "failed"])
def test_windows_that_were_not_completed_count_for_nothing(store, session, watch, status):
    store.cover(days=(0, 4))
    store.cover(days=(4, 7), status=status)

    coverage = week_coverage(session, WEEK, watch())
    assert not coverage.complete
    assert coverage.sources[0].fraction == pytest.approx(4 / 7)
    assert coverage.sources[0].gaps == (Period(WEEK.start + timedelta(days=4), WEEK.end),)
    assert coverage.gaps == ("x_search:q1:partial",)


def test_what_was_never_asked_has_fraction_zero(store, session, watch):
    store.cover()

    coverage = week_coverage(session, WEEK, watch(pages=("radio",)))
    assert [(s.query_id, s.fraction) for s in coverage.sources] == [("q1", 1.0), ("radio", 0.0)]
    assert coverage.gaps == ("facebook_pages:radio:missing",)


def test_a_gap_concerns_its_platform_only(store, session, watch):
    store.cover()

    coverage = week_coverage(session, WEEK, watch(pages=("radio",)))
    assert coverage.gaps_of_platform("x") == ()
    assert coverage.gaps_of_platform("facebook") == ("facebook_pages:radio:missing",)


def test_a_platform_that_is_not_watched_is_a_gap_not_a_zero(store, session, watch):
    store.cover()

    coverage = week_coverage(session, WEEK, watch())
    assert coverage.complete
    assert coverage.gaps_of_platform("facebook") == (NOTHING_WATCHED,)


def test_a_watchlist_without_anything_covers_nothing(session, watch):
    coverage = week_coverage(session, WEEK, watch(queries=()))

    assert (coverage.complete, coverage.gaps) == (False, (NOTHING_WATCHED,))


def test_queries_are_told_apart_from_pages_of_the_same_name(store, session, watch):
    store.cover("facebook_pages", "same")

    coverage = week_coverage(session, WEEK, watch(queries=("same",), pages=("same",)))
    assert coverage.gaps == ("x_search:same:missing",)


def test_comments_are_held_against_those_claimed_and_unknown_is_kept_apart(store, session, watch):
    page = {"platform": "facebook"}
    store.comments_of(store.post(**page), claimed=20, collected=15)
    store.comments_of(store.post(**page), claimed=11, collected=9)
    store.comments_of(store.post(**page), claimed=None, collected=3)
    store.post(**page)
    store.comments_of(store.post(weeks=-1, **page), claimed=50, collected=1)
    store.post(platform="x")

    coverage = week_coverage(session, WEEK, watch())
    assert (coverage.comments_claimed, coverage.comments_collected) == (31, 24)
    assert coverage.comments_unknown == 2


def test_queries_and_pages_are_watched_under_the_ids_that_the_spiders_write(watch):
    assert watched(watch(queries=("a", "b"), pages=("radio",))) == [
        ("x_search", "a"),
        ("x_search", "b"),
        ("facebook_pages", "radio"),
    ]


@given(hours)
def test_gaps_and_windows_share_the_week_between_them(windows):
    gaps = uncovered(WEEK, windows)
    step = timedelta(hours=1)

    for number in range(7 * 24):
        hour = WEEK.start + number * step
        assert any(hour in gap for gap in gaps) != any(hour in window for window in windows)
    assert list(gaps) == sorted(gaps)


LONG = Wording(tuple(Alternative(f"organisation{n}") for n in range(60)), ("Mali",))


@pytest.fixture
def split_watch():
    """A watchlist whose one query is asked in parts."""
    query = XQuery("q1", LONG.text, "reason", "2024-01-01", LONG)
    return Watchlist("w2", (query,), (), (), frozenset())


def test_a_query_is_complete_only_where_all_its_parts_are(store, session, split_watch):
    first, *others = split_watch.x_parts()
    assert others
    store.cover(query=first.part_id, days=(0, 3))
    for part in others:
        store.cover(query=part.part_id)

    (source,) = week_coverage(session, WEEK, split_watch).sources
    assert (source.query_id, source.fraction) == ("q1", pytest.approx(3 / 7))
    store.cover(query=first.part_id, days=(3, 7))
    assert week_coverage(session, WEEK, split_watch).complete


def test_gaps_of_different_parts_add_up(store, session, split_watch):
    first, second, *others = split_watch.x_parts()
    store.cover(query=first.part_id, days=(1, 7))
    store.cover(query=second.part_id, days=(0, 6))
    for part in others:
        store.cover(query=part.part_id)

    (source,) = week_coverage(session, WEEK, split_watch).sources
    assert source.fraction == pytest.approx(5 / 7)


def test_what_the_whole_query_collected_before_it_was_split_counts(store, session, split_watch):
    store.cover(query="q1", days=(0, 4))
    for part in split_watch.x_parts():
        store.cover(query=part.part_id, days=(4, 7))

    assert week_coverage(session, WEEK, split_watch).complete


def test_what_earlier_parts_collected_counts_after_they_were_joined(
    store, session, split_watch, watch, now
):
    remember_version(session, split_watch, now)
    for part in split_watch.x_parts():
        store.cover(query=part.part_id)

    assert week_coverage(session, WEEK, watch()).complete

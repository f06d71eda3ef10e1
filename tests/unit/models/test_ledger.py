"""The ledger tells, for each hour or day, what windows of any source and version received."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.ledger import DAY, HOUR, AskedWindow, Probe, QueryFacts, Received, entries, gaps
from models.stretches import Stretch, length, merged, missing

START = datetime(2024, 9, 16, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def stretch(start: float, end: float) -> Stretch:
    return Stretch(at(start), at(end))


def window(start, end, status="complete", reason=None, version="v1", source="x_search"):
    return AskedWindow(source, version, stretch(start, end), status, reason)


def facts(*windows, received=None, probes=()):
    return QueryFacts("x_search", "aid", windows, received or {}, probes)


def states(found):
    return [(entry.state, entry.share) for entry in found]


@pytest.mark.parametrize(
    ("windows", "state", "share", "reasons"),
    [
        ([window(0, 1)], "complete", 1, ()),
        ([window(-5, 9)], "complete", 1, ()),
        ([window(0, 0.5), window(0.5, 1)], "complete", 1, ()),
        ([window(0, 0.75), window(0.25, 1)], "complete", 1, ()),
        ([window(0, 0.25)], "partial", 0.25, ("not_asked",)),
        ([window(0, 1, "partial", "budget: x")], "partial", 0, ("budget: x",)),
        ([window(0, 1, "failed", "http_400")], "failed", 0, ("http_400",)),
        ([window(0, 0.5, "failed", "http_400")], "failed", 0, ("http_400", "not_asked")),
        ([window(0, 0.5), window(0.5, 1, "failed", "gone")], "partial", 0.5, ("gone",)),
        ([window(0, 1, "failed", "http_400"), window(0, 1)], "complete", 1, ()),
        ([window(1, 2)], "not_asked", 0, ("not_asked",)),
        ([], "not_asked", 0, ("not_asked",)),
    ],
)
def test_an_hour_is_what_its_windows_make_of_it(windows, state, share, reasons):
    (entry,) = entries(facts(*windows), stretch(0, 1), HOUR)

    assert (entry.state, entry.share, entry.reasons) == (state, share, reasons)


def test_a_window_ends_before_its_last_moment():
    found = entries(facts(window(0, 1), window(2, 3)), stretch(0, 3), HOUR)

    assert states(found) == [("complete", 1), ("not_asked", 0), ("complete", 1)]


def test_each_version_has_its_row_and_its_share():
    found = entries(facts(window(0, 0.25), window(0.25, 1, version="v2")), stretch(0, 1), HOUR)

    assert [(e.query_version, e.share, e.version_share) for e in found] == [
        ("v1", 1, 0.25),
        ("v2", 1, 0.75),
    ]


def test_a_day_that_the_period_cuts_is_marked():
    found = entries(facts(window(0, 48)), stretch(6, 48), DAY)

    assert [(e.start, e.cut, e.state) for e in found] == [
        (at(6), True, "complete"),
        (at(24), False, "complete"),
    ]


def test_posts_stand_under_the_version_that_brought_them_and_never_with_comments():
    received = {("v1", at(0)): Received(3, 1), ("v1", at(5)): Received(1, 0)}

    hour, *_ = entries(facts(window(0, 24), received=received), stretch(0, 24), HOUR)
    (day,) = entries(facts(window(0, 24), received=received), stretch(0, 24), DAY)

    assert (hour.posts, hour.comments) == (3, 1)
    assert (day.posts, day.comments) == (4, 1)


@pytest.mark.parametrize(
    ("probes", "counted"),
    [
        ([Probe(stretch(0, 1), 7)], 7),
        ([Probe(stretch(0, 0.5), 3), Probe(stretch(0.5, 1), 4)], 7),
        ([Probe(stretch(0, 2), 7)], None),
        ([Probe(stretch(0, 0.5), 3)], None),
        ([], None),
    ],
)
def test_the_platforms_own_count_stands_only_where_it_counted_exactly_that(probes, counted):
    (entry,) = entries(facts(window(0, 1), probes=tuple(probes)), stretch(0, 1), HOUR)

    assert entry.counted == counted


def test_a_gap_lies_between_windows_and_says_why():
    found = gaps(facts(window(0, 5), window(6, 8, "failed", "http_400"), window(8, 9)))

    assert [(gap.stretch, gap.reason) for gap in found] == [
        (stretch(5, 8), "http_400; not_asked"),
    ]


def test_what_comes_after_the_last_moment_received_is_no_gap_yet():
    assert gaps(facts(window(0, 5), window(5, 8, "failed", "budget: x"))) == []
    assert gaps(facts(window(5, 8, "failed", "http_400"))) == []


def test_what_the_archive_received_is_no_gap_and_named():
    query = facts(window(0, 1), window(1, 2, source="x_archive"), window(2, 3))

    assert gaps(query) == []
    assert [e.via for e in entries(query, stretch(0, 3), HOUR)][1] == ("x_archive",)


minutes = st.integers(0, 600).map(lambda n: n / 60)
stretches = st.tuples(minutes, minutes).map(lambda pair: stretch(*sorted(pair)))
any_window = st.builds(
    AskedWindow,
    st.sampled_from(["x_search", "x_archive"]),
    st.sampled_from(["v1", "v2"]),
    stretches,
    st.sampled_from(["complete", "partial", "failed"]),
    st.sampled_from([None, "why"]),
)


@settings(deadline=None)
@given(st.lists(stretches), stretches)
def test_what_is_covered_and_what_is_missing_make_up_the_period(parts, period):
    covered = merged(part.cut(period) for part in parts)
    holes = missing(parts, period)

    assert merged([*covered, *holes]) == merged([period])
    assert length(covered) + length(holes) == period.end - period.start


@settings(deadline=None)
@given(st.lists(any_window, max_size=12))
def test_a_minute_counts_as_received_exactly_when_a_complete_window_holds_it(windows):
    found = entries(facts(*windows), stretch(0, 10), HOUR)
    shares = {entry.start: entry.share for entry in found}

    for hour in range(10):
        held = sum(
            any(w.status == "complete" and w.stretch.start <= m < w.stretch.end for w in windows)
            for m in (at(hour + minute / 60) for minute in range(60))
        )
        assert shares[at(hour)] == pytest.approx(held / 60, abs=1e-4)
        states = {e.state for e in found if e.start == at(hour)}
        assert (states == {"complete"}) == (held == 60)


@settings(deadline=None)
@given(st.lists(any_window, max_size=12), st.randoms())
def test_the_order_of_windows_does_not_matter(windows, chance):
    shuffled = list(windows)
    chance.shuffle(shuffled)

    assert entries(facts(*shuffled), stretch(0, 10), HOUR) == entries(
        facts(*windows), stretch(0, 10), HOUR
    )


@settings(deadline=None)
@given(st.lists(any_window, max_size=12))
def test_a_day_agrees_with_its_hours(windows):
    hours = {e.start: e for e in entries(facts(*windows), stretch(0, 24), HOUR)}
    day = entries(facts(*windows), stretch(0, 24), DAY)[0]

    assert day.share == pytest.approx(sum(e.share for e in hours.values()) / 24, abs=1e-3)
    assert (day.state == "complete") == all(e.state == "complete" for e in hours.values())

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import UsageError
from pipelines.periods import (
    WEEK,
    Period,
    last_full_week,
    week_of,
    week_period,
    weeks_before,
    weeks_between,
)

moments = st.integers(946_684_800, 4_102_444_799).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


def test_a_week_runs_from_monday_to_the_next_monday_which_it_excludes():
    period = week_period("2024-W38")

    assert period == Period(datetime(2024, 9, 16, tzinfo=UTC), datetime(2024, 9, 23, tzinfo=UTC))
    assert period.start in period
    assert period.end not in period


@given(moments)
def test_every_moment_lies_in_the_week_it_is_said_to_be_in(moment):
    period = week_period(week_of(moment))

    assert moment in period
    assert period.end - period.start == WEEK


def test_the_first_days_of_a_year_may_belong_to_the_last_week_of_the_former():
    assert week_of(datetime(2021, 1, 3, tzinfo=UTC)) == "2020-W53"


def test_a_moment_elsewhere_is_placed_by_utc():
    late_on_sunday = datetime(2024, 9, 22, 23, 30, tzinfo=timezone(-timedelta(hours=5)))

    assert week_of(late_on_sunday) == "2024-W39"


@pytest.mark.parametrize("text", ["2024-38", "2024-W5", "2024-W54", "2021-W53", "2024-W00", "W38"])
def test_what_is_no_week_is_refused_with_advice(text):
    with pytest.raises(UsageError, match=r"2024-W37|W52 or W53"):
        week_period(text)


def test_the_last_full_week_has_ended():
    assert last_full_week(datetime(2024, 9, 23, tzinfo=UTC)) == "2024-W38"
    assert last_full_week(datetime(2024, 9, 22, 23, 59, tzinfo=UTC)) == "2024-W37"


def test_weeks_before_are_oldest_first_and_cross_the_year():
    assert weeks_before("2021-W02", 3) == ["2020-W52", "2020-W53", "2021-W01"]
    assert weeks_before("2021-W02", 0) == []


def test_weeks_between_hold_both_ends():
    assert list(weeks_between("2024-W51", "2025-W02")) == [
        "2024-W51",
        "2024-W52",
        "2025-W01",
        "2025-W02",
    ]
    assert list(weeks_between("2024-W10", "2024-W09")) == []


def test_a_period_needs_a_time_zone_and_a_length():
    moment = datetime(2024, 9, 16, tzinfo=UTC)

    with pytest.raises(ValueError, match="time zone"):
        Period(moment.replace(tzinfo=None), moment.replace(tzinfo=None) + WEEK)
    with pytest.raises(ValueError, match="end after"):
        Period(moment, moment)

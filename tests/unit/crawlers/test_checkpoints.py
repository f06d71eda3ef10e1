from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from config.errors import UsageError
from crawlers.checkpoints import (
    Asked,
    Poll,
    Progress,
    Window,
    WindowRule,
    load_memory,
    load_unfinished,
    plan_query,
    save_checkpoint,
)
from models import CrawlCheckpoint

NOW = datetime(2024, 9, 23, 6, 0, 10, 500, tzinfo=UTC)
QUERY = ("x_search", "aid-fr", "v1")
SEARCH = WindowRule(
    first=timedelta(days=6),
    reach=timedelta(days=6),
    lag=timedelta(seconds=30),
    position_life=None,
)
PAGES = WindowRule(
    first=timedelta(days=30), reach=None, lag=timedelta(0), position_life=timedelta(days=1)
)
NOTHING = Progress(None, None, ())


def at(day, hour=0):
    return datetime(2024, 9, day, hour, tzinfo=UTC)


def unfinished(start, end, version="v1"):
    return Poll(
        "x_search",
        "aid-fr",
        version,
        at(20),
        Window(start, end),
        posts=7,
        pages=2,
        position={"next_token": "t"},
    )


def windows(plan):
    return [poll.window for poll in plan.polls]


def test_the_first_poll_goes_back_as_far_as_the_rule_says_in_whole_seconds():
    plan = plan_query(QUERY, SEARCH, NOTHING, Asked(NOW))
    end = datetime(2024, 9, 23, 5, 59, 40, tzinfo=UTC)
    start = datetime(2024, 9, 17, 6, 0, 10, tzinfo=UTC)
    assert windows(plan) == [Window(start, end)]
    assert plan.polls[0].polled_at == NOW
    assert plan.polls[0].position is None


def test_the_next_poll_starts_where_the_last_complete_window_ended():
    complete = (Window(at(18), at(20)), Window(at(20), at(22)))
    plan = plan_query(QUERY, SEARCH, Progress(None, None, complete), Asked(NOW))
    assert [w.start for w in windows(plan)] == [at(22)]


def test_nothing_is_asked_again_at_the_same_clock():
    end = SEARCH.latest(NOW)
    progress = Progress(None, None, (Window(at(18), end),))
    assert plan_query(QUERY, SEARCH, progress, Asked(NOW)).polls == ()


def test_an_unfinished_poll_is_finished_first_and_then_the_time_since():
    poll = unfinished(at(19), at(21))
    plan = plan_query(QUERY, SEARCH, Progress(poll, at(21), ()), Asked(NOW))
    assert plan.polls[0] == poll
    assert windows(plan)[1].start == at(21)
    assert plan.polls[1].polled_at == NOW


def test_an_asked_period_comes_after_the_unfinished_poll():
    poll = unfinished(at(19), at(21))
    asked = Asked(NOW, since=at(18), until=at(19))
    plan = plan_query(QUERY, SEARCH, Progress(poll, at(21), ()), asked)
    assert windows(plan) == [Window(at(19), at(21)), Window(at(18), at(19))]


def test_what_the_unfinished_poll_covers_is_not_asked_a_second_time():
    poll = unfinished(at(19), at(21))
    progress = Progress(poll, at(21), ())
    same = plan_query(QUERY, SEARCH, progress, Asked(NOW, since=at(19), until=at(21)))
    wider = plan_query(QUERY, SEARCH, progress, Asked(NOW, since=at(18), until=at(22)))
    assert windows(same) == [Window(at(19), at(21))]
    assert windows(wider) == [
        Window(at(19), at(21)),
        Window(at(18), at(19)),
        Window(at(21), at(22)),
    ]


def test_a_period_that_ends_in_the_future_ends_now():
    plan = plan_query(QUERY, PAGES, NOTHING, Asked(NOW, since=at(22), until=at(30)))
    assert windows(plan) == [Window(at(22), NOW.replace(microsecond=0))]


def test_since_must_be_before_until():
    with pytest.raises(UsageError, match="is not before"):
        Asked(NOW, since=at(20), until=at(20))


def test_what_is_out_of_reach_is_named_and_the_rest_is_asked():
    plan = plan_query(QUERY, SEARCH, Progress(None, None, (Window(at(1), at(10)),)), Asked(NOW))
    floor = SEARCH.floor(NOW)
    assert plan.unreachable == (Window(at(10), floor),)
    assert windows(plan) == [Window(floor, SEARCH.latest(NOW))]


def test_a_period_already_collected_is_not_called_out_of_reach():
    complete = (Window(at(2), at(5)), Window(at(8), at(22)))
    plan = plan_query(QUERY, SEARCH, Progress(None, None, complete), Asked(NOW, since=at(1)))
    assert plan.unreachable == (Window(at(1), at(2)), Window(at(5), at(8)))


def test_an_unfinished_poll_that_fell_out_of_reach_goes_on_from_the_floor():
    poll = unfinished(at(10), at(20))
    plan = plan_query(QUERY, SEARCH, Progress(poll, at(20), ()), Asked(NOW))
    floor = SEARCH.floor(NOW)
    assert plan.unreachable == (Window(at(10), floor),)
    assert windows(plan)[0] == Window(floor, at(20))
    assert plan.polls[0].position is None
    assert plan.polls[0].polled_at == poll.polled_at


def test_a_poll_wholly_out_of_reach_is_dropped():
    poll = unfinished(at(1), at(5))
    plan = plan_query(QUERY, SEARCH, Progress(poll, at(5), ()), Asked(NOW))
    assert Window(at(1), at(5)) in plan.unreachable
    assert [w.start for w in windows(plan)] == [SEARCH.floor(NOW)]


@pytest.mark.parametrize(("hours", "kept"), [(23, True), (25, False)])
def test_a_cursor_is_not_trusted_after_a_day(hours, kept):
    poll = unfinished(at(20), at(22))
    progress = Progress(poll, NOW - timedelta(hours=hours), ())
    first = plan_query(QUERY, PAGES, progress, Asked(NOW)).polls[0]
    assert (first.position is not None) == kept
    assert first.posts == (7 if kept else 0)
    assert (first.window, first.polled_at) == (poll.window, poll.polled_at)


def test_a_changed_watchlist_restarts_the_window_under_its_new_version():
    poll = unfinished(at(19), at(21), version="v0")
    first = plan_query(QUERY, SEARCH, Progress(poll, at(21), ()), Asked(NOW)).polls[0]
    assert (first.query_version, first.position, first.posts) == ("v1", None, 0)


def test_a_checkpoint_comes_back_as_it_was_saved(engine, keyring):
    poll = unfinished(at(19), at(21))
    with Session(engine) as session:
        save_checkpoint(session, keyring, poll, done=False, now=NOW)
        session.commit()
    with Session(engine) as session:
        assert load_unfinished(session, keyring, "x_search", "aid-fr") == (poll, NOW)


def test_a_finished_checkpoint_is_no_unfinished_poll_and_keeps_no_position(engine, keyring):
    with Session(engine) as session:
        save_checkpoint(session, keyring, unfinished(at(19), at(21)), done=True, now=NOW)
        session.commit()
        assert load_unfinished(session, keyring, "x_search", "aid-fr") == (None, None)
        row = session.get_one(CrawlCheckpoint, ("x_search", "aid-fr"))
        assert row.state["position"] is None


def test_post_ids_and_cursors_of_a_position_are_not_stored_in_clear(engine, keyring):
    poll = replace(unfinished(at(19), at(21)), position={"threads": [["111_222333", 4, None]]})
    with Session(engine) as session:
        save_checkpoint(session, keyring, poll, done=False, now=NOW)
        session.flush()
        row = session.get_one(CrawlCheckpoint, ("x_search", "aid-fr"))
        assert "222333" not in str(row.model_dump())


def test_a_window_minus_others_leaves_the_gaps():
    got = Window(at(1), at(10)).minus([Window(at(8), at(12)), Window(at(2), at(4))])
    assert got == [Window(at(1), at(2)), Window(at(4), at(8))]
    assert Window(at(3), at(4)).minus([Window(at(1), at(10))]) == []


HOURS = WindowRule(
    first=timedelta(days=7),
    reach=timedelta(days=7),
    lag=timedelta(minutes=10),
    position_life=None,
    step=timedelta(hours=1),
)


def test_windows_of_whole_hours_begin_and_end_on_the_hour():
    (window,) = windows(plan_query(QUERY, HOURS, NOTHING, Asked(NOW)))
    assert window.start.minute == window.end.minute == 0
    assert window.start >= NOW - timedelta(days=7)
    assert window.end <= NOW - timedelta(minutes=10)
    assert window.start - (NOW - timedelta(days=7)) < timedelta(hours=1)


def test_less_than_a_whole_hour_is_not_asked():
    done = Progress(None, None, (Window(at(1), HOURS.latest(NOW)),))
    assert windows(plan_query(QUERY, HOURS, done, Asked(NOW))) == []


def test_a_long_window_is_asked_in_parts_the_oldest_first():
    rule = replace(PAGES, longest=timedelta(days=7))
    plan = plan_query(QUERY, rule, NOTHING, Asked(NOW, since=at(1), until=at(20)))
    assert windows(plan) == [
        Window(at(1), at(8)),
        Window(at(8), at(15)),
        Window(at(15), at(20)),
    ]


def test_what_another_source_has_collected_is_not_asked():
    progress = replace(NOTHING, elsewhere=(Window(at(5), at(8)), Window(at(12), at(30))))
    plan = plan_query(QUERY, PAGES, progress, Asked(NOW, since=at(3), until=at(20)))
    assert windows(plan) == [Window(at(3), at(5)), Window(at(8), at(12))]


def test_every_poll_of_a_plan_has_the_memory_of_the_polls_before():
    progress = replace(NOTHING, memory={"words": "tweet"})
    for poll in plan_query(QUERY, PAGES, progress, Asked(NOW)).polls:
        assert poll.memory == {"words": "tweet"}


def test_a_memory_outlives_the_poll_whose_position_is_dropped(engine, keyring):
    poll = unfinished(at(19), at(21)).remembering(asked={"1": ["x", 3]})
    with Session(engine) as session:
        save_checkpoint(session, keyring, poll, done=True, now=NOW)
        session.commit()
        assert load_memory(session, keyring, "x_search", "aid-fr") == {"asked": {"1": ["x", 3]}}
        assert load_memory(session, keyring, "x_search", "unknown") == {}


def test_a_memory_is_not_stored_in_clear(engine, keyring):
    poll = unfinished(at(19), at(21)).remembering(asked={"111222333": 4})
    with Session(engine) as session:
        save_checkpoint(session, keyring, poll, done=True, now=NOW)
        session.flush()
        row = session.get_one(CrawlCheckpoint, ("x_search", "aid-fr"))
        assert "222333" not in str(row.model_dump())

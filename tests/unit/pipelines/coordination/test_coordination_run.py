from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from config.errors import UsageError
from models import Account, CoordinationRun, CoShareEdge, Post, Share
from models.database import open_session
from pipelines.coordination.run import STORE_PARAMETERS, run_detection
from pipelines.periods import week_period

WEEK = "2024-W38"
PERIOD = week_period(WEEK)
W35 = week_period("2024-W35").start


class Store:
    """Posts with their shares, written to a real store."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.posts = 0

    def post(self, account, moment, objects, *, platform="x", source_type="individual"):
        """One post by an account that shares objects such as `text:a` and `url:b`."""
        self.posts += 1
        post_id = f"post{self.posts:05}"
        if self.session.get(Account, account) is None:
            self.session.add(
                Account(
                    pseudonym=account,
                    platform=platform,
                    quarter="2024Q3",
                    source_type=source_type,
                    first_posted_at=moment,
                )
            )
            self.session.flush()
        self.session.add(
            Post(
                id=post_id,
                platform=platform,
                kind="post",
                account=account,
                created_at=moment,
                text="",
                text_hash="",
                message_hash="",
                urls=[],
                media=[],
                acquisition="test",
            )
        )
        self.session.flush()
        for name in objects:
            kind, object_id = name.split(":")
            self.session.add(
                Share(
                    post_id=post_id,
                    object_kind=kind,
                    object_id=object_id,
                    account=account,
                    shared_at=moment,
                )
            )
        self.session.flush()
        return post_id

    def ordinary(self, count=90, platform="x"):
        for number in range(count):
            moment = W35 + timedelta(hours=7 * number + 1)
            names = [f"text:{platform}own{number}"]
            names += [f"url:{platform}site{number % 11}"] if number % 3 == 0 else []
            self.post(f"{platform}-person{number % 55}", moment, names, platform=platform)

    def ring(self, objects=9, platform="x", source_type="individual"):
        """Five accounts post the same text with the same link within a minute; gives the posts."""
        made = []
        for number in range(objects):
            start = W35 + timedelta(days=3 * number, hours=9)
            for member in range(5):
                made.append(
                    self.post(
                        f"{platform}-ring{member}",
                        start + timedelta(seconds=13 * member),
                        [f"text:{platform}ring{number}", f"url:{platform}ringlink{number}"],
                        platform=platform,
                        source_type=source_type,
                    )
                )
        return made


@pytest.fixture
def session(engine):
    with open_session(engine) as session:
        yield session


@pytest.fixture
def store(session):
    return Store(session)


def run(session, now, **options):
    return run_detection(session, PERIOD, week=WEEK, now=now, **options)


def test_a_ring_in_the_store_is_one_unexplained_network(store, session, now):
    store.ordinary()
    planted = store.ring()
    found = run(session, now)
    (network,) = found.networks
    assert network["post_ids"] == planted
    assert (network["platform"], network["accounts"], network["objects"]) == ("x", 5, 9)
    assert network["explained_by"] is None
    assert found.summary["reading"] == "pattern"
    assert found.summary["flagged"] == 10
    assert found.summary["flagged_under_permutation"] == [0] * 20


def test_text_and_link_of_one_post_count_once(store, session, now):
    store.ordinary()
    store.ring(objects=4)
    run(session, now)
    weights = session.exec(select(CoShareEdge.weight)).all()
    assert weights == [4] * 10


def test_the_run_covers_the_weeks_that_end_with_the_week_asked_for(store, session, now):
    store.ordinary()
    store.ring()
    found = run(session, now, lookback_weeks=2)
    assert found.id == "2024-W38:all"
    assert (found.start, found.end) == (week_period("2024-W37").start, PERIOD.end)
    # Objects are three days apart, from Monday of W35 on: the last four lie in these two weeks.
    assert found.networks[0]["objects"] == 4


def test_running_again_gives_the_same_rows_once(store, session, now):
    store.ordinary()
    store.ring()
    first = run(session, now).model_dump()
    edges = [edge.model_dump() for edge in stored_edges(session)]
    assert run(session, now).model_dump() == first
    assert [edge.model_dump() for edge in stored_edges(session)] == edges
    assert len(session.exec(select(CoordinationRun)).all()) == 1


def stored_edges(session):
    order = col(CoShareEdge.account), col(CoShareEdge.account_y)
    return session.exec(select(CoShareEdge).order_by(*order)).all()


def test_platforms_are_tested_apart_and_summed(store, session, now):
    store.ordinary()
    store.ordinary(platform="facebook")
    store.ring(platform="facebook")
    found = run(session, now)
    assert [network["platform"] for network in found.networks] == ["facebook"]
    per_platform = found.summary["platforms"]
    assert sorted(per_platform) == ["facebook", "x"]
    assert found.summary["rows"] == sum(one["rows"] for one in per_platform.values())


def test_the_agency_s_own_accounts_are_explained(store, session, now):
    store.ordinary()
    store.ring(source_type="agency")
    found = run(session, now)
    assert [network["explained_by"] for network in found.networks] == ["agency_campaign"]
    assert found.summary["reading"] == "explained"


def test_posts_that_never_meet_twice_are_too_few_to_say(store, session, now):
    store.ordinary()
    found = run(session, now)
    assert (found.summary["reading"], found.summary["tested"]) == ("too_few", 0)


def test_an_empty_store_is_too_few_to_say(session, now):
    found = run(session, now)
    assert found.summary["reading"] == "too_few"
    assert found.summary["flagged_under_permutation"] == [0] * 20
    assert found.networks == []


def test_a_week_that_is_not_over_is_marked_incomplete(store, session, now):
    assert run(session, now).summary["complete"] is True
    earlier = datetime(2024, 9, 20, tzinfo=UTC)
    assert run(session, earlier).summary["complete"] is False


def test_edges_of_a_single_object_are_not_stored(store, session, now):
    for member in range(12):
        moment = W35 + timedelta(seconds=member)
        store.post(f"person{member}", moment, ["url:breaking"])
        store.post(f"person{member}", moment + timedelta(days=1), [f"text:own{member}"])
    found = run(session, now, parameters=replace(STORE_PARAMETERS, min_participation=1))
    assert found.summary["edges"] == 66
    assert stored_edges(session) == []


def test_a_run_without_a_rate_is_refused(session, now):
    with pytest.raises(UsageError, match="false-discovery rate"):
        run(session, now, parameters=replace(STORE_PARAMETERS, fdr=None))

"""Weeks that had a gap are counted anew once it has been filled."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from config.keyring import Keyring
from config.settings import Settings
from crawlers.sandbox.organisations import WATCHLIST
from models import Coverage, SeriesPoint
from models.database import make_engine, migrate, open_session
from pipelines import stages
from pipelines.coverage import watched
from pipelines.deployment import Deployment
from pipelines.periods import week_period

WEEK = "2024-W37"
NOW = datetime(2024, 9, 17, 3, 30, tzinfo=UTC)


@pytest.fixture
def deployment(tmp_path) -> Deployment:
    settings = Settings(home=tmp_path, database_url=None, now=NOW, watchlist=WATCHLIST)
    migrate(make_engine(settings.store_url))
    Keyring(settings.keys_dir, seed="tests").ensure(["2024Q3"])
    return Deployment.open(settings)


def cover(deployment: Deployment) -> None:
    period = week_period(WEEK)
    with open_session(deployment.engine) as session:
        for source, query_id in watched(deployment.watchlist):
            session.add(
                Coverage(
                    source=source,
                    query_id=query_id,
                    window_start=period.start,
                    window_end=period.end,
                    status="complete",
                    query_version="v1",
                    posts=0,
                )
            )


def is_complete(deployment: Deployment) -> bool:
    with open_session(deployment.engine) as session:
        points = session.exec(select(SeriesPoint).where(SeriesPoint.week == WEEK)).all()
    return all(point.complete for point in points)


def test_a_filled_week_becomes_whole_and_is_not_counted_again(deployment):
    stages.build_week(deployment, WEEK, now=NOW)
    assert stages.recount_weeks(deployment, now=NOW) == []
    assert not is_complete(deployment)

    cover(deployment)
    assert stages.recount_weeks(deployment, now=NOW) == [WEEK]
    assert is_complete(deployment)
    assert stages.recount_weeks(deployment, now=NOW) == []


def test_a_week_of_long_ago_stays_as_it_was_counted(deployment):
    stages.build_week(deployment, WEEK, now=NOW)
    cover(deployment)

    assert stages.recount_weeks(deployment, now=NOW + timedelta(weeks=12)) == []
    assert not is_complete(deployment)

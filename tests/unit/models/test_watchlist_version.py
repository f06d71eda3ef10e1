"""Watchlists that were used are kept, and a query may not change unsaid."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from config.errors import ConfigError
from config.queries.wording import Alternative, Wording
from config.watchlist import RegisteredAccount, Watchlist, XQuery
from models import WatchlistVersion
from models.watchlist_version import (
    asked_together,
    content_of,
    refuse_unannounced,
    remember_version,
)

NOW = datetime(2026, 11, 26, tzinfo=UTC)
PATH = Path("watchlist.yaml")
LONG = Wording(tuple(Alternative(f"organisation{n}") for n in range(60)), ("Mali",))


def watchlist(version="w1", text="ONG Mali", since="2026-11-23", reason="first"):
    query = XQuery("aid", text, reason, since)
    return Watchlist(version, (query,), (), (), frozenset())


@pytest.fixture
def session(any_engine):
    with Session(any_engine) as session:
        yield session


def test_a_version_is_kept_once_with_its_first_use(session):
    remember_version(session, watchlist(), NOW)
    remember_version(session, watchlist(), NOW + timedelta(days=1))
    (row,) = session.exec(select(WatchlistVersion))
    assert (row.version, row.first_used_at) == ("w1", NOW)


def test_equal_watchlists_are_kept_as_equal_text():
    assert content_of(watchlist()) == content_of(watchlist())


def test_neither_platform_ids_nor_names_are_kept():
    account = RegisteredAccount("x", "4242424242", "x-ong", "ONG Exemple", "civil_society", None)
    content = content_of(Watchlist("w1", (), (), (account,), frozenset()))
    assert "x-ong" in content
    assert "4242424242" not in content
    assert "ONG Exemple" not in content


def test_an_unchanged_query_is_taken(session):
    remember_version(session, watchlist(), NOW)
    refuse_unannounced(session, watchlist("w2"), PATH)


def test_a_first_watchlist_is_taken(session):
    refuse_unannounced(session, watchlist(), PATH)


@pytest.mark.parametrize("since", ["2026-11-23", "2026-11-01"])
def test_a_new_wording_needs_a_later_since_version(session, since):
    remember_version(session, watchlist(), NOW)
    changed = watchlist("w2", "ONG Mali Gao", since, "Gao too")
    with pytest.raises(ConfigError, match=r"aid is not the one .* 2026-11-23; give it a since_"):
        refuse_unannounced(session, changed, PATH)


def test_a_new_wording_needs_a_reason_of_its_own(session):
    remember_version(session, watchlist(), NOW)
    with pytest.raises(ConfigError, match="its reason did not; say in `reason` why"):
        refuse_unannounced(session, watchlist("w2", "ONG Gao", "2026-11-25"), PATH)


def test_a_new_wording_that_says_since_when_and_why_is_taken(session):
    remember_version(session, watchlist(), NOW)
    refuse_unannounced(session, watchlist("w2", "ONG Gao", "2026-11-25", "Gao only"), PATH)


def test_an_earlier_wording_may_not_come_back_unsaid(session):
    later = watchlist("w2", "ONG Gao", "2026-11-25", "Gao only")
    remember_version(session, watchlist(), NOW)
    remember_version(session, later, NOW + timedelta(days=1))
    with pytest.raises(ConfigError, match="after 2026-11-25"):
        refuse_unannounced(session, watchlist("w1"), PATH)


def test_the_parts_that_stand_for_a_whole_query_are_known_of_every_version(session):
    remember_version(session, watchlist(), NOW)
    long = XQuery("aid", LONG.text, "more", "2026-11-25", LONG)
    split = Watchlist("w2", (long,), (), (), frozenset())
    remember_version(session, split, NOW + timedelta(days=1))
    assert asked_together(session) == {
        "aid": {frozenset({"aid"}), frozenset(part.part_id for part in split.x_parts())}
    }

"""Shared fixtures: prepared stores, fixed times, and the studies folder where it exists."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, text

from config.keyring import Keyring
from models.database import make_engine, migrate
from postgres import running_server

# Examples are not timed: other work on the machine must not fail a property.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
_database_numbers = itertools.count(1)


@pytest.fixture
def now() -> datetime:
    return datetime(2024, 9, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keys", seed="tests")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite store at this version's schema."""
    engine = make_engine(f"sqlite:///{tmp_path / 'store.sqlite'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """The socket folder of one PostgreSQL server for the whole run."""
    with running_server() as folder:
        yield folder


@pytest.fixture
def postgres_url(postgres_server: Path) -> str:
    """The address of a new, empty PostgreSQL database."""
    name = f"vigie_{next(_database_numbers)}"
    admin = make_engine(f"postgresql://vigie@/postgres?host={postgres_server}")
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return f"postgresql://vigie@/{name}?host={postgres_server}"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A store without tables, on each database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'any.sqlite'}"
    else:
        url = request.getfixturevalue("postgres_url")
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def any_engine(empty_engine: Engine) -> Engine:
    """A prepared store, on each database."""
    migrate(empty_engine)
    return empty_engine


@pytest.fixture
def shared_dir() -> Path:
    """The folder of studies and recorded payloads; tests that need it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip("the shared studies folder is not on this machine")
    return SHARED

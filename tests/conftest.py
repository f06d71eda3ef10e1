"""Shared fixtures: a prepared store, fixed times, and the studies folder where it exists."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from config.keyring import Keyring
from models.database import make_engine, migrate

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


@pytest.fixture
def now() -> datetime:
    return datetime(2024, 9, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keys", seed="tests")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An empty SQLite store at this version's schema."""
    engine = make_engine(f"sqlite:///{tmp_path / 'store.sqlite'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def shared_dir() -> Path:
    """The folder of studies and recorded payloads; tests that need it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip("the shared studies folder is not on this machine")
    return SHARED

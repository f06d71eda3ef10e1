"""A store that is filled as crawls fill it, on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from config.keyring import Keyring
from config.settings import Settings
from pipelines.deployment import Deployment
from removing import Filled


@pytest.fixture
def filled(any_engine: Engine, tmp_path: Path) -> Iterator[Filled]:
    """An empty store of a deployment, on each database."""
    home = tmp_path / "home"
    deployment = Deployment(Settings(home=home, database_url=None), any_engine)
    Keyring(deployment.settings.keys_dir, seed="tests").ensure(["2024Q2", "2024Q3"])
    return Filled(deployment)


@pytest.fixture
def small(engine: Engine, tmp_path: Path) -> Filled:
    """The same on SQLite alone, for what no SQL depends on."""
    deployment = Deployment(Settings(home=tmp_path / "home", database_url=None), engine)
    Keyring(deployment.settings.keys_dir, seed="tests").ensure(["2024Q2", "2024Q3"])
    return Filled(deployment)

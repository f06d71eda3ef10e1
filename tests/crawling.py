"""A deployment in a folder whose crawls go to the stand-in platforms."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from config.settings import Settings
from crawlers.process import CrawlOutcome, run_crawl
from crawlers.sandbox.testing import Sandbox
from models.database import make_engine, migrate

Row = TypeVar("Row", bound=SQLModel)


@dataclass
class Deployment:
    """Home folder, store and VIGIE_* variables of one installation."""

    home: Path
    sandbox: Sandbox
    more: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """What its crawl processes are told; the clock is the stand-ins' clock."""
        return {
            "VIGIE_HOME": str(self.home),
            "VIGIE_DATABASE_URL": "",
            "VIGIE_NOW": self.sandbox.stage.now.isoformat(),
            "VIGIE_WATCHLIST": str(self.sandbox.watchlist),
            "VIGIE_X_BASE_URL": self.sandbox.url,
            "VIGIE_FACEBOOK_BASE_URL": self.sandbox.url,
            "VIGIE_FEED_BASE_URL": self.sandbox.url,
            "VIGIE_X_BEARER_TOKEN": self.sandbox.x_token,
            "VIGIE_FACEBOOK_TOKEN": self.sandbox.facebook_token,
            "VIGIE_REQUEST_DELAY": "0",
            **self.more,
        }

    @property
    def settings(self) -> Settings:
        """The same as settings of this process."""
        return Settings(**{k.removeprefix("VIGIE_").lower(): v for k, v in self.env.items()})

    def init(self) -> "Deployment":
        """Make the empty store."""
        with self.engine() as engine:
            migrate(engine)
        return self

    def crawl(
        self,
        source: str,
        since: datetime | None = None,
        until: datetime | None = None,
        timeout: float = 60,
    ) -> CrawlOutcome:
        """Run one crawl process to its end."""
        return run_crawl(source, settings_env=self.env, since=since, until=until, timeout=timeout)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The store, closed at the end of the block."""
        engine = make_engine(self.settings.store_url)
        try:
            yield engine
        finally:
            engine.dispose()

    def rows(self, table: type[Row]) -> list[Row]:
        """All rows of a table."""
        with self.engine() as engine, Session(engine) as session:
            return list(session.exec(select(table)))

"""A deployment whose store is filled by hand, row by row."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from config.settings import Settings
from models import Coverage, CrawlRun, Post, PostCollection
from models.database import open_session
from pipelines.deployment import Deployment

Save = Callable[..., None]


@pytest.fixture
def deployment(engine: Engine, tmp_path: Path, now: datetime) -> Deployment:
    return Deployment(Settings(home=tmp_path, now=now), engine)


@pytest.fixture
def save(engine: Engine) -> Save:
    """Writes rows in one transaction."""

    def write(*rows: Any) -> None:
        with open_session(engine) as session:
            session.add_all(rows)

    return write


@pytest.fixture
def cover(save: Save) -> Save:
    """Writes one window."""

    def write(start, end, status="complete", reason=None, source="x_search", query="aid"):
        save(
            Coverage(
                source=source,
                query_id=query,
                window_start=start,
                window_end=end,
                status=status,
                reason=reason,
                query_version="v1",
                posts=0,
            )
        )

    return write


@pytest.fixture
def post(engine: Engine) -> Save:
    """Writes one post and what collected it."""

    def write(post_id, created_at, kind="post", source="x_search", query="aid"):
        with open_session(engine) as session:
            session.merge(
                Post(
                    id=post_id,
                    platform="x",
                    kind=kind,
                    created_at=created_at,
                    text="Un texte que personne ne doit lire ici",
                    text_hash="",
                    message_hash="",
                    urls=[],
                    media=[],
                    acquisition="x_api_v2",
                )
            )
            session.flush()
            session.add(
                PostCollection(
                    post_id=post_id,
                    source=source,
                    query_id=query,
                    query_version="v1",
                    first_collected_at=created_at,
                )
            )

    return write


@pytest.fixture
def run(save: Save, now: datetime) -> Save:
    """Writes one crawl run that ended an hour ago."""

    def write(source="x_search", status="done", reason=None, **more):
        started = now - timedelta(hours=2)
        save(
            CrawlRun(
                source=source,
                status=status,
                reason=reason,
                started_at=started,
                finished_at=started + timedelta(hours=1),
                **more,
            )
        )

    return write

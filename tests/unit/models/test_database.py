"""The store opens, migrates and refuses, on SQLite and PostgreSQL."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlmodel import select

from config.errors import StoreError
from config.keyring import Keyring
from models import CrawlRun, Post
from models.database import (
    MIGRATIONS,
    alembic_config,
    head_revision,
    make_engine,
    migrate,
    open_session,
    read_session,
    require_current_schema,
    schema_revision,
)
from models.types import metadata

STARTED = datetime(2024, 9, 1, 12, tzinfo=UTC)


def revisions_oldest_first() -> list[str]:
    scripts = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    return [script.revision for script in scripts][::-1]


def upgrade_to(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_migrating_an_empty_store_gives_every_table(empty_engine: Engine):
    assert migrate(empty_engine) == (None, head_revision())

    assert set(metadata().tables) <= set(inspect(empty_engine).get_table_names())


def test_migrations_and_tables_agree(any_engine: Engine):
    with any_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata()) == []


def test_migrating_twice_changes_nothing(any_engine: Engine):
    assert migrate(any_engine) == (head_revision(), head_revision())


def test_a_store_made_by_the_first_migration_opens_in_this_version(
    empty_engine: Engine, keyring: Keyring
):
    first = revisions_oldest_first()[0]
    upgrade_to(empty_engine, first)
    insert_first_rows(empty_engine)

    migrate(empty_engine, keyring)

    require_current_schema(empty_engine)
    with open_session(empty_engine) as session:
        post = session.exec(select(Post)).one()
        run = session.exec(select(CrawlRun)).one()
    assert (post.text, post.created_at) == ("Un forage à Koro", STARTED)
    assert run.started_at == STARTED


def test_an_old_store_is_not_upgraded_without_its_keys(empty_engine: Engine):
    first = revisions_oldest_first()[0]
    upgrade_to(empty_engine, first)
    insert_first_rows(empty_engine)

    with pytest.raises(StoreError, match="under the deployment's key; run `vigie migrate`"):
        migrate(empty_engine)

    assert schema_revision(empty_engine) == first


def insert_first_rows(engine: Engine) -> None:
    """Rows as the first migration's schema knew them, in plain SQL so that they never change."""
    moment = "2024-09-01 12:00:00+00:00" if engine.name == "postgresql" else "2024-09-01 12:00:00"
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO crawl_run (source, started_at, status, query_version, requests,"
                " posts_new, posts_known, quarantined, stats)"
                " VALUES ('x_search', :t, 'done', 'v1', 1, 1, 0, 0, '{}')"
            ),
            {"t": moment},
        )
        connection.execute(
            text(
                "INSERT INTO post (id, platform, kind, created_at, text, text_hash, message_hash,"
                " urls, media, state, acquisition, may_train)"
                " VALUES ('p1', 'x', 'post', :t, 'Un forage à Koro', 'h', 'm', '[]', '[]',"
                " 'visible', 'x_api_v2', false)"
            ),
            {"t": moment},
        )


def test_a_store_of_a_newer_version_is_refused(any_engine: Engine):
    with any_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreError, match="9999, which this version of Vigie does not know"):
        migrate(any_engine)


def test_an_unprepared_store_says_what_to_run(empty_engine: Engine):
    with pytest.raises(StoreError, match="run `vigie init`"):
        require_current_schema(empty_engine)


def test_an_unreachable_server_is_one_clear_error():
    engine = make_engine("postgresql://vigie:secret@127.0.0.1:9/none?connect_timeout=2")

    with pytest.raises(StoreError, match="cannot open the store") as caught:
        schema_revision(engine)

    assert "secret" not in str(caught.value)


def test_another_kind_of_database_is_refused():
    with pytest.raises(StoreError, match="'mysql'"):
        make_engine("mysql://root@localhost/vigie")


def test_a_naive_time_is_refused(any_engine: Engine):
    with pytest.raises(Exception, match="naive datetime"), open_session(any_engine) as session:
        session.add(CrawlRun(source="x", started_at=datetime(2024, 9, 1)))  # noqa: DTZ001
        session.flush()


def test_a_time_comes_back_in_utc(any_engine: Engine):
    with open_session(any_engine) as session:
        session.add(CrawlRun(source="x", started_at=STARTED))

    with open_session(any_engine) as session:
        assert session.exec(select(CrawlRun)).one().started_at == STARTED


def test_a_failed_block_leaves_nothing(any_engine: Engine):
    with pytest.raises(RuntimeError), open_session(any_engine) as session:
        session.add(CrawlRun(source="x", started_at=STARTED))
        session.flush()
        raise RuntimeError

    with open_session(any_engine) as session:
        assert session.exec(select(CrawlRun)).all() == []


def test_reading_goes_on_while_somebody_writes(any_engine: Engine):
    with open_session(any_engine) as writer:
        writer.add(CrawlRun(source="x", started_at=STARTED))
        writer.flush()
        with read_session(any_engine) as reader:
            assert reader.exec(select(CrawlRun)).all() == []


def test_what_was_read_can_be_used_after_the_session(any_engine: Engine):
    with open_session(any_engine) as session:
        session.add(CrawlRun(source="x", started_at=STARTED))

    with read_session(any_engine) as reader:
        run = reader.exec(select(CrawlRun)).one()

    assert run.source == "x"


def test_two_writers_take_turns_on_sqlite(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'two.sqlite'}"
    migrate(make_engine(url))

    def write_fifty() -> None:
        engine = make_engine(url)
        for _ in range(50):
            with open_session(engine) as session:
                session.add(CrawlRun(source="x", started_at=STARTED))
        engine.dispose()

    writers = [threading.Thread(target=write_fifty) for _ in range(2)]
    [writer.start() for writer in writers]
    [writer.join() for writer in writers]

    with open_session(make_engine(url)) as session:
        assert len(session.exec(select(CrawlRun)).all()) == 100

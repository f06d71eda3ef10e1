"""Opening the store: SQLite on one machine, PostgreSQL where several need it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlmodel import Session

from config.errors import StoreError
from config.keyring import Keyring

MIGRATIONS = Path(__file__).parent.parent / "migrations"
BUSY_TIMEOUT_MS = 30_000
# Keys are random, so a page of posts touches pages of the file all over: they are kept at hand.
CACHE_KIB = 32 * 1024


def make_engine(url: str) -> Engine:
    """An engine for the store at `url`; SQLite gets WAL, a busy timeout and foreign keys."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "VIGIE_DATABASE_URL is no address of a database; "
            "write sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from error
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(
            f"VIGIE_DATABASE_URL names the database {parsed.get_backend_name()!r}; "
            "write sqlite:///FILE or postgresql://USER@HOST/NAME"
        )
    if parsed.database and parsed.database != ":memory:":
        _make_folder(Path(parsed.database).parent)
    # Parameters hold texts: they must not stand in an error message that reaches a log.
    engine = create_engine(parsed, hide_parameters=True)
    event.listen(engine, "connect", _tune_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def open_session(engine: Engine) -> Iterator[Session]:
    """A session that commits when the block ends well and rolls back when it does not."""
    with Session(engine, expire_on_commit=False) as session:
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise


@contextmanager
def read_session(engine: Engine) -> Iterator[Session]:
    """A session for reading only: it neither waits for a writer nor keeps one waiting."""
    with Session(engine.execution_options(read_only=True), expire_on_commit=False) as session:
        yield session


def migrate(engine: Engine, keyring: Keyring | None = None) -> tuple[str | None, str]:
    """Bring the store to this program's schema; gives the revision before and after.

    A store of the first schema that holds posts needs the deployment's keys.
    """
    before = schema_revision(engine)
    head = head_revision()
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if before is not None and before not in known:
        raise StoreError(
            f"the store has schema revision {before}, which this version of Vigie does not know; "
            "use the newer version that made it"
        )
    if before != head:
        with engine.begin() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            config.attributes["keyring"] = keyring
            command.upgrade(config, "head")
    return before, head


def require_current_schema(engine: Engine) -> None:
    """Refuse a store that `vigie init` or `vigie migrate` has not prepared."""
    revision = schema_revision(engine)
    if revision is None:
        raise StoreError("the store has not been made yet; run `vigie init`")
    if revision != head_revision():
        raise StoreError(
            f"the store has schema revision {revision}, this version needs {head_revision()}; "
            "run `vigie migrate`"
        )


def schema_revision(engine: Engine) -> str | None:
    """The Alembic revision of the store, None for an empty one; a look makes no file."""
    file = engine.url.database if engine.name == "sqlite" else None
    if file and file != ":memory:" and not Path(file).exists():
        return None
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise StoreError(
            f"cannot open the store at {engine.url.render_as_string(hide_password=True)} "
            f"({error.orig.__class__.__name__}); check VIGIE_DATABASE_URL and VIGIE_HOME"
        ) from error


def head_revision() -> str:
    """The newest revision in `migrations/`."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert head is not None, "migrations/versions is empty"
    return head


def alembic_config() -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot make the folder {folder} ({error.strerror}); check VIGIE_HOME"
        ) from error


def _tune_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling starts late; SQLAlchemy's BEGIN below replaces it.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # IMMEDIATE: a transaction that will write waits for its turn at the start, inside the busy
    # timeout, instead of failing half way when it first writes.
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

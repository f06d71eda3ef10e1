"""One at a time on one store, from whatever process, home or machine."""

import fcntl
import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from config.errors import StoreError

UNKNOWN: Final = "another process"


@dataclass(frozen=True)
class Held:
    """A lock while it is held."""

    connection: Connection | None  # PostgreSQL's lock lives as long as its connection

    def still(self) -> bool:
        """Whether the lock is still ours; a server that went away has given it up."""
        if self.connection is None:
            return True
        try:
            self.connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return not self.connection.invalidated


@contextmanager
def store_lock(engine: Engine, name: str) -> Iterator[Held]:
    """Hold the lock of that name on a store; StoreError that says who holds it.

    The kernel or the server gives a lock back when its process dies: none is ever left behind.
    """
    if engine.name == "postgresql":
        with _server_lock(engine, name) as connection:
            yield Held(connection)
    else:
        with _file_lock(engine, name):
            yield Held(None)


def is_locked(engine: Engine, name: str) -> bool:
    """Whether a living process holds the lock of that name on a store."""
    try:
        with store_lock(engine, name):
            return False
    except StoreError:
        return True


@contextmanager
def _server_lock(engine: Engine, name: str) -> Iterator[Connection]:
    key = int.from_bytes(hashlib.sha256(f"vigie {name}".encode()).digest()[:4], "big") >> 1
    options = engine.execution_options(isolation_level="AUTOCOMMIT")
    with options.connect() as connection:
        _introduce(connection)
        taken = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar()
        if not taken:
            raise _refusal(name, _holder(connection, key))
        try:
            yield connection
        finally:
            # A connection that was lost has no lock to give back, and must not hide the error.
            if not connection.closed and not connection.invalidated:
                connection.invalidate()


@contextmanager
def _file_lock(engine: Engine, name: str) -> Iterator[None]:
    store = engine.url.database
    if not store or store == ":memory:":
        yield
        return
    path = Path(store).parent / "locks" / f"{Path(store).name}.{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise _refusal(name, file.read().strip() or UNKNOWN) from None
        file.truncate(0)
        file.write(_self())
        file.flush()
        yield


def _introduce(connection: Connection) -> None:
    connection.execute(
        text("SELECT set_config('application_name', :name, false)"), {"name": f"vigie {_self()}"}
    )


def _holder(connection: Connection, key: int) -> str:
    found = connection.execute(
        text(
            "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = :key"
        ),
        {"key": key},
    ).scalar()
    return str(found or UNKNOWN).removeprefix("vigie ")


def _self() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"[:50]


def _refusal(name: str, holder: str) -> StoreError:
    what = name.replace("crawl-", "a crawl of ").replace("scheduler", "a scheduler")
    return StoreError(
        f"{what} is already running on this store ({holder}); "
        "stop it, or wait for it to end, before starting another"
    )

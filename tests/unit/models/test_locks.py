"""One holder of a lock per store, whichever process, home or machine asks."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from config.errors import StoreError
from models.database import make_engine
from models.locks import is_locked, store_lock

ROOT = Path(__file__).parents[3]
HOLD = """
import sys
from models.database import make_engine
from models.locks import store_lock
with store_lock(make_engine(sys.argv[1]), "scheduler"):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(url: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_lock_held_by_another_process_is_refused_with_its_name_and_free_when_it_is_killed(
    any_engine: Engine,
):
    with holder(any_engine.url.render_as_string(hide_password=False)) as process:
        with (
            pytest.raises(StoreError, match=rf"a scheduler is already .*process {process.pid} on"),
            store_lock(any_engine, "scheduler"),
        ):
            pass
        assert is_locked(any_engine, "scheduler")
        assert not is_locked(any_engine, "crawl-x_search")
        process.kill()
        process.wait()
        # The server notices the end of a connection a moment after its process.
        for _ in range(1000):
            if not is_locked(any_engine, "scheduler"):
                break
        assert not is_locked(any_engine, "scheduler")


def test_a_lock_is_free_again_after_its_block(any_engine: Engine):
    for _ in range(2):
        with store_lock(any_engine, "scheduler") as held:
            assert held.still()
            assert is_locked(any_engine, "scheduler")


def test_a_lock_whose_server_connection_was_ended_is_no_longer_ours(postgres_url: str):
    engine = make_engine(postgres_url)
    with store_lock(engine, "scheduler") as held:
        with engine.connect() as other:
            other.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name LIKE 'vigie process%' AND pid <> pg_backend_pid()"
                )
            )
        assert not held.still()
    engine.dispose()

"""Files appear whole or not at all, and devices are never replaced."""

import os
import stat
import threading
from pathlib import Path

import pytest

from pipelines.outputs import place_for, publish


def test_files_get_their_content_and_nothing_else_is_left(tmp_path: Path):
    publish([(tmp_path / "a", b"1"), (tmp_path / "b", b"2")])

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"1", "b": b"2"}


def test_when_one_cannot_be_written_none_appears(tmp_path: Path):
    with pytest.raises(OSError, match="No such file"):
        publish([(tmp_path / "a", b"1"), (tmp_path / "missing" / "b", b"2")])

    assert list(tmp_path.iterdir()) == []


def test_a_block_that_fails_leaves_the_old_file(tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    with pytest.raises(RuntimeError), place_for(path) as place:
        place.write_bytes(b"half")
        raise RuntimeError

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()

    publish([(pipe, b"through")])
    reader.join()

    assert read == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)

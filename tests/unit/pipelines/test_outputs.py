"""Files appear whole or not at all, and devices are never replaced."""

import os
import stat
import subprocess
import sys
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


@pytest.mark.parametrize("old", [b"old", None])
def test_a_link_stays_a_link_and_its_file_is_written(tmp_path: Path, old: bytes | None):
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / "a"
    if old is not None:
        target.write_bytes(old)
    (tmp_path / "near").symlink_to("real/a")
    (tmp_path / "far").symlink_to(tmp_path / "near")

    publish([(tmp_path / "far", b"new")])
    assert target.read_bytes() == b"new"
    with place_for(tmp_path / "near") as place:
        place.write_bytes(b"newer")

    assert target.read_bytes() == b"newer"
    assert (tmp_path / "near").is_symlink()
    assert (tmp_path / "far").is_symlink()
    assert list((tmp_path / "real").iterdir()) == [target]


def test_links_in_a_circle_are_an_error(tmp_path: Path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")

    with pytest.raises(OSError, match="symbolic links"):
        publish([(tmp_path / "a", b"1")])


def test_names_of_open_streams_are_written_to_and_not_replaced(tmp_path: Path):
    (tmp_path / "link").symlink_to("/dev/stdout")
    code = (
        "import sys; from pathlib import Path; from pipelines.outputs import publish;"
        "publish([(Path(sys.argv[1]), b'1')]); print('2', end='')"
    )
    for name in (str(tmp_path / "link"), "/dev/stdout", "/proc/self/fd/1"):
        with (tmp_path / "out").open("wb") as out:
            before = os.fstat(out.fileno()).st_ino
            subprocess.run([sys.executable, "-c", code, name], stdout=out, check=True)
        assert (tmp_path / "out").read_bytes() == b"12"
        assert (tmp_path / "out").stat().st_ino == before
    assert (tmp_path / "link").readlink() == Path("/dev/stdout")


def test_a_full_standard_output_is_one_clear_error():
    code = (
        "import sys\n"
        "from config.errors import InputError\n"
        "from pipelines.outputs import standard_output\n"
        "try:\n"
        "    with standard_output() as stream:\n"
        "        stream.write('a' * 10)\n"
        "except InputError as error:\n"
        "    sys.exit(str(error))\n"
    )
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr == "standard output cannot be written (No space left on device)\n"


def test_a_reader_that_went_away_is_one_clear_error():
    code = (
        "import sys\n"
        "from config.errors import InputError\n"
        "from pipelines.outputs import standard_output\n"
        "try:\n"
        "    with standard_output() as stream:\n"
        "        stream.write('a' * 100_000)\n"
        "except InputError as error:\n"
        "    sys.exit(str(error))\n"
    )
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)

    assert done.returncode == 1
    assert done.stderr == "standard output cannot be written (Broken pipe)\n"

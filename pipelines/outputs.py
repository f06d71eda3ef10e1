"""Files that appear whole, under their names, or not at all."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path


def publish(files: Sequence[tuple[Path, bytes]]) -> None:
    """Write every file under a temporary name, then rename all; OSError leaves nothing behind."""
    try:
        for path, content in files:
            if not is_special(path):
                _write_durably(_partial(path), content)
        for path, content in files:
            if is_special(path):
                path.write_bytes(content)
            else:
                _partial(path).replace(path)
    finally:
        for path, _ in files:
            _forget(_partial(path))


@contextmanager
def place_for(path: Path) -> Iterator[Path]:
    """Where to write a long file: it takes its name only when the block ends well."""
    if is_special(path):
        yield path
        return
    try:
        yield _partial(path)
        _partial(path).replace(path)
    finally:
        _forget(_partial(path))


def is_special(path: Path) -> bool:
    """Whether a path is a device or a pipe: written to, and never replaced by a file."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _forget(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)

"""Files that appear whole, under their names, or not at all."""

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TextIO

from config.errors import InputError

# Names here stand for open streams and devices, whatever they lead to.
SYSTEM: Final = (Path("/dev"), Path("/proc"))
MAX_LINKS: Final = 40


def publish(files: Sequence[tuple[Path, bytes]]) -> None:
    """Write every file under a temporary name, then rename all; OSError leaves nothing behind.

    A link stays a link: the file it leads to is replaced.
    """
    targets = [(_followed(path), content) for path, content in files]
    try:
        for path, content in targets:
            if not is_special(path):
                _write_durably(_partial(path), content)
        for path, content in targets:
            if is_special(path):
                path.write_bytes(content)
                _print_behind(path)
            else:
                _partial(path).replace(path)
    finally:
        for path, _ in targets:
            _forget(_partial(path))


def publish_one(path: Path, content: bytes) -> None:
    """Write one file whole; InputError when its place cannot be written."""
    try:
        publish([(path, content)])
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror}); check the folder"
        ) from error


@contextmanager
def place_for(path: Path) -> Iterator[Path]:
    """Where to write a long file: it takes its name only when the block ends well."""
    target = _followed(path)
    if is_special(target):
        yield target
        _print_behind(target)
        return
    try:
        yield _partial(target)
        _partial(target).replace(target)
    finally:
        _forget(_partial(target))


@contextmanager
def standard_output() -> Iterator[TextIO]:
    """Standard output, flushed at the end; InputError when it does not take what is written."""
    try:
        yield sys.stdout
        sys.stdout.flush()
    except OSError as error:
        _discard_output()
        raise InputError(f"standard output cannot be written ({error.strerror})") from error


def is_special(path: Path) -> bool:
    """Whether a path is a device or a pipe: written to, and never replaced by a file."""
    return _is_system(path) or (path.exists() and not path.is_file() and not path.is_dir())


def _followed(path: Path) -> Path:
    """Where the links of a path lead, as far as a name of the system; OSError for a circle."""
    for _ in range(MAX_LINKS):
        if _is_system(path) or not path.is_symlink():
            return path
        path = path.parent / path.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))


def _is_system(path: Path) -> bool:
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  resolve() would follow the link
    return any(absolute.is_relative_to(folder) for folder in SYSTEM)


def _print_behind(path: Path) -> None:
    # /dev/stdout of a file is opened anew, from its start; what is printed next must not cover it.
    with suppress(OSError, ValueError):
        if path.is_file() and os.path.samestat(path.stat(), os.fstat(sys.stdout.fileno())):
            os.lseek(sys.stdout.fileno(), 0, os.SEEK_END)


def _discard_output() -> None:
    # The interpreter flushes what is left when it ends, and would report the same error again.
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


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

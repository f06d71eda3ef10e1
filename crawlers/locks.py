"""One crawl per source at a time: on one home, and on one store wherever its crawls run."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.errors import SourceError


def crawl_lock_name(source: str) -> str:
    """The name of a source's lock on the store."""
    return f"crawl-{source}"


@contextmanager
def source_lock(directory: Path, source: str) -> Iterator[None]:
    """Hold the lock of a source; SourceError when a running process holds it.

    The kernel releases the lock when its process dies, so a stale one is simply taken over.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"crawl-{source}.lock"
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise SourceError(
                f"a crawl of {source} is already running (process {file.read().strip()}); "
                "wait for it to end"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield

"""The log of a crawl: what was asked and kept, never a text, a handle, an id or a token."""

import copy
import logging
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from scrapy.logformatter import LogFormatter

MAX_BYTES: Final = 5_000_000
FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%S%z"
_LIBRARIES: Final = frozenset({"scrapy", "twisted", "sqlalchemy", "alembic", "asyncio"})
_ADDRESS: Final = re.compile(r"(https?://[^/\s'\"<>]+)[^\s'\"<>]*")

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class DiscreetFormatter(logging.Formatter):
    """Shortens addresses to their host and leaves out the messages of exceptions.

    Paths and parameters hold post ids and cursors; an exception's message may quote a record.
    """

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 (name fixed by logging)
        """The kind of the exception and the places it passed."""
        kind, _, trace = ei
        frames = traceback.extract_tb(trace)
        places = [f"  {Path(f.filename).name}:{f.lineno} in {f.name}" for f in frames]
        return "\n".join([kind.__name__ if kind else "no exception", *places])

    def format(self, record: logging.LogRecord) -> str:
        """The line, with addresses shortened."""
        own = copy.copy(record)
        own.exc_text = None  # another handler may have left its full text here
        return _ADDRESS.sub(r"\1/..", super().format(own))


class SilentItems(LogFormatter):
    """Scrapy's messages on responses and items, without the items."""

    def crawled(self, *_args: Any, **_kwargs: Any) -> Any:
        """Nothing: each kept page has its own line."""
        return None

    def scraped(self, *_args: Any, **_kwargs: Any) -> Any:
        """Nothing: each kept page has its own line."""
        return None

    def item_error(self, *_args: Any, **_kwargs: Any) -> Any:
        """That it failed, not what it was."""
        return {"level": logging.ERROR, "msg": "a page could not be kept", "args": {}}


def _is_news(record: logging.LogRecord) -> bool:
    # The libraries tell at length what they are set to, and can quote parameters.
    own = record.name.partition(".")[0] not in _LIBRARIES
    return own or record.levelno >= logging.WARNING


@contextmanager
def crawl_log(path: Path, level: str) -> Iterator[None]:
    """Write everything logged inside the block to a file, at `level` or above."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=MAX_BYTES, backupCount=4, encoding="utf-8")
    handler.setFormatter(DiscreetFormatter(FORMAT, TIME_FORMAT))
    handler.setLevel(level)
    handler.addFilter(_is_news)
    root = logging.getLogger()
    before = root.level
    root.setLevel(level)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        handler.close()

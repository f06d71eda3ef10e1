"""Importing files: each in one transaction, each with a report whose counts balance."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from config.errors import ConfigError, InputError, UsageError
from config.keyring import Keyring
from config.watchlist import Watchlist
from crawlers.importers.column_maps import SUFFIXES, load_column_map
from crawlers.importers.detect import FORMATS, UNRECOGNISED
from crawlers.importers.documents import AUTO, ParsedDocument, Recognised, recognise_body
from crawlers.importers.readers import STDIN, read_body
from crawlers.parsers.generic_csv import ColumnMap
from crawlers.parsers.items import ParsedPage, PostItem, RejectedRecord
from crawlers.storage import IMPORT, Collection, FetchedPage, PageStore, StoreCounts
from models import CrawlRun, Payload
from models.database import open_session

# Facebook began in 2004, X later: an older time is a wrong unit or an empty field.
EARLIEST_POST: Final = datetime(2004, 1, 1, tzinfo=UTC)
CLOCK_DIFFERENCE: Final = timedelta(days=1)


@dataclass(frozen=True)
class FileReport:
    """What became of one file: records = posts_new + posts_known + quarantined.

    `other` counts what is no post (users, counts, pages, errors ..); `error` says in one line, to
    be put behind the path, why the file could not be read; then nothing of it is in the store.
    """

    path: str
    format: str
    records: int = 0
    posts_new: int = 0
    posts_known: int = 0
    quarantined: int = 0
    other: dict[str, int] = field(default_factory=dict)
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values; `error` only when there is one."""
        values = dict(vars(self))
        if self.error is None:
            del values["error"]
        return values

    def as_row(self) -> dict[str, Any]:
        """The counts as one row of a listing."""
        others = ", ".join(f"{n} {kind}" for kind, n in self.other.items())
        return {
            "file": self.path,
            "format": self.format,
            "records": self.records,
            "new": self.posts_new,
            "known": self.posts_known,
            "quarantined": self.quarantined,
            "other": others or None,
        }


def import_files(
    paths: Sequence[str | Path],
    *,
    engine: Engine,
    keyring: Keyring,
    watchlist: Watchlist,
    now: datetime,
    file_format: str = AUTO,
    column_map: Path | None = None,
) -> list[FileReport]:
    """Import files, folders (their files in order of name) and stdin (`-`), one after the other.

    A file that cannot be read is reported and the others are imported. UsageError for an unknown
    format, ConfigError for a wrong column map.
    """
    if file_format not in (AUTO, *FORMATS):
        raise UsageError(
            f"unknown format {file_format!r}; write {AUTO} or one of {', '.join(FORMATS)}"
        )
    columns = load_column_map(column_map) if column_map else None
    importer = _Importer(engine, keyring, watchlist, now, file_format, columns)
    return [importer.import_file(path) for path in _files(paths)]


@dataclass(frozen=True)
class _Importer:
    engine: Engine
    keyring: Keyring
    watchlist: Watchlist
    now: datetime
    format: str
    columns: ColumnMap | None

    def import_file(self, path: str | Path) -> FileReport:
        try:
            body = read_body(path)
            found = recognise_body(body, path, format=self.format, column_map=self.columns)
        except (InputError, ConfigError) as error:
            return FileReport(str(path), UNRECOGNISED, error=str(error))
        with open_session(self.engine) as session:
            counts, other = self._store(session, found, sha256(body).hexdigest())
        return FileReport(
            path=str(path),
            format=found.format,
            records=counts.records,
            posts_new=counts.posts_new,
            posts_known=counts.posts_known,
            quarantined=counts.quarantined,
            other=other,
        )

    def _store(
        self, session: Session, found: Recognised, digest: str
    ) -> tuple[StoreCounts, dict[str, int]]:
        run = CrawlRun(
            source=f"{IMPORT}{found.format}",
            started_at=self.now,
            query_version=self.watchlist.version,
        )
        session.add(run)
        session.flush()
        pages = PageStore(session, self.keyring, self.watchlist)
        counts, tally = StoreCounts(), Counter[str]()
        sieve = _Sieve(self.now + CLOCK_DIFFERENCE)
        for document in found.documents:
            page = self._page(session, document, run.source)
            under = self._under(document, page, run, digest)
            counts += pages.store(page, sieve.records(document.parsed), under)
            tally.update(document.parsed.other)
        if counts.opted_out:
            tally["opted_out"] += counts.opted_out
        other = dict(sorted(tally.items()))
        self._finish(run, counts, other, digest)
        session.add(run)
        return counts, other

    def _page(self, session: Session, document: ParsedDocument, endpoint: str) -> FetchedPage:
        """The body, received when it first came in: importing it again changes no time."""
        first = session.exec(
            select(Payload.received_at)
            .where(Payload.sha256 == sha256(document.body).hexdigest())
            .where(Payload.endpoint == endpoint)
            .order_by(col(Payload.received_at))
        ).first()
        return FetchedPage(document.platform, endpoint, document.body, first or self.now)

    def _under(
        self, document: ParsedDocument, page: FetchedPage, run: CrawlRun, digest: str
    ) -> Collection:
        return Collection(
            source=run.source,
            query_id=digest[:16],
            query_version=self.watchlist.version,
            polled_at=document.retrieved_at or page.received_at,
            acquisition=run.source,
            run_id=run.id,
        )

    def _finish(
        self, run: CrawlRun, counts: StoreCounts, other: dict[str, int], digest: str
    ) -> None:
        run.finished_at = self.now
        run.status = "done"
        run.posts_new = counts.posts_new
        run.posts_known = counts.posts_known
        run.quarantined = counts.quarantined
        run.stats = {"sha256": digest, "other": other}


class _Sieve:
    """What of a page is a record: included posts once per file, and none of an impossible time."""

    def __init__(self, latest: datetime) -> None:
        self._latest = latest
        self._seen: set[tuple[str, str, str]] = set()

    def records(self, parsed: ParsedPage) -> ParsedPage:
        """The page without context posts met before; posts of impossible times are refused."""
        kept: list[PostItem] = []
        refused: list[RejectedRecord] = []
        for number, item in enumerate(parsed.posts):
            if self._is_repeated(item):
                continue
            if EARLIEST_POST <= item.created_at <= self._latest:
                kept.append(item)
            else:
                refused.append(_impossible_time(number))
        return replace(parsed, posts=tuple(kept), rejected=(*parsed.rejected, *refused))

    def _is_repeated(self, item: PostItem) -> bool:
        # An earlier edit of a post has its id and another text: a record of its own.
        key = (item.platform, item.platform_id, item.text)
        repeated = item.context and key in self._seen
        self._seen.add(key)
        return repeated


def _impossible_time(number: int) -> RejectedRecord:
    # The place among the posts read, not the id: that would name the post.
    return RejectedRecord(
        "impossible_time",
        f"posts[{number}]",
        "the time is before 2004 or in the future",
        ("created_at",),
    )


def _files(paths: Iterable[str | Path]) -> list[str | Path]:
    found: list[str | Path] = []
    for path in paths:
        if str(path) != STDIN and Path(path).is_dir():
            inner = sorted(p for p in Path(path).rglob("*") if _is_data(p, Path(path)))
            found.extend(inner or [path])
        else:
            found.append(path)
    return found


def _is_data(file: Path, folder: Path) -> bool:
    # A link that leads nowhere is kept, to be reported.
    if not file.is_file() and (file.exists() or not file.is_symlink()):
        return False
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return not hidden and not file.name.endswith(SUFFIXES)

"""Importing files: in batches that are committed one by one, so that a crash costs little.

Each batch is some chunks of the file: their payloads, their posts and how far the file has been
read are one transaction. A file that was interrupted goes on behind its last batch when it is
imported again; a file that was finished is known as a whole.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from config.errors import ConfigError, InputError, StoreError, UsageError
from config.keyring import Keyring
from config.watchlist import Watchlist
from crawlers.collector import rare_collection
from crawlers.importers.advice import UnknownColumnsError
from crawlers.importers.chunks import Chunk
from crawlers.importers.column_maps import SUFFIXES, load_column_map
from crawlers.importers.detect import FORMATS, UNRECOGNISED
from crawlers.importers.documents import AUTO, Reading, Recognised, recognise_member
from crawlers.importers.file_state import FileState
from crawlers.importers.opening import DEFAULT_LIMITS, STDIN, Limits, Member, members_of
from crawlers.importers.reports import FileReport
from crawlers.importers.scanning import Scan, scan_member
from crawlers.importers.sieve import CLOCK_DIFFERENCE, Sieve
from crawlers.media_beside import MediaBeside, media_beside, with_prints
from crawlers.parsers.items import ParsedPage
from crawlers.parsers.tokens import without_tokens
from crawlers.storage import IMPORT, Collection, FetchedPage, PageStore
from models import CrawlRun, Payload
from models.database import open_session

# Called with a file's name and how much of it (0 to 1) has been stored.
Progress = Callable[[str, float], None]

# A batch is as large as all before it, up to so many records: keys are random, so a batch writes
# pages of every index all over the store, and a larger one writes each of them less often.
MOST_RECORDS: Final = 10_000
MOST_PARTS: Final = 50  # for parts that hold few records

FULL: Final = "the disk is full"
# SQLite says "full", or an error of input and output when the system limits the size of files.
FULL_NAMES: Final = ("SQLITE_FULL", "SQLITE_IOERR")
FULL_STATE: Final = "53100"  # PostgreSQL: disk_full


class DiskFullError(StoreError):
    """The store could not grow; everything committed before is whole."""


def import_files(
    paths: Sequence[str | Path],
    *,
    engine: Engine,
    keyring: Keyring,
    watchlist: Watchlist,
    now: datetime,
    file_format: str = AUTO,
    column_map: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    zone: tzinfo = UTC,
    progress: Progress | None = None,
) -> list[FileReport]:
    """Import files, folders (their files in order of name), archives and stdin (`-`), in order.

    A file that cannot be read is reported and the others are imported. UsageError for an unknown
    format, ConfigError for a wrong column map.
    """
    if file_format not in (AUTO, *FORMATS):
        raise UsageError(
            f"unknown format {file_format!r}; write {AUTO} or one of {', '.join(FORMATS)}"
        )
    columns = load_column_map(column_map) if column_map else None
    reading = Reading(file_format, columns, limits, zone)
    importer = Importer(engine, keyring, watchlist, now, reading, progress)
    reports: list[FileReport] = []
    for path in files_of(paths):
        reports += importer.import_path(path)
    return reports


NO_PICTURES: Final = MediaBeside({})


@dataclass
class Importer:
    """Imports files one after the other into one store."""

    engine: Engine
    keyring: Keyring
    watchlist: Watchlist
    now: datetime
    reading: Reading
    progress: Progress | None = None
    disk_is_full: bool = False

    def import_path(self, path: str | Path) -> list[FileReport]:
        """One report per file; an archive gives one for each file it holds."""
        with ExitStack() as opened, rare_collection():
            try:
                members = members_of(path, self.reading.limits, opened)
            except InputError as error:
                return [FileReport(str(path), UNRECOGNISED, error=str(error))]
            return [self.import_member(member, _pictures(path)) for member in members]

    def import_member(self, member: Member, pictures: MediaBeside = NO_PICTURES) -> FileReport:
        """Import one file, or what an earlier import left of it."""
        if self.disk_is_full:
            return FileReport(member.name, UNRECOGNISED, error=f"not begun: {FULL}")
        with ExitStack() as opened:
            try:
                scan = scan_member(member)
                found = recognise_member(member, scan, self.reading, opened)
            except (InputError, ConfigError) as error:
                advice = error.advice if isinstance(error, UnknownColumnsError) else None
                return FileReport(member.name, UNRECOGNISED, error=str(error), advice=advice)
            return self._import(member, scan, found, pictures)

    def _import(
        self, member: Member, scan: Scan, found: Recognised, pictures: MediaBeside
    ) -> FileReport:
        state = FileState.resumed(self.engine, scan, found)
        error: str | None = None
        try:
            self._store_chunks(member, scan, found, state, pictures)
        except InputError as problem:
            error = self._stopped(state, str(problem))
        except DiskFullError as problem:
            self.disk_is_full = True
            error = (
                f"{problem}; {state.counts.records} records of it are stored; "
                "free some room and import again"
            )
        if error is not None and state.run_id is None:
            return FileReport(member.name, UNRECOGNISED, error=error)
        return FileReport(
            path=member.name,
            format=found.format,
            records=state.counts.records,
            posts_new=state.counts.posts_new,
            posts_known=state.counts.posts_known,
            quarantined=state.counts.quarantined,
            other=dict(sorted(state.other.items())),
            error=error,
            encoding=scan.unusual,
            refused=state.refused.told(),
        )

    def _store_chunks(
        self,
        member: Member,
        scan: Scan,
        found: Recognised,
        state: FileState,
        pictures: MediaBeside,
    ) -> None:
        parts = self._parts(member, scan, found, state)
        while (first := next(parts, None)) is not None:
            shares = self._store_batch(chain([first], parts), found, state, pictures)
            if self.progress is not None:
                for share in shares:
                    self.progress(member.name, share)
        if state.problem is not None:
            raise state.problem
        with _transaction(self.engine) as session:
            state.close(self._run(session, found, state), self.now)

    def _parts(
        self, member: Member, scan: Scan, found: Recognised, state: FileState
    ) -> Iterator["_Part"]:
        """The parts of the file that no earlier run stored, up to where it cannot be read."""
        sieve = Sieve(self.now + CLOCK_DIFFERENCE)
        stored = state.chunks
        read = 0
        try:
            for number, chunk in enumerate(found.chunks, start=1):
                # What an earlier run stored is parsed again only to know what has been met.
                records = sieve.records(chunk.parsed)
                read += len(chunk.body)
                state.refused.note(records.rejected)
                share = min(read / scan.size, 1.0)
                if number > stored:
                    yield _Part(chunk, records, share)
                elif self.progress is not None:
                    self.progress(member.name, share)
        except InputError as error:
            state.problem = error

    def _store_batch(
        self,
        parts: Iterable["_Part"],
        found: Recognised,
        state: FileState,
        pictures: MediaBeside,
    ) -> list[float]:
        """Store parts in one transaction; gives the shares of the file that end with them."""
        room = min(MOST_RECORDS, state.counts.records)
        shares: list[float] = []
        with _transaction(self.engine) as session:
            run = self._run(session, found, state)
            pages = PageStore(session, self.keyring, self.watchlist, together=True)
            for part in parts:
                room -= self._store_part(pages, part, run, state, pictures)
                shares.append(part.share)
                if room <= 0 or len(shares) >= MOST_PARTS:
                    break
            pages.write_rest()
            run_id = run.id
        state.keep(run_id)
        return shares

    def _store_part(
        self,
        pages: PageStore,
        part: "_Part",
        run: CrawlRun,
        state: FileState,
        pictures: MediaBeside,
    ) -> int:
        """Store one part; gives how many records it held."""
        page = self._page(pages.session, part.chunk, run.source)
        under = self._under(part.chunk, page, run, state.digest)
        records = with_prints(part.records, pictures)
        counts = pages.store(page, records, under)
        dropped = {"opted_out": counts.opted_out} if counts.opted_out else {}
        state.note(run, counts, {**part.chunk.parsed.other, **dropped})
        pages.session.flush()
        return counts.records

    def _run(self, session: Session, found: Recognised, state: FileState) -> CrawlRun:
        """The run of the file: the one that is resumed, or a new one."""
        run = session.get(CrawlRun, state.run_id) if state.run_id is not None else None
        if run is None:
            run = CrawlRun(
                source=f"{IMPORT}{found.format}",
                started_at=self.now,
                query_version=self.watchlist.version,
            )
            session.add(run)
            session.flush()
        return run

    def _page(self, session: Session, chunk: Chunk, endpoint: str) -> FetchedPage:
        """The body, received when it first came in: importing it again changes no time."""
        # Saved answers of the Graph API repeat the token of whoever asked.
        body = without_tokens(chunk.body, "") if chunk.platform == "facebook" else chunk.body
        first = session.exec(
            select(Payload.received_at)
            .where(Payload.sha256 == sha256(body).hexdigest())
            .where(Payload.endpoint == endpoint)
            .order_by(col(Payload.received_at))
        ).first()
        return FetchedPage(chunk.platform, endpoint, body, first or self.now)

    def _under(self, chunk: Chunk, page: FetchedPage, run: CrawlRun, digest: str) -> Collection:
        return Collection(
            source=run.source,
            query_id=digest[:16],
            query_version=self.watchlist.version,
            polled_at=chunk.retrieved_at or page.received_at,
            acquisition=run.source,
            run_id=run.id,
        )

    def _stopped(self, state: FileState, problem: str) -> str:
        if state.run_id is None:
            return problem
        with _transaction(self.engine) as session:
            run = session.get_one(CrawlRun, state.run_id)
            run.status, run.reason, run.finished_at = "failed", problem, self.now
        return f"{problem}; the {state.counts.records} records before it are stored"


@contextmanager
def _transaction(engine: Engine) -> Iterator[Session]:
    """A session whose failure for want of room is told as such."""
    try:
        with open_session(engine) as session:
            yield session
    except DBAPIError as error:
        if _is_full(error):
            raise DiskFullError(FULL) from error
        raise


def _pictures(path: str | Path) -> MediaBeside:
    """The pictures beside a file, or in it when it is a ZIP."""
    return media_beside(Path(path)) if str(path) != STDIN else NO_PICTURES


def _is_full(error: DBAPIError) -> bool:
    name = str(getattr(error.orig, "sqlite_errorname", ""))
    return name.startswith(FULL_NAMES) or getattr(error.orig, "sqlstate", None) == FULL_STATE


@dataclass(frozen=True)
class _Part:
    """One chunk of a file, what of it is a record, and the share of the file that ends with it."""

    chunk: Chunk
    records: ParsedPage
    share: float


def files_of(paths: Iterable[str | Path]) -> Iterator[str | Path]:
    """The files that paths stand for; a folder without any stands for itself."""
    for path in paths:
        if str(path) != STDIN and Path(path).is_dir():
            inner = sorted(p for p in Path(path).rglob("*") if _is_data(p, Path(path)))
            yield from inner or [Path(path)]
        else:
            yield path


def _is_data(file: Path, folder: Path) -> bool:
    # A link that leads nowhere is kept, to be reported.
    if not file.is_file() and (file.exists() or not file.is_symlink()):
        return False
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return not hidden and not file.name.endswith(SUFFIXES)

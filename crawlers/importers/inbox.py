"""A watched folder: its finished files are imported once each, and nothing in it is touched.

What has been done is remembered in the store by the hash of the content, and by a fingerprint of
the name with size and time so that a file is not read again only to be recognised.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine
from sqlmodel import col, select

from config.errors import InputError, StoreError
from config.inbox import INBOX_SOURCE, file_key
from crawlers.importers.reports import FileReport
from crawlers.importers.run import Importer, files_of
from models import CrawlRun
from models.database import open_session

# A file that was written to within this time may still be growing.
QUIET: Final = timedelta(seconds=60)
UNFINISHED: Final = (".part", ".partial", ".tmp", ".crdownload", ".download", ".filepart", "~")
UNKNOWN_COLUMNS: Final = "its columns are not known; `vigie import` on it says which it lacks"


@dataclass(frozen=True)
class _Mark:
    """A file as it lies in the folder."""

    key: str
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path, folder: Path) -> "_Mark":
        found = path.stat()
        name = path.relative_to(folder).as_posix()
        return cls(file_key(name), found.st_size, found.st_mtime_ns)


def import_inbox(folder: Path, importer: Importer) -> list[FileReport]:
    """Import what is new and finished in a folder; one report per file read.

    InputError when the folder is not there, StoreError when the disk is full.
    """
    if not folder.is_dir():
        raise InputError(f"the watched folder {folder} is not there; make it or set VIGIE_INBOX")
    done = _done_before(importer.engine)
    reports: list[FileReport] = []
    for path in _finished(folder, importer.now):
        mark = _Mark.of(path, folder)
        if mark not in done.marks:
            reports += _import_one(path, folder, mark, importer, done)
    return reports


def watch(
    folder: Path,
    importer_at: Callable[[], Importer],
    tell: Callable[[list[FileReport]], None],
    wait: Callable[[], None],
) -> None:
    """Import what comes into a folder until interrupted."""
    while True:
        if reports := import_inbox(folder, importer_at()):
            tell(reports)
        wait()


def summary(reports: list[FileReport]) -> str:
    """One line for the log of a job."""
    failed = sum(report.error is not None for report in reports)
    new = sum(report.posts_new for report in reports)
    told = f"; {failed} could not be read, see `vigie doctor`" if failed else ""
    return f"{len(reports)} files, {new} new posts{told}"


@dataclass
class _Done:
    marks: set[_Mark]
    digests: set[str]


def _done_before(engine: Engine) -> _Done:
    with open_session(engine) as session:
        runs = session.exec(
            select(CrawlRun).where(CrawlRun.source == INBOX_SOURCE).order_by(col(CrawlRun.id))
        ).all()
    told = [run.stats for run in runs]
    return _Done(
        marks={_Mark(one["file"], one["size"], one["mtime_ns"]) for one in told},
        digests={one["sha256"] for one in told},
    )


def _finished(folder: Path, now: datetime) -> Iterator[Path]:
    """Files that nothing has written to lately; a time after `now` is one of another clock."""
    for path in map(Path, files_of([folder])):
        if path.name.endswith(UNFINISHED) or not path.is_file():
            continue
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if abs(now - written) >= QUIET:
            yield path


def _import_one(
    path: Path, folder: Path, mark: _Mark, importer: Importer, done: _Done
) -> list[FileReport]:
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    if digest in done.digests:
        _remember(importer, mark, digest, [])
        return []
    reports = importer.import_path(path)
    if importer.disk_is_full:
        raise StoreError(next(report.error for report in reports if report.error) or "")
    # A file that grew meanwhile is met again as another one.
    if _Mark.of(path, folder) == mark:
        _remember(importer, mark, digest, reports)
        done.digests.add(digest)
    return reports


def _remember(importer: Importer, mark: _Mark, digest: str, reports: list[FileReport]) -> None:
    problems = [
        UNKNOWN_COLUMNS if report.advice else report.error for report in reports if report.error
    ]
    stats: dict[str, Any] = {
        "file": mark.key,
        "size": mark.size,
        "mtime_ns": mark.mtime_ns,
        "sha256": digest,
    }
    with open_session(importer.engine) as session:
        session.add(
            CrawlRun(
                source=INBOX_SOURCE,
                started_at=importer.now,
                finished_at=importer.now,
                status="failed" if problems else "done",
                reason=problems[0] if problems else None,
                query_version=importer.watchlist.version,
                posts_new=sum(report.posts_new for report in reports),
                posts_known=sum(report.posts_known for report in reports),
                quarantined=sum(report.quarantined for report in reports),
                stats=stats,
            )
        )

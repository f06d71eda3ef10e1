"""How far a file has been stored, as its run tells it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from config.errors import InputError
from crawlers.importers.column_maps import as_plain
from crawlers.importers.documents import Recognised
from crawlers.importers.reports import Refusals
from crawlers.importers.scanning import Scan
from crawlers.parsers.version import PARSER_VERSION
from crawlers.storage import IMPORT, StoreCounts
from models import CrawlRun
from models.database import open_session


@dataclass
class FileState:
    """How far a file has been stored; what is noted counts once its transaction is kept."""

    digest: str
    columns: dict[str, str] | None = None
    run_id: int | None = None
    chunks: int = 0
    counts: StoreCounts = field(default_factory=StoreCounts)
    other: Counter[str] = field(default_factory=Counter)
    refused: Refusals = field(default_factory=Refusals)  # of all chunks, stored before or now
    problem: InputError | None = None  # why the file could not be read to its end
    _noted: tuple[int, StoreCounts, Counter[str]] | None = None

    @classmethod
    def resumed(cls, engine: Engine, scan: Scan, found: Recognised) -> "FileState":
        """The state an unfinished run of the same file left, or a fresh one."""
        state = cls(scan.digest, as_plain(found.columns) if found.columns else None)
        with open_session(engine) as session:
            run = unfinished_run(session, f"{IMPORT}{found.format}", scan.digest)
            # Chunks cut or mapped otherwise say nothing of how far this reading has come.
            if run is not None and state.reads_as(run):
                state.run_id = run.id
                state.chunks = int(run.stats.get("chunks", 0))
                state.counts = StoreCounts(run.posts_new, run.posts_known, run.quarantined)
                state.other = Counter(run.stats.get("other", {}))
        return state

    def reads_as(self, run: CrawlRun) -> bool:
        """Whether an earlier run read the file by the same columns and the same parsers."""
        told = (run.stats.get("columns"), run.stats.get("parser_version"))
        return told == (self.columns, PARSER_VERSION)

    def note(self, run: CrawlRun, counts: StoreCounts, other: Mapping[str, int]) -> None:
        """Write into the run that one more chunk is stored."""
        chunks, before, tally = self._noted or (self.chunks, self.counts, self.other)
        self._noted = (chunks + 1, before + counts, tally + Counter(other))
        run.status, run.reason = "running", None
        self._write(run, *self._noted)

    def keep(self, run_id: int | None) -> None:
        """The transaction of what was noted is committed."""
        assert self._noted is not None
        self.run_id = run_id
        self.chunks, self.counts, self.other = self._noted
        self._noted = None

    def close(self, run: CrawlRun, now: datetime) -> None:
        """Write into the run that the file has been read to its end."""
        run.status, run.reason, run.finished_at = "done", None, now
        self._write(run, self.chunks, self.counts, self.other)

    def _write(self, run: CrawlRun, chunks: int, counts: StoreCounts, other: Counter[str]) -> None:
        run.posts_new = counts.posts_new
        run.posts_known = counts.posts_known
        run.quarantined = counts.quarantined
        stats: dict[str, Any] = {
            "sha256": self.digest,
            "chunks": chunks,
            "parser_version": PARSER_VERSION,
            "other": dict(sorted(other.items())),
        }
        run.stats = stats if self.columns is None else stats | {"columns": self.columns}


def unfinished_run(session: Session, source: str, digest: str) -> CrawlRun | None:
    """The newest run of a file that did not reach its end, unless a later one did."""
    runs = session.exec(
        select(CrawlRun).where(CrawlRun.source == source).order_by(col(CrawlRun.id).desc())
    )
    newest = next((run for run in runs if run.stats.get("sha256") == digest), None)
    return newest if newest is not None and newest.status != "done" else None

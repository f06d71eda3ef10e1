"""What the command line and the scheduler ask of imports."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol, TextIO
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from config.keyring import Keyring
from config.settings import Settings
from config.watchlist import Watchlist
from crawlers.importers.documents import AUTO, Reading
from crawlers.importers.inbox import watch
from crawlers.importers.opening import MIB, Limits
from crawlers.importers.progress import ProgressLine
from crawlers.importers.remapping import RemapReport, remap
from crawlers.importers.reports import FileReport
from crawlers.importers.run import Importer, import_files

WATCH_EVERY: Final = 10.0  # seconds


class Desk(Protocol):
    """What imports need of a deployment."""

    @property
    def settings(self) -> Settings:
        """Limits, the zone of times that tell none, the clock."""

    @property
    def engine(self) -> Engine:
        """The store."""

    @property
    def keyring(self) -> Keyring:
        """Its keys."""

    @property
    def watchlist(self) -> Watchlist:
        """The page register."""


def import_paths(
    desk: Desk,
    paths: Sequence[str],
    *,
    file_format: str,
    column_map: Path | None,
    progress_to: TextIO | None,
) -> list[FileReport]:
    """Import files as the settings say; progress goes to the given stream, if any."""
    told = progress_to
    return import_files(
        paths,
        engine=desk.engine,
        keyring=desk.keyring,
        watchlist=desk.watchlist,
        now=desk.settings.clock(),
        file_format=file_format,
        column_map=column_map,
        limits=_limits(desk.settings),
        zone=ZoneInfo(desk.settings.import_time_zone),
        progress=ProgressLine(told, is_terminal=told.isatty()) if told is not None else None,
    )


def importer_of(desk: Desk, *, now: datetime) -> Importer:
    """An importer as the settings say."""
    reading = Reading(AUTO, None, _limits(desk.settings), ZoneInfo(desk.settings.import_time_zone))
    return Importer(desk.engine, desk.keyring, desk.watchlist, now, reading)


def watch_folder(desk: Desk, folder: Path, tell: Callable[[list[FileReport]], None]) -> None:
    """Import what comes into a folder until interrupted."""
    watch(
        folder,
        lambda: importer_of(desk, now=desk.settings.clock()),
        tell,
        lambda: time.sleep(WATCH_EVERY),
    )


def remap_payloads(desk: Desk) -> RemapReport:
    """Read kept payloads again."""
    return remap(
        desk.engine,
        desk.keyring,
        desk.watchlist,
        now=desk.settings.clock(),
        zone=ZoneInfo(desk.settings.import_time_zone),
    )


def remarks(report: FileReport) -> Iterator[str]:
    """What the person at the terminal should know of a file, line by line."""
    if report.encoding is not None:
        yield f"vigie: {report.path}: is no plain UTF-8, read as {report.encoding}"
    for one in report.refused:
        told = f"{one.records} of {report.records} records quarantined as {one.reason}"
        yield f"vigie: {report.path}: {told}: {one.detail}"
    if report.error is not None:
        yield f"vigie: {report.path}: {' '.join(report.error.split())}"
    if report.advice is not None:
        yield from ("", report.advice, "")


def _limits(settings: Settings) -> Limits:
    return Limits(ratio=settings.import_max_ratio, total=settings.import_max_mib * MIB)

"""The coverage ledger of a store: read from it, printed, and exported for machines."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from sqlmodel import Session, col, select

from config.errors import UsageError
from config.queries.watched import query_of
from config.vocabulary import COMMENT_KINDS
from config.watchlist import Watchlist
from crawlers.sources import SPIDERS
from models import CountProbe, Coverage, CoverageGap, Post, PostCollection
from models.ledger import (
    COMPLETE,
    COUNTS_ONLY,
    DAY,
    HOUR,
    STANDS_IN_FOR,
    AskedWindow,
    Entry,
    Probe,
    QueryFacts,
    Received,
    entries,
)
from models.stretches import Stretch, merged
from models.watchlist_version import AskedWhole, wordings_asked

By = Literal["day", "hour"]
STEPS: Final[dict[str, timedelta]] = {"day": DAY, "hour": HOUR}
LIVE: Final = STANDS_IN_FOR["x_archive"]
SCHEMA: Final = "vigie-coverage-ledger/1"
COLUMNS: Final[dict[str, str]] = {
    "source": "x_search, facebook_pages, ..; full-archive search counts under x_search",
    "query_id": "query or page of the watchlist, or a part of a query that is asked in parts",
    "query_version": "version of the wording; empty: never asked in this hour or day",
    "start": "RFC 3339, UTC, included",
    "end": "RFC 3339, UTC, excluded",
    "state": "complete, partial, failed or not_asked; of the hour or day, all versions together",
    "share": "part of it received completely, 0 to 1, all versions together",
    "version_share": "part of it received completely under this version",
    "via": "sources that received it, joined by +",
    "reasons": "why a part is missing, joined by `; `",
    "posts": "posts held that were created in it, first collected under this version; "
    "empty: told of the whole query only",
    "comments": "comments and replies held, likewise",
    "counted": "the platform's own count of it; empty: not probed",
    "cut": "true: the period asked for begins or ends inside it",
}

_Facts = dict[tuple[str, str], "_Gathered"]


@dataclass
class _Gathered:
    """What the store holds of one query, while it is read."""

    windows: list[AskedWindow]
    received: dict[tuple[str, datetime], Received]
    probes: list[Probe]


def read_facts(
    session: Session, watchlist: Watchlist | None, period: Stretch | None = None
) -> list[QueryFacts]:
    """What is known of every query that was asked, or that the watchlist wants asked.

    Without a period all windows are read, each under the part it was asked for, and posts are
    left out.
    """
    gathered: _Facts = defaultdict(lambda: _Gathered([], {}, []))
    _add_windows(session, gathered, watchlist, period)
    if watchlist is not None:
        for source in sorted({source for source, _ in gathered} & SPIDERS.keys()):
            for query_id in SPIDERS[source].queries_of(watchlist):
                gathered.setdefault((source, query_id), _Gathered([], {}, []))
    if period is not None:
        _join_parts(gathered, wordings_asked(session))
        _add_received(session, gathered, period)
        _add_probes(session, gathered, period)
    return [
        QueryFacts(
            source,
            query_id,
            tuple(one.windows),
            None if source == LIVE and query_id != query_of(query_id) else one.received,
            tuple(one.probes),
        )
        for (source, query_id), one in sorted(gathered.items())
    ]


def ledger(session: Session, watchlist: Watchlist | None, period: Stretch, by: By) -> list[Entry]:
    """The ledger of a period: source, query, then time."""
    facts = read_facts(session, watchlist, period)
    return [entry for one in facts for entry in entries(one, period, STEPS[by])]


def gap_rows(session: Session, period: Stretch | None = None) -> list[dict[str, Any]]:
    """Gaps that were found: open, final, or filled meanwhile."""
    wanted = select(CoverageGap).order_by(
        col(CoverageGap.source), col(CoverageGap.query_id), col(CoverageGap.window_start)
    )
    if period is not None:
        wanted = wanted.where(
            col(CoverageGap.window_start) < period.end, col(CoverageGap.window_end) > period.start
        )
    return [
        {
            "source": gap.source,
            "query_id": gap.query_id,
            "start": gap.window_start.isoformat(),
            "end": gap.window_end.isoformat(),
            "reason": gap.reason,
            "tries": gap.tries,
            "outlook": "filled"
            if gap.filled_at
            else f"final: {gap.final}"
            if gap.final
            else "open",
        }
        for gap in session.exec(wanted)
    ]


def export_bytes(
    rows: Sequence[Entry], gap_list: Sequence[dict[str, Any]], path: Path, about: dict[str, Any]
) -> bytes:
    """The ledger as CSV or JSON, by the ending of the name; UsageError for another ending."""
    if path.suffix == ".csv":
        return _csv(entry.as_row() for entry in rows)
    if path.suffix == ".json":
        document = {
            "schema": SCHEMA,
            **about,
            "columns": COLUMNS,
            "rows": [entry.as_row() for entry in rows],
            "gaps": list(gap_list),
        }
        return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
    raise UsageError(f"{path} ends neither in .csv nor in .json; name the file so")


def _csv(rows: Iterable[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _add_windows(
    session: Session, gathered: _Facts, watchlist: Watchlist | None, period: Stretch | None
) -> None:
    wanted = (
        select(Coverage)
        .where(col(Coverage.source).not_in(COUNTS_ONLY))
        .order_by(col(Coverage.window_start))
    )
    if period is not None:
        wanted = wanted.where(
            col(Coverage.window_start) < period.end, col(Coverage.window_end) > period.start
        )
    archive: dict[str, list[AskedWindow]] = defaultdict(list)
    for row in session.exec(wanted):
        stretch = Stretch(row.window_start, row.window_end)
        window = AskedWindow(row.source, row.query_version, stretch, row.status, row.reason)
        if row.source in STANDS_IN_FOR:
            archive[row.query_id].append(window)
        else:
            gathered[row.source, row.query_id].windows.append(window)
    _let_stand_in(gathered, archive, _archive_parts(watchlist))


def _join_parts(gathered: _Facts, wordings: Mapping[str, list[AskedWhole]]) -> None:
    """Give each query asked in parts what all of them received, and why some did not."""
    for query_id in sorted({query_of(asked) for source, asked in gathered if source == LIVE}):
        told: set[AskedWindow] = set()
        for whole in wordings.get(query_id, ()):
            parts = [
                [w for w in _windows_of(gathered, (LIVE, part)) if w.query_version == version]
                for part, version in sorted(whole.parts)
                if part != query_id
            ]
            missed = {w for windows in parts for w in windows if w.status != COMPLETE} - told
            told |= missed
            joined = [*_shared(parts), *sorted(missed, key=lambda window: window.stretch)]
            if joined:
                gathered[LIVE, query_id].windows += [
                    replace(window, query_version=whole.version) for window in joined
                ]


def _windows_of(gathered: _Facts, key: tuple[str, str]) -> list[AskedWindow]:
    return gathered[key].windows if key in gathered else []


def _archive_parts(watchlist: Watchlist | None) -> dict[str, set[str]]:
    """The parts each query is asked in, by full-archive search as by recent search."""
    found: dict[str, set[str]] = defaultdict(set)
    for part in watchlist.x_parts("recent") if watchlist is not None else ():
        found[part.query_id].add(part.part_id)
    return found


def _let_stand_in(
    gathered: _Facts, archive: Mapping[str, list[AskedWindow]], parts: Mapping[str, set[str]]
) -> None:
    """Give each query or part of recent search what full-archive search received of it."""
    asked = [query_id for source, query_id in gathered if source == LIVE]
    wholes = {query_of(query_id) for query_id in asked}
    for query_id in asked:
        whole = query_of(query_id)
        windows = gathered[LIVE, query_id].windows
        for name in sorted({query_id, whole}):
            windows += archive.get(name, ())
        if query_id not in parts.get(whole, {query_id}):
            windows += _common(archive, sorted(parts[whole]))
    for query_id, windows in archive.items():
        if query_of(query_id) not in wholes:
            gathered[LIVE, query_id].windows += windows


def _common(archive: Mapping[str, list[AskedWindow]], names: Sequence[str]) -> list[AskedWindow]:
    """What was received completely under all of the names together."""
    return _shared([archive.get(name, ()) for name in names])


def _shared(several: Sequence[Iterable[AskedWindow]]) -> list[AskedWindow]:
    """What lies in a complete window of each."""
    if not several:
        return []
    first, *others = (_joined(windows) for windows in several)
    common = first
    for windows in others:
        met = (
            replace(one, stretch=one.stretch.cut(other.stretch))
            for one in common
            for other in windows
        )
        common = [one for one in met if not one.stretch.empty]
    return common


def _joined(windows: Iterable[AskedWindow]) -> list[AskedWindow]:
    """Complete windows of a source that follow one another as one: there are months of them."""
    complete = [window for window in windows if window.status == COMPLETE]
    by_source = {window.source: window for window in complete}
    return [
        replace(any_window, stretch=stretch)
        for source, any_window in sorted(by_source.items())
        for stretch in merged(w.stretch for w in complete if w.source == source)
    ]


def _add_received(session: Session, gathered: _Facts, period: Stretch) -> None:
    shown_sources = {source for source, _ in gathered}
    also = {other for other, shown in STANDS_IN_FOR.items() if shown in shown_sources}
    rows = session.exec(
        select(PostCollection, Post.created_at, Post.kind)
        .join(Post, col(Post.id) == col(PostCollection.post_id))
        .where(col(Post.created_at) >= period.start, col(Post.created_at) < period.end)
        .where(col(PostCollection.source).in_(sorted(shown_sources | also)))
        .order_by(col(PostCollection.first_collected_at), col(PostCollection.source))
    )
    met: set[tuple[str, str, str]] = set()
    for held, created_at, kind in rows:
        shown = STANDS_IN_FOR.get(held.source, held.source)
        if (shown, held.query_id, held.post_id) in met:
            continue
        met.add((shown, held.query_id, held.post_id))
        key = (held.query_version, created_at.replace(minute=0, second=0, microsecond=0))
        one = Received(0, 1) if kind in COMMENT_KINDS else Received(1, 0)
        received = gathered[shown, held.query_id].received
        received[key] = received.get(key, Received()) + one


def _add_probes(session: Session, gathered: _Facts, period: Stretch) -> None:
    rows = session.exec(
        select(CountProbe).where(
            col(CountProbe.window_start) < period.end, col(CountProbe.window_end) > period.start
        )
    )
    for row in rows:
        probe = Probe(Stretch(row.window_start, row.window_end), row.counted)
        for (_, query_id), one in gathered.items():
            if query_id == row.query_id:
                one.probes.append(probe)

"""Past counts in the store: under a label, in their own table, never mixed with our counts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from config.errors import InputError, UsageError
from config.roles import checked_role
from crawlers.past_counts.periods import PastPeriod
from crawlers.past_counts.sheet import read_sheet
from crawlers.past_counts.sums import differences
from crawlers.past_counts.table import PastCount, read_counts, told
from models import HandLog, HistoricCount

LABEL: Final = re.compile(r"[\w][\w .()-]{0,39}")


@dataclass(frozen=True)
class HistoryImport:
    """What became of a table: each count is new, known, or replaced."""

    label: str
    sheet: str
    new: int
    known: int
    replaced: int
    differences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"differences": list(self.differences)}


def import_history(
    session: Session,
    path: Path,
    *,
    label: str,
    columns: Mapping[str, str],
    sheet: str | None,
    replace: bool,
    keep_differences: bool,
    role: str,
    now: datetime,
) -> HistoryImport:
    """Bring in a workbook under a label; the caller commits. The same table again is a no-op.

    InputError for cells that cannot be read, for sums that do not hold (unless they are to be
    kept, with a note), and for figures that changed (unless they are to be replaced, and logged).
    """
    if not LABEL.fullmatch(label):
        raise UsageError(f"{label!r} is no label; write 1 to 40 letters, digits, spaces or hyphens")
    read = read_sheet(path, sheet)
    try:
        counts = read_counts(read, columns)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    notes = _notes(counts)
    if notes and not keep_differences:
        problems = [f"{cell} {note}" for cell, note in notes.items()]
        raise InputError(f"{path}: {told(problems)}; correct it, or give --keep-differences")
    stored = {_key(row): row for row in _rows(session, label)}
    changed = [one for one in counts if one.key in stored and _differs(one, stored[one.key])]
    if changed and not replace:
        problems = [f"{one.cell} is {one.count}, was {stored[one.key].count}" for one in changed]
        raise InputError(f"{path}: {told(problems)}; give --replace to put the new in its place")
    for one in changed:
        _replace(session, stored[one.key], one, role=checked_role(role), now=now)
    new = [one for one in counts if one.key not in stored]
    session.add_all(_row(label, one, notes.get(one.cell), now) for one in new)
    session.flush()
    return HistoryImport(
        label=label,
        sheet=read.name,
        new=len(new),
        known=len(counts) - len(new) - len(changed),
        replaced=len(changed),
        differences=tuple(f"{cell} {note}" for cell, note in notes.items()),
    )


def listed_histories(session: Session) -> list[dict[str, Any]]:
    """One row per label: its periods and how many counts it has."""
    query = (
        select_columns(
            col(HistoricCount.label),
            func.min(HistoricCount.period_start),
            func.max(HistoricCount.period_end),
            func.count(),
            func.max(HistoricCount.imported_at),
        )
        .group_by(col(HistoricCount.label))
        .order_by(col(HistoricCount.label))
    )
    return [
        {
            "label": label,
            "from": start.isoformat(),
            "until": end.isoformat(),
            "counts": number,
            "imported_at": imported_at.isoformat(),
        }
        for label, start, end, number, imported_at in session.execute(query)
    ]


def exported_history(session: Session, label: str) -> list[dict[str, Any]]:
    """The counts of a label in order of period; UsageError for a label that is not there."""
    rows = _rows(session, label)
    if not rows:
        raise UsageError(f"there is no history {label!r}; `vigie history list` shows them")
    return [
        {
            "label": row.label,
            "period": str(PastPeriod(row.period_start, row.period_end)),
            "from": row.period_start.isoformat(),
            "until": row.period_end.isoformat(),
            "platform": row.platform,
            "scope": row.scope,
            "measure": row.measure,
            "count": row.count,
            "total": row.total,
            "note": row.note,
        }
        for row in rows
    ]


def _rows(session: Session, label: str) -> Sequence[HistoricCount]:
    query = (
        select(HistoricCount)
        .where(HistoricCount.label == label)
        .order_by(
            col(HistoricCount.period_start),
            col(HistoricCount.period_end),
            col(HistoricCount.platform),
            col(HistoricCount.scope),
            col(HistoricCount.measure),
        )
    )
    return session.exec(query).all()


def _notes(counts: Sequence[PastCount]) -> dict[str, str]:
    notes: dict[str, str] = {}
    for one, said in differences(counts):
        notes.setdefault(one.cell, f"is {one.count}, but {said}")
    return notes


def _key(row: HistoricCount) -> tuple[PastPeriod, str, str, str]:
    period = PastPeriod(row.period_start, row.period_end)
    return period, row.platform, row.scope, row.measure


def _differs(one: PastCount, row: HistoricCount) -> bool:
    return (one.count, one.total) != (row.count, row.total)


def _replace(
    session: Session, row: HistoricCount, one: PastCount, *, role: str, now: datetime
) -> None:
    session.add(
        HandLog(
            at=now,
            role=role,
            action="replaced",
            object_kind="history",
            object_id="|".join((row.label, str(one.period), *one.key[1:])),
            reason=f"{row.count} -> {one.count}",
        )
    )
    row.count, row.total, row.note, row.imported_at = one.count, one.total, one.note, now
    session.add(row)


def _row(label: str, one: PastCount, difference: str | None, now: datetime) -> HistoricCount:
    return HistoricCount(
        label=label,
        period_start=one.period.start,
        period_end=one.period.end,
        platform=one.platform,
        scope=one.scope,
        measure=one.measure,
        count=one.count,
        total=one.total,
        note="; ".join(part for part in (one.note, difference) if part) or None,
        imported_at=now,
    )

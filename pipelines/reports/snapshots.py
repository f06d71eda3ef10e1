"""Snapshots of facts: kept in the store and beside the report, never changed."""

from datetime import datetime
from pathlib import Path
from typing import Final

from sqlmodel import Session

from config.errors import InputError
from models import Snapshot
from pipelines.reports.model import WeeklyFacts, facts_from_json

KIND: Final = "weekly"
FILE_NAME: Final = "snapshot.json"


def keep_snapshot(session: Session, facts: WeeklyFacts, now: datetime) -> Snapshot:
    """The stored snapshot of these facts; made when it is not there yet. The caller commits."""
    known = session.get(Snapshot, facts.snapshot_id)
    if known is not None:
        return known
    snapshot = Snapshot(
        id=facts.snapshot_id,
        kind=KIND,
        start=facts.start,
        end=facts.end,
        content_hash=facts.content_hash,
        content=facts.canonical_json(),
        created_at=now,
    )
    session.add(snapshot)
    session.flush()
    return snapshot


def read_snapshot(path: Path) -> WeeklyFacts:
    """The facts in a snapshot file; InputError when it cannot be read or is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path} ({type(error).__name__})") from error
    return facts_from_json(text, str(path))


def find_snapshot(snapshot_id: str, folder: Path, session: Session | None) -> WeeklyFacts:
    """The facts of an id: from the folder of the report, else from the store."""
    beside = folder / FILE_NAME
    if beside.is_file():
        facts = read_snapshot(beside)
        if facts.snapshot_id == snapshot_id:
            return facts
    stored = session.get(Snapshot, snapshot_id) if session is not None else None
    if stored is None:
        raise InputError(
            f"snapshot {snapshot_id} is neither in {beside} nor in the store; "
            "give the snapshot.json that was written with the report"
        )
    return facts_from_json(stored.content, f"snapshot {snapshot_id} of the store")

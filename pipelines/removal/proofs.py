"""The log of removals: each entry holds the hash of the one before it, so none can be changed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlmodel import Session, col, select

from models import PurgeProof

BEGINNING: Final = "0" * 64
CHUNK: Final = 1000


@dataclass(frozen=True)
class ChainCheck:
    """What a check of the log found; `broken_at` is the first entry that does not fit."""

    entries: int
    broken_at: int | None
    head: str  # hash of the last entry


def add_proof(
    session: Session, *, done_at: datetime, scope: str, role: str, counts: Mapping[str, int]
) -> PurgeProof:
    """Append an entry, in the transaction of the removal it proves."""
    if session.get_bind().dialect.name == "postgresql":
        # Two removals at once would both follow the same entry; SQLite has one writer anyway.
        session.connection().execute(text("LOCK TABLE purge_proof IN SHARE ROW EXCLUSIVE MODE"))
    proof = PurgeProof(
        done_at=done_at,
        scope=scope,
        role=role,
        counts=dict(sorted(counts.items())),
        previous_hash=_head(session),
        entry_hash="",
    )
    proof.entry_hash = entry_hash(proof)
    session.add(proof)
    session.flush()
    return proof


def entry_hash(proof: PurgeProof) -> str:
    """SHA-256 of the entry as canonical JSON, followed by the hash of the entry before it."""
    entry: dict[str, Any] = {
        "done_at": proof.done_at.astimezone(UTC).isoformat(),
        "scope": proof.scope,
        "role": proof.role,
        "counts": proof.counts,
    }
    canonical = json.dumps(entry, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256((canonical + proof.previous_hash).encode()).hexdigest()


def check_chain(session: Session) -> ChainCheck:
    """Compute every entry's hash again and compare, from the first entry on."""
    entries, previous, broken_at = 0, BEGINNING, None
    rows = session.exec(select(PurgeProof).order_by(col(PurgeProof.id)))
    for proof in rows.yield_per(CHUNK):
        entries += 1
        fits = proof.previous_hash == previous and proof.entry_hash == entry_hash(proof)
        if not fits and broken_at is None:
            broken_at = proof.id
        previous = proof.entry_hash
    return ChainCheck(entries, broken_at, previous)


def proofs(session: Session) -> list[PurgeProof]:
    """Every entry, oldest first."""
    return list(session.exec(select(PurgeProof).order_by(col(PurgeProof.id))))


def has_entry(session: Session, entry: str) -> bool:
    """Whether the log still holds the entry of this hash."""
    found = session.exec(select(PurgeProof.id).where(PurgeProof.entry_hash == entry)).first()
    return found is not None


def _head(session: Session) -> str:
    last = select(PurgeProof.entry_hash).order_by(col(PurgeProof.id).desc())
    return session.exec(last).first() or BEGINNING

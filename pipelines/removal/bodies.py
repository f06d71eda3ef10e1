"""Payload bodies that hold what has to go: found, and removed as a whole.

A body holds many records. It is not rewritten without some of them: it would no longer be what
was received, and whatever a rewriting overlooked would stay. The row remains with hash and size
(docs/decisions/0011-what-a-deletion-removes.md).
"""

import html
import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from config.keyring import Keyring
from models import Engagement, Payload, PlatformId, PostVersion

CHUNK: Final = 500
_WORD: Final = re.compile(rb"[0-9A-Za-z_-]+")


@dataclass(frozen=True)
class Wanted:
    """Ids to look for in bodies: those that are words are compared as words, others searched."""

    words: frozenset[bytes]
    others: tuple[bytes, ...]

    @classmethod
    def of(cls, ids: Collection[str]) -> "Wanted":
        """What to look for, in the spellings that a body may have."""
        encoded = {one: one.encode() for one in ids if one}
        words = frozenset(raw for raw in encoded.values() if _WORD.fullmatch(raw))
        odd = [one for one, raw in encoded.items() if raw not in words]
        spelt = {spelling for one in odd for spelling in _spellings(one)}
        return cls(words, tuple(sorted(spelling.encode() for spelling in spelt)))

    def __bool__(self) -> bool:
        return bool(self.words or self.others)

    def stand_in(self, body: bytes) -> bool:
        """Whether a body holds one of them; one that is no plain text is taken to."""
        if b"\0" in body:
            return True
        if self.words and not self.words.isdisjoint(_WORD.findall(body)):
            return True
        return any(spelling in body for spelling in self.others)


def _spellings(one: str) -> set[str]:
    """An id as it stands in plain text, JSON and XML."""
    quoted = json.dumps(one)[1:-1]
    raw = json.dumps(one, ensure_ascii=False)[1:-1]
    return {one, quoted, raw, quoted.replace("/", "\\/"), raw.replace("/", "\\/"), html.escape(one)}


def platform_ids(session: Session, keyring: Keyring, ids: Sequence[str]) -> set[str]:
    """The platform's own ids of these posts, opened from the vault."""
    found: set[str] = set()
    for chunk in _chunks(ids):
        rows = session.exec(select(PlatformId.ciphertext).where(col(PlatformId.post_id).in_(chunk)))
        found.update(keyring.decrypt_platform_id(ciphertext) for ciphertext in rows)
    return found


def bodies_of(
    session: Session,
    keyring: Keyring,
    post_ids: Sequence[str],
    more: Collection[str] = (),
    *,
    received_before: datetime | None = None,
) -> set[int]:
    """Payloads with a body that brought one of these posts, or names it or one of the ids `more`.

    The store says which payload brought a text or counts, but not every payload that met a post
    again: so the bodies are opened and searched too.
    """
    bodies: list[ColumnElement[bool]] = [col(Payload.ciphertext).is_not(None)]
    if received_before is not None:
        bodies.append(col(Payload.received_at) < received_before)
    found = set(_bringing(session, post_ids, bodies))
    wanted = Wanted.of(platform_ids(session, keyring, post_ids) | set(more))
    if wanted:
        rows = session.exec(select(Payload.id, Payload.ciphertext).where(*bodies))
        for payload_id, ciphertext in rows.yield_per(20):
            if payload_id is None or ciphertext is None or payload_id in found:
                continue
            if wanted.stand_in(keyring.decrypt_payload(ciphertext)):
                found.add(payload_id)
    return found


def _bringing(
    session: Session, post_ids: Sequence[str], bodies: Sequence[ColumnElement[bool]]
) -> Iterator[int]:
    for table in (PostVersion, Engagement):
        for chunk in _chunks(post_ids):
            rows = session.exec(
                select(Payload.id)
                .join(table, col(table.payload_id) == col(Payload.id))
                .where(col(table.post_id).in_(chunk), *bodies)
            )
            yield from (row for row in rows if row is not None)


def bodies_of_platform(session: Session, platform: str, mixed: str) -> set[int]:
    """Payloads with a body that hold posts of a platform, alone or among others."""
    rows = session.exec(
        select(Payload.id)
        .where(col(Payload.platform).in_((platform, mixed)))
        .where(col(Payload.ciphertext).is_not(None))
    )
    return {row for row in rows if row is not None}


def remove_bodies(session: Session, payload_ids: Collection[int]) -> int:
    """Remove these bodies; hash, size and source stay. Gives how many."""
    chosen = sorted(payload_ids)
    removed = 0
    for start in range(0, len(chosen), CHUNK):
        result = session.connection().execute(
            update(Payload)
            .where(col(Payload.id).in_(chosen[start : start + CHUNK]))
            .where(col(Payload.ciphertext).is_not(None))
            .values(ciphertext=None)
        )
        removed += result.rowcount
    return removed


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]

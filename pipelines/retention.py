"""Retention clocks: what is removed when its time is over; labels and counts outlive it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Subquery, update
from sqlmodel import Session, col, func, select

from models import Annotation, Payload, Post, PostCollection, PostVersion, Prediction
from models.database import open_session, read_session
from models.post import EXPIRED, REJECTED
from pipelines.compliance import forget_ids
from pipelines.deployment import Deployment
from pipelines.removal.carrying_out import Removal, remove_bodies_of, remove_content
from pipelines.removal.traces import clear_traces

SCOPE: Final = "retention"
ROLE: Final = "retention_job"
# What a person has coded so is not about aid, and its words must not be kept at all.
NOT_KEPT: Final = ("OFF", "GOVCRIT")
CHUNK: Final = 500


@dataclass(frozen=True)
class Expired:
    """What went because its time was over."""

    payloads: int
    texts: int
    rejected: int
    judged: int
    platform_ids: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"{self.payloads} payloads, {self.texts} texts, {self.rejected} texts not about aid, "
            f"{self.judged} judged off-topic, {self.platform_ids} ids of hidden posts expired"
        )


def expire(
    deployment: Deployment, *, now: datetime, in_evidence: Collection[str] = frozenset()
) -> Expired:
    """Remove all that is past its time. Safe to run twice.

    `in_evidence`: ids of posts in an open evidence file, which keep their text.
    """
    settings = deployment.settings
    with open_session(deployment.engine) as session:
        # A body holds texts, so it is never kept longer than they are.
        body_days = min(settings.payload_days, settings.text_days)
        payloads = expire_payloads(session, now=now, days=body_days)
        ids = forget_ids(session, now=now, days=settings.text_days)
    with read_session(deployment.engine) as session:
        judged = _free(_judged(session), in_evidence)
        old = _free(_older(session, now, settings.text_days), in_evidence)
        due = _free(_older(session, now, settings.rejected_text_days), in_evidence)
        rejected = _rejected(session, due, settings.classifier)
    gone = Removal(REJECTED, SCOPE, ROLE, now)
    remove_bodies_of(deployment, judged, gone)
    remove_content(deployment, judged, gone)
    rejected = sorted(set(rejected) - set(judged))
    remove_content(deployment, rejected, gone)
    old = sorted(set(old) - set(judged) - set(rejected))
    remove_content(deployment, old, Removal(EXPIRED, SCOPE, ROLE, now))
    clear_traces(deployment.engine)
    return Expired(payloads, len(old), len(rejected), len(judged), ids)


def expire_payloads(session: Session, *, now: datetime, days: int) -> int:
    """Remove the bodies of payloads older than `days`; hash, size and source stay. Gives how many.

    The row remains, so that a figure can still be walked back to the hash of what was received.
    """
    result = session.connection().execute(
        update(Payload)
        .where(col(Payload.received_at) < now - timedelta(days=days))
        .where(col(Payload.ciphertext).is_not(None))
        .values(ciphertext=None)
    )
    return result.rowcount


def first_received() -> Subquery:
    """When each post first came to us: `post_id`, `received_at`.

    An import may bring old posts, so neither the time of a post nor that of its export counts.
    """
    collected: Any = select(
        col(PostCollection.post_id).label("post_id"),
        col(PostCollection.first_collected_at).label("received_at"),
    )
    brought = select(PostVersion.post_id, Payload.received_at).join(
        Payload, col(Payload.id) == col(PostVersion.payload_id)
    )
    times = collected.union_all(brought).subquery()
    return (
        select(times.c.post_id, func.min(times.c.received_at).label("received_at"))
        .group_by(times.c.post_id)
        .subquery()
    )


def _older(session: Session, now: datetime, days: int) -> list[str]:
    first = first_received()
    rows = session.exec(
        select(Post.id)
        .join(first, first.c.post_id == col(Post.id))
        .where(col(Post.text_removed).is_(None))
        .where(first.c.received_at < now - timedelta(days=days))
        .order_by(col(Post.id))
    )
    return list(rows)


def _judged(session: Session) -> list[str]:
    """Posts that the newest reading by a person finds off-topic, or criticism of the State."""
    rows = session.exec(
        select(Annotation)
        .join(Post, col(Post.id) == col(Annotation.post_id))
        .where(col(Post.text_removed).is_(None))
        .order_by(col(Annotation.annotated_at), col(Annotation.coder))
    )
    newest = {row.post_id: row for row in rows}
    return sorted(
        post_id
        for post_id, row in newest.items()
        if row.relevance == "no" or row.narrative in NOT_KEPT
    )


def _rejected(session: Session, ids: Sequence[str], classifier: str) -> list[str]:
    """Those of these posts that the relevance gate rejects and no person has kept in."""
    found: list[str] = []
    for chunk in _chunks(ids):
        by_person = select(Annotation.post_id).where(
            col(Annotation.post_id).in_(chunk),
            col(Annotation.relevance).in_(("yes", "cannot_tell")),
        )
        rows = session.exec(
            select(Prediction.post_id)
            .where(col(Prediction.post_id).in_(chunk), Prediction.classifier == classifier)
            .where(Prediction.relevance == "no", col(Prediction.post_id).not_in(by_person))
        )
        found.extend(rows)
    return sorted(found)


def _free(ids: Sequence[str], in_evidence: Collection[str]) -> list[str]:
    return [post_id for post_id in ids if post_id not in in_evidence]


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]

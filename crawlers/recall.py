"""Recall of collection: how many posts of a query X itself counts, and how many of them we hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, exists, func, select

from config.queries.watched import query_of
from models import CountProbe, Post, PostCollection


@dataclass(frozen=True)
class Recall:
    """One query over the hours that X has counted."""

    query_id: str
    hours: int
    counted: int  # by X, in all parts of the query; a post that two parts find counts twice
    collected: int  # by us; posts deleted since are among them, so it can be the larger figure

    @property
    def share(self) -> float | None:
        """Collected of counted; None where X counts none."""
        return round(self.collected / self.counted, 3) if self.counted else None


def recall(session: Session, source: str, start: datetime, end: datetime) -> list[Recall]:
    """Recall of each query of a source over the counted hours of [start, end)."""
    probes: dict[str, list[CountProbe]] = {}
    for probe in session.exec(
        select(CountProbe).where(
            CountProbe.source == source,
            col(CountProbe.window_start) >= start,
            col(CountProbe.window_end) <= end,
        )
    ):
        probes.setdefault(query_of(probe.query_id), []).append(probe)
    return [
        Recall(
            query_id,
            hours=len({probe.window_start for probe in counted}),
            counted=sum(probe.counted for probe in counted),
            collected=_collected(session, source, query_id, counted),
        )
        for query_id, counted in sorted(probes.items())
    ]


def _collected(session: Session, source: str, query_id: str, probes: Sequence[CountProbe]) -> int:
    """Posts of a query that were made in an hour one of the probes counts."""
    counted_then = exists().where(
        col(CountProbe.source) == source,
        col(CountProbe.query_id).in_({probe.query_id for probe in probes}),
        col(CountProbe.window_start) <= col(Post.created_at),
        col(CountProbe.window_end) > col(Post.created_at),
        col(CountProbe.window_start) >= min(probe.window_start for probe in probes),
        col(CountProbe.window_end) <= max(probe.window_end for probe in probes),
    )
    return session.exec(
        select(func.count())
        .select_from(PostCollection)
        .join(Post, col(Post.id) == col(PostCollection.post_id))
        .where(PostCollection.source == source, PostCollection.query_id == query_id, counted_then)
    ).one()

"""Recall of collection: how many posts of a query X itself counts, and how many of them we hold."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from models import CountProbe, Post, PostCollection


@dataclass(frozen=True)
class Recall:
    """One query over the hours that X has counted."""

    query_id: str
    hours: int
    counted: int  # by X
    collected: int  # by us; posts deleted since are among them, so it can be the larger figure


def recall(session: Session, source: str, start: datetime, end: datetime) -> list[Recall]:
    """Recall of each query of a source over the counted hours of [start, end)."""
    hours: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    collected: Counter[str] = Counter()
    probes = session.exec(
        select(CountProbe).where(
            CountProbe.source == source,
            col(CountProbe.window_start) >= start,
            col(CountProbe.window_end) <= end,
        )
    )
    for probe in probes:
        hours[probe.query_id] += 1
        counted[probe.query_id] += probe.counted
    held = (
        select(PostCollection.query_id, func.count())
        .join(Post, col(Post.id) == col(PostCollection.post_id))
        .join(
            CountProbe,
            (col(CountProbe.source) == col(PostCollection.source))
            & (col(CountProbe.query_id) == col(PostCollection.query_id))
            & (col(Post.created_at) >= col(CountProbe.window_start))
            & (col(Post.created_at) < col(CountProbe.window_end)),
        )
        .where(
            PostCollection.source == source,
            col(CountProbe.window_start) >= start,
            col(CountProbe.window_end) <= end,
        )
        .group_by(col(PostCollection.query_id))
    )
    for query_id, posts in session.execute(held):
        collected[query_id] = posts
    return [
        Recall(query_id, hours[query_id], counted[query_id], collected[query_id])
        for query_id in sorted(hours)
    ]

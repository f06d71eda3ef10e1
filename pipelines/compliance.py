"""Deletion duties: what becomes of a post in the store when the platform no longer shows it.

A source writes what the platform says as `PostState` rows; this stage draws the consequences. It
finds its work in the store alone, so it can be run at any time, and again after a crash.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, or_
from sqlmodel import Session, col, func, select

from models import ComplianceJob, PlatformId, Post, PostState
from models.database import open_session, read_session
from models.post import EXPIRED, GONE_STATES, REJECTED
from pipelines.deployment import Deployment
from pipelines.removal.bodies import bodies_of
from pipelines.removal.carrying_out import (
    Removal,
    remove_bodies_of,
    remove_content,
    remove_found_bodies,
)
from pipelines.removal.followers import followers
from pipelines.removal.traces import clear_traces

SCOPE: Final = "compliance"
ROLE: Final = "compliance_job"
GEO: Final = "scrub_geo"  # only the place of the author has to go; no table holds one
COMPLETE: Final = "complete"
APPLIED: Final = "applied"
CHUNK: Final = 500


@dataclass(frozen=True)
class StatesApplied:
    """What the states of posts led to.

    told: what finished batch jobs said, reason -> posts; they say all of it every day.
    reasons: why something changed here this time, reason -> posts.
    """

    told: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    posts: int = 0  # whose text went, by their own state
    followers: int = 0  # whose text went with that of another post
    bodies: int = 0
    pieces: dict[str, int] = field(default_factory=dict)
    traces_cleared: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        reasons = ", ".join(f"{n} {reason}" for reason, n in self.reasons.items()) or "no change"
        left = "" if self.traces_cleared else "; the store is in use, its log is cleared next time"
        return (
            f"{reasons}; text of {self.posts} posts and {self.followers} that follow them removed, "
            f"{self.bodies} payload bodies removed{left}"
        )


def apply_states(deployment: Deployment, *, now: datetime) -> StatesApplied:
    """Take over the newest states of posts, and remove the content of those that are gone.

    A withheld post keeps its text: it is only not to be shown in some countries.
    """
    with open_session(deployment.engine) as session:
        reasons = _take_over_states(session)
    posts, pieces = 0, Counter[str]()
    bodies = _remove_places(deployment, now)
    with read_session(deployment.engine) as session:
        gone = {state: _gone(session, state) for state in GONE_STATES}
        for state, ids in gone.items():
            reasons += _reasons(session, state, ids)
    for state, ids in gone.items():
        removal = Removal(state, SCOPE, ROLE, now)
        bodies += remove_bodies_of(deployment, ids, removal)
        pieces += remove_content(deployment, ids, removal)
        posts += len(ids)
    following, of_followers, more_bodies = remove_followers(deployment, SCOPE, ROLE, now)
    pieces += of_followers
    with open_session(deployment.engine) as session:
        told = _close_jobs(session, now)
    return StatesApplied(
        told=dict(sorted(told.items())),
        reasons=dict(sorted(reasons.items())),
        posts=posts,
        followers=following,
        bodies=bodies + more_bodies,
        pieces=dict(sorted(pieces.items())),
        traces_cleared=clear_traces(deployment.engine),
    )


def remove_followers(
    deployment: Deployment, scope: str, role: str, now: datetime
) -> tuple[int, Counter[str], int]:
    """Remove the texts that must follow others, in turn; gives posts, pieces and bodies."""
    posts, pieces, bodies = 0, Counter[str](), 0
    while True:
        with read_session(deployment.engine) as session:
            found = followers(session)
        if not found:
            return posts, pieces, bodies
        for why in sorted(set(found.values())):
            ids = sorted(post_id for post_id, reason in found.items() if reason == why)
            removal = Removal(why, scope, role, now)
            bodies += remove_bodies_of(deployment, ids, removal)
            pieces += remove_content(deployment, ids, removal)
        posts += len(found)


def _take_over_states(session: Session) -> Counter[str]:
    """Give each post the newest state that was seen of it; counts those that are still held."""
    reasons: Counter[str] = Counter()
    for newest in list(_newest_states(session)):
        post = session.get_one(Post, newest.post_id)
        if newest.state not in GONE_STATES and (post.state != newest.state or newest.reason == GEO):
            reasons[newest.reason or newest.state] += 1
        post.state, post.state_since = newest.state, newest.since
    return reasons


def _reasons(session: Session, state: str, ids: Sequence[str]) -> Counter[str]:
    """The platform's newest word on each of these posts."""
    words = dict.fromkeys(ids, state)
    for start in range(0, len(ids), CHUNK):
        rows = session.exec(
            select(PostState)
            .where(col(PostState.post_id).in_(ids[start : start + CHUNK]))
            .where(PostState.state == state)
            .order_by(col(PostState.since))
        )
        words.update({row.post_id: row.reason or state for row in rows})
    return Counter(words.values())


def _newest_states(session: Session) -> Iterator[PostState]:
    newest = (
        select(PostState.post_id, func.max(col(PostState.since)).label("since"))
        .group_by(col(PostState.post_id))
        .subquery()
    )
    same = and_(col(PostState.post_id) == newest.c.post_id, col(PostState.since) == newest.c.since)
    ahead = or_(col(Post.state_since).is_(None), col(Post.state_since) < col(PostState.since))
    yield from session.exec(
        select(PostState)
        .join(newest, same)
        .join(Post, col(Post.id) == col(PostState.post_id))
        .where(ahead)
        .order_by(col(PostState.post_id))
    )


def _gone(session: Session, state: str) -> list[str]:
    """Posts of this state whose content has not gone for it yet."""
    others = [why for why in (*GONE_STATES, EXPIRED, REJECTED) if why != state]
    removed = col(Post.text_removed)
    rows = session.exec(
        select(Post.id)
        .where(Post.state == state, or_(removed.is_(None), removed.in_(others)))
        .order_by(col(Post.id))
    )
    return list(rows)


def _remove_places(deployment: Deployment, now: datetime) -> int:
    """Remove payload bodies from before a post's place had to go; later ones come without it."""
    youngest = now - timedelta(days=deployment.settings.payload_days)
    with read_session(deployment.engine) as session:
        asked: Mapping[str, datetime] = dict(
            session.exec(
                select(PostState.post_id, PostState.since).where(
                    PostState.reason == GEO, col(PostState.since) > youngest
                )
            ).all()
        )
        if not asked:
            return 0
        latest = max(asked.values())
        found = bodies_of(session, deployment.keyring, sorted(asked), received_before=latest)
    return remove_found_bodies(deployment, found, Removal("deleted", f"{SCOPE}:place", ROLE, now))


def _close_jobs(session: Session, now: datetime) -> Counter[str]:
    """Mark finished batch jobs as applied, and forget their ids and addresses; what they told."""
    told: Counter[str] = Counter()
    for job in session.exec(select(ComplianceJob).where(ComplianceJob.status == COMPLETE)):
        job.status, job.applied_at, job.reference = APPLIED, now, None
        told.update(job.outcome)
    return told


def forget_ids(session: Session, *, now: datetime, days: int) -> int:
    """Remove from the vault the ids of posts that have not been shown for `days`. Gives how many.

    A protected or suspended account may come back, so its posts are asked for a while longer.
    """
    chosen = select(Post.id).where(
        col(Post.text_removed).in_(GONE_STATES), col(Post.state_since) < now - timedelta(days=days)
    )
    rows = session.exec(select(PlatformId).where(col(PlatformId.post_id).in_(chosen))).all()
    for row in rows:
        session.delete(row)
    return len(rows)

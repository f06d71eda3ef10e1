"""Purges an operator asks for: a whole platform, one post, or what is older than a number of days.

A purged post keeps its row as a tombstone: kind, day, labels and the collections that count it,
so that no published figure changes. Everything else of it goes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, func, select

from config.errors import UsageError
from config.roles import checked_role
from models import Account, ComplianceJob, CrawlCheckpoint, Post
from models.database import open_session, read_session
from models.post import PURGED
from pipelines.compliance import remove_followers
from pipelines.deployment import Deployment
from pipelines.removal.bodies import bodies_of, bodies_of_platform
from pipelines.removal.carrying_out import (
    BATCH,
    Removal,
    drop_lonely_accounts,
    remove_bodies_of,
    remove_content,
    remove_found_bodies,
)
from pipelines.removal.parts import WHOLE, held
from pipelines.removal.proofs import add_proof
from pipelines.removal.traces import clear_traces
from pipelines.retention import first_received

MIXED: Final = "mixed"  # platform of payloads that hold posts of several


@dataclass(frozen=True)
class Selection:
    """What to purge: exactly one of a platform, a post, or an age in days."""

    platform: str | None = None
    post_id: str | None = None
    older_than: int | None = None

    def __post_init__(self) -> None:
        given = [one for one in (self.platform, self.post_id, self.older_than) if one is not None]
        if len(given) != 1:
            raise UsageError("give one of --platform, --post and --older-than")
        if self.older_than is not None and self.older_than < 0:
            raise UsageError("--older-than takes a number of days, for example 365")

    @property
    def scope(self) -> str:
        """The selection as the proof names it."""
        if self.platform is not None:
            return f"platform:{self.platform}"
        if self.post_id is not None:
            return f"post:{self.post_id}"
        return f"older_than:{self.older_than}d"


@dataclass(frozen=True)
class Purge:
    """What was purged, or would be: posts, payload bodies and the pieces of content by kind."""

    scope: str
    done: bool
    posts: int
    followers: int
    bodies: int
    pieces: dict[str, int]
    traces_cleared: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        verb = "purged" if self.done else "would purge"
        pieces = ", ".join(f"{n} {name}" for name, n in self.pieces.items()) or "nothing else"
        also = f" and {self.followers} that repeat them" if self.followers else ""
        after = "" if self.done else "; nothing was changed: add --yes to do it"
        return (
            f"{self.scope}: {verb} {self.posts} posts{also}, {self.bodies} payload bodies, "
            f"{pieces}{after}"
        )


def plan_purge(deployment: Deployment, selection: Selection, *, now: datetime) -> Purge:
    """What a purge would remove; changes nothing."""
    with read_session(deployment.engine) as session:
        ids = _selected(session, selection, now)
        pieces: Counter[str] = Counter()
        for start in range(0, len(ids), BATCH):
            pieces += Counter(held(session, WHOLE, ids[start : start + BATCH]))
        bodies = (
            bodies_of_platform(session, selection.platform, MIXED)
            if selection.platform is not None
            else bodies_of(session, deployment.keyring, ids)
        )
    return Purge(
        scope=selection.scope,
        done=False,
        posts=len(ids),
        followers=0,
        bodies=len(bodies),
        pieces=dict(sorted((+pieces).items())),
    )


def carry_out_purge(
    deployment: Deployment, selection: Selection, *, role: str, now: datetime
) -> Purge:
    """Remove what a selection names, with proofs. Safe to run twice, and again after a crash."""
    removal = Removal(PURGED, selection.scope, checked_role(role), now)
    with read_session(deployment.engine) as session:
        ids = _selected(session, selection, now)
    bodies = _remove_bodies(deployment, selection, ids, removal)
    pieces = remove_content(deployment, ids, removal)
    if selection.platform is not None:
        with open_session(deployment.engine) as session:
            pieces += _remove_rest(session, selection.platform, removal)
    followers, of_followers, more_bodies = remove_followers(deployment, selection.scope, role, now)
    pieces += of_followers
    del pieces["posts"]
    return Purge(
        scope=selection.scope,
        done=True,
        posts=len(ids),
        followers=followers,
        bodies=bodies + more_bodies,
        pieces=dict(sorted(pieces.items())),
        traces_cleared=clear_traces(deployment.engine),
    )


def _selected(session: Session, selection: Selection, now: datetime) -> list[str]:
    query = select(Post.id).where(
        or_(col(Post.text_removed).is_(None), col(Post.text_removed) != PURGED)
    )
    if selection.platform is not None:
        _check_platform(session, selection.platform)
        query = query.where(Post.platform == selection.platform)
    elif selection.post_id is not None:
        if session.get(Post, selection.post_id) is None:
            raise UsageError(
                f"there is no post {selection.post_id!r}; `vigie trace` gives the ids behind a "
                "figure"
            )
        query = query.where(Post.id == selection.post_id)
    else:
        assert selection.older_than is not None
        first = first_received()
        query = query.join(first, first.c.post_id == col(Post.id)).where(
            first.c.received_at < now - timedelta(days=selection.older_than)
        )
    return list(session.exec(query.order_by(col(Post.id))))


def _check_platform(session: Session, platform: str) -> None:
    known = set(session.exec(select(Post.platform).distinct()))
    if platform not in known:
        shown = ", ".join(sorted(known)) or "no platform yet"
        raise UsageError(f"the store has no posts of {platform!r}; it has {shown}")


def _remove_bodies(
    deployment: Deployment, selection: Selection, ids: Sequence[str], removal: Removal
) -> int:
    if selection.platform is None:
        return remove_bodies_of(deployment, ids, removal)
    with read_session(deployment.engine) as session:
        found = bodies_of_platform(session, selection.platform, MIXED)
    return remove_found_bodies(deployment, found, removal)


def _remove_rest(session: Session, platform: str, removal: Removal) -> Counter[str]:
    """Accounts without a post, positions of crawls and addresses of batch jobs."""
    accounts = session.exec(select(Account.pseudonym).where(Account.platform == platform))
    removed = Counter(drop_lonely_accounts(session, sorted(accounts)))
    connection = session.connection()
    own = col(CrawlCheckpoint.source).startswith(f"{platform}_", autoescape=True)
    removed["checkpoints"] = connection.execute(delete(CrawlCheckpoint).where(own)).rowcount
    jobs = update(ComplianceJob).where(
        col(ComplianceJob.platform) == platform, col(ComplianceJob.reference).is_not(None)
    )
    removed["job_references"] = connection.execute(jobs.values(reference=None)).rowcount
    removed = +removed
    if removed:
        add_proof(
            session,
            done_at=removal.done_at,
            scope=removal.scope,
            role=removal.role,
            counts={**removed, "posts_with_text.after": _texts_left(session, platform)},
        )
    return removed


def _texts_left(session: Session, platform: str) -> int:
    left = select(func.count()).select_from(Post)
    return session.exec(left.where(Post.platform == platform, Post.text != "")).one()

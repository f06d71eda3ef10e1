"""Removing the content of posts: batch by batch, each with its proof in the same transaction."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, select

from models import Account, Annotation, CoShareEdge, Post, Prediction, Share
from models.database import open_session, read_session
from models.post import EXPIRED, OPTED_OUT, PURGED, REJECTED
from pipelines.deployment import Deployment
from pipelines.removal.bodies import bodies_of, remove_bodies
from pipelines.removal.parts import PLATFORM_IDS, PRINTS, WHOLE, WORDS, Part, held
from pipelines.removal.proofs import add_proof

BATCH: Final = 500
NOT_READ: Final = "removed"  # the form of a post whose text went before anything had read it

# What goes for which reason. A post that is deleted does not come back under its id, so that the
# id goes too; a protected or suspended account may, so the vault keeps the ids of its posts as
# long as a text would be kept. When only the time of a text is over, the fingerprints stay.
PARTS: Final[dict[str, tuple[Part, ...]]] = {
    "deleted": (*WORDS, PRINTS, PLATFORM_IDS),
    "protected": (*WORDS, PRINTS),
    "unavailable": (*WORDS, PRINTS),
    EXPIRED: (*WORDS, PLATFORM_IDS),
    REJECTED: (*WORDS, PLATFORM_IDS),
    OPTED_OUT: WHOLE,
    PURGED: WHOLE,
}


@dataclass(frozen=True)
class Removal:
    """Why content goes, and what the proof of it says."""

    why: str  # what Post.text_removed will say
    scope: str
    role: str
    done_at: datetime

    @property
    def parts(self) -> tuple[Part, ...]:
        """What goes for this reason."""
        return PARTS[self.why]


def remove_content(
    deployment: Deployment, post_ids: Sequence[str], removal: Removal
) -> Counter[str]:
    """Remove the content of these posts; gives the pieces removed. Safe to run twice.

    Payload bodies are not part of this: remove them first (`remove_bodies_of`), because what a
    crash leaves of the posts is found again, and bodies are found through the posts.
    """
    removed: Counter[str] = Counter()
    for start in range(0, len(post_ids), BATCH):
        chunk = sorted(post_ids[start : start + BATCH])
        with open_session(deployment.engine) as session:
            removed += _remove_batch(session, chunk, removal)
    return removed


def remove_bodies_of(
    deployment: Deployment, post_ids: Sequence[str], removal: Removal, more: Collection[str] = ()
) -> int:
    """Remove every payload body that brought or names these posts, or names the ids `more`."""
    if not post_ids and not more:
        return 0
    with read_session(deployment.engine) as session:
        found = bodies_of(session, deployment.keyring, post_ids, more)
    return remove_found_bodies(deployment, found, removal)


def remove_found_bodies(deployment: Deployment, found: Collection[int], removal: Removal) -> int:
    """Remove these payload bodies, with the proof of it; gives how many."""
    with open_session(deployment.engine) as session:
        removed = remove_bodies(session, found)
        if removed:
            counts = {"payload_bodies.before": removed, "payload_bodies.after": 0}
            _prove(session, removal, counts)
    return removed


def _remove_batch(session: Session, ids: Sequence[str], removal: Removal) -> Counter[str]:
    before = held(session, removal.parts, ids)
    accounts = _accounts(session, ids)
    for part in removal.parts:
        part.remove(session, ids)
    marked = _mark(session, ids, removal.why)
    after = held(session, removal.parts, ids)
    removed = Counter({name: before[name] - after[name] for name in before})
    removed.update(drop_lonely_accounts(session, accounts))
    removed = +removed
    if marked or removed:
        counts = {f"{name}.before": n for name, n in before.items() if n}
        counts |= {f"{name}.after": after[name] for name in before if before[name]}
        gone = {name: removed[name] for name in removed if name not in before}
        _prove(session, removal, {**counts, **gone, "posts": marked})
    removed["posts"] = marked
    return removed


def _prove(session: Session, removal: Removal, counts: dict[str, int]) -> None:
    add_proof(
        session, done_at=removal.done_at, scope=removal.scope, role=removal.role, counts=counts
    )


def _mark(session: Session, ids: Sequence[str], why: str) -> int:
    """Say on the posts why their text went; gives how many did not say so before."""
    connection = session.connection()
    chosen = update(Post).where(col(Post.id).in_(ids))
    unread = col(Post.id).not_in(_read_ids(ids))
    held_text = col(Post.text_removed).is_(None)
    connection.execute(chosen.where(held_text, unread).values(not_read=NOT_READ))
    chosen = chosen.where(or_(held_text, col(Post.text_removed) != why))
    return connection.execute(chosen.values(text_removed=why, truncated=False)).rowcount


def _read_ids(ids: Sequence[str]) -> Any:
    """Posts that someone or something has given a label."""
    by_machine = select(Prediction.post_id).where(
        col(Prediction.post_id).in_(ids),
        or_(col(Prediction.stance).is_not(None), col(Prediction.relevance).is_not(None)),
    )
    return by_machine.union(select(Annotation.post_id).where(col(Annotation.post_id).in_(ids)))


def _accounts(session: Session, ids: Sequence[str]) -> list[str]:
    rows = session.exec(
        select(Post.account).where(col(Post.id).in_(ids), col(Post.account).is_not(None)).distinct()
    )
    return sorted(row for row in rows if row is not None)


def drop_lonely_accounts(session: Session, accounts: Sequence[str]) -> dict[str, int]:
    """Remove those accounts that no post and no share belongs to, with their co-share edges."""
    removed: Counter[str] = Counter()
    connection = session.connection()
    for chunk in _chunks(accounts):
        posting = session.exec(select(Post.account).where(col(Post.account).in_(chunk)))
        sharing = session.exec(select(Share.account).where(col(Share.account).in_(chunk)))
        lonely = sorted(set(chunk) - set(posting) - set(sharing))
        either = or_(col(CoShareEdge.account).in_(lonely), col(CoShareEdge.account_y).in_(lonely))
        removed["edges"] += connection.execute(delete(CoShareEdge).where(either)).rowcount
        gone = delete(Account).where(col(Account.pseudonym).in_(lonely))
        removed["accounts"] += connection.execute(gone).rowcount
    return dict(+removed)


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]

"""What the store knows of a Facebook page before it is asked: its posts, and threads still short.

A thread younger than the look-back is asked in every poll. An older one whose comments are fewer
than the platform claims is asked again each time its age has doubled, and given up in the end:
what the platform counts and never shows (hidden, filtered, of closed accounts) does not come.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session, and_, col, select

from config.keyring import Keyring
from config.vocabulary import COMMENT_KINDS
from crawlers.checkpoints import Window
from crawlers.comments import VISIBLE
from models import CommentCoverage, PlatformId, Post, PostCollection

GIVEN_UP_AFTER: Final = timedelta(days=90)
AGE_FACTOR: Final = 2
MOST_THREADS: Final = 100  # old threads asked again in one poll, the newest first


@dataclass(frozen=True)
class ShortThreads:
    """Old threads with fewer comments than claimed."""

    due: tuple[tuple[str, int | None], ...] = ()  # platform id of the post, claimed comments
    hopeless: int = 0  # how many are not asked any more


@dataclass(frozen=True)
class ThreadAge:
    """A thread with fewer comments than claimed: when it began and was last asked."""

    created_at: datetime
    asked_at: datetime


def is_due(thread: ThreadAge, now: datetime) -> bool:
    """Whether an old thread that is still short is asked again."""
    age, asked_at_age = now - thread.created_at, thread.asked_at - thread.created_at
    return AGE_FACTOR * asked_at_age <= age <= GIVEN_UP_AFTER


def is_hopeless(thread: ThreadAge, now: datetime) -> bool:
    """Whether a thread that is still short will never be asked again."""
    next_age = AGE_FACTOR * (thread.asked_at - thread.created_at)
    return next_age > GIVEN_UP_AFTER or now - thread.created_at > GIVEN_UP_AFTER


def posts_of(
    session: Session, keyring: Keyring, page: tuple[str, str], asked: Window
) -> tuple[str, ...]:
    """Platform ids of the posts of a page, given as (source, register id), in a period."""
    rows = session.exec(
        select(PlatformId.ciphertext)
        .join(Post, col(Post.id) == col(PlatformId.post_id))
        .where(_own(page))
        .where(col(Post.created_at) >= asked.start, col(Post.created_at) < asked.end)
        .where(Post.state == VISIBLE)
        .order_by(col(Post.id))
    )
    return tuple(keyring.decrypt_platform_id(sealed) for sealed in rows)


def short_threads(
    session: Session, keyring: Keyring, page: tuple[str, str], before: datetime, now: datetime
) -> ShortThreads:
    """Threads of posts from before a moment that have fewer comments than claimed."""
    rows = session.exec(
        select(
            PlatformId.ciphertext,
            CommentCoverage.claimed,
            Post.created_at,
            CommentCoverage.polled_at,
        )
        .join(Post, col(Post.id) == col(PlatformId.post_id))
        .join(CommentCoverage, col(CommentCoverage.post_id) == col(Post.id))
        .where(_own(page))
        .where(col(Post.created_at) < before, Post.state == VISIBLE)
        .where(col(CommentCoverage.claimed) > col(CommentCoverage.collected))
        .order_by(col(Post.created_at).desc(), col(Post.id))
    )
    aged = [(sealed, claimed, ThreadAge(began, asked)) for sealed, claimed, began, asked in rows]
    due = [(sealed, claimed) for sealed, claimed, age in aged if is_due(age, now)]
    return ShortThreads(
        due=tuple((keyring.decrypt_platform_id(s), claimed) for s, claimed in due[:MOST_THREADS]),
        hopeless=sum(is_hopeless(age, now) for _, _, age in aged),
    )


def _own(page: tuple[str, str]) -> Any:
    """The condition that a post was brought in by a page's own polls."""
    source, register_id = page
    brought_in = select(PostCollection.post_id).where(
        PostCollection.source == source, PostCollection.query_id == register_id
    )
    return and_(col(Post.id).in_(brought_in), col(Post.kind).not_in(COMMENT_KINDS))

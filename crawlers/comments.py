"""Comments of a post: how many the platform claims, how many we hold, and which are gone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, and_, col, select

from config.vocabulary import COMMENT_KINDS
from crawlers.checkpoints import Poll
from crawlers.states import change_state
from models import CommentCoverage, Engagement, Post

NOT_LISTED: Final = "not_listed"
POST_GONE: Final = "post_gone"
VISIBLE: Final = "visible"


@dataclass(frozen=True)
class Thread:
    """A post whose comments have been asked for, and how they were listed.

    `whole` says that the list was read from its start to its end.
    """

    post_platform_id: str
    claimed: int | None
    ordering: str | None = None  # chronological or ranked
    whole: bool = False


def record_comments(session: Session, post_id: str, thread: Thread, poll: Poll) -> None:
    """Write how many comments are claimed and held, and mark those a complete list left out."""
    known = session.get(CommentCoverage, post_id)
    if known is not None and known.polled_at > poll.polled_at:
        return
    comments = _comments(session, post_id, poll.polled_at)
    listed = sum(met for _, met in comments)
    if thread.whole and thread.claimed is not None and listed >= thread.claimed:
        absent = [comment for comment, met in comments if not met]
        _mark_absent(session, absent, poll)
    shown = [comment for comment, _ in comments if comment.state == VISIBLE]
    session.merge(
        CommentCoverage(
            post_id=post_id,
            polled_at=poll.polled_at,
            claimed=thread.claimed,
            collected=len(shown),
            hidden=sum(comment.hidden is True for comment in shown),
            authors_known=sum(comment.account is not None for comment in shown),
            ordering=thread.ordering,
        )
    )


def mark_thread_gone(session: Session, post_id: str, poll: Poll) -> None:
    """Mark the comments of a post that is gone: they went with it."""
    for comment, _ in _comments(session, post_id, poll.polled_at):
        _mark_unavailable(session, comment, poll, POST_GONE)


def _comments(session: Session, post_id: str, polled_at: datetime) -> list[tuple[Post, bool]]:
    """Comments held of a post, and whether each was met in a poll (its counts tell)."""
    of_poll = and_(col(Engagement.post_id) == col(Post.id), col(Engagement.polled_at) == polled_at)
    rows = session.exec(
        select(Post, Engagement.post_id)
        .join(Engagement, of_poll, isouter=True)
        .where(Post.root_id == post_id, col(Post.kind).in_(COMMENT_KINDS))
        .order_by(col(Post.id))
    )
    return [(comment, met is not None) for comment, met in rows]


def _mark_absent(session: Session, absent: list[Post], poll: Poll) -> None:
    """Mark comments that an earlier poll met and this one did not; others tell nothing."""
    met_before = set(
        session.exec(
            select(Engagement.post_id)
            .where(col(Engagement.post_id).in_([comment.id for comment in absent]))
            .where(col(Engagement.polled_at) < poll.polled_at)
        )
    )
    for comment in absent:
        if comment.id in met_before:
            _mark_unavailable(session, comment, poll, NOT_LISTED)


def _mark_unavailable(session: Session, comment: Post, poll: Poll, reason: str) -> None:
    if comment.state == VISIBLE:
        change_state(
            session,
            comment,
            "unavailable",
            since=poll.polled_at,
            reason=reason,
            source=poll.source,
        )

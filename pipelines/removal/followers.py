"""Posts whose text goes because that of another post went."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models import Post, Share
from models.post import GONE_STATES, WITHDRAWN


def followers(session: Session) -> dict[str, str]:
    """Post id -> why, for every post whose text must follow that of another one.

    A repost holds the text of the post it repeats. The comments below a Facebook post are shown
    by the platform only as long as the post is.
    """
    original: Any = aliased(Post)
    kind, platform = col(Post.kind), col(Post.platform)
    below = (platform == "facebook", kind == "comment")
    return {
        **_following(session, original, original.id == Post.root_id, below, GONE_STATES),
        **_following(session, original, original.id == Post.parent_id, below, GONE_STATES),
        **_following(session, original, original.id == Post.parent_id, (kind == "repost",)),
        **_reposts(session, original),
    }


def _following(
    session: Session,
    original: Any,
    link: ColumnElement[bool],
    conditions: Sequence[ColumnElement[bool]],
    reasons: Sequence[str] = WITHDRAWN,
) -> dict[str, str]:
    rows = session.exec(
        select(Post.id, original.text_removed)
        .join(original, link)
        .where(col(Post.text_removed).is_(None), original.text_removed.in_(reasons), *conditions)
    )
    return dict(rows.all())


def _reposts(session: Session, original: Any) -> dict[str, str]:
    """Reposts by their share: its object is the post that was repeated."""
    rows = session.exec(
        select(Post.id, original.text_removed)
        .join(Share, col(Share.post_id) == col(Post.id))
        .join(original, original.id == Share.object_id)
        .where(col(Share.object_kind) == "repost", col(Post.text_removed).is_(None))
        .where(original.text_removed.in_(WITHDRAWN))
    )
    return dict(rows.all())

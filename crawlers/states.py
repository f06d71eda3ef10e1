"""A change of what a platform shows of a stored post."""

from datetime import datetime

from sqlmodel import Session

from crawlers.parsers.items import State
from models import Post, PostState


def change_state(
    session: Session, post: Post, state: State, *, since: datetime, reason: str | None, source: str
) -> bool:
    """Give a post a newer state and write it into its history; says whether anything changed."""
    if post.state == state or (post.state_since is not None and since <= post.state_since):
        return False
    post.state, post.state_since = state, since
    session.merge(
        PostState(post_id=post.id, since=since, state=state, reason=reason, source=source)
    )
    return True

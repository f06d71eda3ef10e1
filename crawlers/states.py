"""What the platform shows of a stored post: each change is one dated row."""

from sqlmodel import Session

from config.keyring import Keyring
from crawlers.pages import PageItem
from models import Post, PostState


def record_gone(session: Session, keyring: Keyring, item: PageItem) -> None:
    """Write the state of each stored post that a page says is not shown."""
    if item.page is None or item.under is None:
        return
    for gone in item.parsed.gone:
        post = session.get(Post, keyring.post_id(item.platform, gone.platform_id))
        if post is None or post.state == gone.state:
            continue
        seen_at = item.page.received_at
        post.state, post.state_since = gone.state, seen_at
        session.merge(
            PostState(
                post_id=post.id,
                since=seen_at,
                state=gone.state,
                reason=gone.reason,
                source=item.under.source,
            )
        )

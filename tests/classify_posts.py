"""Posts in a store, ready to be read."""

import hashlib
from datetime import UTC, datetime

from sqlmodel import Session

from models import Post

CREATED = datetime(2024, 9, 17, 9, tzinfo=UTC)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def add_post(session: Session, post_id: str, text: str, **columns) -> None:
    given = {
        "platform": "facebook",
        "kind": "post",
        "created_at": CREATED,
        "text_hash": digest(text),
        "message_hash": digest(text),
        "urls": [],
        "media": [],
        "acquisition": "test",
    }
    session.add(Post(id=post_id, text=text, **(given | columns)))
    session.flush()


def change_text(session: Session, post_id: str, text: str) -> None:
    post = session.get(Post, post_id)
    post.text, post.text_hash = text, digest(text)
    session.add(post)
    session.flush()

"""Statements that change rows a page met before, each for many rows at once."""

from typing import Final

from sqlalchemy import bindparam, update
from sqlmodel import col

from crawlers.known_posts import CHANGING, ORIGIN
from models import Account, Post, PostVersion, Share

CHANGE_POST: Final = (
    update(Post)
    .where(col(Post.id) == bindparam("b_id"))
    .values({name: bindparam(f"b_{name}") for name in CHANGING})
)
CHANGE_ORIGIN: Final = (
    update(Post)
    .where(col(Post.id) == bindparam("b_id"))
    .values({name: bindparam(f"b_{name}") for name in ORIGIN})
)
CHANGE_VERSION: Final = (
    update(PostVersion)
    .where(
        col(PostVersion.post_id) == bindparam("b_post"),
        col(PostVersion.text_hash) == bindparam("b_hash"),
    )
    .values(text=bindparam("b"))
)
MOVE_SHARE: Final = (
    update(Share)
    .where(
        col(Share.post_id) == bindparam("b_post"),
        col(Share.object_kind) == bindparam("b_kind"),
        col(Share.object_id) == bindparam("b_object"),
    )
    .values(shared_at=bindparam("b"))
)
CHANGE_ACCOUNT: Final = (
    update(Account)
    .where(col(Account.pseudonym) == bindparam("b_id"))
    .values(first_posted_at=bindparam("b"))
)

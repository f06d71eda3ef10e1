"""Shares: (account, object, time), the input of coordination."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.types import UtcDateTime


class Share(SQLModel, table=True):
    """One account putting one object (a link, a text, a repost) before its public at a moment."""

    post_id: str = Field(primary_key=True, foreign_key="post.id", max_length=32)
    object_kind: str = Field(primary_key=True, max_length=8, description="url, text or repost")
    object_id: str = Field(primary_key=True, max_length=64, description="Hash of the object.")
    account: str = Field(max_length=24, foreign_key="account.pseudonym", index=True)
    shared_at: datetime = Field(sa_type=UtcDateTime, index=True)

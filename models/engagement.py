"""Counts of reactions at a moment; what the platform did not say is null, never 0."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from models.types import JsonColumn, UtcDateTime


class Engagement(SQLModel, table=True):
    """One snapshot of a post's counts, one per post and poll (or imported file)."""

    post_id: str = Field(primary_key=True, foreign_key="post.id", max_length=32)
    polled_at: datetime = Field(
        primary_key=True, sa_type=UtcDateTime, description="Start of the poll it belongs to."
    )
    observed_at: datetime = Field(sa_type=UtcDateTime, description="When it was received.")
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    quotes: int | None = None
    views: int | None = Field(default=None, sa_type=BigInteger)
    bookmarks: int | None = None
    reactions: dict[str, int] | None = Field(default=None, sa_type=JsonColumn)
    mark: str | None = Field(
        default=None, max_length=8, description="Which planned snapshot it is: 1h, 24h or 7d."
    )
    payload_id: int | None = Field(default=None, foreign_key="payload.id")

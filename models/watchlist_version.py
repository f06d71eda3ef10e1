"""Watchlists that were in force, so that a later reader knows what a version asked."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.types import UtcDateTime


class WatchlistVersion(SQLModel, table=True):
    """One version of the watchlist: its queries as asked, with the reason of each change."""

    __tablename__ = "watchlist_version"

    version: str = Field(primary_key=True, max_length=32)
    first_used_at: datetime = Field(sa_type=UtcDateTime)
    content: str = Field(description="Canonical JSON: query id, text, reason, since_version.")

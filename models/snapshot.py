"""The frozen facts behind a report."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.types import UtcDateTime


class Snapshot(SQLModel, table=True):
    """Facts of one report as canonical JSON, named by their hash, never changed."""

    id: str = Field(primary_key=True, max_length=16, description="Start of the content hash.")
    kind: str = Field(max_length=24)
    start: datetime = Field(sa_type=UtcDateTime, index=True)
    end: datetime = Field(sa_type=UtcDateTime)
    content_hash: str = Field(max_length=64)
    content: str
    created_at: datetime = Field(sa_type=UtcDateTime)

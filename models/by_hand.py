"""What a person told about a post they added, and the log of what was done by hand."""

from datetime import datetime
from typing import Final

from sqlmodel import Field, SQLModel

from models.types import JsonColumn, UtcDateTime

ADDED_BY_HAND: Final = "by_hand:"  # the acquisition of such a post begins with it


class HandEntry(SQLModel, table=True):
    """What a person told about a post beside its text, which stands in the post."""

    __tablename__ = "hand_entry"

    post_id: str = Field(primary_key=True, foreign_key="post.id", max_length=32)
    content_key: str = Field(
        max_length=32, index=True, description="Keyed: platform, time, place and words."
    )
    day_only: bool = Field(description="Only the day is known; the hour stands at noon.")
    place_id: str | None = Field(default=None, max_length=32, description="Of config/places.csv.")
    language: str = Field(max_length=8, description="Of the post, not of the paraphrase.")
    form: str = Field(max_length=16, description="text, image, video, audio, screenshot or card")
    agencies: list[str] = Field(sa_type=JsonColumn, description="Ids of agencies it names.")
    basis: str = Field(max_length=24, description="How it was lawfully seen.")
    added_by: str = Field(max_length=32, description="Role code.")
    added_at: datetime = Field(sa_type=UtcDateTime)


class HandLog(SQLModel, table=True):
    """Who did what by hand, when and why; lines are only ever added and hold no content."""

    __tablename__ = "hand_log"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    role: str = Field(max_length=32, description="Role code.")
    action: str = Field(max_length=16, description="added, removed, transcribed or replaced")
    object_kind: str = Field(max_length=16, description="post, sighting or history")
    object_id: str = Field(max_length=160, description="Keyed id, number, or label and cell.")
    reason: str | None = Field(default=None, max_length=32)

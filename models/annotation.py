"""What a person said about a post; it overrides any prediction."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.types import UtcDateTime


class Annotation(SQLModel, table=True):
    """One coder's reading of one post; coders appear as role codes, never by name."""

    post_id: str = Field(primary_key=True, foreign_key="post.id", max_length=32)
    coder: str = Field(primary_key=True, max_length=16)
    relevance: str | None = Field(default=None, max_length=16)
    stance: str | None = Field(default=None, max_length=16)
    tone: str | None = Field(default=None, max_length=16)
    target: str | None = Field(default=None, max_length=24)
    narrative: str | None = Field(default=None, max_length=16)
    severity: str | None = Field(default=None, max_length=16)
    annotated_at: datetime = Field(sa_type=UtcDateTime)

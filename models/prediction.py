"""What a classifier said about a post."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from models.types import JsonColumn, UtcDateTime


class Prediction(SQLModel, table=True):
    """One classifier revision's reading of one post; a field without a head is null."""

    post_id: str = Field(primary_key=True, foreign_key="post.id", max_length=32)
    classifier: str = Field(primary_key=True, max_length=64, description="name@revision")
    text_hash: str = Field(max_length=32, description="Of the text that was read.")
    language: str = Field(max_length=8, description="One of vocabulary.ROUTES.")
    relevance: str | None = Field(default=None, max_length=16)
    stance: str | None = Field(default=None, max_length=16)
    tone: str | None = Field(default=None, max_length=16)
    target: str | None = Field(default=None, max_length=24)
    narrative: str | None = Field(default=None, max_length=16)
    severity: str | None = Field(default=None, max_length=16)
    probabilities: dict[str, dict[str, float]] = Field(
        sa_type=JsonColumn, description="Head -> label -> probability, four decimals."
    )
    mentions: list[dict[str, Any]] = Field(
        default_factory=list, sa_type=JsonColumn, description="Stance per agency named."
    )
    needs_review: bool = Field(index=True)
    review_reasons: list[str] = Field(sa_type=JsonColumn)
    predicted_at: datetime = Field(sa_type=UtcDateTime)

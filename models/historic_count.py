"""Counts that others made before this store began, kept as labelled history."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from models.types import UtcDateTime


class HistoricCount(SQLModel, table=True):
    """One cell of an imported table of past counts; never mixed with counts of this store."""

    __tablename__ = "historic_count"

    label: str = Field(primary_key=True, max_length=64, description="Which history: its name.")
    period_start: date = Field(primary_key=True)
    period_end: date = Field(primary_key=True, description="Excluded.")
    platform: str = Field(primary_key=True, max_length=16, description="facebook, x or all")
    scope: str = Field(primary_key=True, max_length=8, description="posts or comments")
    measure: str = Field(primary_key=True, max_length=48)
    count: int
    total: int | None = Field(default=None, description="The denominator, where it was given.")
    note: str | None = None
    imported_at: datetime = Field(sa_type=UtcDateTime)

"""Weekly counts, each with its denominator, interval, gaps and the versions that made it."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from models.types import JsonColumn, UtcDateTime


class SeriesPoint(SQLModel, table=True):
    """One measure of one slice in one week: k of n, with a 95 % interval where one is due."""

    __tablename__ = "series_point"

    week: str = Field(primary_key=True, max_length=8, description="ISO week, 2024-W37")
    measure: str = Field(primary_key=True, max_length=32, description="stance:suspicious, ..")
    scope: str = Field(primary_key=True, max_length=8, description="posts or comments")
    slice: str = Field(
        primary_key=True, max_length=64, description="all, platform:x, agency:msf, target:donor, .."
    )
    start: datetime = Field(sa_type=UtcDateTime)
    end: datetime = Field(sa_type=UtcDateTime, description="Excluded.")
    count: int = Field(description="k")
    total: int = Field(description="n, the denominator")
    threads: int | None = Field(default=None, description="Threads the comments stand under.")
    largest_thread: int | None = None
    low: float | None = Field(default=None, description="95 % interval of k/n; None if withheld.")
    high: float | None = None
    method: str | None = Field(default=None, max_length=32, description="Of the interval.")
    complete: bool = Field(description="False: not fully collected, to be drawn as a gap.")
    gaps: list[str] = Field(default_factory=list, sa_type=JsonColumn)
    provisional: bool = Field(description="True while any label is the machine's alone.")
    versions: dict[str, Any] = Field(sa_type=JsonColumn, description="classifier, queries, rules")

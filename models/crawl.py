"""Crawl runs and the checkpoint each source and query resumes from."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from models.types import JsonColumn, UtcDateTime


class CrawlRun(SQLModel, table=True):
    """One execution of a spider, or of an import."""

    __tablename__ = "crawl_run"

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(max_length=32, index=True)
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    status: str = Field(default="running", max_length=24, description="running, done, failed, ..")
    reason: str | None = Field(default=None, description="Why it ended when it did not end well.")
    query_version: str = Field(default="", max_length=32)
    register_version: str = Field(
        default="", max_length=32, description="Of the page register source types came from."
    )
    requests: int = 0
    posts_new: int = 0
    posts_known: int = 0
    quarantined: int = 0
    stats: dict[str, Any] = Field(default_factory=dict, sa_type=JsonColumn)


class CrawlCheckpoint(SQLModel, table=True):
    """Where the poll of one query or page stands; committed with each page's posts."""

    __tablename__ = "crawl_checkpoint"

    source: str = Field(primary_key=True, max_length=32)
    query_id: str = Field(primary_key=True, max_length=64)
    query_version: str = Field(max_length=32)
    polled_at: datetime = Field(sa_type=UtcDateTime, description="Start of the poll.")
    window_start: datetime = Field(sa_type=UtcDateTime)
    window_end: datetime = Field(sa_type=UtcDateTime)
    done: bool = Field(default=False, description="The whole window has been collected.")
    state: dict[str, Any] = Field(
        default_factory=dict, sa_type=JsonColumn, description="The spider's own position."
    )

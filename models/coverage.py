"""What was really collected: windows of queries and pages, and comments against those claimed."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.types import UtcDateTime


class Coverage(SQLModel, table=True):
    """One window of one query or page: asked, and completely received or not."""

    source: str = Field(primary_key=True, max_length=32)
    query_id: str = Field(primary_key=True, max_length=64)
    window_start: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    window_end: datetime = Field(sa_type=UtcDateTime)
    status: str = Field(max_length=16, description="complete, partial or failed")
    reason: str | None = None
    query_version: str = Field(max_length=32)
    posts: int = Field(description="Posts received in the window, known ones included.")
    crawl_run_id: int | None = Field(default=None, foreign_key="crawl_run.id")


class CommentCoverage(SQLModel, table=True):
    """Comments of one post at its last poll: how many the platform claims, how many we hold."""

    __tablename__ = "comment_coverage"

    post_id: str = Field(primary_key=True, foreign_key="post.id", max_length=32)
    polled_at: datetime = Field(sa_type=UtcDateTime)
    claimed: int | None = None
    collected: int
    hidden: int | None = Field(
        default=None, description="Of those held, how many their page has hidden; empty: not noted."
    )
    authors_known: int | None = Field(
        default=None, description="Of those held, how many tell their author; empty: not noted."
    )
    ordering: str | None = Field(
        default=None, max_length=16, description="chronological or ranked, as they were served."
    )


class CountProbe(SQLModel, table=True):
    """What the platform itself counts for a window, to be held against what was collected."""

    __tablename__ = "count_probe"

    source: str = Field(primary_key=True, max_length=32)
    query_id: str = Field(primary_key=True, max_length=64)
    window_start: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    window_end: datetime = Field(sa_type=UtcDateTime)
    query_version: str = Field(max_length=32)
    counted: int = Field(description="Posts the platform counts in the window.")
    probed_at: datetime = Field(sa_type=UtcDateTime)


class CoverageGap(SQLModel, table=True):
    """A stretch of one query that is missing: how often it was tried again, and whether it stays.

    Derived from the windows; kept for what windows do not tell, the tries.
    """

    __tablename__ = "coverage_gap"

    source: str = Field(primary_key=True, max_length=32)
    query_id: str = Field(primary_key=True, max_length=64)
    window_start: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    window_end: datetime = Field(sa_type=UtcDateTime)
    reason: str = Field(description="Why it is missing.")
    found_at: datetime = Field(sa_type=UtcDateTime)
    tries: int = Field(default=0, description="Runs that asked for it again.")
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    final: str | None = Field(default=None, description="Why nobody can fill it; empty: open.")
    filled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

"""Watermarks of scheduled jobs: the truth about what has run, whatever the scheduler remembers."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.types import UtcDateTime


class JobWatermark(SQLModel, table=True):
    """One job: up to which due time its work is done."""

    __tablename__ = "job_watermark"

    job_id: str = Field(primary_key=True, max_length=48)
    done_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    status: str = Field(default="never", max_length=16)
    detail: str = ""
    not_before: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="Put off until then: a limit, a budget."
    )

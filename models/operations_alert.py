"""What the operator must look at: raised once, cleared when it is over."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.types import UtcDateTime


class OperationsAlert(SQLModel, table=True):
    """One trouble of one source, query or page; never shown to readers of alerts."""

    __tablename__ = "operations_alert"

    kind: str = Field(primary_key=True, max_length=32, description="low_yield, always_fails, ..")
    subject: str = Field(primary_key=True, max_length=128, description="Source and query or page.")
    since: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime, description="When it was last found so.")
    cleared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    mailed_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="When the operator was told; empty: not yet."
    )
    detail: str = ""

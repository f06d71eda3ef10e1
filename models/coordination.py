"""Co-share edges and the run that made them."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from models.types import JsonColumn, UtcDateTime


class CoordinationRun(SQLModel, table=True):
    """One detection over a half-open period, with all it was made with and found."""

    __tablename__ = "coordination_run"

    id: str = Field(primary_key=True, max_length=32, description="kind and period")
    object_kind: str = Field(max_length=8)
    start: datetime = Field(sa_type=UtcDateTime)
    end: datetime = Field(sa_type=UtcDateTime)
    parameters: dict[str, Any] = Field(sa_type=JsonColumn)
    summary: dict[str, Any] = Field(sa_type=JsonColumn)
    networks: list[dict[str, Any]] = Field(
        sa_type=JsonColumn, description="Synchronised posting patterns, innocent ones explained."
    )


class CoShareEdge(SQLModel, table=True):
    """Two accounts that put the same objects out within the time window."""

    __tablename__ = "co_share_edge"

    run_id: str = Field(primary_key=True, max_length=32, foreign_key="coordination_run.id")
    account: str = Field(primary_key=True, max_length=24)
    account_y: str = Field(primary_key=True, max_length=24)
    weight: int = Field(description="Distinct objects co-shared.")
    avg_time_delta: float
    p_value: float
    q_value: float
    flagged: bool

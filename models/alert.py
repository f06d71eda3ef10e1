"""Alerts, and the record of what was delivered to whom."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from models.types import JsonColumn, UtcDateTime


class Alert(SQLModel, table=True):
    """Something a focal point may have to act on: proposed by a rule, decided by a person."""

    id: str = Field(primary_key=True, max_length=16, description="24-034: year and number")
    dedupe_key: str = Field(unique=True, max_length=96)
    rule_id: str = Field(max_length=48)
    level: str = Field(max_length=16, description="info, watch, warning or urgent")
    status: str = Field(max_length=16, description="proposed, validated, rejected or delivered")
    start: datetime = Field(sa_type=UtcDateTime)
    end: datetime = Field(sa_type=UtcDateTime)
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = Field(default=None, max_length=16, description="A role code.")
    facts: dict[str, Any] = Field(sa_type=JsonColumn, description="Counts, post ids, versions.")


class Delivery(SQLModel, table=True):
    """Outbox: one message to one recipient group, written before it is sent, never sent twice."""

    alert_id: str = Field(primary_key=True, foreign_key="alert.id", max_length=16)
    channel: str = Field(primary_key=True, max_length=24)
    recipient: str = Field(primary_key=True, max_length=48, description="A group's code.")
    language: str = Field(primary_key=True, max_length=2)
    content_hash: str = Field(max_length=64)
    queued_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

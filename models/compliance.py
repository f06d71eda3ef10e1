"""Deletion duties: batch jobs at the platform, purges with their proof, accounts that opted out."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from models.types import JsonColumn, UtcDateTime


class ComplianceJob(SQLModel, table=True):
    """One batch job by which a platform says which stored posts it no longer shows."""

    __tablename__ = "compliance_job"

    id: int | None = Field(default=None, primary_key=True)
    platform: str = Field(max_length=16)
    kind: str = Field(max_length=16, description="tweets or users")
    status: str = Field(
        max_length=16, description="created, uploaded, in_progress, complete, applied, failed, .."
    )
    reference: bytes | None = Field(
        default=None, description="Id and addresses of the job, encrypted like the vault."
    )
    ids: int = Field(default=0, description="How many ids were sent.")
    outcome: dict[str, Any] = Field(
        default_factory=dict, sa_type=JsonColumn, description="Reason -> number of posts."
    )
    created_at: datetime = Field(sa_type=UtcDateTime)
    checked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    applied_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PurgeProof(SQLModel, table=True):
    """One deletion that was carried out; each entry holds the hash of the one before it."""

    __tablename__ = "purge_proof"

    id: int | None = Field(default=None, primary_key=True)
    done_at: datetime = Field(sa_type=UtcDateTime)
    scope: str = Field(max_length=64, description="compliance, platform:x, opt_out, ..")
    role: str = Field(max_length=32, description="Role code, or the job that did it.")
    counts: dict[str, int] = Field(sa_type=JsonColumn, description="Table -> rows removed.")
    previous_hash: str = Field(max_length=64)
    entry_hash: str = Field(max_length=64)


class OptOut(SQLModel, table=True):
    """An account that asked not to be collected, by keyed hash of its id."""

    __tablename__ = "opt_out"

    platform: str = Field(primary_key=True, max_length=16)
    account_hash: str = Field(primary_key=True, max_length=64)
    added_at: datetime = Field(sa_type=UtcDateTime)

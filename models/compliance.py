"""Deletion duties: batch jobs at the platform, purges with their proof, accounts that opted out."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, select

from config.keyring import Keyring
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
    counts: dict[str, int] = Field(
        sa_type=JsonColumn, description="Kind of content -> pieces held before and after."
    )
    previous_hash: str = Field(max_length=64)
    entry_hash: str = Field(max_length=64)


class OptOut(SQLModel, table=True):
    """An account that asked not to be collected, by keyed hash of its id."""

    __tablename__ = "opt_out"

    platform: str = Field(primary_key=True, max_length=16)
    account_hash: str = Field(primary_key=True, max_length=64)
    added_at: datetime = Field(sa_type=UtcDateTime)


def add_opt_out(session: Session, platform: str, account_hash: str, now: datetime) -> None:
    """Remember an account by its hash; one that is known keeps its day."""
    if session.get(OptOut, (platform, account_hash)) is None:
        session.add(OptOut(platform=platform, account_hash=account_hash, added_at=now))


def find_opt_outs(session: Session, prefix: str) -> list[OptOut]:
    """Opt-outs whose hash begins so."""
    begins = col(OptOut.account_hash).startswith(prefix, autoescape=True)
    return list(session.exec(select(OptOut).where(begins)))


def opted_out(session: Session, keyring: Keyring) -> Callable[[str, str | None], bool]:
    """A test for platform and account id: whether the account asked not to be collected."""
    known = {(row.platform, row.account_hash) for row in session.exec(select(OptOut))}

    def test(platform: str, account_id: str | None) -> bool:
        if not known or account_id is None:
            return False
        return (platform, keyring.opt_out_hash(platform, account_id)) in known

    return test

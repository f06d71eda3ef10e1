"""Accounts, known by pseudonym only: no handle, name, avatar or label is ever stored here."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.types import UtcDateTime


class Account(SQLModel, table=True):
    """A pseudonymous author for one quarter, with the type of the page register."""

    pseudonym: str = Field(primary_key=True, max_length=24)
    platform: str = Field(max_length=16)
    quarter: str = Field(max_length=6)
    source_type: str = Field(max_length=24)
    first_posted_at: datetime = Field(sa_type=UtcDateTime)

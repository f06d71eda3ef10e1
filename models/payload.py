"""What the platform sent, as received (encrypted), the vault of platform ids, the quarantine."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from models.types import JsonColumn, UtcDateTime


class Payload(SQLModel, table=True):
    """One response body or file as received: compressed, encrypted, hashed; deleted in time."""

    id: int | None = Field(default=None, primary_key=True)
    crawl_run_id: int | None = Field(default=None, foreign_key="crawl_run.id", index=True)
    platform: str = Field(max_length=16)
    endpoint: str = Field(description="Endpoint or import format; never a URL with a token.")
    received_at: datetime = Field(sa_type=UtcDateTime, index=True)
    sha256: str = Field(max_length=64, index=True, description="Of the body as received.")
    size: int = Field(description="Bytes as received.")
    parser_version: int = Field(
        default=0, description="Of the parsers that read it; an older one is read again."
    )
    ciphertext: bytes | None = Field(default=None, description="None after its retention time.")


class PlatformId(SQLModel, table=True):
    """Vault: the platform's id of a post, encrypted, kept for deletion duties only."""

    __tablename__ = "platform_id"

    post_id: str = Field(primary_key=True, max_length=32)
    platform: str = Field(max_length=16)
    ciphertext: bytes


class Quarantine(SQLModel, table=True):
    """A record that could not be read, kept by reference to its payload, with the reason."""

    id: int | None = Field(default=None, primary_key=True)
    payload_id: int = Field(foreign_key="payload.id", index=True)
    crawl_run_id: int | None = Field(default=None, foreign_key="crawl_run.id", index=True)
    reason: str = Field(max_length=64, description="Short code of the reason.")
    path: str = Field(description="Where in the payload the record stands, for example data[3].")
    detail: str = Field(description="What was wrong; never the text of the record.")
    fields: list[str] | None = Field(
        default=None, sa_type=JsonColumn, description="Names of the record's fields."
    )
    created_at: datetime = Field(sa_type=UtcDateTime)

    def as_dict(self) -> dict[str, Any]:
        """The entry as plain values for a listing."""
        return self.model_dump(exclude={"id", "crawl_run_id"})

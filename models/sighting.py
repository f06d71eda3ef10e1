"""What was heard elsewhere: never a post, never counted with posts."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from models.types import UtcDateTime


class Sighting(SQLModel, table=True):
    """Something heard on WhatsApp, radio, at a market ..: in a person's own words, no author."""

    id: int | None = Field(default=None, primary_key=True)
    heard_on: date
    channel: str = Field(max_length=24, description="whatsapp, telegram, tiktok, radio, market, ..")
    form: str = Field(max_length=24, description="voice, text, image, video, spoken, ..")
    language: str = Field(max_length=8)
    place_id: str | None = Field(default=None, max_length=32, description="Of config/places.csv.")
    place_text: str | None = Field(default=None, description="A place the register lacks.")
    agency_id: str | None = Field(default=None, max_length=32)
    narrative: str | None = Field(default=None, max_length=16, description="Code of the codebook.")
    summary: str = Field(description="What was said, in the reporter's own words, masked.")
    reporter_role: str = Field(max_length=32, description="driver, nurse, focal point, ..; no name")
    basis: str = Field(max_length=32, description="How it came to us.")
    added_by: str = Field(max_length=32, description="Role code.")
    added_at: datetime = Field(sa_type=UtcDateTime)

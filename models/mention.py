"""Agencies and places found in a text."""

from sqlmodel import Field, SQLModel


class Mention(SQLModel, table=True):
    """An agency named in a post: characters [start, end) of the masked text.

    Empty at 0 where a person who added the post told it and the text does not begin with it.
    """

    post_id: str = Field(primary_key=True, foreign_key="post.id", max_length=32)
    agency_id: str = Field(primary_key=True, max_length=32, index=True)
    start: int = Field(primary_key=True)
    end: int


class PlaceMention(SQLModel, table=True):
    """A place named in a post: what the text says, never where the author is."""

    __tablename__ = "place_mention"

    post_id: str = Field(primary_key=True, foreign_key="post.id", max_length=32)
    place_id: str = Field(primary_key=True, max_length=32, index=True)
    start: int = Field(primary_key=True)
    end: int

"""The kinds of content a post has: how many pieces are held, and how they are taken out.

Each part can be counted and removed by itself, for a few hundred posts at a time. Removing twice
changes nothing. Labels, times, kinds and the keyed fingerprint of the message are no part of any
of these: they outlive the text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, SQLModel, col, func, select

from models import (
    Engagement,
    Mention,
    PlaceMention,
    PlatformId,
    Post,
    PostVersion,
    Prediction,
    Share,
    Transcript,
)

Ids = Sequence[str]


@dataclass(frozen=True)
class Part:
    """One kind of content: its name in counts, how to count it, and how to take it out."""

    name: str
    count: Callable[[Session, Ids], int]
    remove: Callable[[Session, Ids], None]


def _counted(session: Session, table: type[SQLModel], *conditions: ColumnElement[bool]) -> int:
    return session.exec(select(func.count()).select_from(table).where(*conditions)).one()


def _rows_part(name: str, table: type[SQLModel], post_id: Any) -> Part:
    """Rows of a table that go as a whole."""

    def count(session: Session, ids: Ids) -> int:
        return _counted(session, table, col(post_id).in_(ids))

    def remove(session: Session, ids: Ids) -> None:
        session.connection().execute(delete(table).where(col(post_id).in_(ids)))

    return Part(name, count, remove)


def _text_part(name: str, table: type[SQLModel], post_id: Any, text: Any) -> Part:
    """A text column that is emptied."""

    def count(session: Session, ids: Ids) -> int:
        return _counted(session, table, col(post_id).in_(ids), col(text) != "")

    def remove(session: Session, ids: Ids) -> None:
        chosen = update(table).where(col(post_id).in_(ids))
        session.connection().execute(chosen.values({text: ""}))

    return Part(name, count, remove)


def _list_part(name: str, column: Any) -> Part:
    """A list column of posts that is emptied; its entries are counted."""

    def count(session: Session, ids: Ids) -> int:
        lists = session.exec(select(column).where(col(Post.id).in_(ids)))
        return sum(len(entries) for entries in lists)

    def remove(session: Session, ids: Ids) -> None:
        chosen = update(Post).where(col(Post.id).in_(ids))
        session.connection().execute(chosen.values({column: []}))

    return Part(name, count, remove)


def _span_part(name: str, table: Any, named: Any) -> Part:
    """Where a text names something: that it does stays, once for each thing; the place goes."""

    def count(session: Session, ids: Ids) -> int:
        return _counted(session, table, table.post_id.in_(ids), table.end > table.start)

    def remove(session: Session, ids: Ids) -> None:
        pairs = session.exec(select(table.post_id, named).where(table.post_id.in_(ids)).distinct())
        kept = [
            {"post_id": post_id, named.key: what, "start": 0, "end": 0} for post_id, what in pairs
        ]
        connection = session.connection()
        connection.execute(delete(table).where(table.post_id.in_(ids)))
        if kept:
            connection.execute(table.__table__.insert(), kept)

    return Part(name, count, remove)


def _readings_with_spans(session: Session, ids: Ids) -> list[Prediction]:
    rows = session.exec(select(Prediction).where(col(Prediction.post_id).in_(ids)))
    return [row for row in rows if any(one.get("start") is not None for one in row.mentions)]


def _count_reading_spans(session: Session, ids: Ids) -> int:
    readings = _readings_with_spans(session, ids)
    return sum(one.get("start") is not None for row in readings for one in row.mentions)


def _remove_reading_spans(session: Session, ids: Ids) -> None:
    for row in _readings_with_spans(session, ids):
        row.mentions = [{**one, "start": None, "end": None} for one in row.mentions]
    session.flush()


def _count_authors(session: Session, ids: Ids) -> int:
    return _counted(session, Post, col(Post.id).in_(ids), col(Post.account).is_not(None))


def _remove_authors(session: Session, ids: Ids) -> None:
    session.connection().execute(update(Post).where(col(Post.id).in_(ids)).values(account=None))


VERSIONS: Final = _text_part("versions", PostVersion, PostVersion.post_id, PostVersion.text)
TEXTS: Final = _text_part("texts", Post, Post.id, Post.text)
CAPTIONS: Final = _list_part("captions", Post.captions)
LINKS: Final = _list_part("links", Post.urls)
PRINTS: Final = _list_part("media_prints", Post.media_prints)
TRANSCRIPTS: Final = _rows_part("transcripts", Transcript, Transcript.post_id)
AGENCY_SPANS: Final = _span_part("agency_spans", Mention, Mention.agency_id)
PLACE_SPANS: Final = _span_part("place_spans", PlaceMention, PlaceMention.place_id)
READING_SPANS: Final = Part("reading_spans", _count_reading_spans, _remove_reading_spans)
PLATFORM_IDS: Final = _rows_part("platform_ids", PlatformId, PlatformId.post_id)
ENGAGEMENTS: Final = _rows_part("engagements", Engagement, Engagement.post_id)
SHARES: Final = _rows_part("shares", Share, Share.post_id)
AUTHORS: Final = Part("authors", _count_authors, _remove_authors)

WORDS: Final = (
    TEXTS,
    VERSIONS,
    CAPTIONS,
    LINKS,
    TRANSCRIPTS,
    AGENCY_SPANS,
    PLACE_SPANS,
    READING_SPANS,
)
WHOLE: Final = (*WORDS, PRINTS, PLATFORM_IDS, ENGAGEMENTS, SHARES, AUTHORS)


def held(session: Session, parts: Sequence[Part], ids: Ids) -> dict[str, int]:
    """How many pieces of each part these posts have."""
    return {part.name: part.count(session, ids) for part in parts}

"""Rows on their way into the store: those of one page, or those of several pages of one batch.

Keys are random, so the rows of many pages put in the order of their keys touch each part of an
index once, where page after page would touch all parts again and again.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Update
from sqlmodel import Session, SQLModel

from models import (
    Engagement,
    PlatformId,
    Post,
    PostCollection,
    PostState,
    PostVersion,
    Share,
)
from models.bulk import bulk_insert

Rows = Mapping[type[SQLModel], Sequence[dict[str, Any]]]
Change = tuple[Update, Sequence[dict[str, Any]]]

# Tables in the order their rows may be added: a post before the rest. Their accounts are there.
# Posts keep the order of their pages, which is most often that of their times.
ORDER: Final = (
    Post,
    PlatformId,
    PostVersion,
    PostState,
    Engagement,
    PostCollection,
    Share,
)
_KEY: Final = itemgetter("post_id")


class PendingRows:
    """Takes the rows of pages; writes them when it is told to, or when a page must see them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rows: dict[type[SQLModel], list[dict[str, Any]]] = {table: [] for table in ORDER}
        self._changes: list[Change] = []
        self._posts: set[str] = set()

    def let_be_read(self, posts: Iterable[str]) -> None:
        """What is known of these posts is about to be read from the store."""
        if not self._posts.isdisjoint(posts):
            self.write()

    def take(self, posts: Iterable[str], rows: Rows, changes: Iterable[Change]) -> None:
        """Take what a page adds and changes of its posts."""
        self._posts.update(posts)
        for table in ORDER:
            self._rows[table] += rows[table]
        self._changes += changes

    def write(self) -> None:
        """Write all that is pending: what is added, then what is changed."""
        connection = self._session.connection()
        for table, rows in self._rows.items():
            if table is not Post:
                rows.sort(key=_KEY)
            bulk_insert(connection, table, rows)
            rows.clear()
        for statement, values in self._changes:
            if values:
                connection.execute(statement, values)
        self._changes.clear()
        self._posts.clear()
        self._session.expire_all()

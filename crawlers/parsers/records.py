"""Putting a page together out of records that were read and records that were refused."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from crawlers.parsers.fields import field_names
from crawlers.parsers.items import GoneItem, ParsedPage, PostItem, RejectedRecord, UserItem


class RecordError(Exception):
    """One record cannot be read: a short reason, and a detail that holds none of its text."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass
class Collected:
    """What has been read of a page so far."""

    posts: list[PostItem] = field(default_factory=list)
    rejected: list[RejectedRecord] = field(default_factory=list)
    users: list[UserItem] = field(default_factory=list)
    gone: list[GoneItem] = field(default_factory=list)
    other: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def refuse(self, error: RecordError, path: str, record: object) -> None:
        """Keep a record that could not be read."""
        self.rejected.append(
            RejectedRecord(error.reason, path, error.detail, fields=field_names(record))
        )

    def page(self, next_token: str | None = None, newest_id: str | None = None) -> ParsedPage:
        """The page as a frozen value."""
        return ParsedPage(
            posts=tuple(self.posts),
            rejected=tuple(self.rejected),
            users=tuple(self.users),
            gone=tuple(self.gone),
            other={kind: n for kind, n in sorted(self.other.items()) if n} if self.other else {},
            next_token=next_token,
            newest_id=newest_id,
            errors=tuple(self.errors),
        )


def joined(pages: Iterable[ParsedPage], *, name: str = "[{}]", first: int = 0) -> ParsedPage:
    """Several pages of one document as one; paths say which page each refusal is of."""
    all_of_them = Collected()
    for number, page in enumerate(pages, start=first):
        all_of_them.posts.extend(page.posts)
        all_of_them.users.extend(page.users)
        all_of_them.gone.extend(page.gone)
        place = name.format(number)
        all_of_them.rejected.extend(
            replace(rejected, path=f"{place}.{rejected.path}".rstrip("."))
            for rejected in page.rejected
        )
        for kind, n in page.other.items():
            all_of_them.other[kind] += n
        all_of_them.errors.extend(page.errors)
    return all_of_them.page()

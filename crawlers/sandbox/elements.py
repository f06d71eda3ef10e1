"""What the world is made of: organisations, people, posts and comments. Frozen values."""

from dataclasses import dataclass
from datetime import datetime

from crawlers.sandbox.texts import Labels


@dataclass(frozen=True)
class Organisation:
    """A Facebook page or a registered X account of an organisation, as the watchlist lists it."""

    platform: str
    platform_id: str
    handle: str
    name: str
    source_type: str
    agency_id: str | None
    shows_authors: bool = False  # whether the token sees who commented (page token)


@dataclass(frozen=True)
class Person:
    """An invented individual with one account on one platform."""

    platform: str
    platform_id: str
    handle: str
    name: str
    avatar: str
    created_at: datetime


Author = Person | Organisation


@dataclass(frozen=True)
class Link:
    """A link in a post: as it stands in the text, and where it leads."""

    shown: str
    target: str
    title: str


@dataclass(frozen=True)
class Edit:
    """An earlier wording, in force until `at`."""

    at: datetime
    earlier_text: str


@dataclass(frozen=True)
class Post:
    """A post, comment or reply on one platform in its final wording."""

    platform: str
    platform_id: str  # the first id, which never changes
    text_id: str
    element: str
    kind: str  # post, quote, reply, comment, repost
    created_at: datetime
    text: str
    language: str
    author: Author
    labels: Labels
    popularity: float
    parent_id: str | None = None  # what a comment or reply answers
    root_id: str | None = None
    page_id: str | None = None
    quoted_id: str | None = None
    reposted_id: str | None = None
    link: Link | None = None
    media: str | None = None  # photo, video
    mentioned: tuple[Author, ...] = ()
    edit: Edit | None = None
    latest_id: str | None = None  # X gives an edited post a new id
    deleted_at: datetime | None = None
    withheld_in: tuple[str, ...] = ()
    is_hidden: bool = False  # a comment that its page has hidden

    def text_at(self, now: datetime) -> str:
        """The wording in force at a moment."""
        return self.edit.earlier_text if self.edit and now < self.edit.at else self.text

    def id_at(self, now: datetime) -> str:
        """The id in force at a moment."""
        edited = self.latest_id and self.edit and now >= self.edit.at
        return self.latest_id if edited and self.latest_id else self.platform_id

    def is_visible(self, now: datetime) -> bool:
        """Whether it has happened and has not been deleted at a moment."""
        return self.created_at <= now and not (self.deleted_at and self.deleted_at <= now)


@dataclass(frozen=True)
class FeedItem:
    """An item in the feed of a local media site, in its final wording."""

    item_id: str
    title: str
    link: str
    summary: str | None  # HTML
    published: datetime
    about_aid: bool
    edit: Edit | None = None

    def summary_at(self, now: datetime) -> str | None:
        """The summary in force at a moment."""
        return self.edit.earlier_text if self.edit and now < self.edit.at else self.summary


@dataclass(frozen=True)
class Spell:
    """A time in which an account on X, with all its posts, is closed to others."""

    account_id: str
    state: str  # protected, suspended
    since: datetime
    until: datetime | None = None

    def holds(self, account_id: str, now: datetime) -> bool:
        """Whether an account is closed by it at a moment."""
        ended = self.until is not None and self.until <= now
        return self.account_id == account_id and self.since <= now and not ended


@dataclass(frozen=True)
class World:
    """Everything that happens in [start, end) on both platforms, in order of time."""

    seed: int
    start: datetime
    end: datetime
    pages: tuple[Organisation, ...]
    accounts: tuple[Organisation, ...]
    people: tuple[Person, ...]
    facebook_posts: tuple[Post, ...]
    facebook_comments: tuple[Post, ...]
    x_posts: tuple[Post, ...]
    # Reposts, and quotes without a watched word: no query of the watchlist finds them.
    x_echoes: tuple[Post, ...] = ()
    x_spells: tuple[Spell, ...] = ()
    feed_items: tuple[FeedItem, ...] = ()

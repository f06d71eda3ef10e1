"""What a parser gives: frozen values, raw as the platform said them, unknown as None.

These values still hold account ids, handles and names. `crawlers.storage` is the only reader;
it turns ids into pseudonyms and masks names before anything reaches the store.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal

from crawlers.parsers.frozen import frozen

Platform = Literal["facebook", "x", "web"]
Kind = Literal["post", "comment", "reply", "repost", "quote"]
State = Literal["visible", "withheld", "protected", "deleted", "unavailable"]

UNREAD_MEDIA = ("video", "audio", "photo", "animated_gif")


@frozen
class EngagementItem:
    """Counts as the platform gave them; None means it did not say."""

    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    quotes: int | None = None
    views: int | None = None
    bookmarks: int | None = None
    reactions: Mapping[str, int] | None = None


@frozen
class PostItem:
    """One post-like record of a payload."""

    platform: Platform
    platform_id: str
    kind: Kind
    created_at: datetime
    text: str
    account_id: str | None = None
    parent_platform_id: str | None = None
    root_platform_id: str | None = None
    venue_platform_id: str | None = None  # the Facebook page it stands on
    reposted_platform_id: str | None = None  # of a pure repost
    language: str | None = None
    urls: tuple[str, ...] = ()  # expanded, not yet canonical
    media: tuple[str, ...] = ()  # photo, video, audio, animated_gif, link_card, ..
    captions: tuple[str, ...] = ()  # alt texts and captions the platform gave
    media_prints: tuple[str, ...] = ()  # perceptual fingerprints, hex
    engagement: EngagementItem | None = None
    private_names: tuple[str, ...] = ()  # handles and names that may stand in the text
    claimed_comments: int | None = None
    edited: bool = False
    edit_number: int | None = None  # 1 is the first text; None when the platform does not say
    truncated: bool = False  # the text is known to be cut
    hidden: bool | None = None  # a comment that its page has hidden
    state: State = "visible"
    context: bool = False  # only included because another record refers to it

    @property
    def form_not_read(self) -> str | None:
        """The form of a post whose only content is a picture or sound, read by nobody."""
        if self.text.strip() or self.kind == "repost":
            return None
        return next((form for form in UNREAD_MEDIA if form in self.media), "no_text")


@frozen
class RejectedRecord:
    """A post-like record that could not be read; goes to quarantine."""

    reason: str  # short code: missing_id, bad_time, no_text, wrong_type, ..
    path: str  # where it stands, for example data[3]
    detail: str  # what was wrong, without text or names
    fields: tuple[str, ...] = ()


@frozen
class GoneItem:
    """A post that was asked for and that the platform does not show (any more)."""

    platform_id: str
    state: State  # protected, deleted, withheld or unavailable; visible: only its place must go
    reason: str | None = None  # the platform's word for it


@frozen
class UserItem:
    """An account that a payload describes, with the names that it gives to `private_names`."""

    account_id: str
    handle: str | None
    names: tuple[str, ...]


@frozen
class ParsedPage:
    """Everything one payload held. records = len(posts) + len(rejected)."""

    posts: tuple[PostItem, ...] = ()
    rejected: tuple[RejectedRecord, ...] = ()
    users: tuple[UserItem, ...] = ()  # so that registered ones can be told from private ones
    gone: tuple[GoneItem, ...] = ()
    other: Mapping[str, int] = field(default_factory=dict)  # users, pages, counts, errors, ..
    next_token: str | None = None  # X next_token, or Graph `after` cursor; None on the last page
    newest_id: str | None = None
    oldest_id: str | None = None
    errors: tuple[str, ...] = ()  # titles of partial errors


class UnreadablePayload(ValueError):  # noqa: N818
    """The payload as a whole is not what the endpoint promises (not JSON, wrong shape)."""

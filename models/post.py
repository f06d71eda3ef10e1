"""Posts, comments, replies, reposts and quotes, their versions, and what collected them."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlmodel import Field, Session, SQLModel, col, select

from models.types import JsonColumn, UtcDateTime

# States in which a platform no longer shows a post to the public; its text must go.
GONE_STATES: Final = ("deleted", "protected", "unavailable")
# Why a text was removed: one of those, its time was over, it was judged off-topic, or on request.
EXPIRED: Final = "expired"
REJECTED: Final = "rejected"
OPTED_OUT: Final = "opt_out"
PURGED: Final = "purged"
REMOVALS: Final = (*GONE_STATES, EXPIRED, REJECTED, OPTED_OUT, PURGED)
# Of those, the ones after which nothing that tells of the post may come in again.
WITHDRAWN: Final = (*GONE_STATES, OPTED_OUT, PURGED)


class Post(SQLModel, table=True):
    """One public post or comment; its text is stored with handles, phones and names masked."""

    id: str = Field(primary_key=True, max_length=32, description="Keyed id, see config.keyring.")
    platform: str = Field(max_length=16, index=True)
    kind: str = Field(max_length=16, description="post, comment, reply, repost or quote")
    parent_id: str | None = Field(default=None, max_length=32, index=True)
    root_id: str | None = Field(default=None, max_length=32, index=True, description="The thread.")
    venue: str | None = Field(
        default=None, max_length=64, description="Register id of the page it stands on."
    )
    venue_type: str | None = Field(default=None, max_length=24, description="That page's type.")
    account: str | None = Field(
        default=None, max_length=24, foreign_key="account.pseudonym", index=True
    )
    source_type: str | None = Field(default=None, max_length=24, description="None: unknown.")
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    text: str = Field(description="Newest text known, masked.")
    text_hash: str = Field(max_length=32, description="Of the newest masked text.")
    message_hash: str = Field(
        max_length=32, index=True, description="Of the normalised text: equal for copies."
    )
    platform_language: str | None = Field(default=None, max_length=8)
    urls: list[str] = Field(sa_type=JsonColumn, description="Canonical addresses linked to.")
    media: list[str] = Field(sa_type=JsonColumn, description="Kinds of media attached.")
    not_read: str | None = Field(
        default=None, max_length=24, description="Form nobody has read: image, video, audio, .."
    )
    captions: list[str] = Field(
        default_factory=list, sa_type=JsonColumn, description="Alt texts and captions, masked."
    )
    media_prints: list[str] = Field(
        default_factory=list, sa_type=JsonColumn, description="Perceptual fingerprints, no image."
    )
    edit_number: int | None = Field(
        default=None, description="Which text of the post this is, from 1; None: not told."
    )
    truncated: bool = Field(default=False, description="The text is known to be cut.")
    hidden: bool | None = Field(default=None, description="A comment its page has hidden.")
    state: str = Field(default="visible", max_length=16, description="See PostState.")
    state_since: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="When it was first seen so; None: always."
    )
    text_removed: str | None = Field(
        default=None,
        max_length=16,
        description="Why its text is no longer held (see REMOVALS); None: it is held.",
    )
    acquisition: str = Field(max_length=32, description="How it was lawfully obtained.")
    may_train: bool = Field(default=False)


class PostVersion(SQLModel, table=True):
    """One text a post has had; an edit adds a version."""

    __tablename__ = "post_version"

    post_id: str = Field(primary_key=True, foreign_key="post.id", max_length=32)
    text_hash: str = Field(primary_key=True, max_length=32)
    text: str
    seen_at: datetime = Field(sa_type=UtcDateTime)
    payload_id: int | None = Field(default=None, foreign_key="payload.id")


class PostState(SQLModel, table=True):
    """A change of what the platform shows of a post: hidden, gone, or back again."""

    __tablename__ = "post_state"

    post_id: str = Field(primary_key=True, foreign_key="post.id", max_length=32)
    since: datetime = Field(primary_key=True, sa_type=UtcDateTime, description="First seen so.")
    state: str = Field(
        max_length=16, description="visible, withheld, protected, deleted or unavailable"
    )
    reason: str | None = Field(default=None, max_length=64, description="The platform's word.")
    source: str = Field(max_length=32, description="What saw it: a spider, an import, a person.")


class Transcript(SQLModel, table=True):
    """What a person wrote down of a picture, a video or a sound; it makes a post readable."""

    post_id: str = Field(primary_key=True, foreign_key="post.id", max_length=32)
    text: str = Field(description="Masked like every text.")
    role: str = Field(max_length=32, description="Role code of who wrote it, never a name.")
    written_at: datetime = Field(sa_type=UtcDateTime)


class PostCollection(SQLModel, table=True):
    """Which query or page brought a post in; a post without one is context only."""

    __tablename__ = "post_collection"

    post_id: str = Field(primary_key=True, foreign_key="post.id", max_length=32)
    source: str = Field(primary_key=True, max_length=32)
    query_id: str = Field(primary_key=True, max_length=64)
    query_version: str = Field(max_length=32)
    first_collected_at: datetime = Field(sa_type=UtcDateTime)


def readable_texts(session: Session, ids: Collection[str]) -> dict[str, str]:
    """What can be read of each post: its text, and what a person wrote down of its media.

    A post that is a picture or a sound, and that nobody wrote down, has nothing to read.
    """
    query = (
        select(Post.id, Post.text, Post.not_read, Transcript.text)
        .join(Transcript, col(Transcript.post_id) == col(Post.id), isouter=True)
        .where(col(Post.id).in_(ids))
    )
    return {
        post_id: "\n".join(
            part for part in ("" if form else text, written) if part and part.strip()
        )
        for post_id, text, form, written in session.exec(query)
    }

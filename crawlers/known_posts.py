"""What the store has of the posts of a page, read once before the page is written."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam
from sqlmodel import Session, col, func, select

from models import Account, Engagement, Post, PostCollection, PostState, PostVersion, Share
from models.post import GONE_STATES

VISIBLE: Final = "visible"
CHUNK: Final = 500  # ids in one question
# Columns of a post that a later meeting may change.
CHANGING: Final = (
    "text",
    "text_hash",
    "message_hash",
    "urls",
    "media",
    "captions",
    "media_prints",
    "not_read",
    "edit_number",
    "truncated",
    "hidden",
    "state",
    "state_since",
    "text_removed",
)

# Columns of a post that stay as they were first told.
ORIGIN: Final = (
    "kind",
    "parent_id",
    "root_id",
    "venue",
    "venue_type",
    "account",
    "source_type",
    "created_at",
    "platform_language",
    "acquisition",
    "may_train",
)


@dataclass(frozen=True)
class Meeting:
    """Under what posts were met: by whom, when, in which payload."""

    source: str
    query_id: str
    query_version: str
    acquisition: str
    may_train: bool
    polled_at: datetime
    received_at: datetime
    payload_id: int
    from_platform: bool  # False: from a file, which may be old
    mark: str | None = None
    collects: bool = True


@dataclass(slots=True)
class KnownPost:
    """One post as the store has it, changed by what a page tells of it."""

    row: dict[str, Any]
    account: str | None
    last_seen: datetime | None = None
    versions: dict[str, bool] = field(default_factory=dict)  # text hash -> text still there
    shares: dict[tuple[str, str], datetime] = field(default_factory=dict)
    polled: bool = False
    collected: bool = False
    is_new: bool = False
    changed: bool = False

    @property
    def lost_its_text(self) -> bool:
        """Its text was removed, whatever the reason."""
        return self.row["text_removed"] is not None

    def takes_text(self, meeting: Meeting) -> bool:
        """Whether a text met now may be kept.

        A text that the platform took away comes back when a later poll of the platform meets it;
        one that was removed for another reason never does.
        """
        if not self.lost_its_text:
            return True
        if self.row["text_removed"] not in GONE_STATES or not meeting.from_platform:
            return False
        since = self.row["state_since"]
        return since is None or meeting.polled_at > since


# The questions are put together once. One that held its ids would be a cycle of references, and
# keep them until Python searches for cycles.
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_POSTS: Final = select(
    *(getattr(Post, name) for name in ("id", "account", "acquisition", *CHANGING))
).where(col(Post.id).in_(_IDS))
_VERSIONS: Final = select(
    PostVersion.post_id,
    PostVersion.text_hash,
    PostVersion.seen_at,
    func.length(PostVersion.text) > 0,
).where(col(PostVersion.post_id).in_(_IDS))
_POLLED: Final = select(Engagement.post_id).where(
    col(Engagement.post_id).in_(_IDS), Engagement.polled_at == bindparam("polled_at")
)
_COLLECTED: Final = select(PostCollection.post_id).where(
    col(PostCollection.post_id).in_(_IDS),
    PostCollection.source == bindparam("source"),
    PostCollection.query_id == bindparam("query_id"),
)
_SHARES: Final = select(Share.post_id, Share.object_kind, Share.object_id, Share.shared_at).where(
    col(Share.post_id).in_(_IDS)
)
_ACCOUNTS: Final = select(Account.pseudonym, Account.first_posted_at).where(
    col(Account.pseudonym).in_(_IDS)
)


def known_posts(session: Session, ids: Iterable[str], meeting: Meeting) -> dict[str, KnownPost]:
    """Those of the ids that the store has, by id."""
    known: dict[str, KnownPost] = {}
    for chunk in chunks(sorted(ids)):
        for row in session.execute(_POSTS, {"ids": chunk}):
            values = dict(row._mapping)
            known[values["id"]] = KnownPost(row=values, account=values.pop("account"))
    for chunk in chunks(sorted(known)):
        _read_versions(session, chunk, known)
        _read_meetings(session, chunk, known, meeting)
        _read_shares(session, chunk, known)
    return known


def known_accounts(session: Session, pseudonyms: Iterable[str]) -> dict[str, datetime]:
    """Those of the accounts that the store has, with the time of the first post of each."""
    known: dict[str, datetime] = {}
    for chunk in chunks(sorted(pseudonyms)):
        for pseudonym, first_posted_at in session.execute(_ACCOUNTS, {"ids": chunk}):
            known[pseudonym] = first_posted_at
    return known


def _read_versions(session: Session, ids: Sequence[str], known: dict[str, KnownPost]) -> None:
    for post_id, text_hash, seen_at, there in session.execute(_VERSIONS, {"ids": ids}):
        post = known[post_id]
        post.versions[text_hash] = bool(there)
        post.last_seen = max(post.last_seen or seen_at, seen_at)


def _read_meetings(
    session: Session, ids: Sequence[str], known: dict[str, KnownPost], meeting: Meeting
) -> None:
    for (post_id,) in session.execute(_POLLED, {"ids": ids, "polled_at": meeting.polled_at}):
        known[post_id].polled = True
    under = {"source": meeting.source, "query_id": meeting.query_id}
    for (post_id,) in session.execute(_COLLECTED, {"ids": ids, **under}):
        known[post_id].collected = True


def _read_shares(session: Session, ids: Sequence[str], known: dict[str, KnownPost]) -> None:
    for post_id, kind, value, shared_at in session.execute(_SHARES, {"ids": ids}):
        known[post_id].shares[kind, value] = shared_at


def was_told(session: Session, post_id: str, reason: str | None) -> bool:
    """Whether a duty that changes no state is known; each job tells it again."""
    told = select(PostState).where(PostState.post_id == post_id, PostState.reason == reason)
    return session.exec(told).first() is not None


def chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """The values in portions that fit one question."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))

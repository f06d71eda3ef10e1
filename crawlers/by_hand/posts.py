"""Public posts that a person adds in own words: into the store, listed, and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete
from sqlmodel import Session, col, select

from config.errors import UsageError
from config.places import Place
from config.roles import checked_role
from config.vocabulary import UNREGISTERED
from config.watchlist import RegisteredAccount
from crawlers.by_hand.addresses import addressed_post
from crawlers.by_hand.choices import BY_HAND
from crawlers.by_hand.desk import Desk
from crawlers.by_hand.fields import ToldTime
from crawlers.by_hand.own_words import OwnWords, shares_a_run
from crawlers.parsers import fingerprints
from models import (
    ADDED_BY_HAND,
    Annotation,
    CommentCoverage,
    Engagement,
    HandEntry,
    Mention,
    PlaceMention,
    PlatformId,
    Post,
    PostCollection,
    PostState,
    PostVersion,
    Prediction,
    Share,
    Transcript,
)

# A paraphrase is compared with what was posted about the same time.
NEARBY: Final = timedelta(days=2)
SHORTEST_PREFIX: Final = 6
MEDIA_OF_FORM: Final = {
    "text": [],
    "image": ["photo"],
    "screenshot": ["photo"],
    "card": ["photo"],
    "video": ["video"],
    "audio": ["audio"],
}
# Everything that hangs on a post, what depends on others first.
ROWS_OF_POST: Final = (
    Annotation,
    CommentCoverage,
    Engagement,
    HandEntry,
    Mention,
    PlaceMention,
    PlatformId,
    PostCollection,
    PostState,
    PostVersion,
    Prediction,
    Share,
    Transcript,
)


@dataclass(frozen=True)
class ToldPost:
    """One public post as a person tells of it."""

    platform: str
    kind: str  # post or comment
    time: ToldTime
    place: Place | None
    language: str
    form: str
    words: OwnWords
    basis: str
    role: str
    page: RegisteredAccount | None = None
    under: Post | None = None
    url: str | None = None
    agencies: tuple[str, ...] = ()


@dataclass(frozen=True)
class AddedPost:
    """What became of it: `known` when the store had it already."""

    post_id: str
    known: bool
    time: ToldTime
    warnings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "id": self.post_id,
            "status": "known" if self.known else "added",
            "created_at": self.time.moment.isoformat(),
            "hour_known": not self.time.day_only,
            "warnings": list(self.warnings),
        }


def add_post(desk: Desk, told: ToldPost) -> AddedPost:
    """Add the post unless the store has it: the same address, or the same words there and then."""
    checked_role(told.role)
    content_key = _content_key(desk, told)
    post_id, platform_id = _identity(desk, told, content_key)
    known = desk.session.get(Post, post_id) or _same_content(desk.session, content_key)
    if known is not None:
        return AddedPost(known.id, known=True, time=told.time)
    warnings = (*told.words.warnings, *_copied(desk.session, told))
    desk.session.add(_post(desk, post_id, told))
    desk.session.flush()
    desk.session.add(_entry(post_id, content_key, told, desk.now))
    desk.session.add(
        PostCollection(
            post_id=post_id,
            source=BY_HAND,
            query_id=told.basis,
            query_version=desk.watchlist.version,
            first_collected_at=desk.now,
        )
    )
    if platform_id is not None:
        # Whoever deletes the post on the platform has it deleted here too.
        desk.session.add(
            PlatformId(
                post_id=post_id,
                platform=told.platform,
                ciphertext=desk.keyring.encrypt_platform_id(platform_id),
            )
        )
    desk.log("added", "post", post_id, told.role)
    desk.session.flush()
    return AddedPost(post_id, known=False, time=told.time, warnings=warnings)


def listed_posts(session: Session, since: datetime | None = None) -> list[dict[str, Any]]:
    """The posts people added, newest first, as plain rows."""
    query = select(HandEntry, Post).join(Post, col(Post.id) == col(HandEntry.post_id))
    if since is not None:
        query = query.where(col(Post.created_at) >= since)
    query = query.order_by(col(Post.created_at).desc(), col(Post.id))
    return [_row(entry, post) for entry, post in session.exec(query)]


def find_post(session: Session, prefix: str) -> Post:
    """The post whose keyed id begins so; UsageError for none, or more than one."""
    if len(prefix) < SHORTEST_PREFIX or not prefix.isalnum():
        raise UsageError(
            f"{prefix!r} is no id of a post; write at least its first {SHORTEST_PREFIX} characters"
        )
    found = session.exec(
        select(Post).where(col(Post.id).startswith(prefix.lower(), autoescape=True)).limit(2)
    ).all()
    if len(found) != 1:
        problem = "no post begins with" if not found else "more than one post begins with"
        raise UsageError(f"{problem} {prefix!r}; `vigie post list` and `post unread` show ids")
    return found[0]


def remove_post(desk: Desk, prefix: str, *, role: str, reason: str) -> str:
    """Take back a post added by hand, within the time for corrections; gives its id."""
    post = find_post(desk.session, prefix)
    entry = desk.session.get(HandEntry, post.id)
    sources = desk.session.exec(
        select(PostCollection.source)
        .where(PostCollection.post_id == post.id, PostCollection.source != BY_HAND)
        .order_by(col(PostCollection.source))
    ).all()
    if entry is None or sources:
        source = sources[0] if sources else "another source"
        raise UsageError(f"post {post.id} was collected by {source}; only `purge` removes it")
    desk.log_removal("post", post.id, entry.added_at, role, reason)
    for table in ROWS_OF_POST:
        desk.session.connection().execute(delete(table).where(col(table.post_id) == post.id))
    desk.session.delete(post)
    desk.session.flush()
    return post.id


def _content_key(desk: Desk, told: ToldPost) -> str:
    day_or_moment = told.time.moment.date() if told.time.day_only else told.time.moment
    said = (
        BY_HAND,
        told.kind,
        told.under.id if told.under else "",
        day_or_moment.isoformat(),
        told.place.place_id if told.place else "",
        fingerprints.normalised_message(told.words.text),
    )
    return desk.keyring.post_id(told.platform, "\x1f".join(said))


def _identity(desk: Desk, told: ToldPost, content_key: str) -> tuple[str, str | None]:
    """The keyed id, the same as a crawl would give, and the platform's id where it is known."""
    if told.url is None:
        return content_key, None
    page_id = told.page.platform_id if told.page else None
    found = addressed_post(told.url, told.platform, page_id)
    post_id = desk.keyring.post_id(told.platform, found.key)
    return post_id, found.key if found.is_platform_id else None


def _same_content(session: Session, content_key: str) -> Post | None:
    query = (
        select(Post)
        .join(HandEntry, col(HandEntry.post_id) == col(Post.id))
        .where(HandEntry.content_key == content_key)
    )
    return session.exec(query.order_by(col(Post.id))).first()


def _copied(session: Session, told: ToldPost) -> Sequence[str]:
    near = session.exec(
        select(Post.text)
        .where(Post.platform == told.platform)
        .where(col(Post.created_at) >= told.time.moment - NEARBY)
        .where(col(Post.created_at) <= told.time.moment + NEARBY)
    )
    if shares_a_run(told.words.text, near):
        return ("six words in a row stand in a stored post: is it collected already, or copied?",)
    return ()


def _post(desk: Desk, post_id: str, told: ToldPost) -> Post:
    venue, venue_type = _venue(told)
    comment = "comment" if told.platform == "facebook" else "reply"
    is_comment = told.kind == "comment"
    under = told.under
    return Post(
        id=post_id,
        platform=told.platform,
        kind=comment if is_comment else "post",
        parent_id=under.id if under else None,
        root_id=(under.root_id or under.id) if under else None,
        venue=venue,
        venue_type=venue_type,
        source_type=None if is_comment else (told.page.source_type if told.page else UNREGISTERED),
        created_at=told.time.moment,
        text=told.words.text,
        text_hash=desk.keyring.fingerprint(fingerprints.text_hash(told.words.text)),
        # A paraphrase is nobody's message: no copy of it can be found, and it is none.
        message_hash=desk.keyring.fingerprint(fingerprints.object_hash(f"{BY_HAND}\x1f{post_id}")),
        platform_language=told.language,
        urls=[],
        media=list(MEDIA_OF_FORM[told.form]),
        acquisition=f"{ADDED_BY_HAND}{told.basis}",
    )


def _venue(told: ToldPost) -> tuple[str | None, str | None]:
    if told.under is not None:
        return told.under.venue, told.under.venue_type
    if told.page is None or told.platform != "facebook":
        return None, None
    return told.page.register_id, told.page.source_type


def _entry(post_id: str, content_key: str, told: ToldPost, now: datetime) -> HandEntry:
    return HandEntry(
        post_id=post_id,
        content_key=content_key,
        day_only=told.time.day_only,
        place_id=told.place.place_id if told.place else None,
        language=told.language,
        form=told.form,
        agencies=list(told.agencies),
        basis=told.basis,
        added_by=told.role,
        added_at=now,
    )


def _row(entry: HandEntry, post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "time": str(ToldTime(post.created_at, entry.day_only)),
        "platform": post.platform,
        "kind": post.kind,
        "form": entry.form,
        "language": entry.language,
        "place": entry.place_id,
        "page": post.venue,
        "agencies": ", ".join(entry.agencies) or None,
        "basis": entry.basis,
        "added_by": entry.added_by,
        "text": post.text,
    }

"""What a person writes down of a picture, a video or a sound, and what nobody has read yet."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, exists, or_
from sqlmodel import Session, col, select

from config.errors import UsageError
from config.keyring import Keyring
from config.roles import checked_role
from config.vocabulary import READ_LANGUAGES
from crawlers.by_hand.choices import BY_HAND
from crawlers.by_hand.desk import Desk
from crawlers.by_hand.fields import told_choice
from crawlers.by_hand.posts import find_post
from crawlers.parsers import fingerprints
from crawlers.parsers.items import UNREAD_MEDIA
from crawlers.parsers.masking import mask_text
from models import Annotation, Post, Prediction, Transcript

UNKNOWN: Final = "unknown"
TEXT: Final = "text"  # a text in a language no reader of ours knows
FORMS: Final = (*UNREAD_MEDIA, "no_text", TEXT)


@dataclass(frozen=True)
class Unread:
    """A post nobody has read, with the words the platform gave to its media."""

    post_id: str
    day: str
    platform: str
    kind: str
    form: str
    language: str
    captions: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**vars(self), "captions": list(self.captions)}

    def as_row(self) -> dict[str, Any]:
        """One row of a listing."""
        return {**vars(self), "captions": " | ".join(self.captions) or None}


def transcribe(desk: Desk, prefix: str, text: str, *, role: str) -> str:
    """Keep what a person wrote down of a post's media, so that it is read; gives its id.

    Machine labels of the post are dropped, for it to be read with what was written.
    """
    post = find_post(desk.session, prefix)
    if not post.media and post.not_read is None:
        raise UsageError(f"post {post.id} has no picture, video or sound to write down")
    written = mask_text(" ".join(text.split()), allowed_handles=desk.watchlist.allowed_handles)
    if not written:
        raise UsageError("the transcript is empty; write what is seen and said, or what it shows")
    earlier = desk.session.get(Transcript, post.id)
    if earlier is not None and earlier.text == written:
        return post.id
    desk.session.merge(
        Transcript(post_id=post.id, text=written, role=checked_role(role), written_at=desk.now)
    )
    if post.not_read is not None or earlier is not None:
        _read_now(desk.keyring, post, written)
    desk.session.connection().execute(delete(Prediction).where(col(Prediction.post_id) == post.id))
    desk.log("transcribed" if earlier is None else "replaced", "post", post.id, role)
    desk.session.flush()
    return post.id


def unread_posts(
    session: Session, *, form: str | None = None, language: str | None = None
) -> list[Unread]:
    """Posts no person and no machine has read, oldest first; UsageError for an unknown form."""
    if form is not None:
        told_choice("form", form, FORMS)
    annotated = exists().where(col(Annotation.post_id) == col(Post.id))
    query = (
        select(Post, Prediction.language)
        .join(Prediction, _without_reader(), isouter=True)
        .where(or_(col(Post.not_read).is_not(None), col(Prediction.post_id).is_not(None)))
        .where(Post.state == "visible", ~annotated)
        .order_by(col(Post.created_at), col(Post.id))
    )
    found = {post.id: _unread(post, language) for post, language in session.exec(query)}
    return [
        one
        for one in found.values()
        if form in {None, one.form} and language in {None, one.language}
    ]


def unread_counts(posts: Iterable[Unread]) -> list[dict[str, Any]]:
    """How many there are of each form and language."""
    counts = Counter((post.form, post.language) for post in posts)
    return [
        {"form": form, "language": language, "posts": number}
        for (form, language), number in sorted(counts.items())
    ]


def _without_reader() -> ColumnElement[bool]:
    """A text, not off topic, that the machine found in a language it does not read."""
    return and_(
        col(Prediction.post_id) == col(Post.id),
        col(Post.not_read).is_(None),
        col(Prediction.language).not_in(READ_LANGUAGES),
        or_(col(Prediction.relevance).is_(None), col(Prediction.relevance) != "no"),
    )


def _read_now(keyring: Keyring, post: Post, written: str) -> None:
    post.not_read = None
    # Two people write down one picture in two ways, so only long equal texts are one message.
    comparable = fingerprints.is_comparable(fingerprints.normalised_message(written))
    post.message_hash = keyring.fingerprint(
        fingerprints.message_hash(written)
        if comparable
        else fingerprints.object_hash(f"{BY_HAND}\x1f{post.id}")
    )


def _unread(post: Post, language: str | None) -> Unread:
    return Unread(
        post_id=post.id,
        day=post.created_at.date().isoformat(),
        platform=post.platform,
        kind=post.kind,
        form=post.not_read or TEXT,
        language=post.platform_language or (language if not post.not_read else None) or UNKNOWN,
        captions=tuple(post.captions),
    )

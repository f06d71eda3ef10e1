"""The posts behind the figures: their labels, whose word each is, and the payloads they came in."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from models import Payload, PostVersion
from pipelines.labels import CHUNK, LabelledPost
from pipelines.reports.model import Figure, Item


def counted_items(
    session: Session,
    posts: Sequence[LabelledPost],
    figures: Iterable[Figure],
    classifier: str,
) -> dict[str, Item]:
    """Every post some figure counts, with its label and the payloads that brought it."""
    counted = {post_id for figure in figures for post_id in figure.items}
    chosen = [post for post in posts if post.post_id in counted]
    payloads = payload_hashes(session, [post.post_id for post in chosen])
    return {
        post.post_id: _item(post, classifier, payloads.get(post.post_id, ()))
        for post in sorted(chosen, key=lambda post: post.post_id)
    }


def _item(post: LabelledPost, classifier: str, payloads: tuple[str, ...]) -> Item:
    source = "annotation" if not post.provisional else "prediction" if post.stance else "none"
    return Item(
        platform=post.platform,
        kind=post.kind,
        day=post.created_at.date().isoformat(),
        stance=post.stance,
        tone=post.tone,
        target=post.target,
        narrative=post.narrative,
        label_source=source,
        classifier=classifier if source == "prediction" else None,
        payloads=payloads,
    )


def payload_hashes(session: Session, post_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """SHA-256 of every payload that brought a text of a post, sorted."""
    found: dict[str, set[str]] = {}
    for start in range(0, len(post_ids), CHUNK):
        rows = session.exec(
            select(PostVersion.post_id, Payload.sha256)
            .join(Payload, col(Payload.id) == col(PostVersion.payload_id))
            .where(col(PostVersion.post_id).in_(post_ids[start : start + CHUNK]))
        )
        for post_id, sha256 in rows:
            found.setdefault(post_id, set()).add(sha256)
    return {post_id: tuple(sorted(hashes)) for post_id, hashes in found.items()}

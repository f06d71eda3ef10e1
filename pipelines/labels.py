"""The label that counts for each post: annotation over prediction, with scope and provenance.

Every figure of Vigie is a count over `LabelledPost` values, so what is in scope, what is a
comment and whose word a label is are decided here and nowhere else.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from config.vocabulary import COMMENT_KINDS, PLATFORMS
from models import (
    ADDED_BY_HAND,
    Annotation,
    Engagement,
    Mention,
    PlaceMention,
    Post,
    PostCollection,
    Prediction,
)
from pipelines.periods import Period

CHUNK = 500


@dataclass(frozen=True)
class LabelledPost:
    """One post or comment with the label that counts; None is unknown, never a class."""

    post_id: str
    platform: str
    kind: str
    created_at: datetime
    thread_id: str
    parent_id: str | None
    source_type: str | None
    venue: str | None
    venue_type: str | None
    language: str | None
    message_hash: str
    not_read: str | None
    relevance: str | None
    stance: str | None
    tone: str | None
    target: str | None
    narrative: str | None
    severity: str | None
    agencies: tuple[str, ...]
    places: tuple[str, ...]
    collected: bool
    in_scope: bool
    provisional: bool
    needs_review: bool
    engagement: int | None
    views: int | None
    # Of a comment or reply; None for a post, and for a reply whose parent is not watched.
    parent_in_scope: bool | None = None

    @property
    def is_comment(self) -> bool:
        """Facebook comments and X replies stand together; posts are all other kinds."""
        return self.kind in COMMENT_KINDS


def labelled_posts(session: Session, period: Period, classifier: str) -> list[LabelledPost]:
    """Every Facebook and X post and comment created in the period, in order of time and id.

    Articles of media feeds are no social media: they are read beside the figures, not in them.
    """
    rows = session.exec(
        select(Post)
        .where(col(Post.created_at) >= period.start, col(Post.created_at) < period.end)
        .where(col(Post.kind) != "repost", col(Post.platform).in_(PLATFORMS))
        .order_by(col(Post.created_at), col(Post.id))
    ).all()
    related = _Related.load(session, rows, classifier)
    return [related.labelled(post) for post in rows]


@dataclass(frozen=True)
class _Related:
    predictions: Mapping[str, Prediction]
    annotations: Mapping[str, Annotation]
    agencies: Mapping[str, Sequence[str]]
    places: Mapping[str, Sequence[str]]
    engagements: Mapping[str, Engagement]
    collected: frozenset[str]
    posts: Mapping[str, Post]

    @classmethod
    def load(cls, session: Session, rows: Sequence[Post], classifier: str) -> "_Related":
        posts = _with_parents(session, rows)
        ids = sorted(posts)
        predictions: dict[str, Prediction] = {}
        annotations: dict[str, Annotation] = {}
        agencies: dict[str, list[str]] = defaultdict(list)
        places: dict[str, list[str]] = defaultdict(list)
        engagements: dict[str, Engagement] = {}
        collected: set[str] = set()
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            for prediction in session.exec(
                select(Prediction)
                .join(Post, col(Post.id) == col(Prediction.post_id))
                .where(col(Prediction.post_id).in_(chunk))
                # No later classifier can read a text that was removed: the last one to read it
                # keeps the word.
                .where(or_(_by(classifier), col(Post.text_removed).is_not(None)))
                .order_by(_by(classifier), col(Prediction.predicted_at))
            ):
                predictions[prediction.post_id] = prediction
            # The newest reading of a post counts; two readings at one moment: coder code order.
            for annotation in session.exec(
                select(Annotation)
                .where(col(Annotation.post_id).in_(chunk))
                .order_by(col(Annotation.annotated_at), col(Annotation.coder))
            ):
                annotations[annotation.post_id] = annotation
            for mention in session.exec(select(Mention).where(col(Mention.post_id).in_(chunk))):
                agencies[mention.post_id].append(mention.agency_id)
            for place in session.exec(
                select(PlaceMention).where(col(PlaceMention.post_id).in_(chunk))
            ):
                places[place.post_id].append(place.place_id)
            for engagement in session.exec(
                select(Engagement)
                .where(col(Engagement.post_id).in_(chunk))
                .order_by(col(Engagement.polled_at))
            ):
                engagements[engagement.post_id] = engagement
            collected.update(
                session.exec(
                    select(PostCollection.post_id).where(col(PostCollection.post_id).in_(chunk))
                )
            )
        return cls(
            predictions, annotations, agencies, places, engagements, frozenset(collected), posts
        )

    def labelled(self, post: Post) -> LabelledPost:
        prediction = self.predictions.get(post.id)
        annotation = self.annotations.get(post.id)
        engagement = self.engagements.get(post.id)
        return LabelledPost(
            post_id=post.id,
            platform=post.platform,
            kind=post.kind,
            created_at=post.created_at,
            thread_id=post.root_id or post.parent_id or post.id,
            parent_id=post.parent_id,
            source_type=post.source_type,
            venue=post.venue,
            venue_type=post.venue_type,
            language=_language(post, prediction),
            message_hash=post.message_hash,
            not_read=post.not_read,
            relevance=self._field(post.id, "relevance"),
            stance=self._field(post.id, "stance"),
            tone=self._field(post.id, "tone"),
            target=self._field(post.id, "target"),
            narrative=self._field(post.id, "narrative"),
            severity=self._field(post.id, "severity"),
            agencies=tuple(sorted(set(self.agencies.get(post.id, ())))),
            places=tuple(sorted(set(self.places.get(post.id, ())))),
            collected=post.id in self.collected,
            in_scope=self._in_scope(post),
            provisional=not _read_by_a_person(annotation),
            needs_review=prediction.needs_review if prediction and not annotation else False,
            engagement=_interactions(engagement),
            views=engagement.views if engagement else None,
            parent_in_scope=self._parent_in_scope(post),
        )

    def _field(self, post_id: str, name: str) -> str | None:
        annotation = self.annotations.get(post_id)
        said: str | None = getattr(annotation, name) if annotation else None
        if said is not None:
            return said
        prediction = self.predictions.get(post_id)
        return getattr(prediction, name) if prediction else None

    def _in_scope(self, post: Post) -> bool:
        """A post: collected and relevant. A comment: its parent is, and it is not off-topic."""
        for ancestor in self._comment_chain(post):
            relevance = self._field(ancestor.id, "relevance")
            if self._watched_parent(ancestor) is None:
                return ancestor.id in self.collected and relevance == "yes"
            if relevance == "no":
                return False
        return False  # a chain of parents that leads back to itself

    def _parent_in_scope(self, post: Post) -> bool | None:
        parent = self._watched_parent(post)
        return None if parent is None else self._in_scope(parent)

    def _comment_chain(self, post: Post) -> Iterator[Post]:
        """A post and the watched ancestors it answers to, each once."""
        seen: set[str] = set()
        current: Post | None = post
        while current is not None and current.id not in seen:
            yield current
            seen.add(current.id)
            current = self._watched_parent(current)

    def _watched_parent(self, post: Post) -> Post | None:
        """The collected parent a comment depends on.

        A reply that was found by itself, under a post nobody collected, is judged by itself.
        """
        if post.kind not in COMMENT_KINDS or post.parent_id not in self.collected:
            return None
        return self.posts.get(post.parent_id)


def _by(classifier: str) -> ColumnElement[bool]:
    return col(Prediction.classifier) == classifier


def _read_by_a_person(annotation: Annotation | None) -> bool:
    """Whether the label that counts is a person's: rejected as off-topic, or given a stance."""
    if annotation is None:
        return False
    return annotation.stance is not None or annotation.relevance == "no"


def _language(post: Post, prediction: Prediction | None) -> str | None:
    """What the machine found; of a paraphrase, what the person who read the post told."""
    if post.acquisition.startswith(ADDED_BY_HAND):
        return post.platform_language
    return prediction.language if prediction else None


def _with_parents(session: Session, rows: Sequence[Post]) -> dict[str, Post]:
    """The posts and every ancestor the store holds."""
    posts = {post.id: post for post in rows}
    wanted = _missing_parents(posts.values(), posts)
    while wanted:
        found: list[Post] = []
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            found.extend(session.exec(select(Post).where(col(Post.id).in_(chunk))))
        posts.update({post.id: post for post in found})
        wanted = _missing_parents(found, posts)
    return posts


def _missing_parents(rows: Iterable[Post], known: Mapping[str, Post]) -> list[str]:
    return sorted({p.parent_id for p in rows if p.parent_id and p.parent_id not in known})


def _interactions(engagement: Engagement | None) -> int | None:
    """Reactions + comments + shares + quotes where the platform said any of them."""
    if engagement is None:
        return None
    reactions = engagement.reactions or {}
    # Facebook's total stands beside the counts by type, and holds them.
    likes = reactions.get("total", sum(reactions.values())) if reactions else engagement.likes
    known = [
        v
        for v in (likes, engagement.comments, engagement.shares, engagement.quotes)
        if v is not None
    ]
    return sum(known) if known else None

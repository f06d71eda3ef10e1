"""Reading the posts of the store, or of a file, with a checkpoint."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from config.agencies import Agency
from config.places import Place
from models import Post, Prediction, readable_texts
from pipelines.mentions import FoundMention, find_mentions, update_mentions

if TYPE_CHECKING:
    from classifiers.inference import Classifier, FieldReading, Reading

BATCH_SIZE: Final = 256
# A repost repeats a text: the label is that of the post it repeats.
UNREAD_KINDS: Final = ("repost",)


@dataclass(frozen=True)
class ClassifyCounts:
    """How many posts got a new prediction, how many of them had no text, wait for a person."""

    read: int = 0
    no_text: int = 0
    for_review: int = 0

    def __add__(self, other: "ClassifyCounts") -> "ClassifyCounts":
        return ClassifyCounts(
            self.read + other.read,
            self.no_text + other.no_text,
            self.for_review + other.for_review,
        )

    def __str__(self) -> str:
        return (
            f"{self.read} posts labelled, {self.no_text} without text, {self.for_review} for review"
        )

    def as_dict(self) -> dict[str, int]:
        """Plain values for JSON."""
        return asdict(self)


def classify_pending(
    session: Session,
    classifier: "Classifier",
    *,
    agencies: Sequence[Agency],
    places: Sequence[Place],
    now: datetime,
    review_confidence: float | None,
    batch_size: int = BATCH_SIZE,
) -> ClassifyCounts:
    """Read every post that this classifier has not read in its present text.

    Mentions are found again for the same posts. A comment is read beside its parent's text. Safe
    to run twice: the second run finds nothing to read. Commits after each batch, so that crawls
    can write in between and an interruption keeps what is done.
    """
    total = ClassifyCounts()
    pending = _pending(session, classifier.name)
    for start in range(0, len(pending), batch_size):
        posts = _posts(session, pending[start : start + batch_size])
        update_mentions(session, [post.id for post in posts], agencies, places)
        predictions = _predictions(
            session,
            classifier,
            posts,
            agencies=agencies,
            now=now,
            review_confidence=review_confidence,
        )
        for prediction in predictions:
            session.merge(prediction)
        session.commit()
        total += _counts(predictions)
    return total


@dataclass(frozen=True)
class Asked:
    """A text whose stance towards each agency it names is wanted.

    `unnamed`: id and name of one more agency to ask for, which the text does not name.
    """

    text: str
    parent_text: str | None
    found: Sequence[FoundMention]
    unnamed: tuple[str, str] | None = None


def mention_stances(classifier: "Classifier", asked: Sequence[Asked]) -> list[list[dict[str, Any]]]:
    """For each text one entry for each agency, scored with that agency marked.

    An entry has agency, stance, probability, and start and end of the first place where the text
    names it (None where it does not).
    """
    from classifiers.inference import Question

    entries = [list(_entries(one)) for one in asked]
    answers = iter(
        classifier.stances_about(
            [
                Question(one.text, name, one.parent_text)
                for one, of_text in zip(asked, entries, strict=True)
                for name, _ in of_text
            ]
        )
    )
    return [[_answered(entry, next(answers)) for _, entry in of_text] for of_text in entries]


def _entries(asked: Asked) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name to mark and the entry to fill, for each agency."""
    seen: set[str] = set()
    for one in asked.found:
        if one.agency_id not in seen:
            seen.add(one.agency_id)
            name = asked.text[one.start : one.end]
            yield name, {"agency": one.agency_id, "start": one.start, "end": one.end}
    if asked.unnamed is not None:
        agency_id, name = asked.unnamed
        yield name, {"agency": agency_id, "start": None, "end": None}


def _answered(entry: Mapping[str, Any], stance: "FieldReading") -> dict[str, Any]:
    return {
        "agency": entry["agency"],
        "stance": stance.label,
        "probability": stance.probability,
        "start": entry["start"],
        "end": entry["end"],
    }


def _pending(session: Session, classifier: str) -> list[str]:
    """Ids of posts without a prediction of this classifier, or with one of an earlier text.

    A post whose text was removed keeps the labels it has: there is nothing left to read.
    """
    of_this = and_(
        col(Prediction.post_id) == col(Post.id), col(Prediction.classifier) == classifier
    )
    unread = or_(
        col(Prediction.post_id).is_(None), col(Prediction.text_hash) != col(Post.text_hash)
    )
    query = (
        select(Post.id)
        .join(Prediction, of_this, isouter=True)
        .where(unread, col(Post.kind).not_in(UNREAD_KINDS), col(Post.text_removed).is_(None))
        .order_by(col(Post.id))
    )
    return list(session.exec(query).all())


def _posts(session: Session, ids: Sequence[str]) -> list[Post]:
    query = select(Post).where(col(Post.id).in_(ids)).order_by(col(Post.id))
    return list(session.exec(query).all())


def _parent_texts(session: Session, posts: Sequence[Post]) -> list[str | None]:
    wanted = sorted({post.parent_id for post in posts if post.parent_id})
    texts = readable_texts(session, wanted)
    return [texts.get(post.parent_id) if post.parent_id else None for post in posts]


def _predictions(
    session: Session,
    classifier: "Classifier",
    posts: Sequence[Post],
    *,
    agencies: Sequence[Agency],
    now: datetime,
    review_confidence: float | None,
) -> list[Prediction]:
    from classifiers.inference import TextItem

    parents = _parent_texts(session, posts)
    readable = readable_texts(session, [post.id for post in posts])
    texts = [readable[post.id] for post in posts]
    items = [
        TextItem(post.id, text, platform=post.platform, kind=post.kind, parent_text=parent)
        for post, text, parent in zip(posts, texts, parents, strict=True)
    ]
    readings = classifier.classify(items, review_confidence=review_confidence)
    asked = [
        Asked(text, parent, find_mentions(text, agencies))
        for text, parent in zip(texts, parents, strict=True)
    ]
    stances = mention_stances(classifier, asked)
    return [
        _prediction(post, reading, mentions, now)
        for post, reading, mentions in zip(posts, readings, stances, strict=True)
    ]


def _prediction(
    post: Post, reading: "Reading", mentions: list[dict[str, Any]], now: datetime
) -> Prediction:
    return Prediction(
        post_id=post.id,
        classifier=reading.classifier,
        text_hash=post.text_hash,
        language=reading.language,
        relevance=reading.label("relevance"),
        stance=reading.label("stance"),
        tone=reading.label("tone"),
        target=reading.label("target"),
        narrative=reading.label("narrative"),
        severity=reading.label("severity"),
        probabilities={field: dict(entry.probabilities) for field, entry in reading.fields.items()},
        mentions=mentions,
        needs_review=reading.needs_review,
        review_reasons=list(reading.review_reasons),
        predicted_at=now,
    )


def _counts(predictions: Sequence[Prediction]) -> ClassifyCounts:
    return ClassifyCounts(
        read=len(predictions),
        no_text=sum(not prediction.probabilities for prediction in predictions),
        for_review=sum(prediction.needs_review for prediction in predictions),
    )

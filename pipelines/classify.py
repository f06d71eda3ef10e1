"""Reading the posts of the store, or of a file, with a checkpoint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from config.agencies import Agency
from config.places import Place
from models import Post, Prediction
from pipelines.mentions import FoundMention, find_mentions, update_mentions

if TYPE_CHECKING:
    from classifiers.corpus import CorpusItem
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


def classify_pending(
    session: Session,
    classifier: "Classifier",
    *,
    agencies: Sequence[Agency],
    places: Sequence[Place],
    now: datetime,
    review_confidence: float,
    batch_size: int = BATCH_SIZE,
) -> ClassifyCounts:
    """Read every post that this classifier has not read in its present text.

    Mentions are found again for the same posts. A comment is read beside its parent's text. Safe
    to run twice: the second run finds nothing to read. The caller commits.
    """
    total = ClassifyCounts()
    pending = _pending(session, classifier.name)
    for start in range(0, len(pending), batch_size):
        posts = _posts(session, pending[start : start + batch_size])
        update_mentions(session, [post.id for post in posts], agencies, places)
        predictions = _predictions(session, classifier, posts, agencies, now, review_confidence)
        for prediction in predictions:
            session.merge(prediction)
        session.flush()
        total += _counts(predictions)
    return total


def corpus_actor_names(
    items: Sequence["CorpusItem"], agencies: Sequence[Agency]
) -> dict[str, dict[str, str]]:
    """Item id -> agency id -> the name the item's text first gives it; what `train` asks for."""
    return {item.id: first_names(item.text, find_mentions(item.text, agencies)) for item in items}


def first_names(text: str, found: Sequence[FoundMention]) -> dict[str, str]:
    """Agency id -> how the text first writes it."""
    return {entry.agency_id: text[entry.start : entry.end] for entry in reversed(found)}


def mention_stances(
    classifier: "Classifier",
    texts: Sequence[str],
    parents: Sequence[str | None],
    found: Sequence[Sequence[FoundMention]],
) -> list[list[dict[str, Any]]]:
    """For each text one entry for each agency named in it, scored with that agency marked.

    An entry has agency, stance, probability, start and end of the first place it is named.
    """
    from classifiers.inference import Question

    firsts = [_first_mentions(entries) for entries in found]
    asked = [
        Question(text, text[entry.start : entry.end], parent)
        for text, parent, entries in zip(texts, parents, firsts, strict=True)
        for entry in entries
    ]
    answers = iter(classifier.stances_about(asked))
    return [[_mention(entry, next(answers)) for entry in entries] for entries in firsts]


def _mention(entry: FoundMention, stance: "FieldReading") -> dict[str, Any]:
    return {
        "agency": entry.agency_id,
        "stance": stance.label,
        "probability": stance.probability,
        "start": entry.start,
        "end": entry.end,
    }


def _first_mentions(found: Sequence[FoundMention]) -> list[FoundMention]:
    firsts: dict[str, FoundMention] = {}
    for entry in found:
        firsts.setdefault(entry.agency_id, entry)
    return list(firsts.values())


def _pending(session: Session, classifier: str) -> list[str]:
    """Ids of posts without a prediction of this classifier, or with one of an earlier text."""
    of_this = and_(
        col(Prediction.post_id) == col(Post.id), col(Prediction.classifier) == classifier
    )
    unread = or_(
        col(Prediction.post_id).is_(None), col(Prediction.text_hash) != col(Post.text_hash)
    )
    query = (
        select(Post.id)
        .join(Prediction, of_this, isouter=True)
        .where(unread, col(Post.kind).not_in(UNREAD_KINDS))
        .order_by(col(Post.id))
    )
    return list(session.exec(query).all())


def _posts(session: Session, ids: Sequence[str]) -> list[Post]:
    query = select(Post).where(col(Post.id).in_(ids)).order_by(col(Post.id))
    return list(session.exec(query).all())


def _parent_texts(session: Session, posts: Sequence[Post]) -> list[str | None]:
    wanted = sorted({post.parent_id for post in posts if post.parent_id})
    query = select(Post.id, Post.text).where(col(Post.id).in_(wanted))
    texts: Mapping[str, str] = dict(session.exec(query).all())
    return [texts.get(post.parent_id) if post.parent_id else None for post in posts]


def _predictions(
    session: Session,
    classifier: "Classifier",
    posts: Sequence[Post],
    agencies: Sequence[Agency],
    now: datetime,
    review_confidence: float,
) -> list[Prediction]:
    from classifiers.inference import TextItem

    parents = _parent_texts(session, posts)
    texts = [post.text if post.not_read is None else "" for post in posts]
    items = [
        TextItem(post.id, text, platform=post.platform, kind=post.kind, parent_text=parent)
        for post, text, parent in zip(posts, texts, parents, strict=True)
    ]
    readings = classifier.classify(items, review_confidence=review_confidence)
    found = [find_mentions(text, agencies) for text in texts]
    stances = mention_stances(classifier, texts, parents, found)
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
        probabilities={
            field: dict(entry.probabilities) for field, entry in reading.fields.items()
        },
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

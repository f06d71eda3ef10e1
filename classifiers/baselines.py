"""The two answers that any classifier has to beat: the majority class, and TF-IDF."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from classifiers.evaluation import FieldScore, field_score

_CHAR_FEATURES: Final = 60_000


@dataclass(frozen=True)
class ScoredStance:
    """A classifier's stances beside the majority class and TF-IDF, on the same items."""

    model: FieldScore
    majority: FieldScore
    tfidf: FieldScore

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def majority(train: Sequence[str], n: int) -> list[str]:
    """The most frequent label of the training part, n times; ties go to the first by name."""
    counts = Counter(train)
    return [min(counts, key=lambda name: (-counts[name], name))] * n


def tfidf_baseline(
    train_texts: Sequence[str], train_labels: Sequence[str], texts: Sequence[str]
) -> list[str]:
    """Labels by TF-IDF of words and characters with logistic regression.

    With one label to learn from, or nothing to label, it gives that label or nothing.
    """
    if not texts or len(set(train_labels)) == 1:
        return [train_labels[0]] * len(texts)
    features = make_union(
        TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)),
        TfidfVectorizer(
            sublinear_tf=True, analyzer="char_wb", ngram_range=(2, 5), max_features=_CHAR_FEATURES
        ),
    )
    model = make_pipeline(
        features, LogisticRegression(C=10.0, class_weight="balanced", max_iter=2000)
    )
    model.fit(list(train_texts), list(train_labels))
    return [str(label) for label in model.predict(list(texts))]


def score_stance(
    truth: Sequence[str],
    said: Sequence[str],
    texts: Sequence[str],
    *,
    train_texts: Sequence[str],
    train_labels: Sequence[str],
) -> ScoredStance:
    """Score `said` against `truth` beside both baselines fitted on the training rows.

    `texts` are what TF-IDF reads: the texts alone, without the parent of a comment.
    """
    guess = majority(train_labels, len(truth))
    tfidf = tfidf_baseline(train_texts, train_labels, texts)
    return ScoredStance(
        model=field_score(truth, said),
        majority=field_score(truth, guess),
        tfidf=field_score(truth, tfidf),
    )

"""The measures of a checkpoint on the test part: what its card says and `vigie evaluate` prints."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from classifiers.corpus import AID_GENERAL, CorpusItem, Splits, corpus_hash
from classifiers.evaluation import (
    FieldScore,
    ScoredStance,
    Share,
    expected_calibration_error,
    field_score,
    grouped,
    majority,
    score_stance,
    share,
)
from classifiers.inference import Classifier, Question, Reading, TextItem
from classifiers.naming import ActorNames, actor_names
from config.agencies import load_agencies

DECIMALS: Final = 4
SUSPICIOUS: Final = "suspicious"


@dataclass(frozen=True)
class FieldMeasures:
    """One head on all test items."""

    score: FieldScore
    majority_accuracy: float | None
    calibration_error: float | None


@dataclass(frozen=True)
class Evaluation:
    """All measures of a checkpoint; stance stands on the test items that are about aid."""

    classifier: str
    corpus: str
    n_train: int
    n_dev: int
    n_test: int
    stance: ScoredStance
    stance_by_language: Mapping[str, FieldScore]
    stance_by_kind: Mapping[str, FieldScore]
    suspicious_found: Share
    suspicious_right: Share
    relevant_lost: Share
    off_topic_kept: Share
    agency_stance: FieldScore
    fields: Mapping[str, FieldMeasures]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, four decimals."""
        rounded: dict[str, Any] = _rounded(asdict(self))
        return rounded

    def as_text(self) -> str:
        """A table for a terminal."""
        lines = [
            f"{self.classifier} on {self.n_test} test items of corpus {self.corpus}",
            "",
            _head("stance (items about aid)"),
            *(_row(name, score) for name, score in self.stance_rows()),
            "",
            _head("field (all items)"),
            *(_row(name, found.score) for name, found in self.fields.items()),
        ]
        return "\n".join(lines)

    def stance_rows(self) -> list[tuple[str, FieldScore]]:
        """Named stance scores: the checkpoint, its baselines, its parts."""
        return [
            ("checkpoint", self.stance.model),
            ("majority class", self.stance.majority),
            ("TF-IDF + regression", self.stance.tfidf),
            *((f"checkpoint, {name}", score) for name, score in self.stance_by_language.items()),
            *((f"checkpoint, {name}s", score) for name, score in self.stance_by_kind.items()),
            ("checkpoint, towards agency", self.agency_stance),
        ]


def measure(classifier: Classifier, splits: Splits) -> Evaluation:
    """Every measure on the test part; the baselines are fitted on train and dev together."""
    known = [*splits.train, *splits.dev]
    readings = classifier.classify([text_item(item) for item in splits.test])
    about = [(i, r) for i, r in zip(splits.test, readings, strict=True) if i.relevance == "yes"]
    truth = [item.stance for item, _ in about]
    said = [_label(reading, "stance") for _, reading in about]
    return Evaluation(
        classifier=classifier.name,
        corpus=corpus_hash([*known, *splits.test]),
        n_train=len(splits.train),
        n_dev=len(splits.dev),
        n_test=len(splits.test),
        stance=_stance(known, about, truth, said),
        stance_by_language=grouped(truth, said, [item.language for item, _ in about]),
        stance_by_kind=grouped(truth, said, [item.kind for item, _ in about]),
        suspicious_found=_right_among(said, truth),
        suspicious_right=_right_among(truth, said),
        relevant_lost=_called(splits.test, readings, truth="yes", labels=("no",)),
        off_topic_kept=_called(splits.test, readings, truth="no", labels=("yes", "cannot_tell")),
        agency_stance=_agency_stance(classifier, splits.test),
        fields={
            field: _field(known, splits.test, readings, field)
            for field in ("relevance", "stance", "tone", "target", "narrative")
        },
    )


def text_item(item: CorpusItem) -> TextItem:
    """A corpus item as the classifier gets it."""
    return TextItem(
        item.id,
        item.text,
        lang=item.language,
        platform=item.platform,
        kind=item.kind,
        parent_text=item.parent_text,
    )


def questions(
    items: Sequence[CorpusItem], names: ActorNames
) -> list[tuple[CorpusItem, Question, str]]:
    """One question for each stance towards an agency, with the true answer."""
    return [
        (item, Question(item.text, names[item.id][entry.actor], item.parent_text), entry.stance)
        for item in items
        for entry in item.stances
        if entry.actor != AID_GENERAL
    ]


def _stance(
    known: Sequence[CorpusItem],
    about: Sequence[tuple[CorpusItem, Reading]],
    truth: Sequence[str],
    said: Sequence[str],
) -> ScoredStance:
    relevant = [item for item in known if item.relevance == "yes"]
    return score_stance(
        truth,
        said,
        [item.text for item, _ in about],
        train_texts=[item.text for item in relevant],
        train_labels=[item.stance for item in relevant],
    )


def _agency_stance(classifier: Classifier, items: Sequence[CorpusItem]) -> FieldScore:
    asked = questions(items, actor_names(items, load_agencies()))
    answers = classifier.stances_about([question for _, question, _ in asked])
    return field_score([stance for _, _, stance in asked], [answer.label for answer in answers])


def _field(
    known: Sequence[CorpusItem],
    items: Sequence[CorpusItem],
    readings: Sequence[Reading],
    field: str,
) -> FieldMeasures:
    truth = [str(getattr(item, field)) for item in items]
    said = [_label(reading, field) for reading in readings]
    confidence = [_confidence(reading, field) for reading in readings]
    usual = majority([str(getattr(item, field)) for item in known], len(items))
    return FieldMeasures(
        score=field_score(truth, said),
        majority_accuracy=field_score(truth, usual).accuracy.value,
        calibration_error=expected_calibration_error(truth, said, confidence),
    )


def _right_among(said: Sequence[str], truth: Sequence[str]) -> Share:
    """Of those that `truth` calls suspicious, the share that `said` does."""
    among = [s for s, t in zip(said, truth, strict=True) if t == SUSPICIOUS]
    return share(among.count(SUSPICIOUS), len(among))


def _called(
    items: Sequence[CorpusItem],
    readings: Sequence[Reading],
    *,
    truth: str,
    labels: tuple[str, ...],
) -> Share:
    """Of the items of this true relevance, the share that got one of the labels."""
    said = [
        _label(reading, "relevance")
        for item, reading in zip(items, readings, strict=True)
        if item.relevance == truth
    ]
    return share(sum(label in labels for label in said), len(said))


def _label(reading: Reading, field: str) -> str:
    # An item without anything to read has no label, which is never the truth.
    return reading.label(field) or ""


def _confidence(reading: Reading, field: str) -> float:
    found = reading.fields.get(field)
    return found.probability if found else 0.0


def _head(name: str) -> str:
    return f"{name:28} {'n':>4} {'accuracy':>9} {'95 %':>13} {'macro-F1':>9}"


def _row(name: str, score: FieldScore) -> str:
    found = score.accuracy
    if found.value is None or found.low is None or found.high is None or score.macro_f1 is None:
        return f"{name:28} {found.n:>4} {'-':>9} {'-':>13} {'-':>9}"
    interval = f"{found.low:.3f}-{found.high:.3f}"
    return f"{name:28} {found.n:>4} {found.value:>9.3f} {interval:>13} {score.macro_f1:>9.3f}"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    return value

"""The measures of a checkpoint on a part of the corpus: what its card and `vigie evaluate` say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, Literal

from classifiers.corpus import AID_GENERAL, CorpusItem, Splits, corpus_hash
from classifiers.evaluation import Answers, ClassScore, FieldScore
from classifiers.goals import Goal, goals
from classifiers.head_measures import (
    FIELDS,
    FieldMeasures,
    RelevanceMeasures,
    measure_field,
    measure_flag,
    measure_relevance,
    measure_severity_levels,
)
from classifiers.heads import FLAG_HEADS
from classifiers.inference import Classifier, Question, TextItem
from classifiers.naming import ActorNames, actor_names
from classifiers.stance_measures import (
    ActorMeasures,
    AnswersAbout,
    StanceMeasures,
    measure_actors,
    measure_stance,
)
from classifiers.tables import Table, as_lines, evaluation_tables
from config.agencies import load_agencies

DECIMALS: Final = 4

Part = Literal["dev", "test"]


@dataclass(frozen=True)
class Said:
    """What a checkpoint says about items: answers of each head in their order, and about actors."""

    heads: Mapping[str, Answers]
    about: AnswersAbout


@dataclass(frozen=True)
class Evaluation:
    """All measures of a checkpoint on a part; a head that it lacks is None or missing."""

    classifier: str
    corpus: str
    part: Part
    n_train: int
    n_dev: int
    n_test: int
    stance: StanceMeasures
    actors: ActorMeasures
    relevance: RelevanceMeasures | None
    fields: Mapping[str, FieldMeasures]
    fields_about_aid: Mapping[str, FieldMeasures]
    severity_levels: FieldScore | None
    flags: Mapping[str, ClassScore]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, four decimals."""
        rounded: dict[str, Any] = plain(self)
        return rounded

    def as_text(self) -> str:
        """Tables for a terminal."""
        n = self.n_test if self.part == "test" else self.n_dev
        head = f"{self.classifier} on the {n} {self.part} items of corpus {self.corpus}"
        return "\n".join([head, *(line for table in self.tables() for line in as_lines(table))])

    def tables(self) -> list[Table]:
        """What the card and the terminal show."""
        return evaluation_tables(
            goals=self.goals(),
            rows=self.stance_rows(),
            stance=self.stance,
            actors=self.actors,
            relevance=self.relevance,
            fields={"all items": self.fields, "items about aid": self.fields_about_aid},
            severity_levels=self.severity_levels,
            flags=self.flags,
        )

    def goals(self) -> list[Goal]:
        """The goals set for the checkpoint, with what was measured."""
        return goals(self.stance, self.actors, self.relevance, self.fields_about_aid)

    def stance_rows(self) -> list[tuple[str, FieldScore]]:
        """Named stance scores: the checkpoint, its baselines, its parts."""
        languages = [
            (f"{who}, {language}", score)
            for who, scores in self.stance.by_language.items()
            for language, score in scores.items()
        ]
        kinds = self.stance.parts["kind"].items()
        return [
            ("checkpoint", self.stance.model),
            ("majority class", self.stance.majority),
            ("TF-IDF + regression", self.stance.tfidf),
            *languages,
            *((f"checkpoint, {name}s", score) for name, score in kinds),
            ("checkpoint, towards agency", self.actors.score),
        ]


def measure(classifier: Classifier, splits: Splits, *, part: Part = "test") -> Evaluation:
    """Every measure on a part; thresholds come from dev, baselines learn from the parts before."""
    names = actor_names([*splits.dev, *splits.test], load_agencies())
    dev = said_of(classifier, splits.dev, names)
    asked = dev if part == "dev" else said_of(classifier, splits.test, names)
    return measure_said(classifier.name, splits, asked, dev, part=part)


def said_of(classifier: Classifier, items: Sequence[CorpusItem], names: ActorNames) -> Said:
    """What a classifier says about corpus items."""
    readings = classifier.classify([text_item(item) for item in items])
    heads = sorted({head for reading in readings for head in reading.fields})
    asked = questions(items, names)
    answers = classifier.stances_about([question for _, question, _ in asked])
    actors = [
        (item.id, entry.actor)
        for item in items
        for entry in item.stances
        if entry.actor != AID_GENERAL
    ]
    return Said(
        {head: [reading.fields.get(head) for reading in readings] for head in heads},
        dict(zip(actors, answers, strict=True)),
    )


def measure_said(
    name: str, splits: Splits, said: Said, dev: Said, *, part: Part = "test"
) -> Evaluation:
    """Every measure of what was said about a part, and about dev for the thresholds."""
    known = splits.train if part == "dev" else (*splits.train, *splits.dev)
    items = splits.dev if part == "dev" else splits.test
    severity = said.heads.get("severity")
    nothing: Answers = [None for _ in splits.dev]
    return Evaluation(
        classifier=name,
        corpus=corpus_hash(splits.all),
        part=part,
        n_train=len(splits.train),
        n_dev=len(splits.dev),
        n_test=len(splits.test),
        stance=measure_stance(
            known,
            items,
            said.heads["stance"],
            dev=splits.dev,
            dev_answers=dev.heads.get("stance", nothing),
        ),
        actors=measure_actors(items, said.about),
        relevance=measure_relevance(
            items,
            said.heads["relevance"],
            dev=splits.dev,
            dev_answers=dev.heads.get("relevance", nothing),
        )
        if "relevance" in said.heads
        else None,
        fields=_fields(known, items, said),
        fields_about_aid=_fields(*_about_aid(known, items, said)),
        severity_levels=measure_severity_levels(items, severity) if severity else None,
        flags={
            flag: measure_flag(items, said.heads[flag], flag)
            for flag in FLAG_HEADS
            if flag in said.heads
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
        (
            item,
            Question(item.text, names[item.id][entry.actor], item.parent_text, item.language),
            entry.stance,
        )
        for item in items
        for entry in item.stances
        if entry.actor != AID_GENERAL
    ]


def plain(value: Any) -> Any:
    """A measure as values of JSON, floats with four decimals."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return value


def _fields(
    known: Sequence[CorpusItem], items: Sequence[CorpusItem], said: Said
) -> dict[str, FieldMeasures]:
    return {
        field: measure_field(known, items, said.heads[field], field)
        for field in FIELDS
        if field in said.heads
    }


def _about_aid(
    known: Sequence[CorpusItem], items: Sequence[CorpusItem], said: Said
) -> tuple[list[CorpusItem], list[CorpusItem], Said]:
    """The same without the items that are not about aid."""
    rows = [index for index, item in enumerate(items) if item.relevance == "yes"]
    heads = {
        head: [answers[i] for i in rows]
        for head, answers in said.heads.items()
        if head != "relevance"
    }
    relevant = [item for item in known if item.relevance == "yes"]
    return relevant, [items[i] for i in rows], Said(heads, said.about)

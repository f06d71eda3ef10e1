"""Reading posts with a checkpoint, in batches that do not change what each post gets."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from classifiers.calibration import rounded, softmax, temperature_of
from classifiers.checkpoint import Checkpoint, load_checkpoint
from classifiers.encoder import batches, encode
from classifiers.language import detect_language
from classifiers.novelty import is_novel
from classifiers.registry import checkpoint_folder
from classifiers.segments import Segments, has_something_to_read, segments
from config.vocabulary import LANGUAGES, READ_LANGUAGES, SEVERITIES

# No label is as sure as that.
NEVER: Final = 1.01

Floats = NDArray[np.float64]
Logits = dict[str, Floats]


@dataclass(frozen=True)
class Outputs:
    """Raw outputs (n, labels) of every head, and the mean state (n, hidden) of every input."""

    logits: Logits
    vectors: Floats


@dataclass(frozen=True)
class TextItem:
    """What is to be read. `lang` is detected when it is not given."""

    id: str
    text: str
    lang: str | None = None
    platform: str | None = None
    kind: str | None = None
    parent_text: str | None = None


@dataclass(frozen=True)
class Question:
    """The stance of a text towards one agency, by the name the text gives it.

    `lang` is detected when it is not given.
    """

    text: str
    name: str
    parent_text: str | None = None
    lang: str | None = None


@dataclass(frozen=True)
class FieldReading:
    """The likeliest label and all probabilities: four decimals, sum exactly 1."""

    label: str
    probabilities: Mapping[str, float]

    @property
    def probability(self) -> float:
        """Probability of the label."""
        return self.probabilities[self.label]


@dataclass(frozen=True)
class Reading:
    """What the checkpoint says about one item; a field is None without a head or a text."""

    id: str
    language: str
    fields: Mapping[str, FieldReading]
    review_reasons: tuple[str, ...]
    classifier: str

    @property
    def needs_review(self) -> bool:
        """Whether a person has to look."""
        return bool(self.review_reasons)

    def label(self, field: str) -> str | None:
        """The label of a field, None where nothing was read."""
        reading = self.fields.get(field)
        return reading.label if reading else None


class Classifier:
    """A loaded checkpoint."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self.name = checkpoint.name

    @classmethod
    def load(cls, name_or_path: str, registry_dir: Path | None = None) -> "Classifier":
        """The checkpoint of a name `name@revision` or of a folder, verified."""
        folder, name = checkpoint_folder(name_or_path, registry_dir)
        return cls(load_checkpoint(folder, name=name))

    def classify(
        self, items: Sequence[TextItem], *, review_confidence: float | None = None
    ) -> list[Reading]:
        """One reading for each item, in their order.

        `review_confidence`: a stance below it goes to a person; by default the confidence at which
        the checkpoint keeps its stated risk.
        """
        languages = [_language(item.lang, item.text) for item in items]
        texts = [i for i, item in enumerate(items) if has_something_to_read(item.text)]
        outputs = self.outputs(
            [segments(items[i].text, parent_text=items[i].parent_text) for i in texts]
        )
        read = self._fields(outputs.logits, [languages[i] for i in texts])
        unlike = is_novel(outputs.vectors, self._checkpoint.domain) if texts else ()
        fields: list[Mapping[str, FieldReading]] = [{} for _ in items]
        novel = [False for _ in items]
        for index, found, far in zip(texts, read, unlike, strict=True):
            fields[index], novel[index] = found, bool(far)
        confidence = self._confidence(review_confidence)
        return [
            Reading(
                item.id,
                language,
                found,
                review_reasons(found, language, confidence, novel=far),
                self.name,
            )
            for item, language, found, far in zip(items, languages, fields, novel, strict=True)
        ]

    def stances_about(self, questions: Sequence[Question]) -> list[FieldReading]:
        """Stance towards the agency named, one for each question."""
        asked = [segments(q.text, parent_text=q.parent_text, about=q.name) for q in questions]
        languages = [_language(q.lang, q.text) for q in questions]
        return [f["stance"] for f in self._fields(self.outputs(asked).logits, languages)]

    def logits(self, inputs: Sequence[Segments]) -> Logits:
        """Raw outputs (n, labels) of every head, in the order of the inputs."""
        return self.outputs(inputs).logits

    def outputs(self, inputs: Sequence[Segments]) -> Outputs:
        """Everything the network gives, in the order of the inputs."""
        checkpoint = self._checkpoint
        rows = encode(checkpoint.tokenizer, inputs, limit=checkpoint.reader.max_tokens)
        labels, hidden = checkpoint.labels, checkpoint.reader.encoder.config.hidden_size
        logits = {field: np.zeros((len(rows), len(names))) for field, names in labels.items()}
        vectors = np.zeros((len(rows), hidden))
        with torch.inference_mode(), _one_thread():
            for indexes, tensors in batches(rows):
                pooled = checkpoint.reader.pooled(*tensors)[: len(indexes)]
                vectors[indexes] = pooled[:, :hidden].to(torch.float64).numpy()
                for field, values in checkpoint.reader.answers(pooled).items():
                    logits[field][indexes] = values.to(torch.float64).numpy()
        return Outputs(logits, vectors)

    def _fields(self, logits: Logits, languages: Sequence[str]) -> list[dict[str, FieldReading]]:
        labels, heat = self._checkpoint.labels, self._checkpoint.temperatures
        return [
            _consistent(
                {
                    field: _field_reading(
                        labels[field],
                        softmax(logits[field][i], temperature_of(heat[field], language)),
                    )
                    for field in labels
                }
            )
            for i, language in enumerate(languages)
        ]

    def _confidence(self, asked: float | None) -> float:
        if asked is not None:
            return asked
        kept = self._checkpoint.review.confidence
        return NEVER if kept is None else kept


def review_reasons(
    fields: Mapping[str, FieldReading],
    language: str,
    review_confidence: float,
    *,
    novel: bool = False,
) -> tuple[str, ...]:
    """Why a person has to look at a reading; empty when none has to.

    An item that is surely off topic needs no stance, so only its language can ask for a person.
    """
    if not fields:
        return ("no_text",)
    relevance, stance = fields["relevance"], fields["stance"]
    unsure = relevance.label == "cannot_tell" or relevance.probability < review_confidence
    in_question = unsure or relevance.label != "no"
    reasons = {
        "suspicious": in_question and stance.label == "suspicious",
        "low_confidence": in_question and stance.probability < review_confidence,
        "relevance_unsure": unsure,
        "language_without_reader": language not in READ_LANGUAGES,
        "unlike_training": in_question and novel,
    }
    return tuple(reason for reason, holds in reasons.items() if holds)


def _language(given: str | None, text: str) -> str:
    return given if given in LANGUAGES else detect_language(text)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one thread: several wait for each other on a busy machine and gain little."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _consistent(fields: dict[str, FieldReading]) -> dict[str, FieldReading]:
    """Severity given how likely the text is suspicious at all: the rest of its chance is `none`."""
    grave, stance = fields.get("severity"), fields.get("stance")
    if grave is None or stance is None:
        return fields
    suspicious = stance.probabilities["suspicious"]
    chances = [1 - suspicious, *(suspicious * chance for chance in grave.probabilities.values())]
    label = grave.label if stance.label == "suspicious" else SEVERITIES[0]
    probabilities = dict(zip(SEVERITIES, rounded(np.array(chances)), strict=True))
    return {**fields, "severity": FieldReading(label, probabilities)}


def _field_reading(labels: Sequence[str], chances: NDArray[np.float64]) -> FieldReading:
    probabilities = dict(zip(labels, rounded(chances), strict=True))
    return FieldReading(labels[int(chances.argmax())], probabilities)

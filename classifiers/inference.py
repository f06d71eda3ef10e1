"""Reading posts with a checkpoint, in batches that do not change what each post gets."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from classifiers.calibration import rounded, softmax
from classifiers.checkpoint import Checkpoint, load_checkpoint
from classifiers.encoder import batches, encode
from classifiers.language import detect_language
from classifiers.registry import checkpoint_folder
from classifiers.segments import Segments, has_something_to_read, segments
from config.vocabulary import LANGUAGES, READ_LANGUAGES, SEVERITIES

DEFAULT_REVIEW_CONFIDENCE: Final = 0.60

Logits = dict[str, NDArray[np.float64]]


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
    """The stance of a text towards one agency, by the name the text gives it."""

    text: str
    name: str
    parent_text: str | None = None


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
        self,
        items: Sequence[TextItem],
        *,
        review_confidence: float = DEFAULT_REVIEW_CONFIDENCE,
    ) -> list[Reading]:
        """One reading for each item, in their order."""
        texts = [i for i, item in enumerate(items) if has_something_to_read(item.text)]
        read = self._read(
            [segments(items[i].text, parent_text=items[i].parent_text) for i in texts]
        )
        fields: list[Mapping[str, FieldReading]] = [{} for _ in items]
        for index, found in zip(texts, read, strict=True):
            fields[index] = found
        return [
            self._reading(item, found, review_confidence)
            for item, found in zip(items, fields, strict=True)
        ]

    def stances_about(self, questions: Sequence[Question]) -> list[FieldReading]:
        """Stance towards the agency named, one for each question."""
        asked = [segments(q.text, parent_text=q.parent_text, about=q.name) for q in questions]
        return [fields["stance"] for fields in self._read(asked)]

    def logits(self, inputs: Sequence[Segments]) -> Logits:
        """Raw outputs (n, labels) of every head, in the order of the inputs."""
        checkpoint = self._checkpoint
        rows = encode(checkpoint.tokenizer, inputs, limit=checkpoint.reader.max_tokens)
        labels = checkpoint.labels
        outputs = {field: np.zeros((len(rows), len(names))) for field, names in labels.items()}
        with torch.inference_mode(), _one_thread():
            for indexes, tensors in batches(rows):
                for field, values in checkpoint.reader(*tensors).items():
                    outputs[field][indexes] = values[: len(indexes)].to(torch.float64).numpy()
        return outputs

    def _read(self, inputs: Sequence[Segments]) -> list[dict[str, FieldReading]]:
        labels = self._checkpoint.labels
        chances = {
            field: softmax(values, self._checkpoint.temperatures[field])
            for field, values in self.logits(inputs).items()
        }
        return [
            _consistent(
                {field: _field_reading(labels[field], chances[field][i]) for field in labels}
            )
            for i in range(len(inputs))
        ]

    def _reading(
        self, item: TextItem, fields: Mapping[str, FieldReading], review_confidence: float
    ) -> Reading:
        language = item.lang if item.lang in LANGUAGES else detect_language(item.text)
        assert language is not None
        reasons = review_reasons(fields, language, review_confidence)
        return Reading(item.id, language, fields, reasons, self.name)


def review_reasons(
    fields: Mapping[str, FieldReading], language: str, review_confidence: float
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
    }
    return tuple(reason for reason, holds in reasons.items() if holds)


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

"""Recipe models: the encoder fine-tuned on the train split of a public set, scored, thrown away.

The sets serve evaluation only. Their val split is scored; test splits are kept apart. The number of
epochs is fixed beforehand, since an epoch chosen on val would flatter the score on val.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerFast

from classifiers.baselines import majority, tfidf_baseline
from classifiers.encoder import batches, encode, load_base
from classifiers.evaluation import FieldScore, field_score, grouped
from classifiers.fitting import Example, Progress, Recipe, fit
from classifiers.heads import Reader
from classifiers.segments import segments
from classifiers.similarity import nearest
from classifiers.training import new_reader
from classifiers.vocabulary import make_tokenizer
from config.errors import InputError

HEAD = "label"
NEAR_COPY = 0.8
# Chosen before any of these runs: the values of the study that set the goals.
RECIPE = Recipe(
    epochs=3, batch=32, encoder_rate=8e-5, noisy=0.0, loss_weights=((HEAD, 1.0),), threads=1
)


@dataclass(frozen=True)
class LabelledText:
    """One row of a public set; `target` is what its stance is about."""

    text: str
    language: str
    label: str
    target: str | None


@dataclass(frozen=True)
class RecipeModel:
    """A trained network with the labels of its one head, in order."""

    reader: Reader
    tokenizer: PreTrainedTokenizerFast
    labels: tuple[str, ...]


def read_set(folder: Path, name: str, split: str) -> list[LabelledText]:
    """The rows of a split; InputError when the folder has no such set."""
    path = folder / name / f"{split}.jsonl.gz"
    if not path.is_file():
        raise InputError(f"{path}: not there; give --texts the folder that holds the set {name}")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [LabelledText(r["text"], r["lang"], r["label"], r.get("target")) for r in records]


def train_recipe(
    rows: Sequence[LabelledText],
    encoder: Path,
    *,
    seed: int,
    recipe: Recipe = RECIPE,
    device: str = "cpu",
    progress: Progress = print,
) -> RecipeModel:
    """A model of one head, trained on the rows from the encoder in a folder."""
    torch.manual_seed(seed)
    torch.set_num_threads(recipe.threads)
    base = load_base(encoder)
    labels = tuple(sorted({row.label for row in rows}))
    tokenizer = make_tokenizer(base.tokenizer)
    reader = new_reader(base, {HEAD: labels}, recipe)
    examples = [Example(segments(row.text, about=row.target), {HEAD: row.label}) for row in rows]
    fit(
        reader,
        tokenizer,
        examples,
        {HEAD: labels},
        recipe=recipe,
        seed=seed,
        progress=progress,
        device=device,
    )
    reader.eval()
    return RecipeModel(reader, tokenizer, labels)


def recipe_labels(model: RecipeModel, rows: Sequence[LabelledText]) -> list[str]:
    """The likeliest label of each row."""
    inputs = encode(
        model.tokenizer,
        [segments(row.text, about=row.target) for row in rows],
        limit=model.reader.max_tokens,
    )
    said = [""] * len(rows)
    with torch.inference_mode():
        for indexes, tensors in batches(inputs):
            best = model.reader(*tensors)[HEAD].argmax(dim=-1)
            for index, label in zip(indexes, best.tolist(), strict=False):
                said[index] = model.labels[label]
    return said


def scores(
    train: Sequence[LabelledText], rows: Sequence[LabelledText], said: Sequence[str]
) -> Mapping[str, FieldScore]:
    """The score of all rows, of each language, and of each without near-copies of training texts.

    Every row is its own group: these sets name no ideas.
    """
    alone = [str(index) for index in range(len(rows))]
    truth, languages = [row.label for row in rows], [row.language for row in rows]
    cosines = nearest([row.text for row in rows], [row.text for row in train])
    fresh = [i for i, (_, cosine) in enumerate(cosines) if cosine < NEAR_COPY]
    apart = grouped(
        [truth[i] for i in fresh],
        [said[i] for i in fresh],
        [languages[i] for i in fresh],
        [alone[i] for i in fresh],
    )
    return {
        "all": field_score(truth, said, alone),
        **grouped(truth, said, languages, alone),
        **{f"{language} without near-copies": score for language, score in apart.items()},
    }


def baselines(
    train: Sequence[LabelledText], rows: Sequence[LabelledText]
) -> dict[str, Mapping[str, FieldScore]]:
    """Majority class and TF-IDF, fitted on the train split."""
    labels = [row.label for row in train]
    said = tfidf_baseline([row.text for row in train], labels, [row.text for row in rows])
    return {
        "majority": scores(train, rows, majority(labels, len(rows))),
        "TF-IDF + LR": scores(train, rows, said),
    }

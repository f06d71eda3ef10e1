"""Training a checkpoint on the corpus, the same one each time on the same machine."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from classifiers.calibration import (
    ALL_LANGUAGES,
    Threshold,
    fit_temperatures,
    threshold_at_risk,
)
from classifiers.card import corpus_facts, write_card
from classifiers.checkpoint import (
    Checkpoint,
    dequantised,
    quantised,
    save_checkpoint,
)
from classifiers.corpus import CorpusItem, Splits, corpus_hash, load_splits
from classifiers.encoder import TYPES, BaseEncoder, load_base, package_encoder
from classifiers.fitting import Progress, Recipe, examples, fit, targets
from classifiers.heads import FIXED_HEADS, Labels, Reader
from classifiers.inference import Classifier, Outputs, TextItem
from classifiers.measuring import measure
from classifiers.naming import ActorNames, actor_names
from classifiers.novelty import Domain, fit_domain
from classifiers.pretraining import Lessons, encoder_config, lexicon, taught, with_french_words
from classifiers.registry import CHECKPOINTS_DIR, NAME
from classifiers.resuming import Resumption, training_key
from classifiers.segments import Segments, segments
from classifiers.vocabulary import make_tokenizer
from config.agencies import load_agencies
from config.errors import UsageError

DEFAULT_NAME: Final = "vigie-minilm@2026.12"
DEFAULT_SEED: Final = 7
_TYPES: Final = "embeddings.token_type_embeddings.weight"


@dataclass(frozen=True)
class Run:
    """How a checkpoint is to be trained; without a recipe the chosen one."""

    seed: int = DEFAULT_SEED
    recipe: Recipe = field(default_factory=Recipe)
    device: str = "cpu"
    state: Path | None = None


def train_checkpoint(
    *,
    out: Path | None = None,
    run: Run | None = None,
    encoder: Path | None = None,
    lessons: Lessons | None = None,
    say: Progress | None = None,
) -> str:
    """Train on the project's corpus, measure and write the checkpoint; gives its measures as text.

    The name of the folder `out` is the name `name@revision` of the checkpoint; without it the
    shipped one is trained anew. The folder appears whole or not at all. `encoder` is a folder with
    an encoder that has had its French lessons; without it, `lessons` are held first, and without
    those the encoder starts from the lexicon alone.
    """
    folder = out or CHECKPOINTS_DIR / DEFAULT_NAME
    if not NAME.fullmatch(folder.name):
        raise UsageError(f"{folder.name!r} is no name@revision; write --out FOLDER/mine@2026.12")
    say, run = say or _silent, run or Run()
    splits = load_splits()
    base = load_base(encoder) if encoder else _prepared(splits, lessons, run.seed, say)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".training-") as unfinished:
        made = Path(unfinished) / folder.name
        names = actor_names(splits.all, load_agencies())
        checkpoint = train(splits, base, made, name=folder.name, names=names, run=run, progress=say)
        evaluation = measure(Classifier(checkpoint), splits)
        write_card(made, evaluation, corpus_facts(splits), seed=run.seed)
        if folder.exists():
            folder.rename(Path(unfinished) / "replaced")
        made.rename(folder)
    return evaluation.as_text()


def train(
    splits: Splits,
    base: BaseEncoder,
    out_dir: Path,
    *,
    name: str,
    names: ActorNames,
    run: Run,
    progress: Progress | None = None,
) -> Checkpoint:
    """Train on the train part, fit temperatures on dev, write the checkpoint to `out_dir`.

    `name` is `name@revision`. On a CPU the same inputs, seed and machine give the same bytes. The
    network that is returned has been through the stored int8 form, so it reads as the loaded one
    does.
    """
    torch.set_num_threads(run.recipe.threads)
    # On a GPU the products of matrices have no fixed order, and asking for one stops the run.
    torch.use_deterministic_algorithms(mode=run.device == "cpu")
    torch.manual_seed(run.seed)
    tokenizer = make_tokenizer(base.tokenizer)
    codes = tuple(sorted({item.narrative for item in splits.all}))
    labels = {**FIXED_HEADS, "narrative": codes}
    reader = new_reader(base, labels, run.recipe)
    key = training_key(run.recipe, run.seed, corpus_hash(splits.train), base.config)
    resumption = Resumption(run.state, key) if run.state else None
    fit(
        reader,
        tokenizer,
        examples(splits.train, names),
        labels,
        recipe=run.recipe,
        seed=run.seed,
        progress=progress or _silent,
        device=run.device,
        resumption=resumption,
    )
    reader.load_state_dict(dequantised(quantised(reader.state_dict())))
    reader.eval()
    checkpoint = fitted(unfitted(name, reader, tokenizer, labels), splits)
    save_checkpoint(checkpoint, out_dir)
    if resumption:
        resumption.remove()
    return checkpoint


def _prepared(
    splits: Splits, lessons: Lessons | None, seed: int, progress: Progress
) -> BaseEncoder:
    base = load_base(package_encoder())
    student = with_french_words(base, lexicon(), corpus_texts(splits.train))
    if lessons is None:
        progress("no French lessons: the encoder starts from the lexicon alone and reads worse")
        return student
    return taught(base, student, lessons, seed=seed, progress=progress)


def corpus_texts(items: Sequence[CorpusItem]) -> list[str]:
    """Every text the encoder gets to read of these items."""
    return [text for i in _inputs(items) for text in (i.text, i.context) if text]


def new_reader(base: BaseEncoder, labels: Labels, recipe: Recipe) -> Reader:
    """An untrained network with these heads on the encoder."""
    config = encoder_config(base, type_vocab_size=TYPES)
    reader = Reader(config, labels, dropout=recipe.dropout)
    weights = {name: tensor.to(torch.float32) for name, tensor in base.weights.items()}
    # The type of the agency in question starts as that of the text.
    while len(weights[_TYPES]) < TYPES:
        weights[_TYPES] = torch.cat([weights[_TYPES], weights[_TYPES][:1]])
    reader.encoder.load_state_dict(weights)
    return reader


def unfitted(
    name: str, reader: Reader, tokenizer: PreTrainedTokenizerFast, labels: Labels
) -> Checkpoint:
    """A checkpoint whose probabilities are as the network gives them."""
    hidden = reader.encoder.config.hidden_size
    return Checkpoint(
        name,
        reader,
        tokenizer,
        labels,
        temperatures={head: {ALL_LANGUAGES: 1.0} for head in labels},
        review=threshold_at_risk([], []),
        domain=Domain(np.zeros((1, hidden)), np.zeros((hidden, hidden)), float("inf")),
    )


def fitted(checkpoint: Checkpoint, splits: Splits) -> Checkpoint:
    """The checkpoint with temperatures and threshold fitted on dev, and the domain of its texts.

    The domain has a mean for each stance and for what is not about aid.
    """
    classifier = Classifier(checkpoint)
    train = classifier.outputs(_inputs(splits.train)).vectors
    dev = classifier.outputs(_inputs(splits.dev))
    checkpoint = replace(checkpoint, temperatures=_temperatures(checkpoint, dev, splits.dev))
    classes = [i.stance if i.relevance == "yes" else i.relevance for i in splits.train]
    return replace(
        checkpoint,
        review=_review(checkpoint, splits.dev),
        domain=fit_domain(train, classes, dev.vectors),
    )


def _temperatures(
    checkpoint: Checkpoint, outputs: Outputs, dev: Sequence[CorpusItem]
) -> dict[str, dict[str, float]]:
    wanted = [targets(item) for item in dev]
    found: dict[str, dict[str, float]] = {}
    for head, names in checkpoint.labels.items():
        asked = [index for index, labels in enumerate(wanted) if head in labels]
        truth = [names.index(wanted[index][head]) for index in asked]
        languages = [dev[index].language for index in asked]
        found[head] = fit_temperatures(outputs.logits[head][asked], truth, languages)
    return found


def _review(checkpoint: Checkpoint, dev: Sequence[CorpusItem]) -> Threshold:
    """From which confidence the stance of dev items about aid is wrong seldom enough."""
    about = [item for item in dev if item.relevance == "yes"]
    items = [
        TextItem(item.id, item.text, item.language, parent_text=item.parent_text) for item in about
    ]
    stances = [reading.fields["stance"] for reading in Classifier(checkpoint).classify(items)]
    right = [said.label == item.stance for said, item in zip(stances, about, strict=True)]
    return threshold_at_risk([said.probability for said in stances], right)


def _inputs(items: Sequence[CorpusItem]) -> list[Segments]:
    return [segments(item.text, parent_text=item.parent_text) for item in items]


def _silent(_line: str) -> None:
    """Say nothing."""

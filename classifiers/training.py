"""Training a checkpoint on the corpus, the same one each time on the same machine."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import torch
from transformers import BertConfig

from classifiers.calibration import fit_temperature
from classifiers.card import write_card
from classifiers.checkpoint import (
    CONFIG_KEYS,
    Checkpoint,
    dequantised,
    quantised,
    save_checkpoint,
)
from classifiers.corpus import CORPUS_DIR, CorpusItem, load_corpus, split_corpus
from classifiers.encoder import BaseEncoder, load_base, package_encoder
from classifiers.fitting import Progress, Recipe, examples, fit, targets
from classifiers.heads import FIXED_HEADS, Labels, Reader
from classifiers.inference import Classifier
from classifiers.lexicon import LEXICON_FILE, LexiconEntry, load_lexicon
from classifiers.measuring import measure
from classifiers.naming import ActorNames, actor_names
from classifiers.registry import CHECKPOINTS_DIR, NAME
from classifiers.segments import segments
from classifiers.vocabulary import Vocabulary, extend
from config.agencies import load_agencies
from config.errors import UsageError

DEFAULT_NAME: Final = "vigie-minilm@2026.11"
DEFAULT_SEED: Final = 7
OWN_LEXICON: Final = CORPUS_DIR / "lexicon_own.csv"
_EMBEDDINGS: Final = "embeddings.word_embeddings.weight"


def train_checkpoint(
    *,
    out: Path | None = None,
    seed: int = DEFAULT_SEED,
    epochs: int | None = None,
    say: Progress | None = None,
) -> str:
    """Train on the project's corpus, measure and write the checkpoint; gives its measures as text.

    The name of the folder `out` is the name `name@revision` of the checkpoint; without it the
    shipped one is trained anew. The folder appears whole or not at all.
    """
    folder = out or CHECKPOINTS_DIR / DEFAULT_NAME
    if not NAME.fullmatch(folder.name):
        raise UsageError(f"{folder.name!r} is no name@revision; write --out FOLDER/mine@2026.12")
    corpus = load_corpus()
    recipe = Recipe() if epochs is None else replace(Recipe(), epochs=epochs)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".training-") as unfinished:
        made = Path(unfinished) / folder.name
        checkpoint = train(
            corpus,
            package_encoder(),
            made,
            name=folder.name,
            seed=seed,
            # An own entry comes later and wins over a counted one.
            lexicon=[*load_lexicon(LEXICON_FILE), *load_lexicon(OWN_LEXICON)],
            names=actor_names(corpus, load_agencies()),
            recipe=recipe,
            progress=say,
        )
        evaluation = measure(Classifier(checkpoint), split_corpus(corpus))
        write_card(made, evaluation, seed=seed)
        if folder.exists():
            folder.rename(Path(unfinished) / "replaced")
        made.rename(folder)
    return evaluation.as_text()


def train(
    corpus: Sequence[CorpusItem],
    encoder_dir: Path,
    out_dir: Path,
    *,
    name: str,
    seed: int,
    names: ActorNames,
    lexicon: Sequence[LexiconEntry] = (),
    recipe: Recipe | None = None,
    progress: Progress | None = None,
) -> Checkpoint:
    """Train on the train part, fit temperatures on dev, write the checkpoint to `out_dir`.

    `name` is `name@revision`. The same inputs, seed and machine give the same bytes. The network
    that is returned has been through the stored int8 form, so it reads as the loaded one does.
    """
    recipe = recipe or Recipe()
    torch.set_num_threads(recipe.threads)
    torch.use_deterministic_algorithms(mode=True)
    torch.manual_seed(seed)
    splits = split_corpus(corpus)
    base = load_base(encoder_dir)
    vocabulary = extend(base.tokenizer, base.weights[_EMBEDDINGS], lexicon, _texts(splits.train))
    labels = {**FIXED_HEADS, "narrative": tuple(sorted({item.narrative for item in corpus}))}
    reader = _new_reader(base, vocabulary, labels, recipe)
    rows = examples(splits.train, names)
    fit(
        reader,
        vocabulary.tokenizer,
        rows,
        labels,
        recipe=recipe,
        seed=seed,
        progress=progress or _silent,
    )
    reader.load_state_dict(dequantised(quantised(reader.state_dict())))
    reader.eval()
    unscaled = dict.fromkeys(labels, 1.0)
    checkpoint = Checkpoint(name, reader, vocabulary.tokenizer, labels, unscaled)
    checkpoint = replace(checkpoint, temperatures=_temperatures(checkpoint, splits.dev))
    save_checkpoint(checkpoint, out_dir)
    return checkpoint


def _texts(items: Sequence[CorpusItem]) -> list[str]:
    inputs = [segments(item.text, parent_text=item.parent_text) for item in items]
    return [text for i in inputs for text in (i.text, i.context) if text]


def _new_reader(
    base: BaseEncoder, vocabulary: Vocabulary, labels: Labels, recipe: Recipe
) -> Reader:
    known = {key: base.config[key] for key in CONFIG_KEYS if key in base.config}
    config = BertConfig(**{**known, "vocab_size": len(vocabulary.embeddings)})
    reader = Reader(config, labels, dropout=recipe.dropout)
    reader.encoder.load_state_dict({**base.weights, _EMBEDDINGS: vocabulary.embeddings})
    return reader


def _temperatures(checkpoint: Checkpoint, dev: Sequence[CorpusItem]) -> dict[str, float]:
    inputs = [segments(item.text, parent_text=item.parent_text) for item in dev]
    wanted = [targets(item) for item in dev]
    logits = Classifier(checkpoint).logits(inputs)
    return {
        field: fit_temperature(logits[field], [names.index(labels[field]) for labels in wanted])
        for field, names in checkpoint.labels.items()
    }


def _silent(_line: str) -> None:
    """Say nothing."""

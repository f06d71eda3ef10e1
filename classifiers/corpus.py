"""The training corpus: posts and comments written for the project, labelled by its guide."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from config.errors import InputError
from config.vocabulary import (
    LANGUAGES,
    PLATFORMS,
    RELEVANCE,
    SEVERITIES,
    SOURCE_TYPES,
    STANCES,
    TARGETS,
    TONES,
)

CORPUS_DIR: Final = Path(__file__).parent / "corpus"
AID_GENERAL: Final = "aid_general"
KINDS: Final = ("post", "comment")
# One folder each. A batch belongs to one part whole, so no idea, pair or thread stands in two.
PARTS: Final = ("train", "dev", "test")
FLAGS: Final = (
    "quoted_rumour",
    "irony",
    "threat",
    "doxxing",
    "call_to_act",
    "names_staff",
    "intercommunal",
    "media_needed",
    "uncertain",
)

_CLOSED: Final[Mapping[str, Sequence[str]]] = {
    "language": LANGUAGES,
    "platform": PLATFORMS,
    "kind": KINDS,
    "relevance": RELEVANCE,
    "label": STANCES,
    "tone": TONES,
    "target": TARGETS,
    "severity": SEVERITIES,
}
_TEXTS: Final = ("id", "text", "venue", "narrative", "idea")
_LISTS: Final = ("agencies", "places", "flags")
_VENUES: Final = frozenset({*SOURCE_TYPES} - {"individual"})


@dataclass(frozen=True)
class ActorStance:
    """Stance towards one aid actor: an agency id, or `aid_general`."""

    actor: str
    stance: str


@dataclass(frozen=True)
class CorpusItem:
    """One written post or comment; a comment carries the post it answers."""

    id: str
    batch: str
    text: str
    language: str
    platform: str
    kind: str
    parent_text: str | None
    venue: str
    relevance: str
    stance: str
    stances: tuple[ActorStance, ...]
    tone: str
    target: str
    narrative: str
    severity: str
    agencies: tuple[str, ...]
    places: tuple[str, ...]
    flags: tuple[str, ...]
    hard_case: str
    idea: str
    pair: str | None


@dataclass(frozen=True)
class Splits:
    """Three parts that share no batch, hence no idea, no minimal pair and no parent post.

    Training reads `train`; recipes, temperatures and thresholds are chosen on `dev`; `test` is
    frozen: it is only measured.
    """

    train: tuple[CorpusItem, ...]
    dev: tuple[CorpusItem, ...]
    test: tuple[CorpusItem, ...]

    @property
    def all(self) -> tuple[CorpusItem, ...]:
        """Every item."""
        return self.train + self.dev + self.test


def load_splits(folder: Path = CORPUS_DIR) -> Splits:
    """The three parts of the corpus, each in order of file and line.

    InputError names file and line of what is wrong: a part without files, an id used twice, an
    item that breaks the form.
    """
    seen: set[str] = set()
    return Splits(*(_part(folder / name, seen) for name in PARTS))


def load_part(folder: Path) -> tuple[CorpusItem, ...]:
    """The items of one folder of batches; InputError as for `load_splits`."""
    return _part(folder, set())


def _part(folder: Path, seen: set[str]) -> tuple[CorpusItem, ...]:
    paths = sorted(folder.glob("*.jsonl"))
    if not paths:
        raise InputError(f"{folder}: no *.jsonl there; give the folder of the corpus")
    items: list[CorpusItem] = []
    for path in paths:
        for number, record in _records(path):
            item = _item(record, path, number)
            if item.id in seen:
                raise _error(
                    path, number, f"id {item.id!r} is used twice", "give each item its own"
                )
            seen.add(item.id)
            items.append(item)
    return tuple(items)


def corpus_hash(items: Iterable[CorpusItem]) -> str:
    """Start of the SHA-256 of all items: names the corpus that a checkpoint was trained on."""
    digest = hashlib.sha256()
    for item in sorted(items, key=lambda item: item.id):
        digest.update(repr(item).encode())
    return digest.hexdigest()[:16]


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
            except json.JSONDecodeError as error:
                problem = f"not JSON (column {error.colno})"
                raise _error(path, number, problem, "write one object a line") from error
            if not isinstance(record, dict):
                raise _error(path, number, "not an object", "write one object a line")
            yield number, record


def _item(record: dict[str, Any], path: Path, number: int) -> CorpusItem:
    for key in _TEXTS:
        if not isinstance(record.get(key), str) or not record[key].strip():
            raise _error(path, number, f"{key} is missing or empty", "write a text")
    for key, choices in _CLOSED.items():
        if record.get(key) not in choices:
            given = record.get(key)
            raise _error(path, number, f"{key} is {given!r}", f"write one of {', '.join(choices)}")
    for key in _LISTS:
        if not _is_texts(record.get(key)):
            raise _error(path, number, f"{key} is no list of texts", "write [] when there is none")
    _check_words(record, path, number)
    parent = record.get("parent_text")
    if (record["kind"] == "comment") != bool(parent):
        raise _error(path, number, "parent_text does not fit kind", "only comments have one")
    return CorpusItem(
        id=record["id"],
        batch=f"{path.parent.name}/{path.stem}",
        text=record["text"],
        language=record["language"],
        platform=record["platform"],
        kind=record["kind"],
        parent_text=parent,
        venue=record["venue"],
        relevance=record["relevance"],
        stance=record["label"],
        stances=_stances(record, path, number),
        tone=record["tone"],
        target=record["target"],
        narrative=record["narrative"],
        severity=record["severity"],
        agencies=tuple(record["agencies"]),
        places=tuple(record["places"]),
        flags=tuple(record["flags"]),
        hard_case=record.get("hard_case", ""),
        idea=record["idea"],
        pair=record.get("pair"),
    )


def _check_words(record: dict[str, Any], path: Path, number: int) -> None:
    unknown = sorted({*record["flags"]} - {*FLAGS})
    if unknown:
        raise _error(path, number, f"flag {unknown[0]!r}", f"write some of {', '.join(FLAGS)}")
    if record["venue"] not in _VENUES:
        choices = ", ".join(sorted(_VENUES))
        raise _error(path, number, f"venue is {record['venue']!r}", f"write one of {choices}")


def _stances(record: dict[str, Any], path: Path, number: int) -> tuple[ActorStance, ...]:
    found = record.get("stances")
    if not isinstance(found, list):
        raise _error(path, number, "stances is no list", "write [] when no actor is judged")
    stances: list[ActorStance] = []
    for entry in found:
        known = set(record["agencies"]) | {AID_GENERAL}
        if not isinstance(entry, dict) or entry.get("actor") not in known:
            raise _error(path, number, "a stance names an actor not in agencies", "add it there")
        if entry.get("stance") not in STANCES:
            advice = f"write one of {', '.join(STANCES)}"
            raise _error(path, number, f"a stance is {entry.get('stance')!r}", advice)
        stances.append(ActorStance(entry["actor"], entry["stance"]))
    return tuple(stances)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


def _error(path: Path, number: int, problem: str, advice: str) -> InputError:
    return InputError(f"{path}:{number}: {problem}; {advice}")

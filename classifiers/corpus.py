"""The training corpus: posts and comments written for the project, labelled by its guide."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from config.errors import InputError
from config.vocabulary import (
    LANGUAGES,
    PLATFORMS,
    RELEVANCE,
    SEVERITIES,
    STANCES,
    TARGETS,
    TONES,
)

CORPUS_DIR: Final = Path(__file__).parent / "corpus"
AID_GENERAL: Final = "aid_general"
KINDS: Final = ("post", "comment")
SHARES: Final = {"train": 0.7, "dev": 0.1, "test": 0.2}

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
    """Three parts that share no idea, no minimal pair and no parent post."""

    train: tuple[CorpusItem, ...]
    dev: tuple[CorpusItem, ...]
    test: tuple[CorpusItem, ...]


def load_corpus(folder: Path = CORPUS_DIR) -> tuple[CorpusItem, ...]:
    """All items of `batch_*.jsonl` in order of file and line; InputError names file and line."""
    paths = sorted(folder.glob("batch_*.jsonl"))
    if not paths:
        raise InputError(f"{folder}: no batch_*.jsonl there; give the folder of the corpus")
    items: list[CorpusItem] = []
    seen: set[str] = set()
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


def split_corpus(items: Sequence[CorpusItem]) -> Splits:
    """About 70 / 10 / 20 %, stratified by language, kind and stance, whole groups together.

    Items that share a batch and idea, a minimal pair or a parent text form a group. Groups go, the
    largest first, to the part that lacks most of what they hold; ties are settled by a hash of
    their ids, so the same corpus always splits in the same way.
    """
    items = sorted(items, key=lambda item: item.id)
    wanted = {
        (part, stratum): share * count
        for stratum, count in Counter(map(_stratum, items)).items()
        for part, share in SHARES.items()
    }
    have: Counter[tuple[str, tuple[str, ...]]] = Counter()
    parts: dict[str, list[CorpusItem]] = {part: [] for part in SHARES}
    for group in sorted(_groups(items), key=lambda group: (-len(group), _group_hash(group))):
        strata = [_stratum(item) for item in group]
        lack = {part: sum(1 - have[part, s] / wanted[part, s] for s in strata) for part in SHARES}
        best = max(SHARES, key=lambda part: lack[part])
        parts[best].extend(group)
        have.update((best, s) for s in strata)
    ordered = {part: tuple(sorted(found, key=lambda i: i.id)) for part, found in parts.items()}
    return Splits(train=ordered["train"], dev=ordered["dev"], test=ordered["test"])


def _stratum(item: CorpusItem) -> tuple[str, ...]:
    return (item.language, item.kind, item.stance)


def _group_hash(group: Sequence[CorpusItem]) -> str:
    return hashlib.sha256(" ".join(item.id for item in group).encode()).hexdigest()


def _groups(items: Sequence[CorpusItem]) -> list[list[CorpusItem]]:
    """Connected items: joined through any key they share."""
    holders: dict[Hashable, list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        for key in _keys(item):
            holders[key].append(index)
    groups: list[list[CorpusItem]] = []
    grouped: set[int] = set()
    for index in range(len(items)):
        if index in grouped:
            continue
        members, waiting = {index}, [index]
        while waiting:
            for key in _keys(items[waiting.pop()]):
                new = [other for other in holders[key] if other not in members]
                members.update(new)
                waiting.extend(new)
        grouped |= members
        groups.append([items[member] for member in sorted(members)])
    return groups


def _keys(item: CorpusItem) -> Iterator[tuple[str, ...]]:
    yield ("idea", item.batch, item.idea.casefold())
    if item.pair:
        yield ("pair", item.batch, item.pair)
    if item.parent_text:
        yield ("text", item.parent_text)
    else:
        # A post that also stands as the parent of comments.
        yield ("text", item.text)


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
    parent = record.get("parent_text")
    if (record["kind"] == "comment") != bool(parent):
        raise _error(path, number, "parent_text does not fit kind", "only comments have one")
    return CorpusItem(
        id=record["id"],
        batch=path.stem,
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

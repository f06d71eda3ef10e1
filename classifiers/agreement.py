"""How far two readings of the same texts agree: Krippendorff's alpha for each field and language.

Nominal alpha for two coders, from the coincidences o of the values both gave:
alpha = 1 - (n - 1) * sum of o[c, k] over c != k / sum of n[c] * n[k] over c != k
(Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, part B; Content Analysis, 3rd ed.,
chapter 12). A value that one coder left out is missing: its text gives no pair for that field.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from classifiers.bootstrap import Floats, counts, interval
from classifiers.corpus import CORPUS_DIR, FLAGS, CorpusItem
from classifiers.evaluation import Share, share
from config.errors import InputError
from config.vocabulary import RELEVANCE, SEVERITIES, STANCES, TARGETS, TONES

SECOND_PASS_DIR: Final = CORPUS_DIR / "second_pass"
FIRST_LABELS: Final = "first.jsonl"
TOO_HIGH: Final = 0.95
ALL: Final = "all"

_CLOSED: Final[Mapping[str, Sequence[str]]] = {
    "relevance": RELEVANCE,
    "label": STANCES,
    "tone": TONES,
    "target": TARGETS,
    "severity": SEVERITIES,
}

_WHY_HIGH: Final = (
    "The texts are too easy in this: they are invented by one guide and show it more plainly than "
    "real posts do, and both readings come from the same kind of reader. Two people on real posts "
    "will agree less."
)

Value = str | None


@dataclass(frozen=True)
class Labels:
    """All labels that one reading gave one text."""

    id: str
    fields: Mapping[str, str]
    flags: frozenset[str]
    stances: Mapping[str, str]


@dataclass(frozen=True)
class AlphaRow:
    """Agreement on one field in one language (or `all`); alpha is None where nothing varies.

    `commonest` is the share of the most frequent value among all values given.
    """

    field: str
    language: str
    alpha: float | None
    low: float | None
    high: float | None
    agreed: Share
    commonest: float | None

    @property
    def is_high(self) -> bool:
        """Whether alpha is too high to pass without an explanation."""
        return self.alpha is not None and self.alpha > TOO_HIGH


@dataclass(frozen=True)
class Agreement:
    """The second reading of a part of the corpus beside the first."""

    n: int
    of_corpus: float
    rows: tuple[AlphaRow, ...]
    judged_by_one: Share

    @property
    def explanation(self) -> str:
        """Why alphas above .95 are no reason to be proud; empty where there is none."""
        high = [row for row in self.rows if row.is_high]
        if not high:
            return ""
        fields = dict.fromkeys(row.field for row in high)
        named = "; ".join(_high([row for row in high if row.field == field]) for field in fields)
        return f"Above {TOO_HIGH:.2f}: {named}. {_WHY_HIGH}"


def nominal_alpha(first: Sequence[Value], second: Sequence[Value]) -> float | None:
    """Krippendorff's alpha of two coders; None without pairs or where only one value occurs."""
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    if not pairs:
        return None
    found = counts([a for a, _ in pairs], [b for _, b in pairs], ["" for _ in pairs])
    alpha = float(_alphas(found.groups, 0)[0])
    return None if np.isnan(alpha) else alpha


def agreement(
    first: Sequence[Labels], second: Sequence[Labels], corpus: Sequence[CorpusItem]
) -> Agreement:
    """Alpha of every field, flag and stance, for all texts and for each language."""
    languages = {item.id: item.language for item in corpus}
    earlier = {labels.id: labels for labels in first}
    pairs = [(earlier[labels.id], labels) for labels in second]
    rows: list[AlphaRow] = []
    for language in (ALL, *sorted({languages[labels.id] for labels in second})):
        there = [pair for pair in pairs if language in (ALL, languages[pair[0].id])]
        rows.extend(_row(field, language, *values) for field, values in _units(there))
    actors = [(set(a.stances), set(b.stances)) for a, b in pairs]
    alone, either = (sum(len(x ^ y) for x, y in actors), sum(len(x | y) for x, y in actors))
    of_corpus = len(second) / len(corpus) if corpus else 0.0
    return Agreement(len(second), of_corpus, tuple(rows), share(alone, either))


def load_agreement(
    corpus: Sequence[CorpusItem], folder: Path = SECOND_PASS_DIR
) -> Agreement | None:
    """Agreement of the second readings in a folder with `first.jsonl`; None without the folder.

    InputError names file and line of what is wrong: an id that is not in the corpus, read twice or
    without first labels, or a label outside its list.
    """
    if not folder.is_dir():
        return None
    known = {item.id for item in corpus}
    first = _labels([folder / FIRST_LABELS], known)
    paths = sorted(path for path in folder.glob("*.jsonl") if path.name != FIRST_LABELS)
    if not paths:
        raise InputError(f"{folder}: no second reading there; add its *.jsonl beside first.jsonl")
    second = _labels(paths, known)
    missing = sorted(set(second) - set(first))
    if missing:
        raise InputError(
            f"{folder / FIRST_LABELS}: no first labels of {missing[0]!r}; add its line"
        )
    return agreement(list(first.values()), list(second.values()), corpus)


def _units(
    pairs: Sequence[tuple[Labels, Labels]],
) -> Iterator[tuple[str, tuple[list[Value], list[Value]]]]:
    """The values of both coders, one row a text (for stances: one a text and actor)."""
    for field in (*_CLOSED, "narrative"):
        yield field, ([a.fields[field] for a, _ in pairs], [b.fields[field] for _, b in pairs])
    actors = [(a, b, actor) for a, b in pairs for actor in sorted({*a.stances, *b.stances})]
    yield (
        "stance of an actor",
        (
            [a.stances.get(actor) for a, _, actor in actors],
            [b.stances.get(actor) for _, b, actor in actors],
        ),
    )
    for flag in FLAGS:
        yield (
            flag,
            (
                ["yes" if flag in a.flags else "no" for a, _ in pairs],
                ["yes" if flag in b.flags else "no" for _, b in pairs],
            ),
        )


def _row(field: str, language: str, first: Sequence[Value], second: Sequence[Value]) -> AlphaRow:
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    values = Counter(value for pair in pairs for value in pair)
    limits = None
    alpha = nominal_alpha(first, second)
    if alpha is not None:
        names = [str(index) for index in range(len(pairs))]
        found = counts([a for a, _ in pairs], [b for _, b in pairs], names)
        limits = interval(found, _alphas)
    low, high = limits or (None, None)
    return AlphaRow(
        field=field,
        language=language,
        alpha=alpha,
        low=low,
        high=high,
        agreed=share(sum(a == b for a, b in pairs), len(pairs)),
        commonest=max(values.values()) / values.total() if values else None,
    )


def _alphas(confusions: Floats, _n_true: int) -> Floats:
    """Alpha of each table (first, second) of a stack; NaN where only one value occurs."""
    coincidences = confusions + confusions.transpose(0, 2, 1)
    margins = coincidences.sum(axis=-1)
    n = margins.sum(axis=-1)
    apart: NDArray[np.float64] = n - np.trace(coincidences, axis1=1, axis2=2)
    by_chance = n**2 - (margins**2).sum(axis=-1)
    ratio = np.divide(apart, by_chance, out=np.full_like(apart, np.nan), where=by_chance > 0)
    alphas: Floats = 1 - (n - 1) * ratio
    return alphas


def _high(rows: Sequence[AlphaRow]) -> str:
    first = rows[0].agreed
    languages = ", ".join(row.language for row in rows)
    return f"{rows[0].field} ({languages}; {first.n - first.k} of {first.n} differ)"


def _labels(paths: Sequence[Path], known: set[str]) -> dict[str, Labels]:
    found: dict[str, Labels] = {}
    for path in paths:
        for number, record in _records(path):
            labels = _read(record, path, number)
            if labels.id not in known:
                raise _error(path, number, f"id {labels.id!r} is not in the corpus", "correct it")
            if labels.id in found:
                raise _error(path, number, f"id {labels.id!r} is read twice", "keep one line")
            found[labels.id] = labels
    return found


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise InputError(f"{path}: missing; write the labels before adjudication there") from error
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise _error(path, number, "not JSON", "write one object a line") from error
        if not isinstance(record, dict):
            raise _error(path, number, "not an object", "write one object a line")
        yield number, record


def _read(record: dict[str, Any], path: Path, number: int) -> Labels:
    for field, choices in _CLOSED.items():
        if record.get(field) not in choices:
            problem = f"{field} is {record.get(field)!r}"
            raise _error(path, number, problem, f"write one of {', '.join(choices)}")
    for field in ("id", "narrative"):
        if not isinstance(record.get(field), str) or not record[field]:
            raise _error(path, number, f"{field} is missing or empty", "write a text")
    flags = record.get("flags")
    if not isinstance(flags, list) or not set(flags) <= set(FLAGS):
        raise _error(path, number, "flags are no list of known flags", f"of {', '.join(FLAGS)}")
    return Labels(
        id=record["id"],
        fields={field: record[field] for field in (*_CLOSED, "narrative")},
        flags=frozenset(flags),
        stances=_stances(record.get("stances"), path, number),
    )


def _stances(found: Any, path: Path, number: int) -> dict[str, str]:
    if not isinstance(found, list):
        raise _error(path, number, "stances is no list", "write [] when no actor is judged")
    stances: dict[str, str] = {}
    for entry in found:
        if not isinstance(entry, dict) or not isinstance(entry.get("actor"), str):
            raise _error(path, number, "a stance names no actor", "write actor and stance")
        if entry.get("stance") not in STANCES:
            problem = f"a stance is {entry.get('stance')!r}"
            raise _error(path, number, problem, f"write one of {', '.join(STANCES)}")
        stances[entry["actor"]] = entry["stance"]
    return stances


def _error(path: Path, number: int, problem: str, advice: str) -> InputError:
    return InputError(f"{path}:{number}: {problem}; {advice}")

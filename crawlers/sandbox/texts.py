"""The texts written for the stand-ins: posts with their comments and their true labels."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from config.errors import InputError

TEXTS_DIR: Final = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Labels:
    """What a careful reader says of one text, by the annotation guide."""

    relevance: str
    stance: str
    tone: str
    target: str
    narrative: str
    severity: str
    agencies: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True)
class WrittenComment:
    """One written comment or reply."""

    text_id: str
    language: str
    text: str
    labels: Labels


@dataclass(frozen=True)
class WrittenPost:
    """One written post; `text_en` is its English edition where its page posts both."""

    text_id: str
    platform: str
    element: str
    source: str
    language: str
    text: str
    labels: Labels
    comments: tuple[WrittenComment, ...] = ()
    text_en: str | None = None


def load_texts(folder: Path = TEXTS_DIR) -> tuple[WrittenPost, ...]:
    """All written posts, by file name and line; InputError names a line that is not one."""
    return tuple(post for path in sorted(folder.glob("*.jsonl")) for post in _posts(path))


def _posts(path: Path) -> list[WrittenPost]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_read(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _read(path: Path, number: int, line: str) -> WrittenPost:
    try:
        return _post(json.loads(line))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}:{number}: no post in the form of the world ({error})") from error


def _post(record: Mapping[str, Any]) -> WrittenPost:
    return WrittenPost(
        text_id=record["id"],
        platform=record["platform"],
        element=record["element"],
        source=record["source"],
        language=record["language"],
        text=record["text"],
        labels=_labels(record),
        comments=tuple(_comment(comment) for comment in record["comments"]),
        text_en=record.get("text_en"),
    )


def _comment(record: Mapping[str, Any]) -> WrittenComment:
    return WrittenComment(record["id"], record["language"], record["text"], _labels(record))


def _labels(record: Mapping[str, Any]) -> Labels:
    return Labels(
        relevance=record["relevance"],
        stance=record["label"],
        tone=record["tone"],
        target=record["target"],
        narrative=record["narrative"],
        severity=record["severity"],
        agencies=tuple(record["agencies"]),
        places=tuple(record["places"]),
    )

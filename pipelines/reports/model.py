"""The frozen facts behind a weekly report, and their canonical JSON."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from config.errors import InputError

Scope = Literal["posts", "comments"]
SCOPES: tuple[Scope, ...] = ("posts", "comments")
Reading = Literal["usual", "no_change", "rise", "fall", "too_few", "incomplete", "no_baseline"]
Status = Literal["usual", "to_watch", "alert", "incomplete"]
PatternState = Literal["tested", "too_few", "not_run"]
ThemeKind = Literal["family", "target"]
ThemeStatus = Literal["new", "recurring", "not_observed", "unknown"]

FORMAT = 1
SNAPSHOT_ID_LENGTH = 16
DECIMALS = 4


class Frozen(BaseModel):
    """A value that does not change once made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(Frozen):
    """One number of the report: a value, of n where it is a part, with its 95 % interval.

    `value` None is unknown, never zero. `displayable` says whether n is large enough for a
    percentage. `items` are the posts counted, sorted; empty for earlier weeks, whose own snapshot
    holds them.
    """

    id: str
    week: str
    value: int | float | None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    method: str | None = None
    displayable: bool = False
    complete: bool = True
    provisional: bool = False
    unit: str = "items"
    definition: str
    denominator: str | None = None
    indicator: str | None = None
    items: tuple[str, ...] = ()


class Item(Frozen):
    """One post or comment behind the figures: labels and payload hashes, no text, no account."""

    platform: str
    kind: str
    day: str
    stance: str | None
    tone: str | None
    target: str | None
    narrative: str | None
    label_source: Literal["annotation", "prediction", "none"]
    classifier: str | None
    payloads: tuple[str, ...]


class Theme(Frozen):
    """One row of the narratives table: a publication family, or a target class of suspicion."""

    theme_id: str
    name_fr: str
    name_en: str
    status: ThemeStatus


class AlertFact(Frozen):
    """An alert of the week: its number, level and state, and who it is not."""

    alert_id: str
    rule_id: str
    level: str
    status: str


class SourceFact(Frozen):
    """One watched query or page, and the part of the week that was collected (a figure id)."""

    source: str
    query_id: str
    name: str
    figure: str


class WeeklyFacts(Frozen):
    """Everything a weekly page says, as values."""

    format: int = FORMAT
    week: str
    start: datetime
    end: datetime
    status: Status
    complete: bool
    gaps: tuple[str, ...]
    weeks: tuple[str, ...]
    baseline_weeks: int
    burst_weeks: tuple[str, ...]
    min_n: int
    figures: Mapping[str, Figure]
    items: Mapping[str, Item]
    readings: Mapping[str, Reading]
    theme_kind: ThemeKind
    themes: tuple[Theme, ...]
    alerts: tuple[AlertFact, ...]
    patterns: PatternState
    explanations: tuple[str, ...]
    sources: tuple[SourceFact, ...]
    languages: tuple[str, ...]
    not_read_forms: tuple[str, ...]
    places: tuple[str, ...]
    organisation_types: tuple[str, ...]
    source_types: tuple[str, ...]
    versions: Mapping[str, str]
    limits: tuple[str, ...]

    def figure(self, key: str) -> Figure:
        """The figure of a key such as `posts.items` for this week, or of a full figure id."""
        found = self.figures.get(f"{short_week(self.week)}.{key}")
        return found if found is not None else self.figures[key]

    def canonical_json(self) -> str:
        """Sorted keys, four decimals: equal facts give equal text."""
        plain = _rounded(self.model_dump(mode="json"))
        return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @property
    def content_hash(self) -> str:
        """SHA-256 of the canonical JSON."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()

    @property
    def snapshot_id(self) -> str:
        """The name of the snapshot: the start of its content hash."""
        return self.content_hash[:SNAPSHOT_ID_LENGTH]


def facts_from_json(text: str, source: str) -> WeeklyFacts:
    """The facts of a snapshot's text; InputError naming `source` when it is none."""
    try:
        return WeeklyFacts.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(
            f"{source} is not the snapshot of a weekly report ({where}: {first['msg']}); "
            "give a snapshot.json written by `vigie report weekly`"
        ) from error


def short_week(week: str) -> str:
    """`W38` of `2024-W38`."""
    return week.partition("-")[2]


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_rounded(entry) for entry in value]
    return value

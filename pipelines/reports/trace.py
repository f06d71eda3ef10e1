"""From a figure of a report back to the posts, labels and payloads behind it."""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from sqlmodel import Session

from config.errors import InputError, UsageError
from pipelines.reports.docx import docx_snapshot_id
from pipelines.reports.html import SNAPSHOT_META
from pipelines.reports.model import Figure, WeeklyFacts, short_week
from pipelines.reports.pdf import pdf_snapshot_id
from pipelines.reports.snapshots import find_snapshot, read_snapshot
from pipelines.reports.words.definitions import DEFINITIONS

_META: Final = re.compile(rf'<meta name="{SNAPSHOT_META}" content="([0-9a-f]{{16}})">'.encode())
NEAR: Final = 5


@dataclass(frozen=True)
class TracedItem:
    """One post behind a figure: its label, whose word that is, and the payloads that brought it.

    `label_source` is `unknown` for a post that is no longer in the snapshot's week.
    """

    post_id: str
    platform: str | None
    kind: str | None
    day: str | None
    label: Mapping[str, str | None]
    label_source: str
    classifier: str | None
    payloads: tuple[str, ...]

    def as_line(self) -> str:
        """One line: id, what it is, its labels, whose word that is, its payloads."""
        said = " ".join(f"{name}={value}" for name, value in self.label.items() if value)
        source = self.classifier or self.label_source
        what = f"{self.platform} {self.kind} {self.day}" if self.platform else "not in this week"
        return f"{self.post_id}  {what}  {said}  [{source}]  {' '.join(self.payloads)}".rstrip()


@dataclass(frozen=True)
class Trace:
    """A figure, what it counts (French, English), and the posts it was counted from."""

    snapshot_id: str
    figure: Figure
    definition: tuple[str, str] | None
    items: tuple[TracedItem, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for one JSON document."""
        french, english = self.definition or (None, None)
        return {
            "snapshot": self.snapshot_id,
            "figure": self.figure.model_dump(mode="json", exclude={"items"}),
            "definition": {"fr": french, "en": english},
            "items": [asdict(item) for item in self.items],
        }

    def as_text(self) -> str:
        """A few lines for a terminal: the figure, then one line per post."""
        figure = self.figure
        of = "" if figure.n is None else f" of {figure.n}"
        head = f"{figure.id} = {figure.value}{of} ({figure.week}, snapshot {self.snapshot_id})"
        meaning = [self.definition[1]] if self.definition else []
        earlier = [] if self.items or not figure.value else ["no post ids are kept for this figure"]
        return "\n".join([head, *meaning, *earlier, *(item.as_line() for item in self.items)])


def trace(figure_id: str, source: Path, session: Session | None = None) -> Trace:
    """The posts behind a figure of a snapshot.json or of a report made from one.

    For an HTML, DOCX or PDF the snapshot is looked for beside it, then in the store. UsageError
    for an id that the report does not have, InputError for a file that is no report of ours.
    """
    facts = facts_of(source, session)
    figure = _figure(facts, figure_id)
    return Trace(
        snapshot_id=facts.snapshot_id,
        figure=figure,
        definition=DEFINITIONS.get(figure.definition),
        items=tuple(_item(facts, post_id) for post_id in figure.items),
    )


def facts_of(source: Path, session: Session | None = None) -> WeeklyFacts:
    """The frozen facts behind a snapshot file or a report."""
    if source.suffix == ".json":
        return read_snapshot(source)
    snapshot_id = _snapshot_id(source)
    if snapshot_id is None:
        raise InputError(f"{source} names no snapshot; give a weekly report or its snapshot.json")
    return find_snapshot(snapshot_id, source.parent, session)


def _snapshot_id(source: Path) -> str | None:
    try:
        content = source.read_bytes()
        if source.suffix == ".docx":
            return docx_snapshot_id(content)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"cannot read {source} ({type(error).__name__})") from error
    if source.suffix == ".pdf":
        return pdf_snapshot_id(content)
    found = _META.search(content)
    return found[1].decode() if found else None


def _figure(facts: WeeklyFacts, figure_id: str) -> Figure:
    found = facts.figures.get(figure_id)
    if found is not None:
        return found
    # `posts.suspicious` is near `W38.posts.suspicious`, whatever the letters say.
    own = f"{short_week(facts.week)}.{figure_id}"
    near = [own] if own in facts.figures else []
    near += get_close_matches(figure_id, list(facts.figures), n=NEAR, cutoff=0.5)
    advice = f"near it: {', '.join(near[:NEAR])}" if near else "page two of the report lists them"
    raise UsageError(f"the report of {facts.week} has no figure {figure_id!r}; {advice}")


def _item(facts: WeeklyFacts, post_id: str) -> TracedItem:
    item = facts.items.get(post_id)
    if item is None:
        return TracedItem(post_id, None, None, None, {}, "unknown", None, ())
    return TracedItem(
        post_id=post_id,
        platform=item.platform,
        kind=item.kind,
        day=item.day,
        label={
            "stance": item.stance,
            "tone": item.tone,
            "target": item.target,
            "narrative": item.narrative,
        },
        label_source=item.label_source,
        classifier=item.classifier,
        payloads=item.payloads,
    )

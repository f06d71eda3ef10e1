"""What became of the files of an import."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from crawlers.parsers.items import RejectedRecord


@dataclass(frozen=True)
class Refusal:
    """How many records were quarantined for one reason, and what was wrong with the first."""

    reason: str
    records: int
    detail: str


@dataclass
class Refusals:
    """The quarantined records of a file by reason; no content, and one entry however many."""

    _found: dict[str, Refusal] = field(default_factory=dict)

    def note(self, rejected: Iterable[RejectedRecord]) -> None:
        """Count the refused records of one more chunk."""
        for one in rejected:
            before = self._found.get(one.reason, Refusal(one.reason, 0, one.detail))
            self._found[one.reason] = Refusal(one.reason, before.records + 1, before.detail)

    def told(self) -> tuple[Refusal, ...]:
        """The most frequent first."""
        return tuple(sorted(self._found.values(), key=lambda one: (-one.records, one.reason)))


@dataclass(frozen=True)
class FileReport:
    """What became of one file: records = posts_new + posts_known + quarantined.

    `other` counts what is no post (users, counts, pages, errors ..); `error` says in one line, to
    be put behind the path, why the file could not be read, or not to its end: what the counts say
    is in the store. `encoding` is told when it is not UTF-8, `advice` are lines ready to be saved.
    `refused` says why records were quarantined.
    """

    path: str
    format: str
    records: int = 0
    posts_new: int = 0
    posts_known: int = 0
    quarantined: int = 0
    other: dict[str, int] = field(default_factory=dict)
    error: str | None = None
    encoding: str | None = None
    advice: str | None = None
    refused: tuple[Refusal, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values; the last four only where there is something to say."""
        spare = ("error", "encoding", "advice", "refused")
        return {k: v for k, v in asdict(self).items() if k not in spare or v}

    def as_row(self) -> dict[str, Any]:
        """The counts as one row of a listing."""
        others = ", ".join(f"{n} {kind}" for kind, n in self.other.items())
        return {
            "file": self.path,
            "format": self.format,
            "records": self.records,
            "new": self.posts_new,
            "known": self.posts_known,
            "quarantined": self.quarantined,
            "other": others or None,
        }

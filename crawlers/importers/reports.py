"""What became of the files of an import."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class FileReport:
    """What became of one file: records = posts_new + posts_known + quarantined.

    `other` counts what is no post (users, counts, pages, errors ..); `error` says in one line, to
    be put behind the path, why the file could not be read, or not to its end: what the counts say
    is in the store. `encoding` is told when it is not UTF-8, `advice` are lines ready to be saved.
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

    def as_dict(self) -> dict[str, Any]:
        """Plain values; the last three only where there is something to say."""
        spare = ("error", "encoding", "advice")
        return {k: v for k, v in vars(self).items() if k not in spare or v is not None}

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

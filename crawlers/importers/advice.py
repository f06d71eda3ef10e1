"""Advice on a table whose columns are not known: what is missing, and a map ready to be saved."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from config.errors import InputError
from crawlers.parsers.generic_csv import HEADERS, ColumnMap, folded_header

NO_FORMAT: Final = (
    "no known format; Vigie reads X posts (API v2 and v1.1, flattened, captured, archived), Graph "
    "API feeds and comments, CrowdTangle, Content Library, exportcomments, Facepager, Brandwatch, "
    "Talkwalker and Meltwater exports, recorded cassettes, and tables with a column map"
)
NEEDED: Final = ("platform", "id", "created_at", "text")
ADDED: Final = ("account_id", "kind", "parent_id", "page_id", "url", "language", "likes",
                "comments", "shares", "views")  # fmt: skip
# A file without a header row has data in its first row: such cells are not repeated.
HEADER_LIKE: Final = re.compile(r"[^\W\d][\w .()'’/-]{0,39}")
MOST_HEADERS: Final = 20


class UnknownColumnsError(InputError):
    """A table whose columns are unknown; `advice` is a column map to be completed."""

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(problem)
        self.advice = advice


def check_headers(headers: Sequence[str], columns: ColumnMap) -> None:
    """InputError when a mapped column is absent or there twice."""
    for name, header in columns.columns().items():
        times = headers.count(header)
        if times != 1:
            what = "is there twice" if times else "is not in the header"
            near = get_close_matches(header, headers, n=1, cutoff=0.6)
            hint = f" (near it: {near[0]!r})" if near and not times else ""
            raise InputError(
                f"the column {header!r} (for {name}) {what}{hint}; correct the column map"
            )


def column_advice(headers: Sequence[str], path: Path) -> tuple[str, str]:
    """The problem in one line, and a column map for the file."""
    seen = [header for header in headers if HEADER_LIKE.fullmatch(header)][:MOST_HEADERS]
    guesses = _guesses(seen)
    missing = [name for name in NEEDED if not _is_known(name, seen)]
    near = [f"{name}: perhaps {guesses[name]!r}" for name in missing if name in guesses]
    stem = path.name.removesuffix(".gz").rpartition(".")[0] or path.name
    problem = (
        f"no known format; as a table it lacks columns for {', '.join(missing)} (headers seen: "
        f"{', '.join(seen) or 'none'}{'; ' if near else ''}{'; '.join(near)}); save the lines "
        f"below as {stem}.columns.yaml beside the file, correct them and import again"
    )
    return problem, _yaml(seen, guesses)


def _guesses(headers: Sequence[str]) -> dict[str, str]:
    """The likeliest header of each field; no header is guessed twice."""
    found: dict[str, str] = {}
    for name in ("created_at", "text", "platform", "id", *ADDED):
        left = [header for header in headers if header not in found.values()]
        if guess := _guess(name, left):
            found[name] = guess
    return found


def _is_known(name: str, headers: Sequence[str]) -> bool:
    return bool({folded_header(header) for header in headers} & {*HEADERS[name]})


def _guess(name: str, headers: Sequence[str]) -> str | None:
    """The header that is named as the field, or nearest to one of its names."""
    folded = {folded_header(header): header for header in reversed(headers)}
    aliases = HEADERS[name]
    for alias in aliases:
        if alias in folded:
            return folded[alias]
    for alias in aliases:
        if near := get_close_matches(alias, list(folded), n=1, cutoff=0.75):
            return folded[near[0]]
    words = {word for alias in aliases for word in alias.split() if len(word) > len("the")}
    return next((header for fold, header in folded.items() if words & {*fold.split()}), None)


def _yaml(headers: Sequence[str], guesses: dict[str, str]) -> str:
    lines = [
        f"# Headers of the file: {', '.join(headers) or 'none that looks like one'}",
        "# Under columns, right of each colon, write the header that holds it.",
    ]
    if "platform" not in guesses:
        lines.append("platform: facebook  # or x: every row is of this platform")
    lines += [
        "time_zone: Africa/Bamako  # of times that tell none",
        '#time_format: "%d/%m/%Y %H:%M"  # where times are not as 2024-09-16 08:00',
        "columns:",
    ]
    for name in NEEDED:
        if name in guesses:
            lines.append(f"  {name}: {_quoted(guesses[name])}")
        elif name != "platform":
            lines.append(f'  {name}: "?"')
    lines += [f"  {name}: {_quoted(guesses[name])}" for name in ADDED if name in guesses]
    return "\n".join(lines)


def _quoted(header: str) -> str:
    return '"' + header.replace("\\", "\\\\").replace('"', '\\"') + '"'

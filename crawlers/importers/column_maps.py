"""Column maps for tables: a small YAML or JSON file, given by name or lying beside the table.

platform: facebook            # or a column, below
time_zone: Africa/Bamako      # for times without a zone
time_format: "%d/%m/%Y %H:%M" # for times that are not ISO 8601
columns:
  id: Identifiant
  created_at: Date
  text: Message
"""

from dataclasses import replace
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config.loading import Section, read_yaml
from crawlers.parsers.generic_csv import HEADERS, PLATFORM_NAMES, ColumnMap

SUFFIXES: Final = (".columns.yaml", ".columns.yml", ".columns.json")
_KEYS: Final = ("platform", "time_zone", "time_format", "columns")


def load_column_map(path: Path) -> ColumnMap:
    """The map of a file; ConfigError with file and line when something in it is wrong."""
    top = read_yaml(path, _KEYS)
    section = top.section("columns", tuple(HEADERS))
    named = {key: section.text(key) for key in section.nodes}
    required = {key: section.text(key) for key in ("id", "created_at", "text")}
    # The keys are those of HEADERS, which are fields of ColumnMap; mypy cannot see that.
    columns = replace(ColumnMap(**required), **named)  # type: ignore[arg-type]
    platform = top.optional("platform")
    if platform is None and columns.platform is None:
        raise top.missing("platform")
    time_format = top.optional("time_format")
    return replace(
        columns,
        platform_name=PLATFORM_NAMES[platform.choice(("facebook", "x", "web"))]
        if platform
        else None,
        time_zone=_zone(top),
        time_format=time_format.text if time_format else None,
    )


def as_plain(columns: ColumnMap) -> dict[str, str]:
    """A map as plain values, to be kept beside what was read with it."""
    return {name: value for name, value in vars(columns).items() if value is not None}


def map_beside(table: Path) -> Path | None:
    """The map that lies beside a table: `posts.columns.yaml` beside `posts.csv`."""
    stem = table.name.removesuffix(".gz").rpartition(".")[0] or table.name
    beside = (table.with_name(stem + suffix) for suffix in SUFFIXES)
    return next((path for path in beside if path.is_file()), None)


def _zone(top: Section) -> str | None:
    value = top.optional("time_zone")
    if value is None:
        return None
    try:
        ZoneInfo(value.text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise value.error(
            f"time_zone is {value.text!r}", "write a zone as Africa/Bamako or UTC"
        ) from error
    return value.text

"""What the verbs share: options, settings, printing, times."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from config.settings import Settings
    from pipelines.deployment import Deployment

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Week = Annotated[str, typer.Option("--week", help="ISO week, for example 2024-W37.")]
Role = Annotated[str, typer.Option(help="Your role code, for example analyst-1.")]
Told = str | None


def fail(message: str, code: int) -> int:
    """Write one line on stderr; gives the exit code."""
    sys.stderr.write(f"vigie: {' '.join(message.split())}\n")
    return code


def read_settings() -> "Settings":
    """The settings of this deployment; ConfigError naming the variable that is wrong."""
    from pydantic import ValidationError

    from config.errors import ConfigError
    from config.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "VIGIE_" + "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigError(
            "environment", None, f"{name}: {first['msg']}", "see .env.example for what it takes"
        ) from error


def open_deployment() -> "Deployment":
    """The deployment, its store open."""
    from pipelines.deployment import Deployment

    return Deployment.open(read_settings())


def tell(text: str) -> None:
    """Write to stdout."""
    sys.stdout.write(text.rstrip("\n") + "\n")


def tell_json(value: Any) -> None:
    """Write one JSON document to stdout."""
    tell(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def moment_of(option: str, value: str | None) -> "datetime | None":
    """The moment an option names, None when it was not given; UsageError for what is none."""
    from datetime import datetime

    from config.errors import UsageError

    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise UsageError(f"{option} {value!r} is not a time; write 2024-09-01T00:00:00Z") from error
    if moment.tzinfo is None:
        raise UsageError(
            f"{option} {value!r} has no time zone; write {moment.isoformat()}Z for UTC"
        )
    return moment


def table_of(rows: list[dict[str, Any]]) -> str:
    """Rows as aligned columns, the first row's keys as heads; nothing known is a dash."""
    if not rows:
        return ""
    heads = list(rows[0])
    cells = [heads] + [["–" if row[h] is None else str(row[h]) for h in heads] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )

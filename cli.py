"""The `vigie` command: thin, one function per verb; the work is done in the rooms below.

Imports stand inside the verbs, so that `vigie --help` answers at once.
"""

import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import typer

if TYPE_CHECKING:
    from config.settings import Settings
    from pipelines.deployment import Deployment

P = ParamSpec("P")
R = TypeVar("R")

app = typer.Typer(
    help="Watches public posts about aid: stance, narratives, synchronised posting, honest numbers.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
coordination = typer.Typer(help="Synchronised posting patterns.", no_args_is_help=True)
report = typer.Typer(help="Reports from the store.", no_args_is_help=True)
alerts = typer.Typer(help="Alerts: list, decide, deliver.", no_args_is_help=True)
app.add_typer(coordination, name="coordination")
app.add_typer(report, name="report")
app.add_typer(alerts, name="alerts")

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Week = Annotated[str, typer.Option("--week", help="ISO week, for example 2024-W37.")]


def main() -> None:
    """Entry point: expected errors are one line on stderr and the error's own exit code."""
    from config.errors import VigieError

    try:
        app(prog_name="vigie")
    except VigieError as error:
        sys.exit(_fail(str(error), error.exit_code))
    except KeyboardInterrupt:
        sys.exit(_fail("interrupted; what was committed is kept", 130))


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"vigie: {' '.join(message.split())}\n")
    return code


def _settings() -> "Settings":
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


def _deployment() -> "Deployment":
    from pipelines.deployment import Deployment

    return Deployment.open(_settings())


def _print(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")


def _print_json(value: Any) -> None:
    _print(json.dumps(value, ensure_ascii=False, indent=2, default=str))

"""Setting a deployment up, and looking at it: demo, init, migrate, doctor."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from verbs.shared import Json, fail, read_settings, tell, tell_json

if TYPE_CHECKING:
    pass

app = typer.Typer()


@app.command()
def demo(
    weeks: Annotated[int, typer.Option(min=1, max=12, help="Weeks of the story.")] = 12,
    seed: Annotated[int, typer.Option(help="Of the invented world.")] = 7,
    out: Annotated[Path, typer.Option(help="Folder for reports, score and store.")] = Path(
        "demo-out"
    ),
    all_weeks: Annotated[bool, typer.Option("--all-weeks", help="A report for each week.")] = False,
    as_json: Json = False,
) -> None:
    """Crawl invented platforms, label, count, detect, report, and score against planted truth.

    Example: vigie demo --weeks 12 --seed 7 --out demo-out
    """
    from demo.run import run_demo

    def say(line: str) -> None:
        sys.stderr.write(line + "\n")

    result = run_demo(weeks=weeks, seed=seed, out=out, all_weeks=all_weeks, say=say)
    if as_json:
        tell_json(result.score.as_dict())
    else:
        tell(result.score.as_text())
        tell("\n".join(["", "Read first:", *(f"  {path}" for path in result.reports)]))
    if result.score.missed:
        raise typer.Exit(fail(f"missed: {', '.join(result.score.missed)}", 1))


@app.command()
def init() -> None:
    """Make the store and the keys of a new deployment, in VIGIE_HOME.

    Example: VIGIE_HOME=/srv/vigie vigie init
    """
    from config.keyring import Keyring, quarter_of
    from models.database import make_engine, migrate

    settings = read_settings()
    keyring = Keyring(settings.keys_dir)
    before, after = migrate(make_engine(settings.store_url), keyring)
    keyring.ensure([quarter_of(settings.clock())])
    state = "made" if before is None else "was there already; brought up to date"
    tell(f"store {state}: {settings.home} (schema {after})")
    tell(f"keys: {settings.keys_dir} (keep a copy apart from the store)")


@app.command()
def migrate() -> None:
    """Bring the store to this version's schema.

    Example: vigie migrate
    """
    from config.keyring import Keyring
    from models.database import make_engine
    from models.database import migrate as migrate_store

    settings = read_settings()
    keyring = Keyring(settings.keys_dir)
    before, after = migrate_store(make_engine(settings.store_url), keyring)
    tell(f"schema {before or 'none'} -> {after}")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what is set up, what is missing, and how far collection and labels have come.

    Example: vigie doctor
    """
    from pipelines.doctor import examine

    findings = examine(read_settings())
    if as_json:
        tell_json([finding.as_dict() for finding in findings])
    else:
        tell("\n".join(finding.as_text() for finding in findings))
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)

"""Bringing posts in: crawl, watchlist, import."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from verbs.shared import (
    Json,
    fail,
    moment_of,
    open_deployment,
    read_settings,
    table_of,
    tell,
    tell_json,
)

if TYPE_CHECKING:
    from datetime import datetime

    from config.settings import Settings
    from crawlers.importers.reports import FileReport
    from crawlers.ledger import By

    Period = tuple[datetime | None, datetime | None]

app = typer.Typer()
watchlist = typer.Typer(help="Queries and pages: check, show, test.", no_args_is_help=True)


@app.command()
def crawl(
    source: Annotated[str, typer.Argument(help="x_search, .., or `status` or `recall`.")],
    since: Annotated[str | None, typer.Option(help="RFC 3339; default: where we stopped.")] = None,
    until: Annotated[str | None, typer.Option(help="RFC 3339; default: now.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print queries, expected posts and money.")
    ] = False,
    timeout: Annotated[
        float | None, typer.Option(min=1, help="Stop after so many seconds; what is kept stays.")
    ] = None,
    by: Annotated[
        Literal["day", "hour"] | None, typer.Option(help="With status: the coverage ledger.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option(help="With status: write the ledger to FILE.csv or FILE.json.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Collect what is new from one source, or say how collection stands.

    X's own counts beside ours: vigie crawl recall --since 2024-09-01T00:00:00Z

    Example: vigie crawl x_search --since 2024-09-01T00:00:00Z --timeout 600

    The coverage ledger: vigie crawl status --by day --since 2024-09-01T00:00:00Z
    """
    from crawlers.commands import crawl_source
    from crawlers.commands import dry_run as plan_of

    settings = read_settings()
    period = _period(since, until, settings.clock())
    if source == "status":
        _crawl_status(settings, period, by, export, as_json=as_json)
        return
    _refuse_options_of_status(by, export)
    if source == "recall":
        _crawl_recall(settings, period, as_json=as_json)
        return
    if dry_run:
        plan = plan_of(settings, source, *period)
        table = table_of(plan.as_rows()) or "nothing to ask: all is collected up to now"
        tell_json(plan.as_dict()) if as_json else tell("\n".join([table, *plan.remarks()]))
        return
    outcome = crawl_source(settings, source, *period, timeout=timeout)
    if as_json:
        tell_json(outcome)
    else:
        tell("  ".join(f"{key} {value}" for key, value in outcome.items() if value is not None))
    if outcome["status"] != "done":
        raise typer.Exit(fail(f"{source} ended as {outcome['status']}: {outcome['reason']}", 1))


def _crawl_status(
    settings: "Settings", period: "Period", by: "By | None", export: Path | None, *, as_json: bool
) -> None:
    from crawlers.commands import coverage_ledger, crawl_status
    from pipelines.outputs import publish_one

    if by is None and export is None and period == (None, None):
        rows = crawl_status(settings)
        tell_json(rows) if as_json else tell(table_of(rows) or "nothing has been crawled yet")
        return
    found = coverage_ledger(settings, *period, by=by or ("hour" if export else "day"))
    if export is not None:
        publish_one(export, found.export(export))
        sys.stderr.write(f"{len(found.entries)} rows written to {export}\n")
    if as_json:
        tell_json({"rows": found.rows(), "gaps": found.gaps})
    elif export is None:
        tell(table_of(found.table()) or "nothing has been crawled yet")
        tell(table_of(list(found.gaps)))


def _crawl_recall(settings: "Settings", period: "Period", *, as_json: bool) -> None:
    from crawlers.commands import recall_rows

    rows = recall_rows(settings, *period)
    tell_json(rows) if as_json else tell(
        table_of(rows)
        or "no hour of this period was counted by X; vigie crawl x_counts asks for them"
    )


def _refuse_options_of_status(*given: object) -> None:
    from config.errors import UsageError

    if any(one is not None for one in given):
        raise UsageError("--by and --export go with `vigie crawl status`")


@watchlist.command(name="check")
def watchlist_check() -> None:
    """Say whether the watchlist is right and each changed query says since when and why.

    Example: vigie watchlist check
    """
    from crawlers.watch import check_watchlist

    tell(check_watchlist(read_settings()))


@watchlist.command(name="show")
def watchlist_show(as_json: Json = False) -> None:
    """Print the queries as X is asked them, in parts, with lengths and versions.

    Example: vigie watchlist show
    """
    from crawlers.watch import query_rows

    rows = query_rows(read_settings())
    tell_json(rows) if as_json else tell(table_of(rows) or "no query")


@watchlist.command(name="test")
def watchlist_test(
    query: Annotated[str, typer.Argument(help="A query of X, an id of the watchlist, or -.")],
    since: Annotated[str | None, typer.Option(help="RFC 3339; default: the oldest post.")] = None,
    until: Annotated[str | None, typer.Option(help="RFC 3339; default: now.")] = None,
    instead_of: Annotated[
        str | None, typer.Option(help="Query it would replace; default: the nearest one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what a query would have found among stored posts, and what it would lose.

    Example: vigie watchlist test '(vaccinateurs OR CSCom) Mopti' --since 2024-09-01T00:00:00Z
    """
    from crawlers.query_trial import try_query

    settings = read_settings()
    start, end = _period(since, until, settings.clock())
    text = sys.stdin.read().strip() if query == "-" else query
    trial = try_query(settings, text, since=start, until=end, instead_of=instead_of)
    tell_json(trial.as_dict()) if as_json else tell(trial.as_text())


@app.command(name="import")
def import_(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files, folders, archives, or - for stdin.")
    ] = None,
    file_format: Annotated[str, typer.Option("--format", help="A format, or auto.")] = "auto",
    column_map: Annotated[
        Path | None, typer.Option("--map", help="YAML or JSON naming the columns of a table.")
    ] = None,
    watch: Annotated[
        Path | None, typer.Option(help="Import what comes into this folder, until interrupted.")
    ] = None,
    remap: Annotated[
        bool, typer.Option("--remap", help="Read kept payloads again, after an update.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring in files: X and Facebook exports and captures of many tools, tables with a column map.

    Example: vigie import exports/ --json
    """
    from config.errors import UsageError
    from crawlers.importers import commands

    if sum((bool(paths), watch is not None, remap)) != 1 or (watch is not None and as_json):
        raise UsageError("give files, or --watch FOLDER (without --json), or --remap")
    deployment = open_deployment()
    if remap:
        done = commands.remap_payloads(deployment)
        tell_json(done.as_dict()) if as_json else tell(done.as_text())
        return
    if watch is not None:
        commands.watch_folder(deployment, watch, _print_import)
        return
    reports = commands.import_paths(
        deployment,
        paths or [],
        file_format=file_format,
        column_map=column_map,
        progress_to=None if as_json else sys.stderr,
    )
    if as_json:
        tell_json({"files": [one.as_dict() for one in reports]})
    else:
        _print_import(reports)
    sys.stderr.writelines(line + "\n" for one in reports for line in commands.remarks(one))
    if any(one.error for one in reports):
        raise typer.Exit(1)


def _print_import(reports: "list[FileReport]") -> None:
    tell(table_of([one.as_row() for one in reports]))


def _period(since: str | None, until: str | None, now: "datetime") -> "Period":
    from config.errors import UsageError

    start, end = moment_of("--since", since), moment_of("--until", until)
    if start is not None and start >= (end or now):
        raise UsageError(f"--since {since} is not before {until or 'now'}; nothing lies between")
    return start, end

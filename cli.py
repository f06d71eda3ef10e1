"""The `vigie` command: thin, one function per verb; the work is done in the rooms below.

Imports stand inside the verbs, so that `vigie --help` answers at once.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from datetime import date, datetime

    from config.settings import Settings
    from crawlers.ledger import By
    from pipelines.deployment import Deployment

    Period = tuple[datetime | None, datetime | None]


app = typer.Typer(
    help="Watches public posts about aid: stance, narratives, synchronised posting.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
coordination = typer.Typer(help="Synchronised posting patterns.", no_args_is_help=True)
report = typer.Typer(help="Reports from the store.", no_args_is_help=True)
alerts = typer.Typer(help="Alerts: list, decide, deliver.", no_args_is_help=True)
operations = typer.Typer(help="Running it: counts by mail, alerts, metrics.", no_args_is_help=True)
app.add_typer(operations, name="ops")
watchlist = typer.Typer(help="Queries and pages: check, show, test.", no_args_is_help=True)
app.add_typer(coordination, name="coordination")
app.add_typer(report, name="report")
app.add_typer(alerts, name="alerts")
app.add_typer(watchlist, name="watchlist")

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


# --- the way of a post ------------------------------------------------------------------------


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
        _print_json(result.score.as_dict())
    else:
        _print(result.score.as_text())
        _print("\n".join(["", "Read first:", *(f"  {path}" for path in result.reports)]))
    if result.score.missed:
        raise typer.Exit(_fail(f"missed: {', '.join(result.score.missed)}", 1))


@app.command()
def init() -> None:
    """Make the store and the keys of a new deployment, in VIGIE_HOME.

    Example: VIGIE_HOME=/srv/vigie vigie init
    """
    from config.keyring import Keyring, quarter_of
    from models.database import make_engine, migrate

    settings = _settings()
    before, after = migrate(make_engine(settings.store_url))
    Keyring(settings.keys_dir).ensure([quarter_of(settings.clock())])
    state = "made" if before is None else "was there already; brought up to date"
    _print(f"store {state}: {settings.home} (schema {after})")
    _print(f"keys: {settings.keys_dir} (keep a copy apart from the store)")


@app.command()
def migrate() -> None:
    """Bring the store to this version's schema.

    Example: vigie migrate
    """
    from models.database import make_engine
    from models.database import migrate as migrate_store

    before, after = migrate_store(make_engine(_settings().store_url))
    _print(f"schema {before or 'none'} -> {after}")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what is set up, what is missing, and how far collection and labels have come.

    Example: vigie doctor
    """
    from pipelines.doctor import examine

    findings = examine(_settings())
    if as_json:
        _print_json([finding.as_dict() for finding in findings])
    else:
        _print("\n".join(finding.as_text() for finding in findings))
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


@app.command()
def crawl(
    source: Annotated[str, typer.Argument(help="x_search, facebook_pages, .. or `status`.")],
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

    Example: vigie crawl x_search --since 2024-09-01T00:00:00Z --timeout 600

    The coverage ledger: vigie crawl status --by day --since 2024-09-01T00:00:00Z
    """
    from crawlers.commands import crawl_source
    from crawlers.commands import dry_run as plan_of

    settings = _settings()
    period = _period(since, until, settings.clock())
    if source == "status":
        _crawl_status(settings, period, by, export, as_json=as_json)
        return
    _refuse_options_of_status(by, export)
    if dry_run:
        plan = plan_of(settings, source, *period)
        table = _table(plan.as_rows()) or "nothing to ask: all is collected up to now"
        _print_json(plan.as_dict()) if as_json else _print("\n".join([table, *plan.remarks()]))
        return
    outcome = crawl_source(source, *period, timeout=timeout)
    if as_json:
        _print_json(outcome)
    else:
        _print("  ".join(f"{key} {value}" for key, value in outcome.items() if value is not None))
    if outcome["status"] != "done":
        raise typer.Exit(_fail(f"{source} ended as {outcome['status']}: {outcome['reason']}", 1))


def _crawl_status(
    settings: "Settings", period: "Period", by: "By | None", export: Path | None, *, as_json: bool
) -> None:
    from crawlers.commands import coverage_ledger, crawl_status
    from pipelines.outputs import publish_one

    if by is None and export is None and period == (None, None):
        rows = crawl_status(settings)
        _print_json(rows) if as_json else _print(_table(rows) or "nothing has been crawled yet")
        return
    found = coverage_ledger(settings, *period, by=by or ("hour" if export else "day"))
    if export is not None:
        publish_one(export, found.export(export))
        sys.stderr.write(f"{len(found.entries)} rows written to {export}\n")
    if as_json:
        _print_json({"rows": found.rows(), "gaps": found.gaps})
    elif export is None:
        _print(_table(found.table()) or "nothing has been crawled yet")
        _print(_table(list(found.gaps)))


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

    _print(check_watchlist(_settings()))


@watchlist.command(name="show")
def watchlist_show(as_json: Json = False) -> None:
    """Print the queries as X is asked them, in parts, with lengths and versions.

    Example: vigie watchlist show
    """
    from crawlers.watch import query_rows

    rows = query_rows(_settings())
    _print_json(rows) if as_json else _print(_table(rows) or "no query")


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

    settings = _settings()
    start, end = _period(since, until, settings.clock())
    text = sys.stdin.read().strip() if query == "-" else query
    trial = try_query(settings, text, since=start, until=end, instead_of=instead_of)
    _print_json(trial.as_dict()) if as_json else _print(trial.as_text())


@app.command(name="import")
def import_(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, or - for stdin.")],
    file_format: Annotated[str, typer.Option("--format", help="A format, or auto.")] = "auto",
    column_map: Annotated[
        Path | None, typer.Option("--map", help="YAML or JSON naming the columns of a CSV.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring in files: X v2 responses, Graph API pages and comments, or a CSV with a column map.

    Example: vigie import exports/ --json
    """
    from crawlers.importers.run import import_files

    deployment = _deployment()
    reports = import_files(
        paths,
        engine=deployment.engine,
        keyring=deployment.keyring,
        watchlist=deployment.watchlist,
        now=deployment.settings.clock(),
        file_format=file_format,
        column_map=column_map,
    )
    if as_json:
        _print_json({"files": [one.as_dict() for one in reports]})
    else:
        _print(_table([one.as_row() for one in reports]))
    failed = [one for one in reports if one.error]
    for one in failed:
        _fail(f"{one.path}: {one.error}", 1)
    if failed:
        raise typer.Exit(1)


@app.command()
def classify(
    source: Annotated[str | None, typer.Option("--input", help="JSONL of texts, or -.")] = None,
    target: Annotated[str | None, typer.Option("--output", help="JSONL to write, or -.")] = None,
    classifier: Annotated[str | None, typer.Option(help="name@revision or a folder.")] = None,
    as_json: Json = False,
) -> None:
    """Label what has no label yet, in the store, or in a file with --input and --output.

    Example: vigie classify --input posts.jsonl --output predictions.jsonl
    """
    from config.errors import UsageError
    from pipelines import stages

    if (source is None) != (target is None):
        raise UsageError("--input and --output go together")
    if source is not None and target is not None:
        counts = stages.classify_file(_settings(), source, target, classifier=classifier)
        stream = sys.stderr if target == "-" else sys.stdout
        stream.write(f"{counts} lines labelled\n")
        return
    deployment = _deployment()
    done = stages.classify(deployment, now=deployment.settings.clock(), classifier=classifier)
    _print_json(done.as_dict()) if as_json else _print(str(done))


@app.command()
def trends(week: Week, as_json: Json = False) -> None:
    """Count one week anew and print its series.

    Example: vigie trends --week 2024-W37
    """
    from pipelines import stages

    deployment = _deployment()
    points = stages.build_week(deployment, week, now=deployment.settings.clock())
    rows = [stages.series_row(point) for point in points]
    _print_json(rows) if as_json else _print(_table(rows) or f"nothing in {week}")


@coordination.command(name="detect")
def coordination_detect(
    source: Annotated[str, typer.Option("--input", help="shares.{csv,csv.gz,parquet}")],
    edges: Annotated[str, typer.Option(help="Edges to write: .csv, .csv.gz or .parquet")],
    summary: Annotated[str | None, typer.Option(help="Summary to write, JSON.")] = None,
    time_window: Annotated[float, typer.Option(help="Seconds, inclusive.")] = 60,
    min_participation: Annotated[int, typer.Option(help="Per account.")] = 2,
    semantics: Annotated[
        Literal["distinct", "coortweet"], typer.Option(help="What counts as weight.")
    ] = "distinct",
    min_edge_weight: Annotated[int, typer.Option(help="Lightest edge written.")] = 1,
    fdr: Annotated[float | None, typer.Option(help="Test edges at this rate.")] = None,
    permutations: Annotated[int, typer.Option(help="Of accounts, beside the test.")] = 20,
    seed: Annotated[int, typer.Option(help="Of the permutations.")] = 7,
    memory_limit: Annotated[str, typer.Option(help="Refuse to need more.")] = "4GB",
    engine: Annotated[str, typer.Option(help="local")] = "local",
    as_json: Json = False,
) -> None:
    """Co-share edges of a file of shares, with significance when --fdr is given.

    Example: vigie coordination detect --input shares.csv --edges edges.csv --fdr 0.05
    """
    from config.errors import UsageError
    from pipelines.coordination.detect import detect_file
    from pipelines.coordination.parameters import DetectParameters, parse_size

    if as_json and edges == "-":
        raise UsageError("--json and --edges - both write to standard output; name a file of edges")
    parameters = DetectParameters(
        time_window=time_window,
        min_participation=min_participation,
        semantics=semantics,
        min_edge_weight=min_edge_weight,
        fdr=fdr,
        permutations=permutations,
        seed=seed,
        memory_limit=parse_size(memory_limit),
        engine=engine,
    )
    made = detect_file(source, edges, parameters, summary)
    if "-" in (edges, summary):
        return
    if as_json:
        _print_json(made)
    else:
        _print(f"{made['edges']} edges of {made['rows']} shares; flagged: {made['flagged']}")


@coordination.command(name="run")
def coordination_run(week: Week, as_json: Json = False) -> None:
    """Detect synchronised posting in the store, over the weeks up to one week's end.

    Example: vigie coordination run --week 2024-W37
    """
    from pipelines import stages

    deployment = _deployment()
    run = stages.detect_coordination(deployment, week, now=deployment.settings.clock())
    rows = stages.network_rows(run)
    if as_json:
        _print_json({"summary": run.summary, "networks": rows})
    else:
        too_few = run.summary["reading"] == "too_few"
        nothing = "too few to say" if too_few else "no synchronised posting pattern"
        _print(_table(rows) or nothing)


@report.command(name="weekly")
def report_weekly(
    week: Week,
    lang: Annotated[str, typer.Option(help="fr,en")] = "fr,en",
    file_format: Annotated[str, typer.Option("--format", help="html,docx,pdf")] = "html,docx,pdf",
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("reports"),
) -> None:
    """Write the weekly report of one week, and the snapshot of facts behind it.

    Example: vigie report weekly --week 2024-W37 --lang fr,en --format html,docx,pdf
    """
    from pipelines import stages

    deployment = _deployment()
    now = deployment.settings.clock()
    written = stages.write_weekly_report(
        deployment, week, out=out, now=now, languages=_list(lang), formats=_list(file_format)
    )
    _print("\n".join(str(path) for path in written))


@app.command()
def trace(
    figure_id: Annotated[str, typer.Argument(help="For example W37.comments.suspicious")],
    source: Annotated[Path, typer.Option("--report", help="A report, or its snapshot.json.")],
    as_json: Json = False,
) -> None:
    """Walk a figure of a report back to posts, labels and payload hashes.

    Example: vigie trace W37.comments.suspicious --report reports/2024-W37/weekly.fr.html
    """
    from pipelines import stages

    found = stages.trace_figure(_settings(), figure_id, source)
    _print_json(found.as_dict()) if as_json else _print(found.as_text())


@alerts.command(name="list")
def alerts_list(as_json: Json = False) -> None:
    """List alerts, newest first.

    Example: vigie alerts list
    """
    from pipelines import stages

    rows = stages.alert_rows(_deployment())
    _print_json(rows) if as_json else _print(_table(rows) or "no alert")


@alerts.command(name="show")
def alerts_show(alert_id: str) -> None:
    """Print an alert as its readers would get it, French first.

    Example: vigie alerts show 24-001
    """
    from pipelines import stages

    _print(stages.alert_text(_deployment(), alert_id))


@alerts.command(name="validate")
def alerts_validate(
    alert_id: str, role: Annotated[str, typer.Option(help="Role code of who decides.")]
) -> None:
    """Confirm an alert, so that it may be delivered.

    Example: vigie alerts validate 24-001 --role analyst-1
    """
    _decide(alert_id, role, validated=True)


@alerts.command(name="reject")
def alerts_reject(
    alert_id: str, role: Annotated[str, typer.Option(help="Role code of who decides.")]
) -> None:
    """Reject an alert; it is kept, and never delivered.

    Example: vigie alerts reject 24-001 --role analyst-1
    """
    _decide(alert_id, role, validated=False)


def _decide(alert_id: str, role: str, *, validated: bool) -> None:
    from pipelines import stages

    deployment = _deployment()
    now = deployment.settings.clock()
    stages.decide_alert(deployment, alert_id, validated=validated, role=role, now=now)
    _print(f"{alert_id} {'validated' if validated else 'rejected'}")


@alerts.command(name="deliver")
def alerts_deliver(
    exercise: Annotated[bool, typer.Option("--exercise", help="Mark as an exercise.")] = False,
) -> None:
    """Write the messages of validated alerts into the mailbox folder, each once.

    Example: vigie alerts deliver
    """
    from pipelines import stages

    deployment = _deployment()
    now = deployment.settings.clock()
    sent = stages.deliver_alerts(deployment, now=now, exercise=exercise)
    _print(f"{len(sent)} messages written to {deployment.settings.mailbox_dir}")


@operations.command(name="mail")
def operations_mail(
    day: Annotated[str | None, typer.Option(help="2024-09-16; default: yesterday.")] = None,
    only_print: Annotated[bool, typer.Option("--print", help="Print it, send nothing.")] = False,
) -> None:
    """Write the operator's mail of one day: counts, gaps, spend, what needs a person.

    Example: vigie ops mail --day 2024-09-16 --print
    """
    from pipelines.operations.daily_mail import daily_facts, daily_text, send_daily_mail

    deployment = _deployment()
    now = deployment.settings.clock()
    told = _day("--day", day, now)
    if only_print:
        _print(daily_text(daily_facts(deployment, told, now=now)))
    else:
        _print(str(send_daily_mail(deployment, told, now=now)))


@operations.command(name="alerts")
def operations_alerts(as_json: Json = False) -> None:
    """List what needs a person, since when.

    Example: vigie ops alerts
    """
    from pipelines.operations.alerts import alert_rows

    rows = alert_rows(_deployment().engine)
    _print_json(rows) if as_json else _print(_table(rows) or "nothing needs a person")


@operations.command(name="metrics")
def operations_metrics() -> None:
    """Write the figures for a monitor, VIGIE_HOME/metrics.prom; the scheduler does so by itself.

    Example: vigie ops metrics
    """
    from pipelines.operations.metrics import write_metrics

    deployment = _deployment()
    _print(str(write_metrics(deployment, now=deployment.settings.clock())))


@app.command()
def run(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether it runs; exit 1 when it does not.")
    ] = False,
) -> None:
    """Run the scheduler: collection, labels, series, reports and alerts, each at its time.

    Example: vigie run
    """
    import logging

    settings = _settings()
    if check:
        from pipelines.operations.heartbeat import pulse

        found = pulse(settings.home, settings.clock())
        if not found.alive:
            raise typer.Exit(_fail(found.message, 1))
        _print(found.message)
        return
    import scheduler

    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    # What the libraries say about fonts and wake-ups would hide what our jobs say.
    for library in ("apscheduler", "fontTools", "weasyprint"):
        logging.getLogger(library).setLevel(logging.ERROR)
    scheduler.serve(settings, scheduler.JOBS)


# --- the classifier ----------------------------------------------------------------------------


@app.command()
def train(
    out: Annotated[Path | None, typer.Option(help="Folder of the new checkpoint.")] = None,
    seed: Annotated[int, typer.Option(help="Of every random choice.")] = 7,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes over the corpus; default: the recipe's.")
    ] = None,
) -> None:
    """Train the checkpoint from the corpus and the encoder package, reproducibly.

    Example: vigie train --out checkpoints/mine@2026.12
    """
    from classifiers.training import train_checkpoint

    _print(train_checkpoint(out=out, seed=seed, epochs=epochs, say=_print))


@app.command()
def evaluate(
    classifier: Annotated[str | None, typer.Option(help="name@revision or a folder.")] = None,
    as_json: Json = False,
) -> None:
    """Score a checkpoint on the held-out test split, beside its baselines.

    Example: vigie evaluate
    """
    from classifiers.evaluation import evaluate_checkpoint

    result = evaluate_checkpoint(classifier or _settings().classifier)
    _print_json(result.as_dict()) if as_json else _print(result.as_text())


# --- small things of the command line ----------------------------------------------------------


def _period(since: str | None, until: str | None, now: "datetime") -> "Period":
    from config.errors import UsageError

    start, end = _moment("--since", since), _moment("--until", until)
    if start is not None and start >= (end or now):
        raise UsageError(f"--since {since} is not before {until or 'now'}; nothing lies between")
    return start, end


def _moment(option: str, value: str | None) -> "datetime | None":
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


def _day(option: str, value: str | None, now: "datetime") -> "date":
    from datetime import date, timedelta

    from config.errors import UsageError

    if value is None:
        return (now - timedelta(days=1)).date()
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise UsageError(f"{option} {value!r} is not a day; write 2024-09-16") from error


def _list(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _table(rows: list[dict[str, Any]]) -> str:
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


if __name__ == "__main__":
    main()

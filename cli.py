"""The `vigie` command: thin, one function per verb; the work is done in the rooms below.

Imports stand inside the verbs, so that `vigie --help` answers at once.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import date, datetime

    from config.settings import Settings
    from crawlers.by_hand.desk import Desk
    from crawlers.importers.reports import FileReport
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
compliance = typer.Typer(help="Deletions on the platforms, followed here.", no_args_is_help=True)
purge = typer.Typer(help="Remove content for good, and the log of what was removed.")
optout = typer.Typer(help="Accounts that asked not to be collected.", no_args_is_help=True)
watchlist = typer.Typer(help="Queries and pages: check, show, test.", no_args_is_help=True)
post = typer.Typer(help="Public posts added by hand; what nobody has read.", no_args_is_help=True)
sighting = typer.Typer(help="Things heard elsewhere, never counted.", no_args_is_help=True)
history = typer.Typer(help="Past counts made by others, never mixed in.", no_args_is_help=True)
app.add_typer(coordination, name="coordination")
app.add_typer(compliance, name="compliance")
app.add_typer(purge, name="purge")
app.add_typer(optout, name="optout")
app.add_typer(report, name="report")
app.add_typer(alerts, name="alerts")
app.add_typer(watchlist, name="watchlist")
app.add_typer(post, name="post")
app.add_typer(sighting, name="sighting")
app.add_typer(history, name="history")

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Week = Annotated[str, typer.Option("--week", help="ISO week, for example 2024-W37.")]
Role = Annotated[str, typer.Option(help="Your role code, for example analyst-1.")]
Told = str | None


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
    keyring = Keyring(settings.keys_dir)
    before, after = migrate(make_engine(settings.store_url), keyring)
    keyring.ensure([quarter_of(settings.clock())])
    state = "made" if before is None else "was there already; brought up to date"
    _print(f"store {state}: {settings.home} (schema {after})")
    _print(f"keys: {settings.keys_dir} (keep a copy apart from the store)")


@app.command()
def migrate() -> None:
    """Bring the store to this version's schema.

    Example: vigie migrate
    """
    from config.keyring import Keyring
    from models.database import make_engine
    from models.database import migrate as migrate_store

    settings = _settings()
    keyring = Keyring(settings.keys_dir)
    before, after = migrate_store(make_engine(settings.store_url), keyring)
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

    settings = _settings()
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
        table = _table(plan.as_rows()) or "nothing to ask: all is collected up to now"
        _print_json(plan.as_dict()) if as_json else _print("\n".join([table, *plan.remarks()]))
        return
    outcome = crawl_source(settings, source, *period, timeout=timeout)
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


def _crawl_recall(settings: "Settings", period: "Period", *, as_json: bool) -> None:
    from crawlers.commands import recall_rows

    rows = recall_rows(settings, *period)
    _print_json(rows) if as_json else _print(
        _table(rows)
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
    deployment = _deployment()
    if remap:
        done = commands.remap_payloads(deployment)
        _print_json(done.as_dict()) if as_json else _print(done.as_text())
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
        _print_json({"files": [one.as_dict() for one in reports]})
    else:
        _print_import(reports)
    sys.stderr.writelines(line + "\n" for one in reports for line in commands.remarks(one))
    if any(one.error for one in reports):
        raise typer.Exit(1)


def _print_import(reports: "list[FileReport]") -> None:
    _print(_table([one.as_row() for one in reports]))


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

    deployment = _deployment()
    rows = alert_rows(deployment, now=deployment.settings.clock())
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


# --- added by hand -----------------------------------------------------------------------------


@post.command(name="add")
def post_add(
    platform: Annotated[Told, typer.Option(help="facebook or x.")] = None,
    kind: Annotated[Told, typer.Option(help="post (default) or comment.")] = None,
    time: Annotated[Told, typer.Option(help="2024-09-11 14:30 (Bamako), or the day alone.")] = None,
    place: Annotated[Told, typer.Option(help="Place it names, by name or id, or none.")] = None,
    language: Annotated[Told, typer.Option(help="fr, en, bm, ff, ses, taq, dog, ar.")] = None,
    form: Annotated[Told, typer.Option(help="text, image, video, audio, screenshot, card.")] = None,
    text: Annotated[Told, typer.Option(help="What it says in your own words; - is stdin.")] = None,
    agency: Annotated[Told, typer.Option(help="Agencies it names, commas between.")] = None,
    page: Annotated[Told, typer.Option(help="Register id of the page, or unregistered.")] = None,
    url: Annotated[Told, typer.Option(help="Its address: keyed, never kept.")] = None,
    under: Annotated[Told, typer.Option(help="Id of the post a comment stands under.")] = None,
    basis: Annotated[
        Told, typer.Option(help="public_page, public_group, page_owner, partner, press.")
    ] = None,
    role: Annotated[Told, typer.Option(help="Your role code, for example analyst-1.")] = None,
    as_json: Json = False,
) -> None:
    """Add a public post you saw, in your own words; on a terminal it asks for what is missing.

    Example: vigie post add --platform facebook --time "2024-09-11 14:30" --place Konna --language
    fr --form image --text "Une photo dit que des vivres sont vendus" --basis public_page --role a-1
    """
    from crawlers.by_hand import forms, posts

    given = {
        "platform": platform,
        "kind": kind,
        "time": time,
        "place": place,
        "language": language,
        "form": form,
        "text": _text_of(text),
        "agency": agency,
        "page": page,
        "url": url,
        "basis": basis,
        "role": role,
    }
    with _desk() as desk:
        answers = _completed(given, forms.post_questions(desk))
        added = posts.add_post(desk, forms.told_post(desk, answers, under))
    _tell_added(added.as_dict(), f"post {added.post_id}, {added.time}", as_json)


@post.command(name="list")
def post_list(
    since: Annotated[str | None, typer.Option(help="RFC 3339, of the post.")] = None,
    as_json: Json = False,
) -> None:
    """List the posts people added, newest first.

    Example: vigie post list --since 2024-09-01T00:00:00Z
    """
    from crawlers.by_hand.posts import listed_posts
    from models.database import read_session

    with read_session(_deployment().engine) as session:
        rows = listed_posts(session, _moment("--since", since))
    _print_json(rows) if as_json else _print(_table(rows) or "no post was added by hand")


@post.command(name="remove")
def post_remove(
    post_id: Annotated[str, typer.Argument(help="Id, or its first characters.")],
    role: Role,
    why: Annotated[str, typer.Option(help="mistake, duplicate, not_public, request, risk.")],
) -> None:
    """Take back a post added by hand, for seven days; who, when and why is logged.

    Example: vigie post remove 3f2a9c1b --role analyst-1 --why duplicate
    """
    from crawlers.by_hand.posts import remove_post

    with _desk() as desk:
        removed = remove_post(desk, post_id, role=role, reason=why)
    _print(f"removed {removed}")


@post.command(name="transcribe")
def post_transcribe(
    post_id: Annotated[str, typer.Argument(help="Id, or its first characters.")],
    role: Role,
    text: Annotated[str, typer.Option(help="What is seen and said; - is stdin.")] = "-",
) -> None:
    """Write down what a picture, video or sound says, so that the post is read.

    Example: vigie post transcribe 3f2a9c1b --role analyst-1 --text "Une affiche annonce .."
    """
    from crawlers.by_hand.transcripts import transcribe

    written = _text_of(text)
    with _desk() as desk:
        done = transcribe(desk, post_id, written or "", role=role)
    _print(f"transcribed {done}; `vigie classify` reads it")


@post.command(name="unread")
def post_unread(
    form: Annotated[str | None, typer.Option(help="photo, video, audio, no_text, text.")] = None,
    language: Annotated[str | None, typer.Option(help="fr, bm .., or unknown.")] = None,
    as_json: Json = False,
) -> None:
    """List what nobody has read, with the platform's captions, counted by form and language.

    Example: vigie post unread --form video
    """
    from crawlers.by_hand.transcripts import unread_counts, unread_posts
    from models.database import read_session

    with read_session(_deployment().engine) as session:
        found = unread_posts(session, form=form, language=language)
    counts = unread_counts(found)
    if as_json:
        _print_json({"counts": counts, "posts": [one.as_dict() for one in found]})
    elif found:
        _print(f"{_table(counts)}\n\n{_table([one.as_row() for one in found])}")
    else:
        filtered = form is not None or language is not None
        _print("nothing unread of that kind" if filtered else "everything has been read")


@post.command(name="similar")
def post_similar(
    post_id: Annotated[str, typer.Argument(help="Id, or its first characters.")],
    as_json: Json = False,
) -> None:
    """Say whether a post's pictures were used before, by their fingerprints.

    Example: vigie post similar 3f2a9c1b
    """
    from crawlers.by_hand.reuse import picture_reuse
    from models.database import read_session

    with read_session(_deployment().engine) as session:
        found = picture_reuse(session, post_id)
    if as_json:
        _print_json(found.as_dict())
    else:
        _print(f"earlier use: {found.earlier_use}\n{_table(list(found.others))}")


@sighting.command(name="add")
def sighting_add(
    channel: Annotated[Told, typer.Option(help="whatsapp, telegram, tiktok, radio ..")] = None,
    form: Annotated[
        Told, typer.Option(help="voice, spoken, broadcast, text, image, video.")
    ] = None,
    date: Annotated[Told, typer.Option(help="Day it was heard.")] = None,
    place: Annotated[Told, typer.Option(help="Place, by name or id, or none.")] = None,
    village: Annotated[Told, typer.Option(help="A village that the register lacks.")] = None,
    language: Annotated[Told, typer.Option(help="fr, en, bm, ff, ses, taq, dog, ar.")] = None,
    text: Annotated[Told, typer.Option(help="What was said in your own words; - is stdin.")] = None,
    agency: Annotated[Told, typer.Option(help="Agency it names.")] = None,
    narrative: Annotated[Told, typer.Option(help="Code of the codebook.")] = None,
    reporter: Annotated[Told, typer.Option(help="Function of who heard it: driver ..")] = None,
    basis: Annotated[Told, typer.Option(help="told, heard, broadcast or partner.")] = None,
    role: Annotated[Told, typer.Option(help="Your role code, for example analyst-1.")] = None,
    as_json: Json = False,
) -> None:
    """Record something heard on WhatsApp, radio, at a market ..; it is never counted with posts.

    Example: vigie sighting add --channel whatsapp --form voice --date 2024-09-11 --place Konna
    --language ff --text "Une note vocale dit que .." --reporter driver --basis told --role a-1
    """
    from crawlers.by_hand import forms, sightings

    given = {
        "channel": channel,
        "form": form,
        "date": date,
        "place": place,
        "village": village,
        "language": language,
        "text": _text_of(text),
        "agency": agency,
        "narrative": narrative,
        "reporter": reporter,
        "basis": basis,
        "role": role,
    }
    deployment = _deployment()
    codebook = deployment.codebook
    with _desk() as desk:
        answers = _completed(given, forms.sighting_questions(desk, codebook))
        added = sightings.add_sighting(desk, forms.told_sighting(desk, answers, codebook))
    _tell_added(added.as_dict(), f"sighting {added.number}", as_json)


@sighting.command(name="list")
def sighting_list(
    since: Annotated[str | None, typer.Option(help="RFC 3339, of the day heard.")] = None,
    as_json: Json = False,
) -> None:
    """List sightings, newest first.

    Example: vigie sighting list --since 2024-09-01T00:00:00Z
    """
    from crawlers.by_hand.sightings import listed_sightings
    from models.database import read_session

    moment = _moment("--since", since)
    with read_session(_deployment().engine) as session:
        rows = listed_sightings(session, moment.date() if moment else None)
    _print_json(rows) if as_json else _print(_table(rows) or "no sighting")


@sighting.command(name="remove")
def sighting_remove(
    number: Annotated[int, typer.Argument(help="Number, as `vigie sighting list` shows it.")],
    role: Role,
    why: Annotated[str, typer.Option(help="mistake, duplicate, not_public, request, risk.")],
) -> None:
    """Take back a sighting, for seven days; who, when and why is logged.

    Example: vigie sighting remove 12 --role analyst-1 --why mistake
    """
    from crawlers.by_hand.sightings import remove_sighting

    with _desk() as desk:
        remove_sighting(desk, number, role=role, reason=why)
    _print(f"removed sighting {number}")


@history.command(name="import")
def history_import(
    path: Annotated[Path, typer.Argument(help="Excel workbook (.xlsx).")],
    label: Annotated[str, typer.Option(help="What these counts are, shown wherever they are.")],
    sheet: Annotated[
        str | None, typer.Option(help="Name of the sheet; default: the first.")
    ] = None,
    column_map: Annotated[
        Path | None, typer.Option("--map", help="YAML: field: header, or field: =value.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace changed figures.")] = False,
    keep_differences: Annotated[
        bool, typer.Option("--keep-differences", help="Keep sums that do not hold, with a note.")
    ] = False,
    role: Annotated[str, typer.Option(help="Your role code, for the log.")] = "operator",
    as_json: Json = False,
) -> None:
    """Bring in past quarterly counts from a workbook, quarters as rows or as columns.

    Example: vigie history import 2023-2024.xlsx --label "Bilans 2023-2024"
    """
    from crawlers.past_counts.headers import load_map
    from crawlers.past_counts.store import import_history
    from models.database import open_session

    deployment = _deployment()
    with open_session(deployment.engine) as session:
        made = import_history(
            session,
            path,
            label=label,
            columns=load_map(column_map) if column_map else {},
            sheet=sheet,
            replace=replace,
            keep_differences=keep_differences,
            role=role,
            now=deployment.settings.clock(),
        )
    if as_json:
        _print_json(made.as_dict())
    else:
        _print(
            "\n".join(f"kept: {one}" for one in made.differences) or f"sums hold in {made.sheet}"
        )
        _print(f"{label}: {made.new} new, {made.known} known, {made.replaced} replaced")


@history.command(name="list")
def history_list(as_json: Json = False) -> None:
    """List the histories: label, periods, number of counts.

    Example: vigie history list
    """
    from crawlers.past_counts.store import listed_histories
    from models.database import read_session

    with read_session(_deployment().engine) as session:
        rows = listed_histories(session)
    _print_json(rows) if as_json else _print(_table(rows) or "no history was imported")


@history.command(name="export")
def history_export(
    label: Annotated[str, typer.Option(help="As `vigie history list` shows it.")],
    out: Annotated[str, typer.Option(help="CSV to write; - is stdout.")] = "-",
    as_json: Json = False,
) -> None:
    """Write the counts of one history as CSV, its label on every row.

    Example: vigie history export --label "Bilans 2023-2024" --out history.csv
    """
    import csv
    import io

    from crawlers.past_counts.store import exported_history
    from models.database import read_session

    with read_session(_deployment().engine) as session:
        rows = exported_history(session, label)
    if as_json:
        _print_json(rows)
        return
    table = io.StringIO()
    writer = csv.DictWriter(table, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    if out == "-":
        _print(table.getvalue())
        return
    _publish_text(Path(out), table.getvalue())
    _print(out)


def _publish_text(path: Path, text: str) -> None:
    from config.errors import InputError
    from pipelines.outputs import publish

    try:
        publish([(path, text.encode())])
    except OSError as error:
        raise InputError(f"cannot write {path} ({error.strerror})") from error


def _desk() -> "AbstractContextManager[Desk]":
    from crawlers.by_hand.desk import open_desk

    deployment = _deployment()
    return open_desk(
        deployment.engine,
        keyring=deployment.keyring,
        watchlist=deployment.watchlist,
        places=deployment.places,
        agencies=deployment.agencies,
        now=deployment.settings.clock(),
    )


def _completed(given: dict[str, str | None], questions: Any) -> dict[str, str]:
    """The answers, asked for on a terminal where options lack, and shown before they are kept."""
    from crawlers.by_hand.questions import complete

    ask = _ask if sys.stdin.isatty() else None
    return complete(given, questions, ask, _say)


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def _ask(prompt: str) -> str | None:
    """One line typed on the terminal; None at its end. Stdout is left to the result."""
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.readline()
    return line if line else None


def _text_of(value: str | None) -> str | None:
    return sys.stdin.read() if value == "-" else value


def _tell_added(result: dict[str, Any], what: str, as_json: bool) -> None:
    if as_json:
        _print_json(result)
        return
    for warning in result["warnings"]:
        sys.stderr.write(f"vigie: {warning}\n")
    known = result["status"] == "known"
    _print(f"already there, nothing added: {what}" if known else f"added {what}")


# --- deletion duties ---------------------------------------------------------------------------


@compliance.command(name="sync")
def compliance_sync(as_json: Json = False) -> None:
    """Ask the platform which stored posts it no longer shows, and remove their content.

    Example: vigie compliance sync --json
    """
    from crawlers.commands import ask_compliance

    deployment = _deployment()
    asked = ask_compliance(deployment.settings)
    _apply_states(deployment, as_json=as_json, asked=asked)
    if asked is not None and asked["status"] != "done":
        ended = f"{asked['source']} ended as {asked['status']}: {asked['reason']}"
        raise typer.Exit(_fail(ended, 1))


@compliance.command(name="apply")
def compliance_apply(as_json: Json = False) -> None:
    """Remove the content of posts known to be gone, without asking the platform again.

    Example: vigie compliance apply
    """
    _apply_states(_deployment(), as_json=as_json, asked=None)


def _apply_states(deployment: "Deployment", *, as_json: bool, asked: dict[str, Any] | None) -> None:
    from pipelines.compliance import apply_states

    applied = apply_states(deployment, now=deployment.settings.clock())
    _print_json({"asked": asked, **applied.as_dict()}) if as_json else _print(str(applied))


@purge.callback(invoke_without_command=True)
def purge_content(
    context: typer.Context,
    platform: Annotated[str | None, typer.Option(help="All of one platform.")] = None,
    post: Annotated[str | None, typer.Option(help="One post, by its id in the store.")] = None,
    older_than: Annotated[int | None, typer.Option(help="Posts received so many days ago.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what goes.")] = False,
    role: Role = "operator",
    as_json: Json = False,
) -> None:
    """Remove content of posts everywhere, keeping counts and labels; says only what goes until
    --yes is given.

    Example: vigie purge --platform x --yes --role operator-1
    """
    from pipelines.purge import Selection, carry_out_purge, plan_purge

    if context.invoked_subcommand is not None:
        return
    selection = Selection(platform, post, older_than)
    deployment = _deployment()
    now = deployment.settings.clock()
    result = (
        carry_out_purge(deployment, selection, role=role, now=now)
        if yes
        else plan_purge(deployment, selection, now=now)
    )
    _print_json(result.as_dict()) if as_json else _print(str(result))


@purge.command(name="log")
def purge_log(
    verify: Annotated[bool, typer.Option("--verify", help="Check the chain of hashes.")] = False,
    holds: Annotated[
        str | None, typer.Option(help="Hash of an entry noted elsewhere, which must be there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List what was removed, when and by whom; --verify exits 1 when the log was changed.

    Example: vigie purge log --verify
    """
    from pipelines.removal.log import check_log, log_rows

    deployment = _deployment()
    if not verify and holds is None:
        rows = log_rows(deployment)
        _print_json(rows) if as_json else _print(_table(rows) or "nothing has been removed yet")
        return
    check = check_log(deployment, holds)
    _print_json(check.as_dict()) if as_json else _print(str(check))
    if not check.sound:
        raise typer.Exit(1)


@optout.command(name="add")
def optout_add(
    platform: Annotated[str, typer.Option(help="facebook or x")],
    account_id_file: Annotated[
        str, typer.Option(help="File that holds the account's id, or - for stdin.")
    ],
    role: Role = "operator",
    as_json: Json = False,
) -> None:
    """Stop collecting an account and remove what is stored of it; only a hash of it is kept.

    Example: vigie optout add --platform x --account-id-file -
    """
    from pipelines.opt_outs import opt_out, read_account_id

    account_id = read_account_id(account_id_file)
    deployment = _deployment()
    done = opt_out(deployment, platform, account_id, role=role, now=deployment.settings.clock())
    _print_json(done.as_dict()) if as_json else _print(str(done))


@optout.command(name="list")
def optout_list(as_json: Json = False) -> None:
    """List the accounts that opted out, by hash.

    Example: vigie optout list
    """
    from pipelines.opt_outs import opt_out_rows

    rows = opt_out_rows(_deployment())
    _print_json(rows) if as_json else _print(_table(rows) or "no account has opted out")


@optout.command(name="remove")
def optout_remove(
    prefix: Annotated[str, typer.Argument(help="First digits of the hash, at least eight.")],
) -> None:
    """Let an account be collected again; what was removed does not come back.

    Example: vigie optout remove 3f5a90c2
    """
    from pipelines.opt_outs import opt_back_in

    _print(f"{opt_back_in(_deployment(), prefix)} is collected again")


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

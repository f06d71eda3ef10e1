"""From posts to figures, reports and alerts."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from verbs.shared import Json, Week, open_deployment, read_settings, table_of, tell, tell_json

app = typer.Typer()
coordination = typer.Typer(help="Synchronised posting patterns.", no_args_is_help=True)
report = typer.Typer(help="Reports from the store.", no_args_is_help=True)
alerts = typer.Typer(help="Alerts: list, decide, deliver.", no_args_is_help=True)


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
        counts = stages.classify_file(read_settings(), source, target, classifier=classifier)
        stream = sys.stderr if target == "-" else sys.stdout
        stream.write(f"{counts} lines labelled\n")
        return
    deployment = open_deployment()
    done = stages.classify(deployment, now=deployment.settings.clock(), classifier=classifier)
    tell_json(done.as_dict()) if as_json else tell(str(done))


@app.command()
def trends(week: Week, as_json: Json = False) -> None:
    """Count one week anew and print its series.

    Example: vigie trends --week 2024-W37
    """
    from pipelines import stages

    deployment = open_deployment()
    points = stages.build_week(deployment, week, now=deployment.settings.clock())
    rows = [stages.series_row(point) for point in points]
    tell_json(rows) if as_json else tell(table_of(rows) or f"nothing in {week}")


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
        tell_json(made)
    else:
        tell(f"{made['edges']} edges of {made['rows']} shares; flagged: {made['flagged']}")


@coordination.command(name="run")
def coordination_run(week: Week, as_json: Json = False) -> None:
    """Detect synchronised posting in the store, over the weeks up to one week's end.

    Example: vigie coordination run --week 2024-W37
    """
    from pipelines import stages

    deployment = open_deployment()
    run = stages.detect_coordination(deployment, week, now=deployment.settings.clock())
    rows = stages.network_rows(run)
    if as_json:
        tell_json({"summary": run.summary, "networks": rows})
    else:
        too_few = run.summary["reading"] == "too_few"
        nothing = "too few to say" if too_few else "no synchronised posting pattern"
        tell(table_of(rows) or nothing)


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

    deployment = open_deployment()
    now = deployment.settings.clock()
    written = stages.write_weekly_report(
        deployment, week, out=out, now=now, languages=_list(lang), formats=_list(file_format)
    )
    tell("\n".join(str(path) for path in written))


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

    found = stages.trace_figure(read_settings(), figure_id, source)
    tell_json(found.as_dict()) if as_json else tell(found.as_text())


@alerts.command(name="list")
def alerts_list(as_json: Json = False) -> None:
    """List alerts, newest first.

    Example: vigie alerts list
    """
    from pipelines import stages

    rows = stages.alert_rows(open_deployment())
    tell_json(rows) if as_json else tell(table_of(rows) or "no alert")


@alerts.command(name="show")
def alerts_show(alert_id: str) -> None:
    """Print an alert as its readers would get it, French first.

    Example: vigie alerts show 24-001
    """
    from pipelines import stages

    tell(stages.alert_text(open_deployment(), alert_id))


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

    deployment = open_deployment()
    now = deployment.settings.clock()
    stages.decide_alert(deployment, alert_id, validated=validated, role=role, now=now)
    tell(f"{alert_id} {'validated' if validated else 'rejected'}")


@alerts.command(name="deliver")
def alerts_deliver(
    exercise: Annotated[bool, typer.Option("--exercise", help="Mark as an exercise.")] = False,
) -> None:
    """Write the messages of validated alerts into the mailbox folder, each once.

    Example: vigie alerts deliver
    """
    from pipelines import stages

    deployment = open_deployment()
    now = deployment.settings.clock()
    sent = stages.deliver_alerts(deployment, now=now, exercise=exercise)
    tell(f"{len(sent)} messages written to {deployment.settings.mailbox_dir}")


def _list(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())

"""Running it: the scheduler, and what its operator needs."""

from typing import TYPE_CHECKING, Annotated

import typer

from verbs.shared import Json, fail, open_deployment, read_settings, table_of, tell, tell_json

if TYPE_CHECKING:
    from datetime import date, datetime

app = typer.Typer()
operations = typer.Typer(help="Running it: counts by mail, alerts, metrics.", no_args_is_help=True)


@operations.command(name="mail")
def operations_mail(
    day: Annotated[str | None, typer.Option(help="2024-09-16; default: yesterday.")] = None,
    only_print: Annotated[bool, typer.Option("--print", help="Print it, send nothing.")] = False,
) -> None:
    """Write the operator's mail of one day: counts, gaps, spend, what needs a person.

    Example: vigie ops mail --day 2024-09-16 --print
    """
    from pipelines.operations.daily_mail import daily_facts, daily_text, send_daily_mail

    deployment = open_deployment()
    now = deployment.settings.clock()
    told = _day("--day", day, now)
    if only_print:
        tell(daily_text(daily_facts(deployment, told, now=now)))
    else:
        tell(str(send_daily_mail(deployment, told, now=now)))


@operations.command(name="alerts")
def operations_alerts(as_json: Json = False) -> None:
    """List what needs a person, since when.

    Example: vigie ops alerts
    """
    from pipelines.operations.alerts import alert_rows

    deployment = open_deployment()
    rows = alert_rows(deployment, now=deployment.settings.clock())
    tell_json(rows) if as_json else tell(table_of(rows) or "nothing needs a person")


@operations.command(name="metrics")
def operations_metrics() -> None:
    """Write the figures for a monitor, VIGIE_HOME/metrics.prom; the scheduler does so by itself.

    Example: vigie ops metrics
    """
    from pipelines.operations.metrics import write_metrics

    deployment = open_deployment()
    tell(str(write_metrics(deployment, now=deployment.settings.clock())))


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

    settings = read_settings()
    if check:
        from pipelines.operations.heartbeat import pulse

        found = pulse(settings.home, settings.clock())
        if not found.alive:
            raise typer.Exit(fail(found.message, 1))
        tell(found.message)
        return
    import scheduler

    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    # What the libraries say about fonts and wake-ups would hide what our jobs say.
    for library in ("apscheduler", "fontTools", "weasyprint"):
        logging.getLogger(library).setLevel(logging.ERROR)
    scheduler.serve(settings, scheduler.JOBS)


def _day(option: str, value: str | None, now: "datetime") -> "date":
    from datetime import date, timedelta

    from config.errors import UsageError

    if value is None:
        return (now - timedelta(days=1)).date()
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise UsageError(f"{option} {value!r} is not a day; write 2024-09-16") from error

"""The stages after collection, each for one deployment and one moment.

The command line, the scheduler and the demo all call these, so that a stage is put together in
one place only.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.agencies import load_agencies
from config.errors import UsageError
from config.places import load_places
from config.settings import Settings
from models import Alert, CoordinationRun, SeriesPoint
from models.database import make_engine, open_session, read_session, schema_revision
from pipelines import alerts, trends
from pipelines.alert_facts import Registers
from pipelines.alert_messages import alert_message
from pipelines.classify import ClassifyCounts, classify_pending
from pipelines.classify_files import classify_file as label_lines
from pipelines.deployment import Deployment
from pipelines.notify import Outgoing
from pipelines.notify import deliver_alerts as deliver
from pipelines.periods import last_full_week, week_of, week_period

if TYPE_CHECKING:
    from classifiers.inference import Classifier
    from pipelines.reports.trace import Trace

LANGUAGES = ("fr", "en")
RECOUNTED = timedelta(weeks=9)
FORMATS = ("html", "docx", "pdf")


@lru_cache(maxsize=1)
def loaded_classifier(name: str) -> "Classifier":
    """The checkpoint of a name or folder; kept, since loading costs seconds and jobs come back."""
    from classifiers.inference import Classifier

    return Classifier.load(name)


def classify(
    deployment: Deployment, *, now: datetime, classifier: str | None = None
) -> ClassifyCounts:
    """Find agencies and places, and label what the classifier has not labelled yet."""
    settings = deployment.settings
    loaded = loaded_classifier(classifier or settings.classifier)
    with open_session(deployment.engine) as session:
        return classify_pending(
            session,
            loaded,
            agencies=deployment.agencies,
            places=deployment.places,
            now=now,
            review_confidence=settings.review_confidence,
        )


def classify_file(
    settings: Settings, source: str, target: str, *, classifier: str | None = None
) -> int:
    """Label a JSONL file without any store; gives the number of lines."""
    return label_lines(
        source,
        target,
        loaded_classifier(classifier or settings.classifier),
        agencies=load_agencies(),
        places=load_places(),
        review_confidence=settings.review_confidence,
    )


def build_week(deployment: Deployment, week: str, *, now: datetime) -> list[SeriesPoint]:
    """Count one week anew."""
    settings = deployment.settings
    with open_session(deployment.engine) as session:
        return trends.build_week(
            session,
            week,
            classifier=settings.classifier,
            watchlist=deployment.watchlist,
            codebook=deployment.codebook,
            agencies=deployment.agencies,
            min_n=settings.min_n,
            now=now,
        )


def recount_weeks(deployment: Deployment, *, now: datetime) -> list[str]:
    """Count anew the ended weeks that were counted with a gap; gives those that are whole now.

    Gaps fill later, by refill or by an import; older weeks than two months stay as they are.
    """
    with read_session(deployment.engine) as session:
        weeks = trends.incomplete_weeks(session, since=now - RECOUNTED)
    ended = [week for week in weeks if week_period(week).end <= now]
    counted = {week: build_week(deployment, week, now=now) for week in ended}
    return [week for week, points in counted.items() if all(point.complete for point in points)]


def detect_coordination(deployment: Deployment, week: str, *, now: datetime) -> CoordinationRun:
    """Look for synchronised posting in the weeks up to the end of one week."""
    from pipelines.coordination.run import run_detection

    with open_session(deployment.engine) as session:
        return run_detection(session, week_period(week), week=week, now=now)


def propose_alerts(deployment: Deployment, week: str, *, now: datetime) -> list[Alert]:
    """Evaluate the alert rules over a week whose series and patterns are there."""
    with open_session(deployment.engine) as session:
        return alerts.propose_alerts(
            session,
            week,
            rules=deployment.alert_rules,
            registers=Registers.of(deployment.codebook, deployment.agencies, deployment.places),
            classifier=deployment.settings.classifier,
            now=now,
        )


def decide_alert(
    deployment: Deployment, alert_id: str, *, validated: bool, role: str, now: datetime
) -> Alert:
    """Record a person's decision on an alert."""
    verdict = alerts.VALIDATED if validated else alerts.REJECTED
    with open_session(deployment.engine) as session:
        return alerts.decide(session, alert_id, verdict, role=role, now=now)


def deliver_alerts(deployment: Deployment, *, now: datetime, exercise: bool = False) -> list[Path]:
    """Write the messages of validated alerts into the mailbox folder, each once."""
    outgoing = Outgoing(deployment.glossary, exercise=exercise)
    return deliver(deployment.engine, deployment.settings.mailbox_dir, outgoing, now=now)


def write_weekly_report(
    deployment: Deployment,
    week: str,
    *,
    out: Path,
    now: datetime,
    languages: Sequence[str] = LANGUAGES,
    formats: Sequence[str] = FORMATS,
) -> list[Path]:
    """Freeze the facts of a week and write its reports; UsageError for a week not yet begun."""
    if week_period(week).start > now:
        raise UsageError(f"{week} has not begun; the last full week is {last_full_week(now)}")
    from pipelines.reports.weekly import write_weekly

    settings = deployment.settings
    with open_session(deployment.engine) as session:
        return write_weekly(
            session,
            week,
            languages=languages,
            formats=formats,
            out=out,
            classifier=settings.classifier,
            watchlist=deployment.watchlist,
            codebook=deployment.codebook,
            agencies=deployment.agencies,
            places=deployment.places,
            glossary=deployment.glossary,
            min_n=settings.min_n,
            now=now,
        )


def trace_figure(settings: Settings, figure_id: str, source: Path) -> "Trace":
    """Walk a figure back; where there is a store, a snapshot missing beside the report is found
    in it."""
    from pipelines.reports.trace import trace

    engine = make_engine(settings.store_url)
    if schema_revision(engine) is None:
        return trace(figure_id, source)
    with read_session(engine) as session:
        return trace(figure_id, source, session)


def series_row(point: SeriesPoint) -> dict[str, Any]:
    """A point of a series as a row: count, denominator and interval, gaps named."""
    return {
        "scope": point.scope,
        "slice": point.slice,
        "measure": point.measure,
        "count": point.count,
        "total": point.total,
        "low": None if point.low is None else round(point.low, 4),
        "high": None if point.high is None else round(point.high, 4),
        "method": point.method,
        "complete": point.complete,
        "provisional": point.provisional,
        "gaps": ",".join(point.gaps) or None,
    }


def network_rows(run: CoordinationRun) -> list[dict[str, Any]]:
    """Synchronised posting patterns as rows, without accounts."""
    return [
        {
            "platform": one["platform"],
            "accounts": one["accounts"],
            "objects": one["objects"],
            "posts": one["posts"],
            "explained_by": one["explained_by"],
        }
        for one in run.networks
    ]


def alert_rows(deployment: Deployment) -> list[dict[str, Any]]:
    """Alerts as rows, newest first."""
    with read_session(deployment.engine) as session:
        return [
            {
                "id": alert.id,
                "level": alert.level,
                "status": alert.status,
                "rule": alert.rule_id,
                "week": week_of(alert.start),
                "items": alert.facts.get("items"),
            }
            for alert in alerts.list_alerts(session)
        ]


def alert_text(deployment: Deployment, alert_id: str) -> str:
    """An alert as its readers get it, French first."""
    with read_session(deployment.engine) as session:
        alert = session.get(Alert, alert_id)
        if alert is None:
            raise UsageError(f"there is no alert {alert_id!r}; `vigie alerts list` shows them")
        texts = [alert_message(alert, lang, deployment.glossary) for lang in LANGUAGES]
    return "\n\n".join(texts)


def describe_week(week: str, points: Sequence[SeriesPoint], proposed: Sequence[Alert]) -> str:
    """One line on a week: items in scope, suspicious ones, alerts."""
    found = {(p.scope, p.measure): p for p in points if p.slice == "all"}
    parts = []
    for scope in ("posts", "comments"):
        point = found.get((scope, "stance:suspicious"))
        known = f"{point.total} {scope}, {point.count} suspicious" if point else f"no {scope}"
        parts.append(known)
    raised = ", ".join(f"{alert.level} {alert.id}" for alert in proposed)
    return f"{week}  {'; '.join(parts)}{f'; alerts: {raised}' if raised else ''}"

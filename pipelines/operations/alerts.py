"""Operations alerts: troubles the operator must look at, raised once and cleared when over.

They are rows of their own and mails to the operator; readers of alerts never see them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from models import OperationsAlert
from models.database import read_session
from models.ledger import by_design
from pipelines.deployment import Deployment
from pipelines.operations.facts import OperationsFacts, SourceFacts, gather

LOW_YIELD: Final = "low_yield"
ALWAYS_FAILS: Final = "always_fails"
GAP_STAYS: Final = "gap_stays"
SOURCE_STOPPED: Final = "source_stopped"
DISK: Final = "disk"
CLOCK: Final = "clock"
DISK_SHARE: Final = 0.05
DISK_BYTES: Final = 1_000_000_000
SKEW_SECONDS: Final = 120
TOLD_FOR: Final = timedelta(days=7)  # what nobody can change is not repeated for ever
# A person has to act: no later run mends these.
NEEDS_A_PERSON: Final = (
    "token_refused", "credits_depleted", "usage_capped", "forbidden", "permission", "policy_block",
)  # fmt: skip


@dataclass(frozen=True)
class Trouble:
    """One thing that needs a person."""

    kind: str
    subject: str
    detail: str


def troubles(facts: OperationsFacts) -> Iterator[Trouble]:
    """Everything in the facts that needs a person."""
    for low in facts.low_yield:
        told = f"{low.received} in a week that was wholly received, expected {low.minimum} or more"
        yield Trouble(LOW_YIELD, f"{low.source}/{low.query_id}", told)
    stopped = {(source.source, source.last_reason) for source in facts.sources
               if _is_stopped(source) and source.last_status == "failed"}  # fmt: skip
    for failing in facts.failing:
        if (failing.source, failing.reason) in stopped:  # told once, of the source
            continue
        told = f"nothing received since {failing.since:%Y-%m-%d %H:%M}Z: {failing.reason}"
        yield Trouble(ALWAYS_FAILS, f"{failing.source}/{failing.query_id}", told)
    for gap in facts.gaps:
        new = facts.at - gap.found_at <= TOLD_FOR
        if gap.final is not None and new and not by_design(gap.reason):
            period = f"{gap.window_start:%Y-%m-%d %H:%M} to {gap.window_end:%Y-%m-%d %H:%M}Z"
            subject = f"{gap.source}/{gap.query_id}/{gap.window_start:%Y%m%dT%H%M}"
            yield Trouble(GAP_STAYS, subject, f"{period}: {gap.final}")
    yield from _of_sources(facts)
    yield from _of_machine(facts)


def _of_sources(facts: OperationsFacts) -> Iterator[Trouble]:
    for source in facts.sources:
        if _is_stopped(source):
            yield Trouble(SOURCE_STOPPED, source.source, source.last_reason or "")
        skew = source.clock_skew
        if skew is not None and abs(skew) > SKEW_SECONDS:
            told = f"this machine's clock is {skew:+.0f} s off that of the platform"
            yield Trouble(CLOCK, source.source, told)


def _is_stopped(source: SourceFacts) -> bool:
    return any(word in (source.last_reason or "") for word in NEEDS_A_PERSON)


def _of_machine(facts: OperationsFacts) -> Iterator[Trouble]:
    free, total = facts.disk_free, facts.disk_total
    if free is None or total is None:
        return
    if free < min(DISK_SHARE * total, DISK_BYTES):
        yield Trouble(DISK, "home", f"{free // 1_000_000} MB are left")


def raise_and_clear(
    session: Session, found: list[Trouble], now: datetime
) -> tuple[list[OperationsAlert], list[OperationsAlert]]:
    """Write what is new and mark what is over; gives both. What goes on is told once."""
    active = {(row.kind, row.subject): row for row in open_alerts(session)}
    raised = []
    for one in found:
        row = active.pop((one.kind, one.subject), None)
        if row is None:
            row = OperationsAlert(kind=one.kind, subject=one.subject, since=now, seen_at=now)
            raised.append(row)
        row.seen_at, row.detail = now, one.detail
        session.add(row)
    cleared = list(active.values())
    for row in cleared:
        row.cleared_at = now
        session.add(row)
    session.flush()
    return raised, cleared


def open_alerts(session: Session) -> list[OperationsAlert]:
    """Those that go on, oldest first."""
    return list(
        session.exec(
            select(OperationsAlert)
            .where(col(OperationsAlert.cleared_at).is_(None))
            .order_by(
                col(OperationsAlert.since), col(OperationsAlert.kind), col(OperationsAlert.subject)
            )
        )
    )


def standing_alerts(session: Session, facts: OperationsFacts) -> list[OperationsAlert]:
    """What needs a person at this moment, whether the scheduler has met it yet or not."""
    known = {(row.kind, row.subject): row for row in open_alerts(session)}
    rows = []
    for one in troubles(facts):
        row = known.get((one.kind, one.subject))
        since = facts.at if row is None else row.since
        rows.append(
            OperationsAlert(
                kind=one.kind, subject=one.subject, since=since, seen_at=facts.at, detail=one.detail
            )
        )
    return sorted(rows, key=lambda row: (row.since, row.kind, row.subject))


def alert_rows(deployment: Deployment, *, now: datetime) -> list[dict[str, Any]]:
    """What needs a person now, as rows."""
    with read_session(deployment.engine) as session:
        facts = gather(session, deployment.settings, deployment.watchlist, now)
        return [
            {
                "kind": row.kind,
                "subject": row.subject,
                "since": row.since.isoformat(),
                "detail": row.detail,
            }
            for row in standing_alerts(session, facts)
        ]

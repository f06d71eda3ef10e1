"""Alerts: proposals of the rules written once, and the decisions of a person."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlmodel import Session, col, func, select

from config.alert_rules import AlertRule
from config.errors import UsageError
from config.roles import checked_role
from models import Alert, PostCollection
from pipelines.alert_facts import Registers, item_facts
from pipelines.alert_proposals import SYNCHRONISED, Evaluation, Proposal, proposals
from pipelines.labels import LabelledPost, labelled_posts
from pipelines.periods import week_period

PROPOSED: Final = "proposed"
VALIDATED: Final = "validated"
REJECTED: Final = "rejected"
DELIVERED: Final = "delivered"
VERDICTS: Final = (VALIDATED, REJECTED)

CHUNK: Final = 500


def propose_alerts(
    session: Session,
    week: str,
    *,
    rules: Sequence[AlertRule],
    registers: Registers,
    classifier: str,
    now: datetime,
) -> list[Alert]:
    """Evaluate the rules over a week whose series are built; gives the alerts that are new.

    An incomplete week proposes nothing. Running twice proposes nothing twice. The caller commits.
    """
    items = labelled_posts(session, week_period(week), classifier)
    evaluation = Evaluation(session, week, registers, classifier, items)
    found = (proposal for rule in rules for proposal in proposals(evaluation, rule))
    created = [_create(evaluation, proposal, now) for proposal in _merged(found)]
    return [alert for alert in created if alert is not None]


def list_alerts(session: Session, status: str | None = None) -> list[Alert]:
    """Alerts, newest number first, of one status or of all."""
    query = select(Alert).order_by(col(Alert.id).desc())
    if status is not None:
        query = query.where(Alert.status == status)
    return list(session.exec(query))


def decide(session: Session, alert_id: str, verdict: str, *, role: str, now: datetime) -> Alert:
    """Record a person's verdict, `validated` or `rejected`, under a role code.

    UsageError for an unknown alert, or one that was decided otherwise; the caller commits.
    """
    if verdict not in VERDICTS:
        raise UsageError(f"{verdict!r} is no verdict; write {' or '.join(VERDICTS)}")
    checked_role(role)
    alert = session.get(Alert, alert_id)
    if alert is None:
        raise UsageError(f"there is no alert {alert_id!r}; `vigie alerts list` shows them")
    if (alert.status, alert.decided_by) == (verdict, role):
        return alert
    if alert.status != PROPOSED:
        raise UsageError(f"alert {alert_id} is already {alert.status}; a decision stands")
    alert.status = verdict
    alert.decided_at = now
    alert.decided_by = role
    session.add(alert)
    session.flush()
    return alert


def _merged(found: Iterable[Proposal]) -> list[Proposal]:
    """Proposals of the same items become one: the broader, which comes first in the rules."""
    kept: list[Proposal] = []
    for proposal in found:
        index = next((i for i, other in enumerate(kept) if other.absorbs(proposal)), None)
        if index is None:
            kept.append(proposal)
        else:
            both = (*kept[index].slices, *proposal.slices)
            kept[index] = replace(kept[index], slices=tuple(dict.fromkeys(both)))
    return kept


def _create(evaluation: Evaluation, proposal: Proposal, now: datetime) -> Alert | None:
    """Write the alert unless it, or one on the same pattern, exists."""
    session = evaluation.session
    key = _dedupe_key(evaluation.week, proposal)
    if session.exec(select(Alert).where(Alert.dedupe_key == key)).first() is not None:
        return None
    if proposal.rule.kind == SYNCHRONISED and _pattern_is_known(session, proposal):
        return None
    period = week_period(evaluation.week)
    alert = Alert(
        id=_next_id(session, now),
        dedupe_key=key,
        rule_id=proposal.rule.rule_id,
        level=proposal.rule.level,
        status=PROPOSED,
        start=period.start,
        end=period.end,
        proposed_at=now,
        facts=_facts(evaluation, proposal),
    )
    session.add(alert)
    session.flush()
    return alert


def _dedupe_key(week: str, proposal: Proposal) -> str:
    what = proposal.slices[0]
    if proposal.rule.kind == SYNCHRONISED:
        what = min(item.post_id for item in proposal.items)
    return f"{proposal.rule.rule_id}|{week}|{what}"


def _pattern_is_known(session: Session, proposal: Proposal) -> bool:
    """A pattern lasts for weeks: an alert that shares a post with it is about the same one."""
    mine = {item.post_id for item in proposal.items}
    earlier = session.exec(select(Alert).where(Alert.rule_id == proposal.rule.rule_id))
    return any(mine.intersection(alert.facts["post_ids"]) for alert in earlier)


def _facts(evaluation: Evaluation, proposal: Proposal) -> dict[str, Any]:
    rule = proposal.rule
    collected = _collection_times(evaluation.session, proposal.items)
    return {
        "kind": rule.kind,
        "week": evaluation.week,
        "scope": rule.scope,
        "slices": list(proposal.slices),
        "description": {"fr": rule.description_fr, "en": rule.description_en},
        "classifier": evaluation.classifier,
        **proposal.facts,
        **item_facts(proposal.items, evaluation.registers, collected),
    }


def _collection_times(session: Session, items: Sequence[LabelledPost]) -> dict[str, datetime]:
    """When each post was first collected."""
    times: dict[str, datetime] = {}
    ids = [item.post_id for item in items]
    for start in range(0, len(ids), CHUNK):
        rows = session.exec(
            select(PostCollection.post_id, func.min(PostCollection.first_collected_at))
            .where(col(PostCollection.post_id).in_(ids[start : start + CHUNK]))
            .group_by(col(PostCollection.post_id))
        )
        times.update(rows.all())
    return times


def _next_id(session: Session, now: datetime) -> str:
    """The next number of the year, as 24-001."""
    year = f"{now.astimezone(UTC):%y}"
    used = session.exec(select(Alert.id).where(col(Alert.id).startswith(f"{year}-"))).all()
    number = max((int(alert_id.split("-")[1]) for alert_id in used), default=0) + 1
    return f"{year}-{number:03d}"

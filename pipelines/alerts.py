"""Alerts: rules evaluated over a week, proposals written once, decisions of a person."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlmodel import Session, col, func, select

from config.alert_rules import AlertRule, BurstCondition, PatternCondition
from config.errors import UsageError
from models import Alert, CoordinationRun, PostCollection, SeriesPoint
from pipelines.alert_facts import Registers, item_facts
from pipelines.bursts import Assessment, WeekCount, find_bursts
from pipelines.labels import LabelledPost, labelled_posts
from pipelines.measures import (
    ALL,
    COMMENTS,
    POSTS,
    SUSPICIOUS,
    VOLUME,
    distinct_messages,
    is_read,
    slices,
)
from pipelines.periods import Period, week_period, weeks_before
from pipelines.statistics import median_range
from pipelines.trends import load_series, load_slices

PROPOSED: Final = "proposed"
VALIDATED: Final = "validated"
REJECTED: Final = "rejected"
DELIVERED: Final = "delivered"
VERDICTS: Final = (VALIDATED, REJECTED)

MEASURE_OF_KIND: Final = {"burst": SUSPICIOUS, "volume_burst": VOLUME}
CHUNK: Final = 500
UNKNOWN_WEEK: Final = WeekCount("", None, complete=False)


@dataclass(frozen=True)
class Proposal:
    """An alert before it has a number: the rule, where it holds, the items and the facts."""

    rule: AlertRule
    slices: tuple[str, ...]
    items: tuple[LabelledPost, ...]
    facts: dict[str, Any]

    def absorbs(self, other: "Proposal") -> bool:
        """Whether the other one says the same of a part of these items."""
        same_kind = (self.rule.kind, self.rule.scope) == (other.rule.kind, other.rule.scope)
        mine = {item.post_id for item in self.items}
        return same_kind and all(item.post_id in mine for item in other.items)


@dataclass(frozen=True)
class _Evaluation:
    """One week under evaluation."""

    session: Session
    week: str
    registers: Registers
    classifier: str
    items: Sequence[LabelledPost]

    def series(
        self, measure: str, scope: str, slice_name: str, weeks: int
    ) -> list[SeriesPoint | None]:
        """Points of so many weeks before, and of this one."""
        names = [*weeks_before(self.week, weeks), self.week]
        return load_series(self.session, measure, scope, slice_name, names)


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
    evaluation = _Evaluation(session, week, registers, classifier, items)
    proposals = (proposal for rule in rules for proposal in _proposals(evaluation, rule))
    created = [_create(evaluation, proposal, now) for proposal in _merged(proposals)]
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
    alert = session.get(Alert, alert_id)
    if alert is None:
        raise UsageError(f"there is no alert {alert_id!r}; `vigie alerts list` shows them")
    if alert.status == verdict:
        return alert
    if alert.status != PROPOSED:
        raise UsageError(f"alert {alert_id} is already {alert.status}; a decision stands")
    alert.status = verdict
    alert.decided_at = now
    alert.decided_by = role
    session.add(alert)
    session.flush()
    return alert


def _proposals(evaluation: _Evaluation, rule: AlertRule) -> Iterator[Proposal]:
    if isinstance(rule.condition, BurstCondition):
        yield from _burst_proposals(evaluation, rule, rule.condition)
    else:
        yield from _pattern_proposals(evaluation, rule, rule.condition)


def _burst_proposals(
    evaluation: _Evaluation, rule: AlertRule, condition: BurstCondition
) -> Iterator[Proposal]:
    measure = MEASURE_OF_KIND[rule.kind]
    points = {
        name: evaluation.series(measure, rule.scope, name, condition.baseline_weeks)
        for name in _slice_names(evaluation, rule, measure)
    }
    series = {name: _week_counts(found) for name, found in points.items()}
    for burst in find_bursts(series, condition):
        point = points[burst.series][-1]
        assert point is not None  # a week without a point is never a burst
        items = _items_behind(evaluation, rule, burst.series)
        if len(items) >= condition.min_count:
            yield Proposal(rule, (burst.series,), items, _burst_facts(burst, point))


def _slice_names(evaluation: _Evaluation, rule: AlertRule, measure: str) -> list[str]:
    if rule.slice == ALL:
        return [ALL]
    return load_slices(evaluation.session, measure, rule.scope, rule.slice, evaluation.week)


def _week_counts(points: Sequence[SeriesPoint | None]) -> list[WeekCount]:
    return [
        WeekCount(point.week, point.count, point.complete) if point else UNKNOWN_WEEK
        for point in points
    ]


def _items_behind(
    evaluation: _Evaluation, rule: AlertRule, slice_name: str
) -> tuple[LabelledPost, ...]:
    """The items a burst counts, without those that may never stand in an alert."""
    members = slices(evaluation.items, list(evaluation.registers.agencies.values()))
    return tuple(
        item
        for item in members.get(slice_name, ())
        if item.is_comment == (rule.scope == COMMENTS)
        and item.in_scope
        and (rule.kind == "volume_burst" or (is_read(item) and item.stance == "suspicious"))
        and evaluation.registers.may_alert(item)
    )


def _burst_facts(burst: Assessment, point: SeriesPoint) -> dict[str, Any]:
    usual = median_range(burst.baseline)
    assert usual is not None  # a burst has a baseline
    return {
        "measure": point.measure,
        "count": point.count,
        "total": point.total,
        "largest_thread": point.largest_thread,
        "baseline": {
            "counts": list(burst.baseline),
            "weeks": usual.weeks,
            "median": usual.median,
            "low": usual.low,
            "high": usual.high,
        },
        "p_value": burst.p_value,
        "q_value": burst.q_value,
        "provisional": point.provisional,
        "gaps": point.gaps,
        "versions": point.versions,
    }


def _pattern_proposals(
    evaluation: _Evaluation, rule: AlertRule, condition: PatternCondition
) -> Iterator[Proposal]:
    runs = evaluation.session.exec(
        select(CoordinationRun)
        .where(col(CoordinationRun.id).startswith(f"{evaluation.week}:", autoescape=True))
        .order_by(col(CoordinationRun.id))
    ).all()
    for run in runs:
        items = labelled_posts(
            evaluation.session, Period(run.start, run.end), evaluation.classifier
        )
        for network in run.networks:
            behind = _pattern_items(evaluation, items, network)
            if _is_alarming(network, behind, condition) and _complete(evaluation, behind):
                yield Proposal(rule, (ALL,), behind, _pattern_facts(run, network, behind))


def _pattern_items(
    evaluation: _Evaluation, items: Sequence[LabelledPost], network: Mapping[str, Any]
) -> tuple[LabelledPost, ...]:
    """Posts of the pattern that are about aid; the others are nobody's business here."""
    evidence = frozenset(network["post_ids"])
    return tuple(
        item
        for item in items
        if item.post_id in evidence and item.in_scope and evaluation.registers.may_alert(item)
    )


def _is_alarming(
    network: Mapping[str, Any], items: Sequence[LabelledPost], condition: PatternCondition
) -> bool:
    return (
        network["explained_by"] is None
        and network["accounts"] >= condition.min_accounts
        and distinct_messages(items) >= condition.min_objects
    )


def _complete(evaluation: _Evaluation, items: Sequence[LabelledPost]) -> bool:
    """Whether the week was fully collected on the platforms of these items."""
    platforms = {item.platform for item in items}
    points = [evaluation.series(VOLUME, POSTS, f"platform:{name}", 0)[0] for name in platforms]
    return all(point is not None and point.complete for point in points)


def _pattern_facts(
    run: CoordinationRun, network: Mapping[str, Any], items: Sequence[LabelledPost]
) -> dict[str, Any]:
    return {
        "measure": "pattern",
        "count": len(items),
        "total": None,
        "accounts": network["accounts"],
        "objects": network["objects"],
        "run_id": run.id,
        "flagged_under_permutation": run.summary.get("flagged_under_permutation"),
        "provisional": any(item.provisional for item in items),
        "gaps": [],
        "versions": {"parameters": run.parameters},
    }


def _merged(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Proposals of the same items become one: the broader, which comes first in the rules."""
    kept: list[Proposal] = []
    for proposal in proposals:
        index = next((i for i, other in enumerate(kept) if other.absorbs(proposal)), None)
        if index is None:
            kept.append(proposal)
        else:
            both = (*kept[index].slices, *proposal.slices)
            kept[index] = replace(kept[index], slices=tuple(dict.fromkeys(both)))
    return kept


def _create(evaluation: _Evaluation, proposal: Proposal, now: datetime) -> Alert | None:
    """Write the alert unless it, or one on the same pattern, exists."""
    session = evaluation.session
    key = _dedupe_key(evaluation.week, proposal)
    if session.exec(select(Alert).where(Alert.dedupe_key == key)).first() is not None:
        return None
    if proposal.rule.kind == "synchronised" and _pattern_is_known(session, proposal):
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
    if proposal.rule.kind == "synchronised":
        what = min(item.post_id for item in proposal.items)
    return f"{proposal.rule.rule_id}|{week}|{what}"


def _pattern_is_known(session: Session, proposal: Proposal) -> bool:
    """A pattern lasts for weeks: an alert that shares a post with it is about the same one."""
    mine = {item.post_id for item in proposal.items}
    earlier = session.exec(select(Alert).where(Alert.rule_id == proposal.rule.rule_id))
    return any(mine.intersection(alert.facts["post_ids"]) for alert in earlier)


def _facts(evaluation: _Evaluation, proposal: Proposal) -> dict[str, Any]:
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

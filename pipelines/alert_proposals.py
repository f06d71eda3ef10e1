"""What the alert rules find in a week, before anything is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session, col, select

from config.alert_rules import LEVELS, AlertRule, BurstCondition, PatternCondition
from models import CoordinationRun, SeriesPoint
from pipelines.alert_facts import Registers
from pipelines.bursts import Assessment, WeekCount, find_bursts
from pipelines.labels import LabelledPost, labelled_posts
from pipelines.measures import (
    ALL,
    COMMENTS,
    POSTS,
    VOLUME,
    distinct_messages,
    is_read,
    slices,
)
from pipelines.periods import Period, weeks_before
from pipelines.statistics import median_range
from pipelines.trends import load_series, load_slices

SYNCHRONISED: Final = "synchronised"
UNKNOWN_WEEK: Final = WeekCount("", None, complete=False)


@dataclass(frozen=True)
class Proposal:
    """An alert before it has a number: the rule, where it holds, the items and the facts."""

    rule: AlertRule
    slices: tuple[str, ...]
    items: tuple[LabelledPost, ...]
    facts: dict[str, Any]

    def absorbs(self, other: "Proposal") -> bool:
        """Whether the other one says the same of a part of these items, at no higher level."""
        same_kind = (self.rule.kind, self.rule.scope) == (other.rule.kind, other.rule.scope)
        as_high = LEVELS.index(self.rule.level) >= LEVELS.index(other.rule.level)
        mine = {item.post_id for item in self.items}
        return same_kind and as_high and all(item.post_id in mine for item in other.items)


@dataclass(frozen=True)
class Evaluation:
    """One week under evaluation; `items` are its posts and comments."""

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


def proposals(evaluation: Evaluation, rule: AlertRule) -> Iterator[Proposal]:
    """What one rule finds in the week; nothing where the week was not fully collected."""
    if isinstance(rule.condition, BurstCondition):
        yield from _burst_proposals(evaluation, rule, rule.condition)
    else:
        yield from _pattern_proposals(evaluation, rule, rule.condition)


def _burst_proposals(
    evaluation: Evaluation, rule: AlertRule, condition: BurstCondition
) -> Iterator[Proposal]:
    points = {
        name: evaluation.series(rule.measure, rule.scope, name, condition.baseline_weeks)
        for name in _slice_names(evaluation, rule)
    }
    series = {name: _week_counts(found) for name, found in points.items()}
    for burst in find_bursts(series, condition):
        point = points[burst.series][-1]
        assert point is not None  # a week without a point is never a burst
        items = _items_behind(evaluation, rule, burst.series)
        if len(items) >= condition.min_count:
            yield Proposal(rule, (burst.series,), items, _burst_facts(burst, point))


def _slice_names(evaluation: Evaluation, rule: AlertRule) -> list[str]:
    if rule.slice == ALL:
        return [ALL]
    return load_slices(evaluation.session, rule.measure, rule.scope, rule.slice, evaluation.week)


def _week_counts(points: Sequence[SeriesPoint | None]) -> list[WeekCount]:
    return [
        WeekCount(point.week, point.count, point.complete) if point else UNKNOWN_WEEK
        for point in points
    ]


def _items_behind(
    evaluation: Evaluation, rule: AlertRule, slice_name: str
) -> tuple[LabelledPost, ...]:
    """The items a burst counts, without those that may never stand in an alert."""
    members = slices(evaluation.items, list(evaluation.registers.agencies.values()))
    return tuple(
        item
        for item in members.get(slice_name, ())
        if item.is_comment == (rule.scope == COMMENTS)
        and item.in_scope
        and (rule.measure == VOLUME or (is_read(item) and item.stance == "suspicious"))
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
    evaluation: Evaluation, rule: AlertRule, condition: PatternCondition
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
    evaluation: Evaluation, items: Sequence[LabelledPost], network: Mapping[str, Any]
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
        and network["objects"] >= condition.min_objects
        and distinct_messages(items) >= condition.min_objects
    )


def _complete(evaluation: Evaluation, items: Sequence[LabelledPost]) -> bool:
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

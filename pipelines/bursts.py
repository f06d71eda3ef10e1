"""Whether a week stands out over the weeks before it. Pure.

An incomplete week is never tested and never enters a baseline: what was not collected is no fall,
and what is collected again is no rise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from config.alert_rules import BurstCondition
from pipelines.statistics import benjamini_hochberg, poisson_upper_p

BURST: Final = "burst"
USUAL: Final = "usual"
INCOMPLETE: Final = "incomplete"
INSUFFICIENT_DATA: Final = "insufficient_data"


@dataclass(frozen=True)
class WeekCount:
    """A count of one week; None and incomplete when the week has not been counted."""

    week: str
    count: int | None
    complete: bool


@dataclass(frozen=True)
class Assessment:
    """One series in its last week against its baseline of complete weeks before.

    `p_value` is that of the exact conditional Poisson test, `q_value` the same after
    Benjamini-Hochberg over all series assessed together; both None when nothing was tested.
    """

    series: str
    week: str
    state: str  # burst, usual, incomplete or insufficient_data
    count: int | None
    baseline: tuple[int, ...]
    baseline_median: float | None
    p_value: float | None = None
    q_value: float | None = None


def assess(
    series: Mapping[str, Sequence[WeekCount]], condition: BurstCondition
) -> list[Assessment]:
    """Test the last week of each series (weeks oldest first); in the order of the names.

    A week is a burst when count >= min_count, count >= factor x median of the baseline, and its
    q-value over all these series is below alpha.
    """
    found = [_assess_one(name, series[name], condition) for name in sorted(series) if series[name]]
    tested = [entry for entry in found if entry.p_value is not None]
    q_values = benjamini_hochberg([entry.p_value or 0.0 for entry in tested])
    q_of = {entry.series: q for entry, q in zip(tested, q_values, strict=True)}
    return [_judged(entry, q_of.get(entry.series), condition) for entry in found]


def find_bursts(
    series: Mapping[str, Sequence[WeekCount]], condition: BurstCondition
) -> list[Assessment]:
    """The series whose last week is a burst."""
    return [entry for entry in assess(series, condition) if entry.state == BURST]


def _assess_one(name: str, weeks: Sequence[WeekCount], condition: BurstCondition) -> Assessment:
    tested = weeks[-1]
    baseline = _baseline(weeks[:-1], condition.baseline_weeks)
    entry = Assessment(
        series=name,
        week=tested.week,
        state=USUAL,
        count=tested.count,
        baseline=baseline,
        baseline_median=float(median(baseline)) if baseline else None,
    )
    if not tested.complete or tested.count is None:
        return replace(entry, state=INCOMPLETE)
    if len(baseline) < condition.min_baseline_weeks:
        return replace(entry, state=INSUFFICIENT_DATA)
    return replace(entry, p_value=poisson_upper_p(tested.count, baseline))


def _baseline(weeks: Sequence[WeekCount], length: int) -> tuple[int, ...]:
    """Counts of the complete weeks among the last `length`."""
    last = weeks[-length:]
    return tuple(week.count for week in last if week.complete and week.count is not None)


def _judged(entry: Assessment, q_value: float | None, condition: BurstCondition) -> Assessment:
    if q_value is None or entry.count is None or entry.baseline_median is None:
        return entry
    stands_out = (
        entry.count >= condition.min_count
        and entry.count >= condition.factor * entry.baseline_median
        and q_value < condition.alpha
    )
    return replace(entry, q_value=q_value, state=BURST if stands_out else USUAL)

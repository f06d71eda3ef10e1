"""The weeks before: figures for the charts, medians and ranges, and what may be called a change."""

from collections.abc import Mapping, Sequence
from typing import Final

from scipy.stats import binom
from sqlmodel import Session

from config.codebook import Codebook
from config.vocabulary import TARGETS
from models import SeriesPoint
from pipelines.measures import ALL, NEGATIVE, SUSPICIOUS, VOLUME
from pipelines.periods import weeks_before
from pipelines.reports.model import SCOPES, Figure, Reading, ThemeStatus, short_week
from pipelines.statistics import benjamini_hochberg, displayable, median_range, poisson_upper_p
from pipelines.trends import load_series

HISTORY_WEEKS: Final = 13
RECENT_WEEKS: Final = 4
MIN_BASELINE_WEEKS: Final = 4
FALSE_DISCOVERY_RATE: Final = 0.05

MEASURE_OF: Final[Mapping[str, str]] = {
    "items": VOLUME,
    "suspicious": SUSPICIOUS,
    "negative_tone": NEGATIVE,
}
COMPARED: Final = tuple(f"{scope}.{key}" for scope in SCOPES for key in MEASURE_OF)


def past_figures(session: Session, week: str, codebook: Codebook, min_n: int) -> list[Figure]:
    """Figures of the 13 weeks before, from the stored series; a week never built has none."""
    weeks = weeks_before(week, HISTORY_WEEKS)
    figures = []
    for key, (measure, slice_name) in _wanted(codebook).items():
        for scope in SCOPES:
            name = f"{key}.{scope}" if "." in key else f"{scope}.{key}"
            points = load_series(session, measure, scope, slice_name, weeks)
            figures += [_past(point, name, min_n) for point in points if point is not None]
    return figures


def _wanted(codebook: Codebook) -> dict[str, tuple[str, str]]:
    """Key of a figure -> measure and slice of its series."""
    wanted = {key: (measure, ALL) for key, measure in MEASURE_OF.items()}
    for family in codebook.families:
        wanted[f"family.{family.family_id}"] = (f"family:{family.family_id}", ALL)
    for target in TARGETS:
        wanted[f"target.{target}"] = (SUSPICIOUS, f"target:{target}")
    return wanted


def _past(point: SeriesPoint, name: str, min_n: int) -> Figure:
    key = name.split(".")[0]
    return Figure(
        id=f"{short_week(point.week)}.{name}",
        week=point.week,
        value=point.count,
        n=None if point.measure == VOLUME else point.total,
        low=point.low,
        high=point.high,
        method=point.method,
        displayable=point.low is not None and displayable(point.total, min_n),
        complete=point.complete,
        provisional=point.provisional,
        definition={"family": "family", "target": "suspicious_target"}.get(
            key, name.split(".")[-1]
        ),
        denominator=None if point.measure == VOLUME else f"{point.scope}.read",
    )


def baseline_figures(week: str, past: Sequence[Figure]) -> list[Figure]:
    """Median and range over the complete weeks among the 13 before."""
    figures = []
    for name in COMPARED:
        found = median_range(complete_values(past, name))
        figures.append(
            Figure(
                id=f"{short_week(week)}.{name}.median",
                week=week,
                value=found.median if found else None,
                n=found.weeks if found else 0,
                low=found.low if found else None,
                high=found.high if found else None,
                method="median and range",
                unit="median",
                definition="median",
                denominator="weeks",
            )
        )
    return figures


def complete_values(past: Sequence[Figure], name: str) -> list[int]:
    """Counts of the complete weeks, oldest first."""
    suffix = f".{name}"
    found = [f for f in past if f.id.endswith(suffix) and f.id.count(".") == suffix.count(".")]
    ordered = sorted(found, key=lambda figure: figure.week)
    return [int(f.value) for f in ordered if f.complete and f.value is not None]


def readings(now: Mapping[str, Figure], past: Sequence[Figure]) -> dict[str, Reading]:
    """What each compared row of the table may be called.

    A change needs two things: a count outside the range of the baseline, and an exact two-sided
    test of it against the baseline's rate, FDR-controlled over the rows of the table.
    """
    baselines = {name: complete_values(past, name) for name in COMPARED}
    testable = [name for name in COMPARED if _testable(now[name], baselines[name])]
    p_values = [two_sided_p(_count(now[name]), baselines[name]) for name in testable]
    q_values = dict(zip(testable, benjamini_hochberg(p_values), strict=True))
    return {
        name: _reading(now[name], baselines[name], q_values.get(name), name) for name in COMPARED
    }


def two_sided_p(count: int, baseline: Sequence[int]) -> float:
    """Twice the smaller tail of the exact conditional test of a count against past counts."""
    lower = float(binom.cdf(count, count + sum(baseline), 1 / (1 + len(baseline))))
    return min(1.0, 2 * min(lower, poisson_upper_p(count, baseline)))


def _testable(figure: Figure, baseline: Sequence[int]) -> bool:
    return figure.complete and figure.value is not None and len(baseline) >= MIN_BASELINE_WEEKS


def _count(figure: Figure) -> int:
    assert figure.value is not None
    return int(figure.value)


def _reading(figure: Figure, baseline: Sequence[int], q_value: float | None, name: str) -> Reading:
    if not figure.complete:
        return "incomplete"
    if q_value is None:
        return "no_baseline"
    count = _count(figure)
    if min(baseline) <= count <= max(baseline):
        return "usual" if name.endswith(".items") else "no_change"
    if q_value >= FALSE_DISCOVERY_RATE:
        return "too_few"
    return "rise" if count > max(baseline) else "fall"


def recent_figures(week: str, theme: str, past: Sequence[Figure]) -> list[Figure]:
    """How often a theme was seen in the 4 weeks before, for posts and for comments."""
    figures = []
    for scope in SCOPES:
        recent = _recent(week, f"{theme}.{scope}", past)
        known = [figure for figure in recent if figure.value is not None]
        figures.append(
            Figure(
                id=f"{short_week(week)}.{theme}.{scope}.before",
                week=week,
                value=sum(_count(figure) for figure in known) if known else None,
                n=len(known),
                complete=len(known) == RECENT_WEEKS and all(f.complete for f in known),
                provisional=any(figure.provisional for figure in known),
                definition="before",
                denominator="weeks",
            )
        )
    return figures


def _recent(week: str, name: str, past: Sequence[Figure]) -> list[Figure]:
    wanted = {f"{short_week(entry)}.{name}" for entry in weeks_before(week, RECENT_WEEKS)}
    return [figure for figure in past if figure.id in wanted]


def theme_status(
    current: Sequence[Figure],
    before: Sequence[Figure],
    *,
    coded_now: bool,
    coded_before: bool,
    complete: bool,
) -> ThemeStatus:
    """New, recurring or not observed; unknown where a gap or uncoded items could hide it."""
    seen_now = any(figure.value for figure in current)
    if seen_now and any(figure.value for figure in before):
        return "recurring"
    if seen_now:
        sure = coded_before and all(figure.complete for figure in before)
        return "new" if sure else "unknown"
    return "not_observed" if complete and coded_now else "unknown"

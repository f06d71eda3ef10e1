"""Weekly series: counts of labelled posts and comments with denominator, interval and gaps.

Posts and comments are never added together. A point is rewritten whenever its week is built
again, so labels that arrive later count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from config.agencies import Agency
from config.codebook import Codebook
from config.vocabulary import PLATFORMS
from config.watchlist import Watchlist
from models import SeriesPoint
from pipelines.coverage import WeekCoverage, week_coverage
from pipelines.labels import LabelledPost, labelled_posts
from pipelines.measures import (
    ALL,
    COMMENTS,
    SCOPES,
    VOLUME,
    Measure,
    Tally,
    is_candidate,
    share_measures,
    slices,
    tallies,
)
from pipelines.periods import Period, week_period
from pipelines.statistics import Share, cluster_interval, displayable, interval

BOOTSTRAP_SEED: Final = 7
TOO_FEW_ITEMS: Final = "too few items"
NOT_OVER: Final = "not_over"


@dataclass(frozen=True)
class WeekBuild:
    """What every point of one week has in common."""

    week: str
    period: Period
    coverage: WeekCoverage
    over: bool
    min_n: int
    versions: dict[str, Any]

    def gaps_of(self, slice_name: str) -> tuple[str, ...]:
        """Gap keys that concern a slice: those of its platform, or all."""
        platform = _platform_of(slice_name)
        gaps = self.coverage.gaps_of_platform(platform) if platform else self.coverage.gaps
        return gaps if self.over else (*gaps, NOT_OVER)


def build_week(
    session: Session,
    week: str,
    *,
    classifier: str,
    watchlist: Watchlist,
    codebook: Codebook,
    agencies: Sequence[Agency],
    min_n: int,
    now: datetime,
) -> list[SeriesPoint]:
    """Count a week anew and write its points; a week that is not over at `now` is incomplete.

    Points the week no longer has are removed. The caller commits.
    """
    period = week_period(week)
    build = WeekBuild(
        week=week,
        period=period,
        coverage=week_coverage(session, period, watchlist),
        over=period.end <= now,
        min_n=min_n,
        versions={
            "classifier": classifier,
            "watchlist": watchlist.version,
            "codebook": codebook.version,
            "min_n": min_n,
            "seed": BOOTSTRAP_SEED,
        },
    )
    items = labelled_posts(session, period, classifier)
    points = list(week_points(build, items, share_measures(codebook), agencies))
    return _replace(session, week, points)


def week_points(
    build: WeekBuild,
    items: Sequence[LabelledPost],
    measures: Sequence[Measure],
    agencies: Sequence[Agency],
) -> Iterator[SeriesPoint]:
    """Points of a week: every measure of every slice, posts first, then comments."""
    for scope in SCOPES:
        of_scope = [
            item for item in items if is_candidate(item) and item.is_comment == (scope == COMMENTS)
        ]
        for slice_name, members in sorted(slices(of_scope, agencies).items()):
            for tally in tallies(members, measures):
                yield _point(build, scope, slice_name, tally)


def load_series(
    session: Session, measure: str, scope: str, slice_name: str, weeks: Sequence[str]
) -> list[SeriesPoint | None]:
    """Points of one series, week by week; None where the week has not been built.

    A week that was built without anything in the slice gives a point of 0, with the week's gaps.
    """
    rows = session.exec(
        select(SeriesPoint)
        .where(SeriesPoint.scope == scope, col(SeriesPoint.week).in_(weeks))
        .where(col(SeriesPoint.measure).in_((measure, VOLUME)))
        .where(col(SeriesPoint.slice).in_((slice_name, _parent_slice(slice_name))))
    )
    known = {(row.week, row.measure, row.slice): row for row in rows}
    series: list[SeriesPoint | None] = []
    for week in weeks:
        built = known.get((week, VOLUME, _parent_slice(slice_name)))
        point = known.get((week, measure, slice_name))
        series.append(point or (_empty_like(built, measure, slice_name) if built else None))
    return series


def load_slices(session: Session, measure: str, scope: str, kind: str, week: str) -> list[str]:
    """Slices of one kind (`agency`, `target`, ..) that a week has a point for, in order.

    Crossed slices such as `platform:x,target:donor` are of no single kind.
    """
    names = session.exec(
        select(SeriesPoint.slice).where(
            SeriesPoint.measure == measure,
            SeriesPoint.scope == scope,
            SeriesPoint.week == week,
            col(SeriesPoint.slice).startswith(f"{kind}:", autoescape=True),
        )
    )
    return sorted(name for name in names if "," not in name)


def _point(build: WeekBuild, scope: str, slice_name: str, tally: Tally) -> SeriesPoint:
    share = _share(scope, tally, build.min_n)
    sizes = [size for _, size in tally.by_thread]
    gaps = build.gaps_of(slice_name)
    return SeriesPoint(
        week=build.week,
        measure=tally.measure,
        scope=scope,
        slice=slice_name,
        start=build.period.start,
        end=build.period.end,
        count=tally.count,
        total=tally.total,
        threads=len(sizes) if scope == COMMENTS and tally.is_share else None,
        largest_thread=max(sizes, default=0) if scope == COMMENTS and tally.is_share else None,
        low=share.low if share else None,
        high=share.high if share else None,
        method=share.method if share else None,
        complete=not gaps,
        gaps=list(gaps),
        provisional=any(item.provisional for item in tally.items),
        versions=build.versions,
    )


def _share(scope: str, tally: Tally, min_n: int) -> Share | None:
    """Interval of a tally; None for sums, without bounds where too few items stand behind it."""
    if not tally.is_share:
        return None
    if not displayable(tally.total, min_n):
        return Share(tally.count, tally.total, None, None, TOO_FEW_ITEMS)
    if scope == COMMENTS:
        return cluster_interval(tally.by_thread, seed=BOOTSTRAP_SEED)
    return interval(tally.count, tally.total)


def incomplete_weeks(session: Session, *, since: datetime) -> list[str]:
    """Weeks that began at `since` or later and were counted with a gap, oldest first."""
    rows = session.exec(
        select(SeriesPoint.week)
        .where(SeriesPoint.slice == ALL, col(SeriesPoint.complete).is_(False))
        .where(col(SeriesPoint.start) >= since)
        .distinct()
    )
    return sorted(rows)


def _replace(session: Session, week: str, points: Sequence[SeriesPoint]) -> list[SeriesPoint]:
    """Write the points over those the week had; gives the stored rows in the same order."""
    rows = session.exec(select(SeriesPoint).where(SeriesPoint.week == week)).all()
    known = {(row.measure, row.scope, row.slice): row for row in rows}
    stored = []
    for point in points:
        row = known.pop((point.measure, point.scope, point.slice), None)
        stored.append(point if row is None else row.sqlmodel_update(point.model_dump()))
    for gone in known.values():
        session.delete(gone)
    session.add_all(stored)
    session.flush()
    return stored


def _platform_of(slice_name: str) -> str | None:
    """The platform a slice is confined to: `platform:x` or `platform:x,target:donor`."""
    first = slice_name.split(",")[0].removeprefix("platform:")
    return first if first in PLATFORMS else None


def _parent_slice(slice_name: str) -> str:
    """The slice that always has points and shares this slice's gaps."""
    platform = _platform_of(slice_name)
    return f"platform:{platform}" if platform else ALL


def _empty_like(built: SeriesPoint, measure: str, slice_name: str) -> SeriesPoint:
    return SeriesPoint(
        week=built.week,
        measure=measure,
        scope=built.scope,
        slice=slice_name,
        start=built.start,
        end=built.end,
        count=0,
        total=0,
        complete=built.complete,
        gaps=built.gaps,
        provisional=False,
        versions=built.versions,
    )

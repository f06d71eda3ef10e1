"""Builds the facts of a week from the store. Everything a page says is decided here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from typing import Final

from sqlmodel import Session

from config.agencies import Agency
from config.codebook import Codebook
from config.places import Place
from config.watchlist import Watchlist
from pipelines.coverage import week_coverage
from pipelines.labels import labelled_posts
from pipelines.periods import WEEK, Period, week_period, weeks_before
from pipelines.reports.counts import week_figures
from pipelines.reports.evidence import counted_items
from pipelines.reports.history import (
    HISTORY_WEEKS,
    MEASURE_OF,
    baseline_figures,
    complete_values,
    past_figures,
    readings,
)
from pipelines.reports.maker import FigureMaker
from pipelines.reports.model import (
    SCOPES,
    Figure,
    Item,
    Reading,
    SourceFact,
    Status,
    WeeklyFacts,
    short_week,
)
from pipelines.reports.surroundings import (
    Alerts,
    Patterns,
    coverage_figures,
    week_alerts,
    week_patterns,
)
from pipelines.reports.themes import Themes, week_themes

PATTERN_WEEKS: Final = 8 * WEEK
LIMITS: Final = ("platforms", "opinion", "places", "languages", "comments")
NOT_OVER: Final = "week_not_over"
SERIOUS: Final = ("warning", "urgent")
DECIDED: Final = ("validated", "delivered")


def build_weekly_facts(
    session: Session,
    week: str,
    *,
    classifier: str,
    watchlist: Watchlist,
    codebook: Codebook,
    agencies: Sequence[Agency],
    places: Sequence[Place],
    min_n: int,
    now: datetime,
) -> WeeklyFacts:
    """Count the week anew and set it beside the stored series of the 13 weeks before.

    A week that is not over at `now`, or was not fully collected, is marked incomplete.
    """
    period = week_period(week)
    coverage = week_coverage(session, period, watchlist)
    gaps = coverage.gaps + ((NOT_OVER,) if now < period.end else ())
    posts = labelled_posts(session, period, classifier)
    maker = FigureMaker(week, complete=not gaps, min_n=min_n)
    current = week_figures(posts, maker, agencies=agencies, places=places, codebook=codebook)
    past = past_figures(session, week, codebook, min_n)
    covered, sources = coverage_figures(week, coverage, watchlist)
    parts = _Parts(
        week=week,
        period=period,
        gaps=gaps,
        current=current,
        past=past,
        covered=covered,
        sources=sources,
        themes=week_themes(week, current, past, codebook),
        patterns=week_patterns(session, week),
        alerts=week_alerts(session, week, _charted(week)),
    )
    # A pattern is found over several weeks; what shows it may be older than this one.
    before = Period(period.start - PATTERN_WEEKS, period.start)
    known = [*labelled_posts(session, before, classifier), *posts]
    versions = {
        "classifier": classifier,
        "watchlist": watchlist.version,
        "codebook": codebook.version,
        "vigie": version("vigie"),
    }
    items = counted_items(session, known, parts.figures.values(), classifier)
    return _assemble(parts, items, versions, min_n)


@dataclass(frozen=True)
class _Parts:
    """What was counted and looked up for one week."""

    week: str
    period: Period
    gaps: tuple[str, ...]
    current: Sequence[Figure]
    past: Sequence[Figure]
    covered: Sequence[Figure]
    sources: tuple[SourceFact, ...]
    themes: Themes
    patterns: Patterns
    alerts: Alerts

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Every figure by id, in the order of ids."""
        found = [
            *self.current,
            *self.past,
            *baseline_figures(self.week, self.past),
            *self.themes.figures,
            *self.covered,
            *self.patterns.figures,
            self.alerts.figure,
        ]
        return {figure.id: figure for figure in sorted(found, key=lambda figure: figure.id)}


def _assemble(
    parts: _Parts, items: Mapping[str, Item], versions: Mapping[str, str], min_n: int
) -> WeeklyFacts:
    said = readings(_compared(parts.week, parts.figures), parts.past)
    return WeeklyFacts(
        week=parts.week,
        start=parts.period.start,
        end=parts.period.end,
        status=_status(parts, said),
        complete=not parts.gaps,
        gaps=parts.gaps,
        weeks=_chart_weeks(parts.week),
        baseline_weeks=len(complete_values(parts.past, "posts.items")),
        burst_weeks=parts.alerts.burst_weeks,
        min_n=min_n,
        figures=parts.figures,
        items=items,
        readings=said,
        theme_kind=parts.themes.kind,
        themes=parts.themes.themes,
        alerts=parts.alerts.facts,
        patterns=parts.patterns.state,
        explanations=parts.patterns.explanations,
        sources=parts.sources,
        languages=_endings(parts, "language"),
        not_read_forms=_endings(parts, "not_read"),
        places=_ranked(parts.current, "place"),
        organisation_types=_ranked(parts.current, "organisations"),
        source_types=_ranked(parts.current, "source"),
        versions=versions,
        limits=LIMITS,
    )


def _chart_weeks(week: str) -> tuple[str, ...]:
    return (*weeks_before(week, HISTORY_WEEKS - 1), week)


def _charted(week: str) -> Period:
    return Period(week_period(_chart_weeks(week)[0]).start, week_period(week).end)


def _compared(week: str, figures: Mapping[str, Figure]) -> dict[str, Figure]:
    prefix = f"{short_week(week)}."
    return {
        f"{scope}.{key}": figures[f"{prefix}{scope}.{key}"]
        for scope in SCOPES
        for key in MEASURE_OF
    }


def _status(parts: _Parts, said: Mapping[str, Reading]) -> Status:
    """The one word on top: decided alerts first, then what to follow, then gaps."""
    alerts = parts.alerts.facts
    if any(alert.level in SERIOUS and alert.status in DECIDED for alert in alerts):
        return "alert"
    rising = any(said[f"{scope}.suspicious"] == "rise" for scope in SCOPES)
    if rising or parts.patterns.unexplained or any(alert.level != "info" for alert in alerts):
        return "to_watch"
    return "incomplete" if parts.gaps else "usual"


def _endings(parts: _Parts, name: str) -> tuple[str, ...]:
    """Last words of `W38.posts.language.fr` and the like, each once."""
    prefixes = tuple(f"{short_week(parts.week)}.{scope}.{name}." for scope in SCOPES)
    found = {figure.id.split(".")[3] for figure in parts.current if figure.id.startswith(prefixes)}
    return tuple(sorted(found))


def _ranked(figures: Sequence[Figure], part: str) -> tuple[str, ...]:
    """Last words of `W38.place.Mopti` and the like, the largest value first."""
    found = [figure for figure in figures if figure.id.split(".")[1:-1] == [part]]
    ranked = sorted(found, key=lambda figure: (-(figure.value or 0), figure.id))
    return tuple(figure.id.split(".")[-1] for figure in ranked)

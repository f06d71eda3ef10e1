"""Figures that are no counts of labels: coverage, synchronised patterns, alerts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from config.watchlist import Watchlist
from models import Alert, CoordinationRun
from pipelines.coverage import WeekCoverage
from pipelines.periods import Period, week_of
from pipelines.reports.model import AlertFact, Figure, PatternState, SourceFact, short_week

REJECTED = "rejected"
# The detection's own word for a week in which no two accounts shared enough to be compared.
TOO_FEW = "too_few"


@dataclass(frozen=True)
class Patterns:
    """Synchronised posting patterns of the week, as figures, and the explanations met."""

    figures: tuple[Figure, ...]
    explanations: tuple[str, ...]
    state: PatternState

    @property
    def unexplained(self) -> bool:
        """Whether any pattern has no ordinary explanation."""
        return any(figure.id.endswith(".patterns") and figure.value for figure in self.figures)


@dataclass(frozen=True)
class Alerts:
    """Alerts of the week that no one has rejected, and the weeks in which bursts were found."""

    facts: tuple[AlertFact, ...]
    figure: Figure
    burst_weeks: tuple[str, ...]


def coverage_figures(
    week: str, coverage: WeekCoverage, watchlist: Watchlist
) -> tuple[list[Figure], tuple[SourceFact, ...]]:
    """Sources fully collected of those watched, by kind and one by one; comments of claimed."""
    prefix = f"{short_week(week)}.coverage"
    # The page of a person has no name: it stands under its type and number.
    names = {page.register_id: page.name for page in watchlist.facebook_pages if page.name}
    figures, sources = [], []
    for source in coverage.sources:
        figure = Figure(
            id=f"{prefix}.{source.source}.{source.query_id}",
            week=week,
            value=source.fraction,
            unit="part",
            definition="collected_part",
        )
        figures.append(figure)
        name = names.get(source.query_id, source.query_id)
        sources.append(
            SourceFact(source=source.source, query_id=source.query_id, name=name, figure=figure.id)
        )
    for kind in ("facebook_pages", "x_search"):
        of_kind = [source for source in coverage.sources if source.source == kind]
        figures.append(
            Figure(
                id=f"{prefix}.{kind}",
                week=week,
                value=sum(source.complete for source in of_kind),
                n=len(of_kind),
                unit="sources",
                definition="coverage",
                denominator="watched",
            )
        )
    return [*figures, _comments_collected(week, coverage)], tuple(sources)


def _comments_collected(week: str, coverage: WeekCoverage) -> Figure:
    claimed = coverage.comments_claimed
    return Figure(
        id=f"{short_week(week)}.coverage.comments",
        week=week,
        value=coverage.comments_collected if claimed else None,
        n=claimed or None,
        definition="comments_collected",
        denominator="claimed",
        complete=coverage.comments_unknown == 0,
    )


def week_patterns(session: Session, week: str) -> Patterns:
    """What the detection runs of the week found; unknown where none has been made."""
    runs = session.exec(
        select(CoordinationRun)
        .where(col(CoordinationRun.id).startswith(f"{week}:", autoescape=True))
        .order_by(col(CoordinationRun.id))
    ).all()
    networks = [network for run in runs for network in run.networks]
    open_ones = [network for network in networks if not network.get("explained_by")]
    explained = Counter(str(n["explained_by"]) for n in networks if n.get("explained_by"))
    state = _state(runs)
    readable = state == "tested"
    figures = [
        _pattern_figure(week, "patterns", open_ones, readable),
        _pattern_figure(
            week, "patterns.explained", [n for n in networks if n.get("explained_by")], readable
        ),
    ]
    for reason in sorted(explained):
        found = [network for network in networks if network.get("explained_by") == reason]
        figures.append(_pattern_figure(week, f"patterns.explained.{reason}", found, readable))
    figures += _flag_figures(week, [run.summary for run in runs])
    return Patterns(tuple(figures), tuple(sorted(explained)), state)


def _state(runs: Sequence[CoordinationRun]) -> PatternState:
    if not runs:
        return "not_run"
    return "too_few" if all(run.summary.get("reading") == TOO_FEW for run in runs) else "tested"


def _pattern_figure(
    week: str, key: str, networks: Sequence[Mapping[str, Any]], made: bool
) -> Figure:
    posts = {str(post_id) for network in networks for post_id in network.get("post_ids", ())}
    return Figure(
        id=f"{short_week(week)}.{key}",
        week=week,
        value=len(networks) if made else None,
        unit="patterns",
        definition="patterns",
        items=tuple(sorted(posts)),
    )


def _flag_figures(week: str, summaries: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """Pairs flagged, beside how many are flagged when accounts are shuffled."""
    shuffled = [list(summary.get("flagged_under_permutation") or ()) for summary in summaries]
    chance = [sum(draw) for draw in zip(*shuffled, strict=False)] if all(shuffled) else []
    flagged = [summary.get("flagged") for summary in summaries]
    known = [value for value in flagged if value is not None]
    return [
        Figure(
            id=f"{short_week(week)}.pairs.flagged",
            week=week,
            value=sum(known) if known else None,
            unit="pairs",
            definition="pairs_flagged",
        ),
        Figure(
            id=f"{short_week(week)}.pairs.by_chance",
            week=week,
            value=sum(chance) / len(chance) if chance else None,
            n=len(chance) or None,
            low=min(chance, default=None),
            high=max(chance, default=None),
            method="mean and range of permutations",
            unit="pairs",
            definition="pairs_by_chance",
            denominator="permutations",
        ),
    ]


def week_alerts(session: Session, week: str, charted: Period) -> Alerts:
    """Alerts whose period begins in the charted weeks; those of this week are listed."""
    rows = session.exec(
        select(Alert)
        .where(col(Alert.start) < charted.end, col(Alert.end) > charted.start)
        .where(Alert.status != REJECTED)
        .order_by(col(Alert.id))
    ).all()
    current = [row for row in rows if week_of(row.start) == week]
    figure = Figure(
        id=f"{short_week(week)}.alerts",
        week=week,
        value=len(current),
        unit="alerts",
        definition="alerts",
        items=tuple(sorted({str(p) for row in current for p in row.facts.get("post_ids", ())})),
    )
    facts = tuple(
        AlertFact(alert_id=row.id, rule_id=row.rule_id, level=row.level, status=row.status)
        for row in current
    )
    bursts = {week_of(row.start) for row in rows if "burst" in row.rule_id}
    return Alerts(facts, figure, tuple(sorted(bursts)))

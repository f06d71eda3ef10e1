"""Builds the facts of a week from the store. Everything a page says is decided here."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Final

from sqlmodel import Session, col, select

from config.agencies import Agency
from config.codebook import Codebook
from config.places import Place
from config.watchlist import Watchlist
from models import Payload, PostVersion
from pipelines.coverage import week_coverage
from pipelines.labels import CHUNK, LabelledPost, labelled_posts
from pipelines.periods import WEEK, Period, week_period, weeks_before
from pipelines.reports.counts import week_figures
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
    AlertFact,
    Figure,
    Item,
    Reading,
    Status,
    WeeklyFacts,
    short_week,
)
from pipelines.reports.surroundings import coverage_figures, week_alerts, week_patterns
from pipelines.reports.themes import week_themes

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
    themes = week_themes(week, current, past, codebook)
    covered, sources = coverage_figures(week, coverage, watchlist)
    patterns = week_patterns(session, week)
    weeks = (*weeks_before(week, HISTORY_WEEKS - 1), week)
    alerts = week_alerts(session, week, Period(week_period(weeks[0]).start, period.end))
    figures = _by_id(
        [
            *current,
            *past,
            *baseline_figures(week, past),
            *themes.figures,
            *covered,
            *patterns.figures,
            alerts.figure,
        ]
    )
    # A pattern is found over several weeks; what shows it may be older than this one.
    earlier = labelled_posts(
        session, Period(period.start - PATTERN_WEEKS, period.start), classifier
    )
    said = readings(_compared(week, figures), past)
    return WeeklyFacts(
        week=week,
        start=period.start,
        end=period.end,
        status=_status(bool(gaps), alerts.facts, said, patterns=bool(patterns.figures[0].value)),
        complete=not gaps,
        gaps=gaps,
        weeks=weeks,
        baseline_weeks=len(complete_values(past, "posts.items")),
        burst_weeks=alerts.burst_weeks,
        min_n=min_n,
        figures=figures,
        items=_items(session, [*earlier, *posts], figures.values(), classifier),
        readings=said,
        theme_kind=themes.kind,
        themes=themes.themes,
        alerts=alerts.facts,
        patterns=patterns.state,
        explanations=patterns.explanations,
        sources=sources,
        languages=_endings(week, figures, "language"),
        not_read_forms=_endings(week, figures, "not_read"),
        places=_ranked(current, "place"),
        organisation_types=_ranked(current, "organisations"),
        source_types=_ranked(current, "source"),
        versions={
            "classifier": classifier,
            "watchlist": watchlist.version,
            "codebook": codebook.version,
            "vigie": version("vigie"),
        },
        limits=LIMITS,
    )


def _by_id(figures: Iterable[Figure]) -> dict[str, Figure]:
    return {figure.id: figure for figure in sorted(figures, key=lambda figure: figure.id)}


def _compared(week: str, figures: Mapping[str, Figure]) -> dict[str, Figure]:
    prefix = f"{short_week(week)}."
    return {
        f"{scope}.{key}": figures[f"{prefix}{scope}.{key}"]
        for scope in SCOPES
        for key in MEASURE_OF
    }


def _status(
    incomplete: bool, alerts: Sequence[AlertFact], said: Mapping[str, Reading], *, patterns: bool
) -> Status:
    """The one word on top: decided alerts first, then gaps, then anything to follow."""
    if any(alert.level in SERIOUS and alert.status in DECIDED for alert in alerts):
        return "alert"
    rising = any(said[f"{scope}.suspicious"] == "rise" for scope in SCOPES)
    if rising or patterns or any(alert.level != "info" for alert in alerts):
        return "to_watch"
    return "incomplete" if incomplete else "usual"


def _endings(week: str, figures: Mapping[str, Figure], part: str) -> tuple[str, ...]:
    """Last words of `W38.posts.language.fr` and the like, each once."""
    prefixes = tuple(f"{short_week(week)}.{scope}.{part}." for scope in SCOPES)
    found = {key.split(".")[3] for key in figures if key.startswith(prefixes)}
    return tuple(sorted(found))


def _ranked(figures: Sequence[Figure], part: str) -> tuple[str, ...]:
    """Last words of `W38.place.Mopti` and the like, the largest value first."""
    found = [figure for figure in figures if figure.id.split(".")[1:-1] == [part]]
    ranked = sorted(found, key=lambda figure: (-(figure.value or 0), figure.id))
    return tuple(figure.id.split(".")[-1] for figure in ranked)


def _items(
    session: Session,
    posts: Sequence[LabelledPost],
    figures: Iterable[Figure],
    classifier: str,
) -> dict[str, Item]:
    """Every post some figure counts, with its label and the payloads that brought it."""
    counted = {post_id for figure in figures for post_id in figure.items}
    chosen = [post for post in posts if post.post_id in counted]
    payloads = payload_hashes(session, [post.post_id for post in chosen])
    return {
        post.post_id: _item(post, classifier, payloads.get(post.post_id, ()))
        for post in sorted(chosen, key=lambda post: post.post_id)
    }


def _item(post: LabelledPost, classifier: str, payloads: tuple[str, ...]) -> Item:
    source = "annotation" if not post.provisional else "prediction" if post.stance else "none"
    return Item(
        platform=post.platform,
        kind=post.kind,
        day=post.created_at.date().isoformat(),
        stance=post.stance,
        tone=post.tone,
        target=post.target,
        narrative=post.narrative,
        label_source=source,
        classifier=classifier if source == "prediction" else None,
        payloads=payloads,
    )


def payload_hashes(session: Session, post_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """SHA-256 of every payload that brought a text of a post, sorted."""
    found: dict[str, set[str]] = {}
    for start in range(0, len(post_ids), CHUNK):
        rows = session.exec(
            select(PostVersion.post_id, Payload.sha256)
            .join(Payload, col(Payload.id) == col(PostVersion.payload_id))
            .where(col(PostVersion.post_id).in_(post_ids[start : start + CHUNK]))
        )
        for post_id, sha256 in rows:
            found.setdefault(post_id, set()).add(sha256)
    return {post_id: tuple(sorted(hashes)) for post_id, hashes in found.items()}

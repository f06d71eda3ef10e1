"""Two static charts of 13 weeks. The same facts give the same bytes."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pipelines.reports.model import Figure, WeeklyFacts, short_week
from pipelines.reports.words.text import Writer
from pipelines.reports.words.typography import week_number

Format = Literal["svg", "png"]

# Light against dark survives grey printing and every kind of colour blindness.
LIGHT: Final = "#b9c7d3"
DARK: Final = "#8c2d04"
INK: Final = "#2b2f33"
FAINT: Final = "#d9dde1"
GAP: Final = "#8a9096"
SIZE: Final = (4.3, 2.35)
PNG_DPI: Final = 200
BAR_WIDTH: Final = 0.74
DOT_AREA: Final = 14.0
LARGEST_DOT: Final = 150.0
WHOLE: Final[Any] = {"color": LIGHT}
HATCHED: Final[Any] = {"color": "white", "hatch": "//////", "edgecolor": GAP, "linewidth": 0.4}
STYLE: Final[Any] = {
    "font.family": ["DejaVu Sans"],  # shipped with matplotlib: the same on every machine
    "font.size": 7,
    "hatch.linewidth": 0.6,
    "hatch.color": GAP,
    "svg.hashsalt": "vigie",
    "svg.fonttype": "path",
}


@dataclass(frozen=True)
class Point:
    """One week of one series; None where the week has not been counted."""

    items: int | None
    suspicious: int
    complete: bool


def week_chart(w: Writer, file_format: Format) -> bytes:
    """Posts above the line, comments below, the suspicious part dark, gaps hatched."""
    with mpl.rc_context(STYLE):
        canvas = Canvas(figsize=SIZE, layout="constrained")
        axes = canvas.subplots()
        largest = max(
            _draw_scope(axes, _points(w.facts, "posts"), 1),
            _draw_scope(axes, _points(w.facts, "comments"), -1),
        )
        _mark_bursts(axes, w.facts, largest)
        _mark_missing(axes, _points(w.facts, "posts"), largest)
        _week_axis(axes, w)
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.set_ylim(-largest * 1.15, largest * 1.25)
        axes.yaxis.set_major_formatter(lambda value, _position: f"{abs(value):.0f}")
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.set_ylabel(f"← {w.word('chart.down')}    {w.word('chart.up')} →")
        _legend(canvas, _week_legend(w))
        return _render(canvas, file_format)


def theme_chart(w: Writer, file_format: Format) -> bytes:
    """One row per theme, one dot per week: its area is the count; posts filled, comments open."""
    with mpl.rc_context(STYLE):
        canvas = Canvas(figsize=SIZE, layout="constrained")
        axes = canvas.subplots()
        themes = w.facts.themes
        area = _dot_area(w.facts)
        for row, theme in enumerate(themes):
            _draw_theme(axes, w.facts, f"{w.facts.theme_kind}.{theme.theme_id}", row, area)
        _shade_gaps(axes, w.facts, len(themes))
        _week_axis(axes, w)
        names = [theme.name_fr if w.language == "fr" else theme.name_en for theme in themes]
        axes.set_yticks(range(len(themes)), names)
        axes.set_ylim(len(themes) - 0.5, -0.5)
        axes.grid(axis="y", color=FAINT, linewidth=0.5)
        axes.set_axisbelow(True)
        _legend(canvas, _theme_legend(w))
        return _render(canvas, file_format)


def _points(facts: WeeklyFacts, scope: str) -> list[Point]:
    return [
        _point(
            facts.figures.get(f"{short_week(week)}.{scope}.items"),
            facts.figures.get(f"{short_week(week)}.{scope}.suspicious"),
        )
        for week in facts.weeks
    ]


def _point(items: Figure | None, suspicious: Figure | None) -> Point:
    if items is None or items.value is None:
        return Point(None, 0, complete=False)
    dark = suspicious.value if suspicious is not None and suspicious.value is not None else 0
    return Point(int(items.value), int(dark), items.complete)


def _draw_scope(axes: Axes, points: Sequence[Point], direction: int) -> int:
    """Bars in one direction; gives the largest count, at least 1."""
    for place, point in enumerate(points):
        if point.items is None:
            continue
        light: dict[str, Any] = (
            {} if point.complete else {"hatch": "//////", "edgecolor": GAP, "linewidth": 0.4}
        )
        colour = LIGHT if point.complete else "white"
        axes.bar(place, direction * point.items, BAR_WIDTH, color=colour, **light)
        axes.bar(place, direction * point.suspicious, BAR_WIDTH, color=DARK)
    last = points[-1]
    if last.items is not None:
        side = "bottom" if direction > 0 else "top"
        at = direction * last.items
        axes.text(len(points) - 1, at, str(last.items), ha="center", va=side, color=INK)
    return max((point.items or 0 for point in points), default=0) or 1


def _mark_bursts(axes: Axes, facts: WeeklyFacts, largest: int) -> None:
    places = [place for place, week in enumerate(facts.weeks) if week in facts.burst_weeks]
    axes.plot(places, [largest * 1.15] * len(places), "v", color=DARK, markersize=5)


def _mark_missing(axes: Axes, points: Sequence[Point], largest: int) -> None:
    for place, point in enumerate(points):
        if point.items is None:
            axes.text(place, largest * 0.08, "?", ha="center", color=GAP)


def _draw_theme(axes: Axes, facts: WeeklyFacts, key: str, row: int, area: float) -> None:
    for scope, offset, face in (("posts", -0.16, DARK), ("comments", 0.16, "white")):
        for place, week in enumerate(facts.weeks):
            figure = facts.figures.get(f"{short_week(week)}.{key}.{scope}")
            if figure is None or not figure.value:
                continue
            axes.scatter(
                place,
                row + offset,
                s=area * figure.value,
                facecolor=face,
                edgecolor=DARK,
                linewidth=0.9,
                zorder=3,
            )


def _dot_area(facts: WeeklyFacts) -> float:
    """Square points for one item, less when the largest dot would cover its neighbours."""
    parts = tuple(f".{facts.theme_kind}.{theme.theme_id}." for theme in facts.themes)
    weeks = {short_week(week) for week in facts.weeks}
    counts = [
        figure.value or 0
        for key, figure in facts.figures.items()
        if key.endswith((".posts", ".comments"))
        and any(part in key for part in parts)
        and key.partition(".")[0] in weeks
    ]
    return min(DOT_AREA, LARGEST_DOT / max([*counts, 1]))


def _shade_gaps(axes: Axes, facts: WeeklyFacts, rows: int) -> None:
    for place, week in enumerate(facts.weeks):
        figure = facts.figures.get(f"{short_week(week)}.posts.items")
        if figure is None or not figure.complete:
            axes.bar(place, rows, 0.9, bottom=-0.5, color="white", hatch="//////", edgecolor=FAINT)


def _week_axis(axes: Axes, w: Writer) -> None:
    weeks = w.facts.weeks
    # The prefix at both ends only: thirteen whole labels would run into each other.
    ends = (weeks[0], weeks[-1])
    labels = [
        f"{w.word('chart.week') if week in ends else ''}{week_number(week)}" for week in weeks
    ]
    axes.set_xticks(range(len(weeks)), labels)
    axes.set_xlim(-0.6, len(weeks) - 0.4)
    axes.tick_params(length=0, colors=INK)
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)


def _week_legend(w: Writer) -> list[Any]:
    entries: list[Any] = [
        Patch(facecolor=DARK, label=w.word("chart.suspicious")),
        Patch(facecolor=LIGHT, label=w.word("chart.other")),
        Patch(facecolor="white", edgecolor=GAP, hatch="//////", label=w.word("chart.incomplete")),
    ]
    if w.facts.burst_weeks:
        entries.append(
            Line2D([], [], marker="v", linestyle="", color=DARK, label=w.word("chart.burst"))
        )
    return entries


def _theme_legend(w: Writer) -> list[Any]:
    ring: dict[str, Any] = {"marker": "o", "linestyle": "", "markeredgecolor": DARK}
    return [
        Line2D([], [], markerfacecolor=DARK, label=w.word("chart.up"), **ring),
        Line2D([], [], markerfacecolor="white", label=w.word("chart.down"), **ring),
        Patch(facecolor="white", edgecolor=FAINT, hatch="//////", label=w.word("chart.incomplete")),
    ]


def _legend(canvas: Canvas, handles: Sequence[Any]) -> None:
    canvas.legend(
        handles=handles,
        loc="outside lower center",
        ncols=len(handles),
        frameon=False,
        handlelength=1.2,
        columnspacing=1.2,
        fontsize=6.2,
    )


def _render(canvas: Canvas, file_format: Format) -> bytes:
    metadata = {"Date": None, "Creator": None} if file_format == "svg" else {"Software": None}
    buffer = io.BytesIO()
    canvas.savefig(buffer, format=file_format, metadata=metadata, dpi=PNG_DPI)
    return buffer.getvalue()

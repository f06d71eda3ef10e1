"""The narratives table: publication families, or what suspicion is aimed at while none is coded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from config.codebook import Codebook
from config.vocabulary import TARGETS
from pipelines.periods import weeks_before
from pipelines.reports.history import RECENT_WEEKS, recent_figures, theme_status
from pipelines.reports.model import SCOPES, Figure, Theme, ThemeKind, ThemeStatus, short_week

TARGET_NAMES: Final = {
    "named_agency": ("Une agence nommée", "A named agency"),
    "sector_generic": ("L’aide en général", "Aid in general"),
    "health_campaign": ("Campagnes de santé", "Health campaigns"),
    "donor": ("Bailleurs", "Donors"),
    "UN_peacekeeping": ("Maintien de la paix de l’ONU", "UN peacekeeping"),
    "none": ("Sans cible précise", "No clear target"),
}


@dataclass(frozen=True)
class Themes:
    """Rows of the table and the figures they add."""

    kind: ThemeKind
    themes: tuple[Theme, ...]
    figures: tuple[Figure, ...]


def week_themes(
    week: str, current: Sequence[Figure], past: Sequence[Figure], codebook: Codebook
) -> Themes:
    """Families when any suspicious item of the last weeks carries a code, else target classes."""
    values = {figure.id: figure.value for figure in (*current, *past)}
    families = [family.family_id for family in codebook.families]
    coded = _total(values, (f".family.{family}." for family in families))
    suspicious = _total(values, (f".{scope}.suspicious" for scope in SCOPES))
    kind: ThemeKind = "target" if suspicious and not coded else "family"
    names = _names(kind, codebook)
    by_id = {figure.id: figure for figure in (*current, *past)}
    figures: list[Figure] = []
    themes = []
    for theme_id, (name_fr, name_en) in names.items():
        before = recent_figures(week, f"{kind}.{theme_id}", past)
        figures += before
        status = _status(week, kind, theme_id, theme_ids=list(names), figures=by_id, before=before)
        themes.append(Theme(theme_id=theme_id, name_fr=name_fr, name_en=name_en, status=status))
    return Themes(kind, tuple(themes), tuple(figures))


def _names(kind: ThemeKind, codebook: Codebook) -> dict[str, tuple[str, str]]:
    if kind == "family":
        return {f.family_id: (f.name_fr, f.name_en) for f in codebook.families}
    return {target: TARGET_NAMES[target] for target in TARGETS if target != "none"}


def _status(
    week: str,
    kind: ThemeKind,
    theme_id: str,
    *,
    theme_ids: Sequence[str],
    figures: Mapping[str, Figure],
    before: Sequence[Figure],
) -> ThemeStatus:
    prefix = short_week(week)
    current = [
        figure
        for scope in SCOPES
        if (figure := figures.get(f"{prefix}.{kind}.{theme_id}.{scope}")) is not None
    ]
    recent = [short_week(entry) for entry in weeks_before(week, RECENT_WEEKS)]
    return theme_status(
        current,
        before,
        coded_now=_all_coded(prefix, kind, theme_ids, figures),
        coded_before=all(_all_coded(entry, kind, theme_ids, figures) for entry in recent),
        complete=figures[f"{prefix}.posts.items"].complete,
    )


def _all_coded(
    prefix: str, kind: ThemeKind, theme_ids: Sequence[str], figures: Mapping[str, Figure]
) -> bool:
    """Whether the themes account for every suspicious item of a week."""
    keys = [f"{prefix}.{kind}.{theme_id}.{scope}" for theme_id in theme_ids for scope in SCOPES]
    coded = sum(figures[key].value or 0 for key in keys if key in figures)
    whole = [figures.get(f"{prefix}.{scope}.suspicious") for scope in SCOPES]
    return all(whole) and coded == sum(figure.value or 0 for figure in whole if figure)


def _total(values: Mapping[str, int | float | None], parts: Iterable[str]) -> float:
    wanted = tuple(parts)
    return sum(value or 0 for key, value in values.items() if any(part in key for part in wanted))

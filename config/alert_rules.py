"""When an alert is proposed: levels, measures and thresholds. A person decides each one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast

from config.errors import ConfigError
from config.loading import Section, read_yaml, refuse_repeats
from config.settings import CONFIG_DIR

Level = Literal["info", "watch", "warning", "urgent"]
Kind = Literal["burst", "volume_burst", "synchronised"]
Scope = Literal["posts", "comments"]

LEVELS: Final = ("info", "watch", "warning", "urgent")  # rising
SCOPES: Final = ("posts", "comments")
# Which series a rule looks at: the whole, or one series for each platform, target class or agency.
SLICES: Final = ("all", "platform", "target", "agency")
# A kind of rule looks at one measure: weekly counts by their name in the series, or patterns.
MEASURE_OF: Final = {
    "burst": "stance:suspicious",
    "volume_burst": "volume",
    "synchronised": "pattern",
}

_COMMON_KEYS: Final = (
    "rule_id",
    "kind",
    "level",
    "scope",
    "slice",
    "description_fr",
    "description_en",
)
_BURST_KEYS: Final = ("factor", "min_count", "baseline_weeks", "min_baseline_weeks", "alpha")
_PATTERN_KEYS: Final = ("min_accounts", "min_objects")


@dataclass(frozen=True)
class BurstCondition:
    """A week stands out over the weeks before it; all four must hold.

    count >= factor x median of the complete weeks among the last `baseline_weeks`;
    count >= min_count; at least `min_baseline_weeks` of them are complete; the exact Poisson
    probability of so many or more, given the baseline, is below `alpha` after false-discovery
    control over the series the rule looks at.
    """

    factor: float
    min_count: int
    baseline_weeks: int
    min_baseline_weeks: int
    alpha: float


@dataclass(frozen=True)
class PatternCondition:
    """A flagged posting pattern without innocent explanation, of at least this size."""

    min_accounts: int
    min_objects: int


@dataclass(frozen=True)
class AlertRule:
    """One rule; `slice` says whether it looks at the whole or at each platform, target, agency."""

    rule_id: str
    kind: Kind
    level: Level
    description_fr: str
    description_en: str
    measure: str
    scope: Scope
    slice: str
    condition: BurstCondition | PatternCondition


def load_alert_rules(path: Path = CONFIG_DIR / "alert_rules.yaml") -> tuple[AlertRule, ...]:
    """The rules in the order of the file; at least one."""
    top = read_yaml(path, ("rules",))
    sections = top.sections("rules", (*_COMMON_KEYS, *_BURST_KEYS, *_PATTERN_KEYS))
    if not sections:
        raise top.missing("rules")
    refuse_repeats(section.value("rule_id") for section in sections)
    return tuple(_rule(section) for section in sections)


def _rule(section: Section) -> AlertRule:
    kind = section.value("kind").choice(tuple(MEASURE_OF))
    scope = section.value("scope").choice(SCOPES)
    level = section.value("level").choice(LEVELS)
    return AlertRule(
        rule_id=section.text("rule_id"),
        kind=cast(Kind, kind),
        level=cast(Level, level),
        description_fr=section.text("description_fr"),
        description_en=section.text("description_en"),
        measure=MEASURE_OF[kind],
        scope=cast(Scope, scope),
        slice=section.value("slice").choice(SLICES),
        condition=_CONDITION_OF[kind](section),
    )


def _burst(section: Section) -> BurstCondition:
    _refuse(section, _PATTERN_KEYS)
    weeks = section.value("baseline_weeks").whole(at_least=2)
    at_least = section.value("min_baseline_weeks")
    if at_least.whole(at_least=2) > weeks:
        raise at_least.error(
            f"min_baseline_weeks is above baseline_weeks ({weeks})", "write a smaller number"
        )
    return BurstCondition(
        factor=section.value("factor").number(low=1, high=100),
        min_count=section.value("min_count").whole(at_least=1),
        baseline_weeks=weeks,
        min_baseline_weeks=at_least.whole(at_least=2),
        alpha=section.value("alpha").number(low=1e-9, high=0.2),
    )


def _pattern(section: Section) -> PatternCondition:
    _refuse(section, _BURST_KEYS)
    return PatternCondition(
        min_accounts=section.value("min_accounts").whole(at_least=2),
        min_objects=section.value("min_objects").whole(at_least=1),
    )


_CONDITION_OF: Final[dict[str, Callable[[Section], BurstCondition | PatternCondition]]] = {
    "burst": _burst,
    "volume_burst": _burst,
    "synchronised": _pattern,
}


def _refuse(section: Section, keys: tuple[str, ...]) -> None:
    for key in keys:
        if key in section.nodes:
            line = section.value(key).line
            problem = f"{key} has no meaning for a rule of kind {section.text('kind')}"
            raise ConfigError(section.path, line, problem, "remove this line")

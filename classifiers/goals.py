"""The goals set for a checkpoint, each beside what was measured (figures x 100)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from classifiers.evaluation import FieldScore, Share
from classifiers.head_measures import FieldMeasures, RelevanceMeasures
from classifiers.stance_measures import ActorMeasures, StanceMeasures

STANCE_GOALS: Final = (("all", 82.0), ("fr", 82.0), ("en", 85.0), ("bm", 70.0))
FIELD_GOALS: Final = (("narrative", 65.0), ("severity", 60.0), ("target", 75.0))
TWO_ACTORS: Final = 60.0
RECALL: Final = 98.0
REVERSED: Final = 3.0
CALIBRATION: Final = 4.0
# A test that TF-IDF passes this well is too easy.
TFIDF_LIMIT: Final = 70.0


@dataclass(frozen=True)
class Goal:
    """One goal; `at_least` is False where less is better. None: the head is missing."""

    what: str
    value: float | None
    low: float | None
    high: float | None
    wanted: float
    at_least: bool = True

    @property
    def reached(self) -> bool | None:
        """Whether the value, without its interval, reaches the goal."""
        if self.value is None:
            return None
        return self.value >= self.wanted if self.at_least else self.value <= self.wanted


def goals(
    stance: StanceMeasures,
    actors: ActorMeasures,
    relevance: RelevanceMeasures | None,
    fields: Mapping[str, FieldMeasures],
) -> list[Goal]:
    """All goals that the own test part can answer; `fields` are those on items about aid."""
    languages = {"all": stance.model, **stance.by_language["checkpoint"]}
    recall = relevance.at_half.recall if relevance and relevance.at_half else None
    found = [
        *(
            _f1(f"stance, {name}: macro-F1", languages.get(name), wanted)
            for name, wanted in STANCE_GOALS
        ),
        _f1("stance by TF-IDF + regression: macro-F1", stance.tfidf, TFIDF_LIMIT, at_least=False),
        _share("two actors, different stance: both right", actors.two_actors, TWO_ACTORS),
        _share("relevance recall at 50 % of hits rejected", recall, RECALL),
        *(
            _f1(f"{name}: macro-F1", fields[name].score if name in fields else None, wanted)
            for name, wanted in FIELD_GOALS
        ),
        _share(
            "suspicious called positive or the reverse", stance.reversed, REVERSED, at_least=False
        ),
    ]
    found.extend(
        Goal(f"calibration error, {name}", _percent(error), None, None, CALIBRATION, at_least=False)
        for name, error in stance.calibration_error.items()
        if name != "all"
    )
    return found


def _f1(what: str, score: FieldScore | None, wanted: float, *, at_least: bool = True) -> Goal:
    if score is None:
        return Goal(what, None, None, None, wanted, at_least)
    low, high = _percent(score.macro_f1_low), _percent(score.macro_f1_high)
    return Goal(what, _percent(score.macro_f1), low, high, wanted, at_least)


def _share(what: str, found: Share | None, wanted: float, *, at_least: bool = True) -> Goal:
    if found is None:
        return Goal(what, None, None, None, wanted, at_least)
    return Goal(
        what, _percent(found.value), _percent(found.low), _percent(found.high), wanted, at_least
    )


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value

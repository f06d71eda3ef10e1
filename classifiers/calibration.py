"""Probabilities that mean what they say, and the confidence from which a label may stand alone.

Temperature scaling: Guo et al., On Calibration of Modern Neural Networks (ICML 2017). Limits of an
error rate: Clopper and Pearson, Biometrika 26 (1934).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import beta

PLACES: Final = 4
ALL_LANGUAGES: Final = "all"
# With fewer held-out rows a language reads by the temperature of all languages.
MIN_ROWS: Final = 60
STATED_RISK: Final = 0.10
LEVEL: Final = 0.95
_RANGE: Final = (0.25, 8.0)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Threshold:
    """From which confidence labels are accepted, and how often they were wrong where chosen.

    `confidence` is None where no confidence keeps the risk; then nothing is accepted.
    """

    risk: float
    confidence: float | None
    accepted: int
    wrong: int
    n: int
    upper: float | None


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Probabilities over the last axis, in double precision."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    scaled -= scaled.max(axis=-1, keepdims=True)
    weights: Floats = np.exp(scaled)
    result: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return result


def fit_temperature(logits: Floats, labels: Sequence[int]) -> float:
    """The temperature of least cross-entropy on held-out (n, labels) logits; 1.0 for no rows."""
    if not len(labels):
        return 1.0
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        chances = softmax(logits, float(np.exp(log_temperature)))[rows, np.asarray(labels)]
        return float(-np.log(np.maximum(chances, 1e-12)).mean())

    bounds = (float(np.log(_RANGE[0])), float(np.log(_RANGE[1])))
    found = minimize_scalar(loss, bounds=bounds, method="bounded")
    return round(float(np.exp(found.x)), PLACES)


def fit_temperatures(
    logits: Floats, labels: Sequence[int], languages: Sequence[str], *, min_rows: int = MIN_ROWS
) -> dict[str, float]:
    """A temperature for `all` rows, and one for each language with at least `min_rows` rows."""
    found = {ALL_LANGUAGES: fit_temperature(logits, labels)}
    for language in sorted(set(languages)):
        rows = [index for index, name in enumerate(languages) if name == language]
        if len(rows) >= min_rows:
            found[language] = fit_temperature(logits[rows], [labels[index] for index in rows])
    return found


def temperature_of(temperatures: Mapping[str, float], language: str) -> float:
    """The temperature of a language, that of all languages where it has none of its own."""
    return temperatures.get(language, temperatures[ALL_LANGUAGES])


def threshold_at_risk(
    confidence: Sequence[float],
    right: Sequence[bool],
    *,
    risk: float = STATED_RISK,
    level: float = LEVEL,
) -> Threshold:
    """The lowest confidence at which labels accepted keep the risk on held-out rows.

    Kept means that the one-sided upper Clopper-Pearson limit of the error rate among rows at or
    above the confidence is at most `risk`. As the lowest of several confidences is taken, the limit
    is one for this confidence and not for the choice: the error on other rows has to be looked at.
    """
    order = np.argsort(-np.asarray(confidence, dtype=np.float64), kind="stable")
    chances = np.asarray(confidence, dtype=np.float64)[order]
    wrong = np.cumsum(~np.asarray(right, dtype=bool)[order])
    # Rows of one confidence are accepted together.
    last = np.flatnonzero(np.diff(chances, append=-np.inf) < 0)
    limits = upper_limit(wrong[last], last + 1, level=level)
    kept = last[limits <= risk]
    if not kept.size:
        return Threshold(risk, None, 0, 0, len(chances), None)
    end = int(kept[-1])
    limit = float(limits[last == end][0])
    return Threshold(
        risk, float(chances[end]), end + 1, int(wrong[end]), len(chances), round(limit, PLACES)
    )


def upper_limit(k: NDArray[np.int64], n: NDArray[np.int64], *, level: float = LEVEL) -> Floats:
    """One-sided upper Clopper-Pearson limits of k in n."""
    room = n - k
    limits: Floats = np.where(room > 0, beta.ppf(level, k + 1, np.maximum(room, 1)), 1.0)
    return limits


def rounded(chances: Floats, places: int = PLACES) -> list[float]:
    """Chances of one row rounded so that they still sum to exactly 1 (largest remainder)."""
    unit = 10**places
    scaled = np.asarray(chances, dtype=np.float64) * unit
    whole = np.floor(scaled).astype(int)
    order = np.argsort(-(scaled - whole), kind="stable")
    whole[order[: unit - int(whole.sum())]] += 1
    return [int(count) / unit for count in whole]

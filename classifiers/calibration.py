"""Probabilities that mean what they say: one temperature a head, and rounding that keeps the sum.

Temperature scaling: Guo et al., On Calibration of Modern Neural Networks (ICML 2017).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

PLACES: Final = 4
_RANGE: Final = (0.25, 8.0)

Floats = NDArray[np.float64]


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


def rounded(chances: Floats, places: int = PLACES) -> list[float]:
    """Chances of one row rounded so that they still sum to exactly 1 (largest remainder)."""
    unit = 10**places
    scaled = np.asarray(chances, dtype=np.float64) * unit
    whole = np.floor(scaled).astype(int)
    order = np.argsort(-(scaled - whole), kind="stable")
    whole[order[: unit - int(whole.sum())]] += 1
    return [int(count) / unit for count in whole]

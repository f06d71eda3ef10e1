"""How unlike the training texts a text is, from the vector that the encoder gives it.

Squared Mahalanobis distance to the nearest class mean under one shared covariance: Lee et al., A
Simple Unified Framework for Detecting Out-of-Distribution Samples (NeurIPS 2018). The covariance is
shrunk by Ledoit and Wolf (2004), as there are hardly more texts than it has entries a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf

QUANTILE: Final = 0.99

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Domain:
    """Where the training texts lie: `means` (classes, d), `whitening` (d, d), and their border."""

    means: Floats
    whitening: Floats
    threshold: float


def fit_domain(
    train: Floats, classes: Sequence[str], dev: Floats, *, quantile: float = QUANTILE
) -> Domain:
    """The domain of the training vectors (n, d); its border is a quantile of the dev distances."""
    vectors = unit(train)
    names = sorted(set(classes))
    member = np.array([names.index(name) for name in classes])
    means = np.stack([vectors[member == index].mean(axis=0) for index in range(len(names))])
    shrunk = LedoitWolf(assume_centered=True).fit(vectors - means[member])
    values, axes = np.linalg.eigh(shrunk.covariance_)
    whitening = axes / np.sqrt(np.maximum(values, 1e-12))
    inside = Domain(means, whitening, float("inf"))
    return Domain(means, whitening, float(np.quantile(novelty(dev, inside), quantile)))


def novelty(vectors: Floats, domain: Domain) -> Floats:
    """Squared distance of each vector to its nearest class mean, per dimension (1 is usual)."""
    points = unit(vectors) @ domain.whitening
    centres = domain.means @ domain.whitening
    squares = (
        (points**2).sum(axis=1)[:, None]
        - 2 * points @ centres.T
        + (centres**2).sum(axis=1)[None, :]
    )
    nearest: Floats = np.maximum(squares.min(axis=1), 0.0) / points.shape[1]
    return nearest


def is_novel(vectors: Floats, domain: Domain) -> NDArray[np.bool_]:
    """Whether each vector lies beyond the border, as one in a hundred dev texts does."""
    beyond: NDArray[np.bool_] = novelty(vectors, domain) > domain.threshold
    return beyond


def unit(vectors: Floats) -> Floats:
    """Rows of length one: long and short texts differ in length of vector, not in what they say."""
    rows = np.asarray(vectors, dtype=np.float64)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Floats = rows / np.maximum(length, 1e-12)
    return scaled

"""Intervals by drawing groups of items again: texts of one idea stand or fall together.

Percentile bootstrap over groups: Davison and Hinkley, Bootstrap Methods and their Application
(1997), chapter 3.8. A statistic reads confusion counts, so a draw is one sum of matrices.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

ROUNDS: Final = 2000
SEED: Final = 7
LEVEL: Final = 0.95

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """Confusion counts (groups, truth, said); the first `n_true` labels occur in the truth."""

    labels: tuple[str, ...]
    n_true: int
    groups: Floats

    @property
    def total(self) -> Floats:
        """Counts (truth, said) over all groups."""
        summed: Floats = self.groups.sum(axis=0)
        return summed


# Counts (draws, labels, labels) and the number of true labels in, one value a draw out.
Statistic = Callable[[Floats, int], Floats]


def counts(truth: Sequence[str], said: Sequence[str], groups: Sequence[str]) -> Counts:
    """Confusion counts of each group."""
    true_labels = sorted(set(truth))
    labels = [*true_labels, *sorted(set(said) - set(truth))]
    place = {name: index for index, name in enumerate(labels)}
    row = {name: index for index, name in enumerate(sorted(set(groups)))}
    found = np.zeros((len(row), len(labels), len(labels)))
    for true, label, group in zip(truth, said, groups, strict=True):
        found[row[group], place[true], place[label]] += 1
    return Counts(tuple(labels), len(true_labels), found)


def macro_f1_of(confusions: Floats, n_true: int) -> Floats:
    """Macro-F1 over the labels that occur in the truth of each draw."""
    right = np.diagonal(confusions, axis1=-2, axis2=-1)[..., :n_true]
    in_truth = confusions.sum(axis=-1)[..., :n_true]
    in_said = confusions.sum(axis=-2)[..., :n_true]
    scores = 2 * right / np.maximum(in_truth + in_said, 1e-12)
    there = in_truth > 0
    mean: Floats = (scores * there).sum(axis=-1) / np.maximum(there.sum(axis=-1), 1)
    return mean


def interval(
    found: Counts, statistic: Statistic, *, rounds: int = ROUNDS, seed: int = SEED
) -> tuple[float, float] | None:
    """95 % limits of a statistic; None where fewer than two groups could be drawn."""
    size = len(found.groups)
    if size < 2:  # noqa: PLR2004 - one group gives the same draw each time
        return None
    values = statistic(_drawn(found, rounds, np.random.default_rng(seed)), found.n_true)
    tail = (1 - LEVEL) / 2
    low, high = np.nanquantile(values, (tail, 1 - tail))
    return float(low), float(high)


def _drawn(found: Counts, rounds: int, chance: np.random.Generator) -> Floats:
    size, width = len(found.groups), len(found.labels)
    total = found.total
    if total.sum() == size:
        # Groups of one item each: drawing items is drawing cells of the table, and quicker.
        cells = chance.multinomial(size, (total / size).ravel(), size=rounds)
        return cells.reshape(rounds, width, width).astype(np.float64)
    draws = chance.multinomial(size, np.full(size, 1 / size), size=rounds)
    summed: Floats = (draws @ found.groups.reshape(size, -1)).reshape(rounds, width, width)
    return summed

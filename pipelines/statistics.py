"""Intervals and tests for small counts. Pure: values in, values out.

Every interval is two-sided 95 %. Sources are named at each formula.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np
from scipy.stats import beta, binom, norm
from scipy.stats import t as student

CONFIDENCE: Final = 0.95
SMALL_N: Final = 300
SMALL_EVENTS: Final = 10
MIN_THREADS: Final = 5
DRAWS: Final = 2000

CLOPPER_PEARSON: Final = "clopper-pearson"
WILSON: Final = "wilson"
THREAD_BOOTSTRAP: Final = "thread-bootstrap"
THREADS_AS_ONE: Final = "clopper-pearson-effective-n"
NO_ITEMS: Final = "no items"
TOO_FEW_THREADS: Final = "fewer than 5 threads"

_TAIL: Final = (1 - CONFIDENCE) / 2
_BLOCK_CELLS: Final = 1_000_000


@dataclass(frozen=True)
class Share:
    """count of total with its interval; without one, low and high are None, method says why."""

    count: int
    total: int
    low: float | None
    high: float | None
    method: str

    @property
    def value(self) -> float | None:
        """The share, None when nothing was counted."""
        return self.count / self.total if self.total else None


@dataclass(frozen=True)
class RateRatio:
    """Rate over baseline rate; None stands for a value or upper bound that is not finite."""

    value: float | None
    low: float
    high: float | None


@dataclass(frozen=True)
class MedianRange:
    """Median, lowest and highest of `weeks` values."""

    median: float
    low: int
    high: int
    weeks: int


def interval(count: int, total: int) -> Share:
    """Share of independent items: Clopper-Pearson when n < 300 or k or n - k < 10, else Wilson.

    Brown, Cai, DasGupta (2001), Interval Estimation for a Binomial Proportion.
    """
    _check_counts(count, total)
    if total == 0:
        return Share(count, total, None, None, NO_ITEMS)
    (low, high), method = _independent_bounds(count, total)
    return Share(count, total, low, high, method)


def _independent_bounds(count: int, total: int) -> tuple[tuple[float, float], str]:
    if total < SMALL_N or min(count, total - count) < SMALL_EVENTS:
        return clopper_pearson(count, total), CLOPPER_PEARSON
    return wilson(count, total), WILSON


def clopper_pearson(count: float, total: float) -> tuple[float, float]:
    """Exact binomial bounds (Clopper, Pearson 1934); real numbers stand for effective counts."""
    low = 0.0 if count <= 0 else float(beta.ppf(_TAIL, count, total - count + 1))
    high = 1.0 if count >= total else float(beta.ppf(1 - _TAIL, count + 1, total - count))
    return low, high


def wilson(count: int, total: int) -> tuple[float, float]:
    """Score bounds (Wilson 1927)."""
    z = float(norm.ppf(1 - _TAIL))
    share = count / total
    centre = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def cluster_interval(
    counts_by_thread: Sequence[tuple[int, int]], *, seed: int, draws: int = DRAWS
) -> Share:
    """Share of comments that stand under threads, given (count, total) of each thread.

    Bootstrap over whole threads (Davison, Hinkley 1997, 3.8) with percentiles expanded for few
    threads (Hesterberg 2015, What Teachers Should Know About the Bootstrap, 3.2), and never
    narrower than the interval for independent comments. When all or none count, threads tell
    nothing about their spread: then Clopper-Pearson with the effective n of comments that agree
    wholly within their thread, (sum n)^2 / sum n^2 (Kish 1965). Below 5 threads no interval.
    """
    counts = np.array([pair for pair in counts_by_thread if pair[1] > 0], dtype=np.int64)
    counts = counts.reshape(-1, 2)
    count, total = (int(value) for value in counts.sum(axis=0))
    _check_counts(count, total)
    if total == 0:
        return Share(count, total, None, None, NO_ITEMS)
    if len(counts) < MIN_THREADS:
        return Share(count, total, None, None, TOO_FEW_THREADS)
    if count in (0, total):
        effective = total**2 / float((counts[:, 1] ** 2).sum())
        low, high = clopper_pearson(effective * count / total, effective)
        return Share(count, total, low, high, THREADS_AS_ONE)
    drawn = _bootstrap_bounds(counts, seed, draws)
    independent = _independent_bounds(count, total)[0]
    low, high = min(drawn[0], independent[0]), max(drawn[1], independent[1])
    return Share(count, total, low, high, THREAD_BOOTSTRAP)


def _bootstrap_bounds(counts: np.ndarray, seed: int, draws: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    threads = len(counts)
    block = max(1, _BLOCK_CELLS // threads)
    shares = []
    for start in range(0, draws, block):
        drawn = rng.integers(threads, size=(min(block, draws - start), threads))
        sums = counts[drawn].sum(axis=1)
        shares.append(sums[:, 0] / sums[:, 1])
    tail = norm.cdf(-math.sqrt(threads / (threads - 1)) * student.ppf(1 - _TAIL, threads - 1))
    low, high = np.quantile(np.concatenate(shares), (tail, 1 - tail))
    return float(low), float(high)


def displayable(total: int, min_n: int) -> bool:
    """Whether a share of this denominator may be printed as a percentage."""
    return total >= min_n


def poisson_upper_p(count: int, baseline: Sequence[int]) -> float:
    """Probability of so many or more this period if its rate were that of the baseline periods.

    Exact conditional test: given the sum, the count is Binomial(count + sum, 1 / (1 + periods))
    (Przyborowski, Wilenski 1940). The uncertainty of the baseline is thereby part of the test,
    and a baseline of zeros is no special case. ValueError without a baseline.
    """
    if not baseline:
        raise ValueError("a count cannot be tested without a baseline")
    if count < 0 or min(baseline) < 0:
        raise ValueError("counts cannot be negative")
    return float(binom.sf(count - 1, count + sum(baseline), 1 / (1 + len(baseline))))


def rate_ratio(
    count: int, exposure: float, baseline_count: int, baseline_exposure: float
) -> RateRatio:
    """Ratio of two Poisson rates with exact conditional bounds.

    Given the sum, the count is binomial; Clopper-Pearson bounds of its probability p give the
    bounds p / (1 - p) x baseline exposure / exposure (Lehmann, Romano 2005, 4.5).
    """
    if exposure <= 0 or baseline_exposure <= 0:
        raise ValueError("exposure must be positive")
    _check_counts(count, count + baseline_count)
    if count + baseline_count == 0:
        return RateRatio(None, 0.0, None)
    low, high = clopper_pearson(count, count + baseline_count)
    scale = baseline_exposure / exposure
    return RateRatio(
        value=count / baseline_count * scale if baseline_count else None,
        low=low / (1 - low) * scale,
        high=high / (1 - high) * scale if high < 1 else None,
    )


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """q-values in the order of the p-values (Benjamini, Hochberg 1995)."""
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")[::-1]
    ranks = np.arange(len(p), 0, -1)
    q = np.empty_like(p)
    q[order] = np.minimum(1, np.minimum.accumulate(p[order] * (len(p) / ranks)))
    return [float(value) for value in q]


def median_range(counts: Sequence[int]) -> MedianRange | None:
    """Median and range of the known values, None when there is none."""
    if not counts:
        return None
    return MedianRange(float(median(counts)), min(counts), max(counts), len(counts))


def _check_counts(count: int, total: int) -> None:
    if not 0 <= count <= total:
        raise ValueError(f"a count must lie between 0 and its total: {count} of {total}")

"""Against published tables and known values; properties by hypothesis."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, poisson_means_test

from pipelines.statistics import (
    CLOPPER_PEARSON,
    NO_ITEMS,
    THREAD_BOOTSTRAP,
    THREADS_AS_ONE,
    TOO_FEW_THREADS,
    WILSON,
    benjamini_hochberg,
    cluster_interval,
    displayable,
    interval,
    median_range,
    poisson_upper_p,
    rate_ratio,
)

threads = st.lists(
    st.integers(1, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=5,
    max_size=25,
)


def counts(top):
    return st.integers(1, top).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (0, 25, 0.0, 0.1372),  # Clopper and Pearson's tables; "0 of 25 is compatible with 1 in 8"
        (5, 24, 0.0713, 0.4215),
        (10, 10, 0.6915, 1.0),
        (1, 50, 0.0005, 0.1065),
    ],
)
def test_small_counts_get_the_exact_interval(count, total, low, high):
    share = interval(count, total)

    assert share.method == CLOPPER_PEARSON
    assert (share.low, share.high) == pytest.approx((low, high), abs=1e-4)


def test_large_counts_get_the_score_interval():
    share = interval(921, 1214)

    assert share.method == WILSON
    assert (share.low, share.high) == pytest.approx((0.7338, 0.7819), abs=1e-4)


def test_few_events_of_many_items_get_the_exact_interval():
    assert interval(9, 5000).method == CLOPPER_PEARSON
    assert interval(4991, 5000).method == CLOPPER_PEARSON
    assert interval(10, 5000).method == WILSON


def test_nothing_counted_has_no_interval_and_no_share():
    share = interval(0, 0)

    assert (share.low, share.high, share.value, share.method) == (None, None, None, NO_ITEMS)


@given(counts(2000))
@settings(max_examples=60, deadline=None)
def test_intervals_agree_with_an_independent_implementation(pair):
    count, total = pair
    share = interval(count, total)
    method = "exact" if share.method == CLOPPER_PEARSON else "wilson"
    expected = binomtest(count, total).proportion_ci(method=method)

    assert (share.low, share.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert share.low <= share.value <= share.high
    assert share.high > share.low


@pytest.mark.parametrize(("count", "total"), [(-1, 5), (6, 5)])
def test_impossible_counts_are_refused(count, total):
    with pytest.raises(ValueError, match="between 0 and its total"):
        interval(count, total)


def test_four_threads_give_counts_only():
    share = cluster_interval([(1, 3)] * 4, seed=7)

    assert (share.count, share.total, share.low, share.method) == (4, 12, None, TOO_FEW_THREADS)


def test_empty_threads_are_no_threads():
    assert cluster_interval([(1, 3)] * 4 + [(0, 0)] * 9, seed=7).method == TOO_FEW_THREADS


def test_no_threads_at_all_have_no_interval():
    assert cluster_interval([], seed=7).method == NO_ITEMS


@pytest.mark.parametrize("all_or_none", [0, 1])
def test_all_or_none_never_gives_a_zero_width(all_or_none):
    sizes = [1, 1, 2, 3, 13]
    share = cluster_interval([(all_or_none * n, n) for n in sizes], seed=7)
    effective = 20**2 / (1 + 1 + 4 + 9 + 169)

    assert share.method == THREADS_AS_ONE
    bound = 1 - 0.025 ** (1 / effective)  # Clopper-Pearson at zero has this closed form
    assert share.high - share.low == pytest.approx(bound)


def test_comments_of_one_long_thread_widen_the_interval():
    spread = [(1, 4)] * 10
    heaped = [(10, 13)] + [(0, 3)] * 9
    wide, narrow = cluster_interval(heaped, seed=7), cluster_interval(spread, seed=7)

    assert (wide.count, wide.total) == (narrow.count, narrow.total) == (10, 40)
    assert wide.method == THREAD_BOOTSTRAP
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


@given(threads)
@settings(max_examples=40, deadline=None)
def test_thread_intervals_hold_the_share_and_are_never_narrower_than_independent_ones(pairs):
    share = cluster_interval(pairs, seed=7, draws=200)
    alone = interval(share.count, share.total)

    assert 0 <= share.low <= share.value <= share.high <= 1
    assert share.low <= alone.low + 1e-12
    assert share.high >= alone.high - 1e-12


def test_the_same_seed_gives_the_same_interval():
    pairs = [(k, 6) for k in (0, 1, 0, 4, 2, 6, 0)]

    assert cluster_interval(pairs, seed=7) == cluster_interval(pairs, seed=7)


def test_twenty_items_may_be_shown_as_a_percentage_nineteen_not():
    assert displayable(20, 20)
    assert not displayable(19, 20)


def test_a_count_above_a_quiet_baseline_has_the_binomial_tail_probability():
    # 5 against 8 in eight weeks: P(X >= 5), X ~ Binomial(13, 1/9), summed by hand.
    expected = sum(math.comb(13, k) * (1 / 9) ** k * (8 / 9) ** (13 - k) for k in range(5, 14))

    assert poisson_upper_p(5, [1] * 8) == pytest.approx(expected)


def test_a_baseline_of_zeros_is_still_a_baseline():
    assert poisson_upper_p(3, [0] * 8) == pytest.approx((1 / 9) ** 3)


def test_the_conditional_test_agrees_with_the_library_on_who_is_higher():
    # E-test (Krishnamoorthy, Thomson 2004): another exact test of the same question.
    theirs = poisson_means_test(12, 1, 24, 8, alternative="greater").pvalue

    assert poisson_upper_p(12, [3] * 8) == pytest.approx(theirs, abs=0.002)


@given(st.integers(0, 40), st.lists(st.integers(0, 40), min_size=1, max_size=12))
def test_a_higher_count_is_never_more_probable(count, baseline):
    assert poisson_upper_p(count + 1, baseline) <= poisson_upper_p(count, baseline) <= 1


def test_without_a_baseline_nothing_can_be_tested():
    with pytest.raises(ValueError, match="baseline"):
        poisson_upper_p(3, [])


def test_the_rate_ratio_has_exact_bounds():
    ratio = rate_ratio(12, 1, 24, 8)
    low, high = binomtest(12, 36).proportion_ci(method="exact")

    assert ratio.value == pytest.approx(4.0)
    assert (ratio.low, ratio.high) == pytest.approx((8 * low / (1 - low), 8 * high / (1 - high)))


def test_a_ratio_over_zero_is_not_finite_and_says_so():
    ratio = rate_ratio(3, 1, 0, 8)

    assert (ratio.value, ratio.high) == (None, None)
    assert ratio.low > 1


def test_nothing_against_nothing_has_no_ratio():
    assert rate_ratio(0, 1, 0, 8).value is None


def test_benjamini_hochberg_gives_the_q_values_of_the_paper_s_example():
    # Benjamini and Hochberg 1995, section 3.2: four of fifteen are below 0.05.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    q = benjamini_hochberg(p)

    assert [value < 0.05 for value in q] == [True] * 4 + [False] * 11
    assert q[:2] == pytest.approx([0.0015, 0.003])


@given(st.lists(st.floats(0, 1), max_size=30))
def test_q_values_keep_the_order_and_are_never_below_p(p_values):
    q_values = benjamini_hochberg(p_values)

    assert all(p <= q <= 1 for p, q in zip(p_values, q_values, strict=True))
    ordered = [q for _, q in sorted(zip(p_values, q_values, strict=True))]
    assert ordered == sorted(ordered)


def test_the_median_stands_with_its_range_and_number_of_weeks():
    found = median_range([0, 4, 1, 9])

    assert (found.median, found.low, found.high, found.weeks) == (2.5, 0, 9, 4)
    assert median_range([]) is None

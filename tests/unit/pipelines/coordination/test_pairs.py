import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.coordination.pairs import (
    TooManyPairsError,
    pairs_of,
    refuse_beyond_memory,
    sweep,
)
from pipelines.coordination.parameters import DetectParameters
from pipelines.coordination.shares import Shares


def shares_of(rows):
    """Shares of (object, account, content, microseconds or None)."""
    schema = {"object_id": pl.String, "account_id": pl.String, "content_id": pl.String}
    return Shares.of(
        pl.DataFrame(rows, schema={**schema, "timestamp_share": pl.Int64}, orient="row")
    )


def pair_set(shares, window, *, posts_once=False):
    pairs = pairs_of(shares, sweep(shares, window), posts_once=posts_once)
    return list(zip(pairs.older.tolist(), pairs.newer.tolist(), strict=True))


row = st.tuples(
    st.sampled_from(["o1", "o2", None]),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["c1", "c2", "c3", "c4"]),
    st.one_of(st.integers(-30, 30), st.none()),
)


@given(st.lists(row, max_size=25), st.integers(0, 20))
def test_the_sweep_finds_exactly_the_pairs_a_full_comparison_finds(rows, window):
    expected = set()
    for i, (object_i, _, content_i, time_i) in enumerate(rows):
        for j, (object_j, _, content_j, time_j) in enumerate(rows):
            known = None not in (object_i, object_j, time_i, time_j)
            if not known or object_i != object_j or content_i == content_j:
                continue
            if abs(time_i - time_j) <= window and (time_i, i) < (time_j, j):
                expected.add((i, j))
    found = pair_set(shares_of(rows), window)
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_the_window_is_inclusive_and_slides():
    shares = shares_of([("o", "a", "1", 0), ("o", "b", "2", 10), ("o", "c", "3", 20)])
    assert pair_set(shares, 10) == [(0, 1), (1, 2)]


def test_of_two_objects_joining_the_same_two_posts_only_the_first_counts():
    rows = [("text:t", "a", "1", 0), ("url:u", "a", "1", 0)]
    rows += [("text:t", "b", "2", 1), ("url:u", "b", "2", 1), ("url:u", "c", "3", 1)]
    assert pair_set(shares_of(rows), 10, posts_once=True) == [(0, 2), (1, 4), (3, 4)]


def test_too_many_pairs_are_refused_before_they_are_made():
    shares = shares_of([("o", "a", str(number), 0) for number in range(40_000)])
    found = sweep(shares, 0)
    assert found.pairs == 40_000 * 39_999 // 2
    with pytest.raises(TooManyPairsError, match=r"799980000 pairs .*--memory-limit"):
        refuse_beyond_memory(found, DetectParameters())

import csv
from pathlib import Path

import polars as pl
import pytest

from pipelines.coordination.detect import detect
from pipelines.coordination.parameters import DetectParameters
from pipelines.coordination.shares import Shares, read_shares

WINDOWS = {"ties_w0_p1": 0}
# Settings and counts of CooRTweet 2.1.3 (pair rows, edges) on the unlabelled sets.
COUNTS = [
    ("russian", 10, 2, (447, 442)),
    ("russian", 60, 5, (1235, 1193)),
    ("russian", 3600, 5, (86812, 75534)),
    ("german_url", 300, 2, (10700, 2916)),
    ("german_hashtag", 3600, 2, (11950, 5912)),
    ("german_phash", 60, 2, (2458, 455)),
    ("german_domain", 10, 2, (4888, 1132)),
]
REFERENCES = [
    ("russian", 60, 2),
    ("russian", 300, 3),
    ("german_url", 60, 2),
    ("german_hashtag", 60, 2),
]


def shares_of(*rows):
    """Shares of (object, account, content, seconds)."""
    frame = pl.DataFrame(
        rows,
        schema=["object_id", "account_id", "content_id", "timestamp_share"],
        schema_overrides={"timestamp_share": pl.Int64},
        orient="row",
    )
    return Shares.of(frame.with_columns(pl.col("timestamp_share") * 1_000_000))


def edges_of(shares, **parameters):
    return detect(shares, DetectParameters(**{"min_participation": 1} | parameters)).edges


def coortweet(shares, window, participation):
    parameters = DetectParameters(
        time_window=window, min_participation=participation, semantics="coortweet"
    )
    return detect(shares, parameters)


def in_order(edges: pl.DataFrame) -> pl.DataFrame:
    low = pl.min_horizontal("account_id", "account_id_y")
    high = pl.max_horizontal("account_id", "account_id_y")
    return edges.with_columns(account_id=low, account_id_y=high).sort("account_id", "account_id_y")


@pytest.mark.parametrize(("name", "window", "participation"), REFERENCES)
def test_coortweet_gives_the_edge_list_of_coortweet(shared_dir, name, window, participation):
    folder = shared_dir / "coordination"
    found = coortweet(read_shares(folder / f"data/{name}.csv.gz"), window, participation).edges
    reference = f"reference/coortweet_edges_{name}_w{window}_p{participation}.csv.gz"
    expected = in_order(pl.read_csv(folder / reference, infer_schema_length=None))
    exact = ["account_id", "account_id_y", "weight", "n_objects"]
    assert found.select(exact).equals(expected.select(exact))
    gap = found["avg_time_delta"] - expected["avg_time_delta"]
    assert gap.abs().max() < 1e-9
    # One edge of german_hashtag has ties whose order the exported file no longer shows.
    contents = ["n_content_id", "n_content_id_y"]
    differing = (found.select(contents).to_numpy() != expected.select(contents).to_numpy()).any(1)
    assert differing.sum() == (name == "german_hashtag")


@pytest.mark.parametrize(("name", "window", "participation", "counts"), COUNTS)
def test_coortweet_counts_equal_those_of_coortweet(shared_dir, name, window, participation, counts):
    shares = read_shares(shared_dir / f"coordination/data/{name}.csv.gz")
    summary = coortweet(shares, window, participation).summary
    assert (summary["pairs"], summary["edges"]) == counts


def edge_cases(folder: Path):
    return sorted((folder / "coordination/reference/edge_cases").glob("*.input.csv"))


def expected_edges(path: Path):
    """Weight and mean delta of each edge, from the expected pairs."""
    rows = csv.DictReader(path.read_text().splitlines()) if path.exists() else []
    deltas: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        key = tuple(sorted((row["account_id"], row["account_id_y"])))
        deltas.setdefault(key, []).append(float(row["time_delta"]))
    return {key: (len(found), sum(found) / len(found)) for key, found in deltas.items()}


def test_coortweet_answers_all_edge_cases_as_coortweet_does(shared_dir):
    paths = edge_cases(shared_dir)
    assert len(paths) == 15
    for path in paths:
        name = path.name.removesuffix(".input.csv")
        found = coortweet(read_shares(path), WINDOWS.get(name, 10), int(name[-1])).edges
        columns = ("account_id", "account_id_y", "weight", "avg_time_delta")
        edges = {(a, b): (weight, mean) for a, b, weight, mean in found.select(columns).iter_rows()}
        assert edges == expected_edges(path.with_name(f"{name}.expected.csv")), name


def test_coortweet_gives_older_and_newer_contents_whoever_made_them():
    # B made three of the contents, A one: CooRTweet says 3 older, 2 newer.
    shares = shares_of(
        ("o", "B", "1", 0), ("o", "B", "2", 1), ("o", "A", "3", 2), ("o", "B", "4", 3)
    )
    edge = coortweet(shares, 10, 1).edges.row(0, named=True)
    assert (edge["n_content_id"], edge["n_content_id_y"]) == (3, 2)


def test_distinct_gives_each_account_its_own_contents():
    shares = shares_of(
        ("o", "B", "1", 0), ("o", "B", "2", 1), ("o", "A", "3", 2), ("o", "B", "4", 3)
    )
    edge = edges_of(shares).row(0, named=True)
    assert (edge["account_id"], edge["account_id_y"]) == ("A", "B")
    assert (edge["n_content_id"], edge["n_content_id_y"]) == (1, 3)
    assert edge["edge_symmetry_score"] == pytest.approx(1 / 3)
    assert edge["avg_time_delta"] == pytest.approx((2 + 1 + 1) / 3)


def test_distinct_weighs_objects_and_coortweet_pair_rows():
    shares = shares_of(
        ("o", "A", "1", 0), ("o", "A", "2", 1), ("o", "B", "3", 2), ("o", "B", "4", 3)
    )
    assert edges_of(shares)["weight"].to_list() == [1]
    rows = edges_of(shares, semantics="coortweet")
    assert (rows["weight"].to_list(), rows["n_objects"].to_list()) == ([4], [1])


def test_distinct_asks_both_accounts_for_enough_objects():
    shares = shares_of(
        ("o1", "A", "1", 0),
        ("o1", "B", "2", 1),
        ("o2", "A", "3", 100),
        ("o2", "C", "4", 101),
        ("x", "B", "5", 500),
        ("y", "C", "6", 900),
    )
    assert len(edges_of(shares, min_participation=2)) == 0
    assert len(edges_of(shares, min_participation=2, semantics="coortweet")) == 2


def test_participation_is_judged_once():
    # C is dropped; A and B keep the second object that they had with C.
    shares = shares_of(
        ("o1", "A", "1", 0),
        ("o1", "B", "2", 1),
        ("o2", "A", "3", 100),
        ("o2", "C", "4", 150),
        ("o2", "B", "5", 200),
    )
    found = edges_of(shares, min_participation=2)
    assert found.select("account_id", "account_id_y", "weight").rows() == [("A", "B", 1)]


def test_lighter_edges_than_asked_for_are_not_written():
    shares = shares_of(
        ("o1", "A", "1", 0),
        ("o1", "B", "2", 1),
        ("o1", "C", "3", 2),
        ("o2", "A", "4", 100),
        ("o2", "B", "5", 101),
    )
    found = edges_of(shares, min_edge_weight=2)
    assert found.select("account_id", "account_id_y", "weight").rows() == [("A", "B", 2)]


def test_edges_are_sorted_by_code_point_with_the_smaller_account_first():
    shares = shares_of(("o", "é", "1", 0), ("o", "a", "2", 1), ("o", "Z", "3", 2))
    pairs = edges_of(shares).select("account_id", "account_id_y").rows()
    assert pairs == [("Z", "a"), ("Z", "é"), ("a", "é")]
    assert edges_of(shares).columns == [
        "account_id",
        "account_id_y",
        "weight",
        "n_objects",
        "avg_time_delta",
        "n_content_id",
        "n_content_id_y",
        "edge_symmetry_score",
    ]


def test_one_account_alone_has_no_edge():
    assert len(edges_of(shares_of(("o", "A", "1", 0), ("o", "A", "2", 1)))) == 0

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from config.errors import InputError, UsageError
from pipelines.coordination.detect import detect_file
from pipelines.coordination.pairs import TooManyPairsError
from pipelines.coordination.parameters import DetectParameters

ROOT = Path(__file__).parents[4]
SUMMARY_KEYS = [
    "rows",
    "rows_unusable",
    "accounts",
    "pairs",
    "edges",
    "flagged",
    "flagged_under_permutation",
    "parameters",
    "seconds",
    "peak_memory_bytes",
    "version",
]


@pytest.fixture
def source(tmp_path):
    """A ring of three over five objects, and others who share things of their own."""
    lines = ["object_id,account_id,content_id,timestamp_share"]
    for number in range(5):
        for member in range(3):
            moment = number * 100_000 + member * 7
            lines.append(f"ring{number},ring{member},r{number}-{member},{moment}")
    lines += [f"own{n},person{n % 40},p{n},{n * 5000}" for n in range(120)]
    lines.append("own1,person1,p999,")
    path = tmp_path / "shares.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_edges_and_summary_are_written_as_the_contract_says(source, tmp_path):
    out = tmp_path / "edges.csv"
    made = detect_file(source, out, DetectParameters(fdr=0.05), tmp_path / "summary.json")
    edges = pl.read_csv(out)
    assert edges.columns[-3:] == ["p_value", "q_value", "flagged"]
    assert edges["flagged"].to_list() == [True] * 3
    assert edges["weight"].to_list() == [5, 5, 5]
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary == made
    assert list(summary) == SUMMARY_KEYS
    counts = {
        name: summary[name] for name in ("rows", "rows_unusable", "pairs", "edges", "flagged")
    }
    assert counts == {"rows": 136, "rows_unusable": 1, "pairs": 15, "edges": 3, "flagged": 3}
    assert summary["flagged_under_permutation"] == [0] * 20
    assert summary["parameters"]["seed"] == 7
    assert {"read", "count", "pairs", "edges", "permutations", "write"} == set(summary["seconds"])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "edges.csv",
        "shares.csv",
        "summary.json",
    ]


def test_without_a_rate_nothing_is_said_about_flags(source, tmp_path):
    made = detect_file(source, tmp_path / "edges.csv", DetectParameters())
    assert made["flagged"] is None
    assert made["flagged_under_permutation"] is None
    assert "flagged" not in pl.read_csv(tmp_path / "edges.csv").columns


def test_all_formats_hold_the_same_edges(source, tmp_path):
    paths = [tmp_path / name for name in ("edges.csv", "edges.csv.gz", "edges.parquet")]
    for path in paths:
        detect_file(source, path, DetectParameters(fdr=0.05))
    text = paths[0].read_bytes()
    assert gzip.decompress(paths[1].read_bytes()) == text
    assert pl.read_parquet(paths[2]).write_csv().encode() == text


@pytest.mark.parametrize("name", ["edges.csv.gz", "edges.parquet"])
def test_another_process_writes_the_same_bytes(source, tmp_path, name):
    detect_file(source, tmp_path / name, DetectParameters(fdr=0.05))
    code = (
        "import sys; from pipelines.coordination.detect import detect_file;"
        "from pipelines.coordination.parameters import DetectParameters;"
        "detect_file(sys.argv[1], sys.argv[2], DetectParameters(fdr=0.05))"
    )
    again = tmp_path / f"again-{name}"
    subprocess.run([sys.executable, "-c", code, str(source), str(again)], check=True)
    assert again.read_bytes() == (tmp_path / name).read_bytes()


def test_the_order_of_rows_does_not_change_the_edges(source, tmp_path):
    detect_file(source, tmp_path / "edges.csv", DetectParameters(fdr=0.05))
    header, *lines = source.read_text().splitlines()
    source.write_text("\n".join([header, *reversed(lines)]) + "\n")
    detect_file(source, tmp_path / "again.csv", DetectParameters(fdr=0.05))
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "edges.csv").read_bytes()


def test_edges_go_to_standard_output_for_a_dash(source, capsysbinary):
    detect_file(source, "-", DetectParameters())
    assert capsysbinary.readouterr().out.startswith(b"account_id,account_id_y,weight,n_objects,")


def test_two_spellings_of_one_file_are_refused(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.csv").symlink_to("e.csv")
    for summary in ("./e.csv", str(tmp_path / "e.csv"), "link.csv"):
        with pytest.raises(UsageError, match="two names"):
            detect_file(source, "e.csv", DetectParameters(), summary)


def detect_in_a_process(source, *words):
    command = [sys.executable, "-m", "cli", "coordination", "detect", "--input", str(source)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*command, *words],
        cwd=source.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_edges_and_a_json_report_cannot_both_be_printed(source):
    done = detect_in_a_process(source, "--edges", "-", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--json and --edges -" in done.stderr


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_printed_summary_is_the_only_document(source, words):
    done = detect_in_a_process(source, "--edges", "e.csv", "--summary", "-", *words)
    assert json.loads(done.stdout)["rows"] == 136


@pytest.mark.parametrize(
    ("edges", "summary"),
    [
        ("edges.xlsx", None),
        ("-", "-"),
        ("nowhere/edges.csv", None),
        ("edges.csv", "edges.csv"),
        ("edges.csv", "."),
    ],
)
def test_outputs_that_cannot_be_written_are_refused_before_reading(tmp_path, edges, summary):
    def place(name):
        return name if name in (None, "-") else tmp_path / name

    with pytest.raises(UsageError):
        detect_file(tmp_path / "missing.csv", place(edges), DetectParameters(), place(summary))


def test_neither_file_appears_when_one_cannot_be_written(source, tmp_path):
    (tmp_path / ".summary.json.part").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        detect_file(source, tmp_path / "edges.csv", DetectParameters(), tmp_path / "summary.json")
    assert not (tmp_path / "edges.csv").exists()
    assert not (tmp_path / ".edges.csv.part").exists()


def test_a_need_above_the_limit_is_refused_and_nothing_is_written(source, tmp_path):
    with pytest.raises(TooManyPairsError, match=r"15 pairs .*--memory-limit"):
        detect_file(source, tmp_path / "edges.csv", DetectParameters(memory_limit=10_000))
    assert not (tmp_path / "edges.csv").exists()


def test_an_empty_table_gives_an_empty_table(tmp_path):
    source = tmp_path / "shares.csv"
    source.write_text("object_id,account_id,content_id,timestamp_share\n")
    made = detect_file(source, tmp_path / "edges.csv", DetectParameters(fdr=0.05))
    assert (made["rows"], made["edges"], made["flagged"]) == (0, 0, 0)
    assert (tmp_path / "edges.csv").read_text().count("\n") == 1


def test_detection_loads_neither_torch_nor_scrapy_nor_sqlalchemy():
    code = (
        "import sys, pipelines.coordination.detect;"
        "print([name for name in ('torch', 'scrapy', 'sqlalchemy') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"

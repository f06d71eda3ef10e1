import json

import pytest
from typer.testing import CliRunner

from cli import app


@pytest.fixture(scope="module")
def evaluate(tiny_folder):
    """Runs `vigie evaluate` on a checkpoint of no meaning, on dev."""

    def run(*words):
        checkpoint = str(tiny_folder / "tiny@1")
        asked = ["evaluate", "--classifier", checkpoint, "--part", "dev", "--no-corpus", *words]
        return CliRunner().invoke(app, asked)

    return run


def test_measures_are_printed_as_tables_with_the_goals_first(evaluate):
    found = evaluate()

    assert found.exit_code == 0
    first, second, *_ = found.stdout.split("\n\n")
    assert first.startswith("tiny@1 on the ")
    assert second.startswith("Goals")


def test_measures_are_one_json_document_where_asked_for(evaluate, splits):
    content = json.loads(evaluate("--json").stdout)

    assert (content["classifier"], content["part"]) == ("tiny@1", "dev")
    assert content["n_dev"] == len(splits.dev)
    assert "facts" not in content


def test_a_part_that_cannot_be_measured_is_refused(evaluate):
    assert evaluate("--part", "train").exit_code == 2

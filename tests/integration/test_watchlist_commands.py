"""`vigie watchlist`: check, show and test, as a person meets them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WATCHLIST = """\
x_queries:
  - {query_id: aid, text: ONG Mali, reason: because, since_version: 2024-01-01}
"""


@pytest.fixture
def vigie(tmp_path: Path):
    """Runs `vigie` on a small watchlist, in a folder with a home of its own."""
    path = tmp_path / "watchlist.yaml"
    path.write_text(WATCHLIST, encoding="utf-8")

    def run(*words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("VIGIE_")}
        given = {
            "PYTHONPATH": str(ROOT),
            "VIGIE_HOME": str(tmp_path / "home"),
            "VIGIE_NOW": "2024-09-16T06:00:00Z",
            "VIGIE_WATCHLIST": str(path),
        }
        return subprocess.run(
            [sys.executable, "-m", "cli", *words],
            cwd=tmp_path,
            env=clean | given,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    run.path = path
    return run


def test_a_right_watchlist_is_said_to_be_right_before_there_is_a_store(vigie):
    done = vigie("watchlist", "check")
    assert done.returncode == 0
    assert "right; version" in done.stdout
    assert "queries 1 (parts asked 1)" in done.stdout


def test_a_wrong_watchlist_is_told_with_its_line(vigie):
    vigie.path.write_text(WATCHLIST.replace("ONG Mali", "ONG or Mali"), encoding="utf-8")
    done = vigie("watchlist", "check")
    assert done.returncode == 1
    assert "watchlist.yaml:2: a lower-case `or`" in done.stderr


def test_the_queries_are_shown_as_x_is_asked_them(vigie):
    (row,) = json.loads(vigie("watchlist", "show", "--json").stdout)
    assert (row["query"], row["part"], row["length"], row["text"]) == ("aid", "aid", 8, "ONG Mali")
    assert "ONG Mali" in vigie("watchlist", "show").stdout


def test_a_query_is_tried_from_the_command_line_and_from_stdin(vigie):
    vigie("init")
    told = json.loads(vigie("watchlist", "test", "ONG Gao", "--json").stdout)
    assert (told["posts"], told["caught"], told["length"]) == (0, 0, 7)
    piped = json.loads(vigie("watchlist", "test", "-", "--json", stdin="ONG Gao\n").stdout)
    assert piped == told


def test_a_query_x_would_refuse_is_wrong_use(vigie):
    done = vigie("watchlist", "test", "(ONG")
    assert done.returncode == 2
    assert "parentheses do not match" in done.stderr


def test_a_dry_run_without_a_token_prints_windows_and_dashes(vigie):
    vigie("init")
    plan = json.loads(vigie("crawl", "x_search", "--dry-run", "--json").stdout)
    assert [query["text"] for query in plan["queries"]] == ["ONG Mali"]
    assert plan["total"]["usd_at_most"] is None
    assert plan["note"].startswith("upper bound")
    shown = vigie("crawl", "x_search", "--dry-run").stdout
    assert "total" in shown
    assert "–" in shown
    assert "budget: no limit is set" in shown

"""Adding by hand as its user meets it: by options in a process, by questions on a terminal."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

ROOT = Path(__file__).parents[2]
POST = [
    "post", "add", "--platform", "facebook", "--time", "2024-09-11 14:30", "--place", "Konna",
    "--language", "ff", "--form", "image", "--basis", "public_page", "--role", "a-1",
    "--text", "Une photo dit que des vivres sont vendus au marché",
]  # fmt: skip
SIGHTING = [
    "sighting", "add", "--channel", "whatsapp", "--form", "voice", "--date", "2024-09-11",
    "--place", "none", "--language", "bm", "--reporter", "driver", "--basis", "told",
    "--role", "a-1", "--text", "Une note vocale dit que le vaccin rend malade",
]  # fmt: skip


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("VIGIE_")}
    return {
        **clean,
        "PYTHONPATH": str(ROOT),
        "VIGIE_HOME": str(tmp_path / "home"),
        "VIGIE_NOW": "2024-09-16T06:00:00Z",
    }


@pytest.fixture
def vigie(environment: dict[str, str], tmp_path: Path):
    """Runs `vigie` over a store of its own."""

    def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cli", *words],
            cwd=tmp_path, env=environment, input=stdin, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert run("init").returncode == 0
    return run


def test_a_post_added_twice_is_told_and_is_no_failure(vigie):
    first = vigie(*POST, "--json")
    again = vigie(*POST)

    added = json.loads(first.stdout)
    assert (added["status"], added["hour_known"]) == ("added", True)
    assert (again.returncode, again.stdout.split(":")[0]) == (0, "already there, nothing added")
    (listed,) = json.loads(vigie("post", "list", "--json").stdout)
    assert listed["id"] == added["id"]


def test_without_a_terminal_missing_options_are_named(vigie):
    done = vigie("post", "add", "--platform", "x")

    assert done.returncode == 2
    assert done.stderr.startswith("vigie: missing: --time, --place")


def test_a_post_is_taken_back_and_its_id_is_no_longer_known(vigie):
    post_id = json.loads(vigie(*POST, "--json").stdout)["id"]

    removed = vigie("post", "remove", post_id[:8], "--role", "a-1", "--why", "mistake")
    again = vigie("post", "remove", post_id[:8], "--role", "a-1", "--why", "mistake")

    assert (removed.returncode, removed.stdout) == (0, f"removed {post_id}\n")
    assert (again.returncode, len(again.stderr.splitlines())) == (2, 1)


def test_a_transcript_comes_in_on_standard_input(vigie):
    post_id = json.loads(vigie(*POST, "--json").stdout)["id"]

    done = vigie("post", "transcribe", post_id[:8], "--role", "a-1", stdin="Une affiche\n")

    assert done.stdout.startswith(f"transcribed {post_id}")
    assert json.loads(vigie("post", "unread", "--json").stdout) == {"counts": [], "posts": []}


def test_a_sighting_is_listed_and_taken_back(vigie):
    assert vigie(*SIGHTING).stdout == "added sighting 1\n"
    assert [row["id"] for row in json.loads(vigie("sighting", "list", "--json").stdout)] == [1]
    assert vigie("sighting", "remove", "1", "--role", "a-1", "--why", "risk").returncode == 0
    assert vigie("sighting", "list").stdout == "no sighting\n"


def test_a_history_comes_in_and_goes_out_with_its_label(vigie, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Contenu", "Mesure", "T1 2024", "T2 2024"])
    book.active.append(["publications", "total", 4, 5])
    book.save(tmp_path / "past.xlsx")

    done = vigie("history", "import", "past.xlsx", "--label", "Bilans", "--json")
    out = vigie("history", "export", "--label", "Bilans", "--out", "out.csv")

    assert json.loads(done.stdout)["new"] == 2
    assert (out.returncode, out.stdout) == (0, "out.csv\n")
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[1] == "Bilans,2024-Q1,2024-01-01,2024-04-01,all,posts,total,4,,"
    assert json.loads(vigie("history", "list", "--json").stdout)[0]["counts"] == 2


def test_a_wrong_cell_is_one_line_with_its_address(vigie, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Contenu", "Mesure", "T1 2024"])
    book.active.append(["publications", "total", "32 %"])
    book.save(tmp_path / "past.xlsx")

    done = vigie("history", "import", "past.xlsx", "--label", "Bilans")

    assert done.returncode == 1
    assert done.stderr == ("vigie: past.xlsx: Sheet!C2 is '32 %'; write the count, not a share\n")


def test_on_a_terminal_short_answers_make_a_post(vigie, environment, tmp_path):
    answers = ["fb", "", "2024-09-11", "Konna", "4", "2",
               "Une photo dit que des vivres sont vendus", "", "", "", "1", "a-1", ""]  # fmt: skip
    terminal, inside = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "post", "add", "--json"],
        cwd=tmp_path, env=environment, stdin=inside, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(inside)
    os.write(terminal, "".join(f"{answer}\n" for answer in answers).encode())

    out, shown = process.communicate(timeout=120)
    os.close(terminal)

    assert process.returncode == 0, shown
    assert json.loads(out)["hour_known"] is False
    assert "Enregistrer / save?" in shown

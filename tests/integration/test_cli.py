"""The command as its user meets it: in a process of its own, with wrong input too."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FEED = {
    "data": [
        {
            "id": "1000000000000001_501",
            "message": "Distribution de kits d'hygiène par l'ONG à Koro ce matin",
            "created_time": "2024-09-11T09:00:00+0000",
            "from": {"id": "1000000000000001", "name": "Page exemple"},
        }
    ]
}


@pytest.fixture
def vigie(tmp_path: Path):
    """Runs `vigie` in an empty folder with a home of its own."""

    def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("VIGIE_")}
        environment = {
            **clean,
            "PYTHONPATH": str(ROOT),
            "VIGIE_HOME": str(tmp_path / "home"),
            "VIGIE_NOW": "2024-09-16T06:00:00Z",
            **settings,
        }
        return subprocess.run(
            [sys.executable, "-m", "cli", *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.json"
    path.write_text(json.dumps(FEED), encoding="utf-8")
    return path


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The one line an error must be."""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_init_makes_a_store_that_doctor_finds(vigie):
    assert vigie("init").returncode == 0

    findings = json.loads(vigie("doctor", "--json").stdout)

    levels = {finding["subject"]: finding["level"] for finding in findings}
    assert levels["store"] == levels["keys"] == levels["watchlist"] == "ok"
    assert levels["token"] == "warning"


def test_init_twice_changes_nothing(vigie, tmp_path: Path):
    vigie("init")
    key = (tmp_path / "home" / "keys" / "post.key").read_text()

    assert vigie("init").returncode == 0
    assert (tmp_path / "home" / "keys" / "post.key").read_text() == key


def test_import_counts_what_became_of_each_record(vigie, feed: Path):
    vigie("init")

    first = json.loads(vigie("import", str(feed), "--json").stdout)["files"][0]
    second = json.loads(vigie("import", str(feed), "--json").stdout)["files"][0]

    assert (first["format"], first["records"], first["posts_new"]) == ("graph_feed", 1, 1)
    assert (second["posts_new"], second["posts_known"], second["quarantined"]) == (0, 1, 0)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b'{"data": [', "JSON"),
        (b"\x00\x01\xfe" * 40, "no known format"),
        (b'{"hello": "world"}', "unrecognised"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(vigie, tmp_path, content, says):
    vigie("init")
    path = tmp_path / "export.json"
    path.write_bytes(content)

    done = vigie("import", str(path), "--json")

    (report,) = json.loads(done.stdout)["files"]
    assert done.returncode == 1
    assert report["format"] == "unrecognised"
    assert report["records"] == report["posts_new"] == 0
    assert "export.json" in one_line(done)
    assert says.casefold() in (one_line(done) + report["format"]).casefold()


def test_the_other_files_are_still_imported(vigie, feed: Path, tmp_path: Path):
    vigie("init")
    broken = tmp_path / "broken.json"
    broken.write_text("{")

    done = vigie("import", str(broken), str(feed), "--json")

    assert done.returncode == 1
    assert [one["posts_new"] for one in json.loads(done.stdout)["files"]] == [0, 1]


@pytest.mark.parametrize(
    ("words", "settings", "code", "says"),
    [
        (["crawl", "x_search"], {}, 1, "VIGIE_X_BEARER_TOKEN is not set"),
        (["crawl", "facebook_pages"], {}, 1, "VIGIE_FACEBOOK_TOKEN is not set"),
        (
            ["crawl", "x_search"],
            {"VIGIE_X_BEARER_TOKEN": "t", "VIGIE_X_BASE_URL": "http://127.0.0.1:9",
             "VIGIE_REQUEST_DELAY": "0"},
            1,
            "127.0.0.1:9",
        ),
        (["crawl", "telegram"], {}, 2, "'telegram' is no source"),
        (["crawl", "x_search", "--since", "yesterday"], {}, 2, "--since 'yesterday'"),
        (["crawl", "x_search", "--since", "2024-09-01T00:00:00"], {}, 2, "no time zone"),
        (["crawl", "x_search", "--since", "2030-01-01T00:00:00Z"], {}, 2, "is not before now"),
        (["crawl", "x_search", "--since", "2024-09-01"], {}, 2, "2024-09-01T00:00:00Z"),
        (["report", "weekly", "--week", "2031-W01"], {}, 2, "has not begun"),
        (["alerts", "validate", "24-001", "--role", "Jean Dupont"], {}, 2, "is no role code"),
        (["doctor"], {"VIGIE_X_BASE_URL": "notaurl"}, 1, "VIGIE_X_BASE_URL"),
        (["init"], {"VIGIE_DATABASE_URL": "nonsense"}, 1, "no address of a database"),
        (["init"], {"VIGIE_HOME": "/proc/nope"}, 1, "/proc/nope"),
        (["report", "weekly", "--week", "37"], {}, 2, "'37' is not a week"),
        (["report", "weekly", "--week", "2024-W54"], {}, 2, "does not exist"),
        (["trace", "W37.x", "--report", "missing.html"], {}, 1, "missing.html"),
        (["alerts", "validate", "24-001", "--role", "a"], {}, 2, "no alert '24-001'"),
        (["classify", "--input", "posts.jsonl"], {}, 2, "go together"),
        (["trends", "--week", "2024-W37"], {"VIGIE_CODEBOOK": "none.yaml"}, 1, "none.yaml"),
        (["doctor"], {"VIGIE_NOW": "2024-09-16T06:00:00"}, 1, "VIGIE_NOW"),
        (["doctor"], {"VIGIE_X_PAGE_SIZE": "many"}, 1, "VIGIE_X_PAGE_SIZE"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_clear_line(vigie, words, settings, code, says):
    vigie("init")

    done = vigie(*words, **settings)

    assert done.returncode == code, done.stderr
    assert says in one_line(done)


def test_a_store_that_was_never_made_says_how_to_make_it(vigie):
    done = vigie("alerts", "list")

    assert done.returncode == 1
    assert "run `vigie init`" in one_line(done)


def test_asking_for_a_store_that_is_not_there_makes_none(vigie, tmp_path: Path):
    vigie("crawl", "status")

    assert not (tmp_path / "home").exists() or not list((tmp_path / "home").glob("*.sqlite"))


def test_status_after_a_run_that_was_refused_shows_it(vigie):
    vigie("init")
    vigie("crawl", "x_search", VIGIE_X_BEARER_TOKEN="t", VIGIE_X_BASE_URL="http://127.0.0.1:9",
          VIGIE_REQUEST_DELAY="0")  # fmt: skip

    assert "failed" in vigie("crawl", "status").stdout


def test_a_typing_error_in_the_watchlist_names_file_and_line(vigie, tmp_path: Path):
    path = tmp_path / "watchlist.yaml"
    path.write_text("x_querys: []\n", encoding="utf-8")

    done = vigie("doctor", VIGIE_WATCHLIST=str(path))

    assert done.returncode == 1
    assert "watchlist.yaml:1" in done.stdout
    assert "x_queries" in done.stdout


def test_status_before_any_crawl_says_so(vigie):
    vigie("init")

    assert vigie("crawl", "status").stdout.strip() == "nothing has been crawled yet"


# torch may warn about the processor on stderr; only the outputs are looked at.
def test_classify_answers_each_line_in_its_order(vigie, tmp_path: Path):
    lines = [
        {"id": "b", "text": "Merci à MSF pour les soins à Niono"},
        {"id": "a", "text": "Les ONG nous espionnent, qu'elles partent du Mali"},
        {"id": "c", "text": ""},
    ]
    source = tmp_path / "posts.jsonl"
    source.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    done = vigie("classify", "--input", str(source), "--output", "-")

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert [answer["id"] for answer in answers] == ["b", "a", "c"]
    assert sum(answers[0]["stance"]["probability"].values()) == pytest.approx(1, abs=1e-9)
    assert answers[0]["mentions"][0]["agency"] == "msf"
    assert answers[0]["severity"]["probability"]["none"] > 0.5
    assert answers[2]["severity"] is None
    assert answers[2]["stance"] is None
    assert "no_text" in answers[2]["review_reasons"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}\n', "2"),
        ('{"id": 7, "text": "x"}\n', "1"),
        ('{"id": "a"}\n', "1"),
        ("not json\n", "1"),
    ],
)
def test_a_bad_line_stops_classify_with_its_number(vigie, tmp_path: Path, text: str, says: str):
    source = tmp_path / "posts.jsonl"
    source.write_text(text, encoding="utf-8")

    done = vigie("classify", "--input", str(source), "--output", str(tmp_path / "out.jsonl"))

    assert done.returncode == 1
    assert f"{source}:{says}" in one_line(done) or f"line {says}" in one_line(done)
    assert not (tmp_path / "out.jsonl").exists()

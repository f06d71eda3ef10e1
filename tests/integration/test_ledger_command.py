"""The coverage ledger and the operator's verbs as their user meets them."""

import csv
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models import CountProbe, Coverage, CrawlRun, Post, PostCollection
from models.database import make_engine, migrate, open_session

ROOT = Path(__file__).parents[2]
NOW = datetime(2024, 9, 16, 6, tzinfo=UTC)


@pytest.fixture
def vigie(tmp_path: Path):
    """Runs `vigie` on a store with two windows of one query and a gap between them."""
    engine = make_engine(f"sqlite:///{tmp_path / 'home' / 'vigie.sqlite'}")
    migrate(engine)
    with open_session(engine) as session:
        for hours in (30, 3):
            session.add(
                Coverage(
                    source="x_search",
                    query_id="aid",
                    window_start=NOW - timedelta(hours=hours),
                    window_end=NOW - timedelta(hours=hours - 3),
                    status="complete",
                    query_version="v1",
                    posts=4,
                )
            )
        session.add(
            CountProbe(
                source="x_search",
                query_id="aid",
                window_start=NOW - timedelta(hours=3),
                window_end=NOW - timedelta(hours=2),
                query_version="v1",
                counted=4,
                probed_at=NOW,
            )
        )
        session.add(a_post(NOW - timedelta(hours=2, minutes=30)))
        session.flush()
        session.add(
            PostCollection(
                post_id="held",
                source="x_search",
                query_id="aid",
                query_version="v1",
                first_collected_at=NOW,
            )
        )
    engine.dispose()

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("VIGIE_")}
        settings = {"VIGIE_HOME": str(tmp_path / "home"), "VIGIE_NOW": NOW.isoformat()}
        return subprocess.run(
            [sys.executable, "-m", "cli", *words],
            cwd=tmp_path,
            env={**clean, "PYTHONPATH": str(ROOT), **settings},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def a_post(created_at: datetime) -> Post:
    return Post(
        id="held",
        platform="x",
        kind="post",
        created_at=created_at,
        text="",
        text_hash="",
        message_hash="",
        urls=[],
        media=[],
        acquisition="x_api_v2",
    )


def test_the_counts_of_x_itself_stand_beside_ours(vigie):
    told = {"query_id": "aid", "hours": 1, "counted": 4, "collected": 1, "share": 0.25}

    assert json.loads(vigie("crawl", "recall", "--json").stdout) == [told]
    assert vigie("crawl", "recall").stdout.split() == [*told, "aid", "1", "4", "1", "0.25"]


def test_of_hours_that_x_has_not_counted_the_recall_says_so(vigie):
    done = vigie("crawl", "recall", "--since", "2024-09-16T05:00:00Z")

    assert done.stdout == (
        "no hour of this period was counted by X; vigie crawl x_counts asks for them\n"
    )


def test_the_ledger_is_exported_hour_by_hour_for_programs(vigie, tmp_path):
    done = vigie("crawl", "status", "--since", "2024-09-15T00:00:00Z", "--export", "ledger.csv")
    rows = list(csv.DictReader((tmp_path / "ledger.csv").read_text("utf-8").splitlines()))
    of_aid = [row for row in rows if row["query_id"] == "aid"]

    assert done.returncode == 0
    assert len(of_aid) == 30
    assert (
        {row["state"] for row in of_aid[:3]}
        == {row["state"] for row in of_aid[-3:]}
        == {"complete"}
    )
    assert {row["state"] for row in of_aid[3:-3]} == {"not_asked"}


def test_the_ledger_by_day_marks_days_in_part_and_names_queries_never_asked(vigie):
    done = vigie("crawl", "status", "--by", "day", "--since", "2024-09-15T00:00:00Z", "--json")
    rows = json.loads(done.stdout)["rows"]

    assert [(r["state"], r["share"], r["cut"]) for r in rows if r["query_id"] == "aid"] == [
        ("partial", 0.125, False),
        ("partial", 0.5, True),
    ]
    assert {r["state"] for r in rows if r["query_id"] != "aid"} == {"not_asked"}


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["crawl", "status", "--export", "ledger.ods"], 2, "ends neither in .csv nor in .json"),
        (["crawl", "status", "--export", "none/ledger.csv"], 1, "cannot be written"),
        (["crawl", "x_search", "--by", "day"], 2, "go with `vigie crawl status`"),
        (["run", "--check"], 1, "no scheduler has run here"),
        (["ops", "mail", "--day", "monday"], 2, "is not a day; write 2024-09-16"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(vigie, words, code, problem):
    done = vigie(*words)

    assert done.returncode == code
    assert problem in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_crawl_that_sleeps_says_until_when(vigie, tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'home' / 'vigie.sqlite'}")
    with open_session(engine) as session:
        session.add(CrawlRun(source="x_search", started_at=NOW))
    engine.dispose()
    folder = tmp_path / "home" / "status"
    folder.mkdir()
    state = {"state": "waiting", "until": "2024-09-16T06:15:00Z", "pages": 3, "posts": 250}
    (folder / "crawl-x_search.json").write_text(json.dumps(state))

    (row,) = json.loads(vigie("crawl", "status", "--json").stdout)

    assert row["now"] == "waiting until 2024-09-16T06:15:00Z, 3 pages, 250 posts"


def test_the_daily_mail_is_printed_without_being_sent(vigie, tmp_path):
    done = vigie("ops", "mail", "--print")

    assert done.stdout.startswith("Collecte du 2024-09-15\n")
    assert "x_search/aid : 0 + 0" in done.stdout
    assert not (tmp_path / "home" / "mailbox").exists()

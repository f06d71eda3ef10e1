"""The demo: every hard measure holds, nothing personal is left, and the truth is not peeked at."""

import csv
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cli
from config.errors import UsageError
from config.glossary import load_glossary
from demo.run import live_through, open_demo_store, run_demo
from demo.world import running_world

pytestmark = pytest.mark.slow

WEEK = "2024-W38"
NATURAL_ROWS = {
    "post": "SELECT id, kind, parent_id, root_id, account, created_at, text, state FROM post",
    "post_version": "SELECT post_id, text_hash, text FROM post_version",
    "engagement": "SELECT post_id, polled_at, likes, comments, shares, views FROM engagement",
    "share": "SELECT * FROM share",
    "post_state": "SELECT * FROM post_state",
    "post_collection": "SELECT * FROM post_collection",
    "count_probe": "SELECT * FROM count_probe",
    "coverage": "SELECT source, query_id, window_start, window_end, status FROM coverage",
    "prediction": "SELECT post_id, stance, tone, target, probabilities FROM prediction",
}


def rows_of(store: Path) -> dict[str, list[tuple]]:
    with sqlite3.connect(store) as connection:
        return {name: sorted(connection.execute(q), key=repr) for name, q in NATURAL_ROWS.items()}


def files_under(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_hard_measure_is_missed(demo_run):
    assert demo_run[1].score.missed == ()


def test_every_planted_post_and_comment_is_collected_once(demo_out: Path):
    score = json.loads((demo_out / "score.json").read_text())

    assert score["posts_collected"] == score["posts_expected"] > 250
    assert score["comments_collected"] == score["comments_expected"] > 250
    assert score["duplicates"] == 0


def test_the_network_and_the_spike_are_found_and_no_look_alike(demo_out: Path):
    score = json.loads((demo_out / "score.json").read_text())

    assert score["network_found"] is True
    assert score["spike_week_found"] is True
    assert score["lookalikes_flagged"] == 0


def test_stance_stands_beside_its_baselines(demo_out: Path):
    stance = json.loads((demo_out / "score.json").read_text())["stance"]

    assert stance["low"] < stance["accuracy"] < stance["high"]
    assert stance["n"] > 300
    assert stance["accuracy"] > stance["majority_accuracy"]
    assert 0 < stance["tfidf_accuracy"] < 1


@pytest.mark.parametrize(
    "state", ["deleted", "unavailable", "withheld", "re-appeared", "edited", "long", "cut"]
)
def test_posts_that_change_or_go_stand_as_the_platform_left_them(demo_out: Path, state: str):
    found = collection_score(demo_out)["states"][state]

    assert found["right"] == found["expected"] > 0


def test_no_word_of_a_post_that_is_gone_is_left(demo_out: Path):
    score = collection_score(demo_out)

    assert score["gone"] > 0
    assert score["gone_words_left"] == 0


def test_every_item_of_the_media_feed_is_collected(demo_out: Path):
    feed = collection_score(demo_out)["feed"]

    assert feed["right"] == feed["expected"] > 10


def test_shares_that_search_does_not_return_are_collected(demo_out: Path):
    score = collection_score(demo_out)

    assert score["reposts"]["right"] > score["reposts"]["expected"] / 2
    assert score["quotes"]["right"] > 0


def test_nothing_that_x_counts_is_missing(demo_out: Path):
    score = collection_score(demo_out)

    assert score["collected_of_those"] == score["counted_by_x"] > 200


def test_x_cost_something_and_less_than_the_limits(demo_out: Path):
    spend = collection_score(demo_out)["spend"]

    assert 0 < spend["dearest_day_usd"] <= spend["daily_limit_usd"]
    assert spend["dearest_month_usd"] <= spend["monthly_limit_usd"]


def test_every_hour_of_every_query_and_page_is_complete_in_the_end(demo_out: Path):
    hours = collection_score(demo_out)["hours"]

    assert {name for name, found in hours.items() if found["partial"] == 0} == {
        "facebook_pages",
        "x_search",
        "x_timelines",
    }


def test_the_planned_outage_is_seen_alerts_nobody_and_is_filled(demo_out: Path):
    outage = json.loads((demo_out / "score.json").read_text())["outage"]

    assert outage["days_missing"] > 0
    assert (outage["days_missing_later"], outage["alerts_on_it"]) == (0, 0)


def test_the_coverage_ledger_tells_of_the_outage_and_then_no_more(demo_out: Path):
    during = ledger_of(demo_out / "coverage-during-the-outage.csv")
    after = ledger_of(demo_out / "coverage-after-the-outage.csv")

    assert {row["state"] for row in during} > {"complete", "failed"}
    assert any("http_503" in row["reasons"] for row in during)
    assert {row["state"] for row in after if row["source"] == "facebook_pages"} == {"complete"}


def test_counts_are_taken_at_the_planned_ages_of_posts(demo_out: Path):
    with sqlite3.connect(demo_out / "var" / "vigie.sqlite") as connection:
        marks = {mark for (mark,) in connection.execute("SELECT DISTINCT mark FROM engagement")}

    assert {"1h", "24h", "7d"} <= marks


def test_the_operator_has_the_mail_of_the_last_day(demo_out: Path):
    (mail,) = (demo_out / "operator").iterdir()

    assert mail.name == "operator-2024-09-22.eml"
    assert "x_search/mali_aid_fr" in mail.read_text(encoding="utf-8")


def collection_score(folder: Path) -> dict:
    return json.loads((folder / "score.json").read_text())["collection"]


def ledger_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["fr.html", "en.html", "fr.docx", "en.docx", "fr.pdf", "en.pdf"])
def test_the_report_of_the_last_week_is_there(demo_out: Path, name: str):
    assert (demo_out / "reports" / WEEK / f"weekly.{name}").stat().st_size > 5_000


def test_alerts_reach_the_mailbox_in_both_languages_as_an_exercise(demo_out: Path):
    messages = list((demo_out / "mailbox").glob("*.eml"))

    assert {path.name.split(".")[1] for path in messages} == {"fr", "en"}
    assert all(b"EXERC" in path.read_bytes() for path in messages)


def test_nothing_the_demo_leaves_holds_a_planted_handle_or_name(demo_out: Path):
    private = json.loads((demo_out / "truth.json").read_text())["private"]
    planted = [value.encode() for values in private.values() for value in values]
    left = [path for path in files_under(demo_out) if path.name != "truth.json"]

    found = {(path.name, value) for path in left for value in planted if value in path.read_bytes()}

    assert len(planted) > 100
    assert any(path.name == "vigie.sqlite" for path in left)
    assert found == set()


def test_no_page_contains_a_forbidden_word(demo_out: Path):
    glossary = load_glossary()
    for path in (demo_out / "reports").rglob("*.html"):
        language = path.name.split(".")[1]
        assert glossary.violations(path.read_text(encoding="utf-8"), language) == []


def test_no_report_repeats_six_words_of_a_post(demo_out: Path):
    with sqlite3.connect(demo_out / "var" / "vigie.sqlite") as connection:
        texts = [text for (text,) in connection.execute("SELECT text FROM post")]
    runs = {run for text in texts for run in six_words(text)}

    for path in (demo_out / "reports").rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert not (set(six_words(page)) & runs)


def six_words(text: str) -> Iterator[tuple[str, ...]]:
    words = text.casefold().split()
    return zip(*(words[start:] for start in range(6)), strict=False)


def test_without_the_truth_file_the_store_is_the_same(demo_out: Path, tmp_path: Path):
    """The chain runs on a world whose truth file is deleted before the first crawl."""
    truth = tmp_path / "truth.json"
    with running_world(seed=7, weeks=12, truth=truth) as world:
        truth.unlink()
        deployment = open_demo_store(world, tmp_path, 7)
        live_through(deployment, world, say=lambda _line: None, ledgers=tmp_path)
        deployment.engine.dispose()

    assert rows_of(tmp_path / "var" / "vigie.sqlite") == rows_of(demo_out / "var" / "vigie.sqlite")


def test_a_second_run_gives_equal_bytes(demo_out: Path, tmp_path: Path):
    run_demo(weeks=12, seed=7, out=tmp_path / "again", all_weeks=False, say=lambda _line: None)

    def outputs(folder: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in files_under(folder)
            if "var" not in path.relative_to(folder).parts
        }

    assert outputs(tmp_path / "again") == outputs(demo_out)


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(UsageError, match="choose another --out"):
        run_demo(weeks=1, seed=7, out=tmp_path, all_weeks=False, say=print)

    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_figure_opens_to_the_posts_behind_it(demo_out: Path):
    page = demo_out / "reports" / WEEK / "weekly.fr.html"
    facts = json.loads((demo_out / "snapshot.json").read_text())
    figure = facts["figures"]["W38.comments.suspicious"]

    result = CliRunner().invoke(
        cli.app, ["trace", "W38.comments.suspicious", "--report", str(page), "--json"]
    )

    traced = json.loads(result.stdout)
    assert result.exit_code == 0
    assert {item["post_id"] for item in traced["items"]} == set(figure["items"])
    assert len(traced["items"]) == figure["value"]

"""Compliance, purge and opt-out as an operator types them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from sqlmodel import update
from typer.testing import CliRunner

import cli
from config.errors import UsageError
from config.keyring import Keyring
from config.settings import Settings
from models import OptOut, Post, PurgeProof
from models.database import make_engine, migrate, open_session
from pipelines.deployment import Deployment
from removing import DAY, POLL, Filled

NOW = POLL + 2 * DAY
Vigie = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def filled(home: Path):
    """A store with one post of each platform."""
    settings = Settings(home=home, database_url=None, now=NOW)
    migrate(make_engine(settings.store_url))
    Keyring(settings.keys_dir, seed="tests").ensure(["2024Q3"])
    deployment = Deployment.open(settings)
    filled = Filled(deployment)
    filled.store(filled.item())
    filled.store(filled.item("1_1", platform="facebook", account_id="501", text="un marché"))
    yield filled
    deployment.engine.dispose()


@pytest.fixture
def vigie(home: Path, filled: Filled, monkeypatch) -> Vigie:
    monkeypatch.setenv("VIGIE_HOME", str(home))
    monkeypatch.setenv("VIGIE_NOW", NOW.isoformat())

    def run(*words: str, given: str | None = None) -> Result:
        return CliRunner().invoke(cli.app, list(words), input=given)

    return run


def test_a_purge_without_yes_says_what_would_go_and_changes_nothing(vigie, filled):
    before = filled.everything()
    done = vigie("purge", "--platform", "x")
    assert done.exit_code == 0
    assert "platform:x: would purge 1 posts" in done.stdout
    assert "nothing was changed: add --yes" in done.stdout
    assert filled.everything() == before


def test_a_purge_with_yes_is_done_and_stands_in_the_log(vigie, filled):
    done = vigie("purge", "--platform", "x", "--yes", "--role", "operator-1", "--json")
    result = json.loads(done.stdout)
    assert (result["done"], result["posts"], result["bodies"]) == (True, 1, 1)
    assert "vivres" not in filled.everything()
    rows = json.loads(vigie("purge", "log", "--json").stdout)
    assert {(row["scope"], row["role"]) for row in rows} == {("platform:x", "operator-1")}
    assert vigie("purge", "log", "--verify").exit_code == 0
    assert vigie("purge", "log", "--holds", rows[0]["hash"]).exit_code == 0


def test_a_changed_log_is_told_by_the_exit_code(vigie, filled):
    vigie("purge", "--platform", "x", "--yes")
    with open_session(filled.engine) as session:
        session.connection().execute(update(PurgeProof).values(counts={}))
    done = vigie("purge", "log", "--verify")
    assert done.exit_code == 1
    assert "the log was changed" in done.stdout


def test_an_entry_that_is_missing_is_told_by_the_exit_code(vigie):
    assert vigie("purge", "log", "--holds", "0" * 64).exit_code == 1


def test_a_purge_of_nothing_named_is_wrong_use(vigie):
    done = vigie("purge", "--yes")
    assert isinstance(done.exception, UsageError)


@pytest.mark.parametrize(
    "words",
    [
        ("purge", "--platform", "x", "--yes"),
        ("optout", "add", "--platform", "x", "--account-id-file", "-"),
    ],
)
def test_no_name_of_a_person_comes_into_the_log_that_cannot_be_changed(vigie, filled, words):
    before = filled.everything()
    done = vigie(*words, "--role", "Awa Inconnue", given="9001\n")

    assert isinstance(done.exception, UsageError)
    assert "is no role code" in str(done.exception)
    assert filled.everything() == before


def test_one_post_is_purged_by_its_id(vigie, filled):
    assert vigie("purge", "--post", filled.post_id(), "--yes").exit_code == 0
    assert filled.post().text == ""
    assert filled.post("1_1", "facebook").text == "un marché"


def test_a_post_is_found_by_its_address_and_the_address_is_not_repeated(vigie, filled):
    key = filled.deployment.keyring.post_id("x", filled.item().platform_id)
    addresses = (
        f"https://x.com/fanta_k77/status/{filled.item().platform_id}",
        "",
        "https://x.com/fanta_k77/status/1",
        "https://example.org/article",
        "https://x.com/fanta_k77",
    )
    done = vigie("purge", "find", "--address-file", "-", "--json", given="\n".join(addresses))

    found = [(row["line"], row["post"], row["problem"]) for row in json.loads(done.stdout)]
    assert found == [
        (1, key, None),
        (3, None, "not in the store"),
        (4, None, "no address of a post on facebook or x"),
        (5, None, "names no single post on x; copy the post's own address"),
    ]
    assert "fanta" not in done.output


def test_an_opt_out_takes_the_id_from_standard_input_and_prints_none(vigie, filled):
    done = vigie("optout", "add", "--platform", "x", "--account-id-file", "-", given="9001\n")
    assert done.exit_code == 0
    assert "9001" not in done.output
    (row,) = filled.rows(OptOut)
    assert row.account_hash[:8] in done.stdout
    assert filled.post().text == ""
    listed = json.loads(vigie("optout", "list", "--json").stdout)
    assert [entry["account_hash"] for entry in listed] == [row.account_hash]
    assert vigie("optout", "remove", row.account_hash[:8]).exit_code == 0
    assert filled.rows(OptOut) == []


def test_known_states_are_applied_with_counts_by_reason(vigie, filled):
    filled.say("unavailable", reason="suspended")
    result = json.loads(vigie("compliance", "apply", "--json").stdout)
    assert result["reasons"] == {"suspended": 1}
    assert result["posts"] == 1
    assert filled.post().text == ""


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (None, 0),
        ({"source": "x_compliance", "status": "done", "reason": None}, 0),
        ({"source": "x_compliance", "status": "failed", "reason": "token_refused"}, 1),
    ],
)
def test_a_sync_applies_what_is_known_however_the_asking_ends(
    vigie, filled, monkeypatch, asked, code
):
    monkeypatch.setattr("crawlers.commands.ask_compliance", lambda _settings: asked)
    filled.say("deleted", reason="deleted")
    done = vigie("compliance", "sync", "--json")
    assert done.exit_code == code
    assert json.loads(done.stdout)["asked"] == asked
    assert json.loads(done.stdout)["reasons"] == {"deleted": 1}
    assert {post.text for post in filled.rows(Post)} == {"", "un marché"}

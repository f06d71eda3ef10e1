"""What a watchlist says of an account, and when its version changes."""

from pathlib import Path

import pytest

from config.watchlist import Watchlist, load_watchlist

TEXT = """\
facebook_pages:
  - page_id: "100000000000001"
    register_id: fb-radio
    name: Radio Exemple
    source_type: local_media
    language: fr
registered_accounts:
  - platform: x
    platform_id: "42"
    register_id: x-unicef
    name: UNICEF (exemple)
    source_type: agency
    agency_id: unicef
allowed_handles: ["@UnicefExemple"]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "watchlist.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def watchlist(path: Path) -> Watchlist:
    return load_watchlist(path)


def test_pages_and_accounts_are_found_by_platform_and_id(watchlist):
    assert watchlist.source_type_of("facebook", "100000000000001") == "local_media"
    assert watchlist.source_type_of("x", "42") == "agency"
    assert watchlist.register_entry("x", "42").agency_id == "unicef"


def test_an_account_of_one_platform_is_unknown_on_another(watchlist):
    assert watchlist.source_type_of("facebook", "42") is None


def test_an_author_the_platform_did_not_name_is_unknown(watchlist):
    assert watchlist.register_entry("facebook", None) is None


def test_handles_and_names_of_organisations_need_no_mask(watchlist):
    wanted = {"unicefexemple", "radio exemple", "unicef (exemple)"}
    assert wanted <= watchlist.allowed_handles


def test_names_of_agencies_need_no_mask(watchlist):
    assert {"médecins sans frontières", "unicef"} <= watchlist.allowed_handles


def test_the_version_changes_with_the_file(path, watchlist):
    assert watchlist.version == load_watchlist(path).version
    path.write_text(TEXT + "# seen\n", encoding="utf-8")
    assert load_watchlist(path).version != watchlist.version
    assert len(watchlist.version) == 12


def test_a_query_over_several_lines_is_one_line(path):
    path.write_text(
        "x_queries:\n"
        "  - query_id: one\n"
        "    since_version: 2026-11-23\n"
        "    reason: because\n"
        "    text: >-\n"
        '      (ONG OR "aide humanitaire")\n'
        "      Mali\n",
        encoding="utf-8",
    )
    assert load_watchlist(path).x_queries[0].text == '(ONG OR "aide humanitaire") Mali'

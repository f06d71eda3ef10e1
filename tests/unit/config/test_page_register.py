"""The page register: what a source is on the day of a post, and nothing about persons."""

from datetime import UTC, date, datetime

import pytest

from config.errors import ConfigError
from config.page_register import PageRegister, RegisteredAccount
from config.watchlist import load_watchlist

PAGE = """\
facebook_pages:
  - page_id: "100000000000001"
    register_id: fb-page
    name: Page Exemple
    source_type: activist
    language: fr
    followers_band: 10k-100k
    since: 2024-06-01
registered_accounts:
  - platform: facebook
    platform_id: "100000000000001"
    register_id: fb-page
    name: Page Exemple
    source_type: local_media
    until: 2024-06-01
"""
PERSON = """\
registered_accounts:
  - platform: x
    platform_id: "42"
    register_id: activist-1
    source_type: activist
    individual: yes
"""


@pytest.fixture
def load(tmp_path):
    def read(text):
        path = tmp_path / "watchlist.yaml"
        path.write_text(text, encoding="utf-8")
        return load_watchlist(path)

    return read


def test_the_type_of_a_page_is_that_of_the_day(load):
    watchlist = load(PAGE)
    page = ("facebook", "100000000000001")
    assert watchlist.source_type_of(*page, date(2024, 5, 31)) == "local_media"
    assert watchlist.source_type_of(*page, date(2024, 6, 1)) == "activist"
    assert watchlist.source_type_of(*page, datetime(2024, 6, 1, 0, 5, tzinfo=UTC)) == "activist"
    assert watchlist.source_type_of(*page) == "activist"


def test_before_its_first_day_an_account_is_not_registered(load):
    text = PERSON.replace("    individual", "    since: 2024-06-01\n    individual")
    assert load(text).source_type_of("x", "42", date(2024, 5, 31)) is None


def test_an_account_registered_without_days_is_registered_always(load):
    assert load(PERSON).source_type_of("x", "42", date(2010, 1, 1)) == "activist"


@pytest.mark.parametrize(
    ("kind"),
    ["agency", "un", "local_media", "radio", "official", "civil_society", "town_page", "activist",
     "health_authority", "other"],
)  # fmt: skip
def test_each_kind_of_organisation_can_be_registered(load, kind):
    watchlist = load(PAGE.replace("source_type: activist", f"source_type: {kind}"))
    assert watchlist.facebook_pages[0].source_type == kind


def test_the_page_of_a_person_has_a_type_and_no_name(load):
    watchlist = load(PERSON)
    entry = watchlist.register_entry("x", "42")
    assert (entry.source_type, entry.name) == ("activist", None)
    assert None not in watchlist.allowed_handles


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (PERSON + "    name: Quelqu'un\n", ":7: the page of an individual has a name; remove it"),
        (PERSON.replace("activist-1", "un-nom"), "must be a number; write it as activist-1"),
        (PERSON.replace("source_type: activist", "source_type: radio"), "write activist"),
        (PERSON.replace("    individual: yes\n", ""), "name is missing"),
        (PAGE.replace("until: 2024-06-01", "until: 2024-06-02"), "for the same days; end one"),
        (PAGE.replace("    until: 2024-06-01\n", ""), "for the same days; end one"),
        (
            PAGE.replace("since: 2024-06-01", "since: 2024-06-01\n    until: 2024-06-01"),
            "is not after since",
        ),
        (PAGE.replace("since: 2024-06-01", "since: juin"), "write a day as"),
    ],
)
def test_a_wrong_entry_is_told(load, text, problem):
    with pytest.raises(ConfigError, match=problem):
        load(text)


def account(**more):
    given = {
        "platform": "x",
        "platform_id": "1",
        "register_id": "x-ong",
        "name": "ONG Exemple",
        "source_type": "civil_society",
        "agency_id": None,
    }
    return RegisteredAccount(**(given | more))


def test_the_version_is_that_of_the_entries_whatever_their_order():
    one, two = account(), account(platform_id="2", register_id="x-deux")
    assert PageRegister((one, two)).version == PageRegister((two, one)).version
    assert PageRegister((one,)).version != PageRegister((account(source_type="other"),)).version


def test_a_new_query_leaves_the_version_of_the_register(load):
    query = "x_queries: [{query_id: a, text: ONG, reason: because, since_version: 2024-01-01}]\n"
    assert load(PAGE).register.version == load(PAGE + query).register.version
    assert load(PAGE).version != load(PAGE + query).version

from datetime import UTC, datetime

import polars as pl
import pytest

from pipelines.coordination.detect import detect
from pipelines.coordination.networks import Context, find_networks
from pipelines.coordination.parameters import DetectParameters
from pipelines.coordination.shares import COLUMNS, Shares

HOUR = 3600
START = 1_722_470_400  # 2024-08-01T00:00:00Z


class Posts:
    """Shares put together for one test, among forty people who post things of their own."""

    def __init__(self):
        self.rows = []
        self.types = {}
        self.linked = set()
        for number in range(200):
            self.put(f"text:own{number}", f"person{number % 40}", number * 4 * HOUR)

    def put(self, object_id, account, seconds, source_type="individual"):
        post = f"post{len(self.rows):04}"
        self.rows.append((object_id, account, post, (START + seconds) * 1_000_000))
        self.types[account] = source_type
        if object_id.startswith("url:"):
            self.linked.add(post)

    def in_step(self, accounts, objects, source_types=("individual",), kind="text"):
        for number in range(objects):
            for at, account in enumerate(accounts):
                source_type = source_types[at % len(source_types)]
                name = f"{kind}:{accounts[0]}{number}"
                self.put(name, account, number * 20 * HOUR + at * 9, source_type)

    def networks(self):
        shares = pl.DataFrame(self.rows, schema=COLUMNS, orient="row")
        parameters = DetectParameters(fdr=0.05, permutations=0)
        evidence = detect(Shares.of(shares), parameters).evidence
        return find_networks(evidence, Context(shares, self.types, frozenset(self.linked)))


@pytest.fixture
def posts():
    return Posts()


def accounts_of(prefix, count):
    return [f"{prefix}{number:02}" for number in range(count)]


def test_a_ring_is_one_network_with_its_counts_times_and_evidence(posts):
    posts.in_step(accounts_of("ring", 4), 5)
    (network,) = posts.networks()
    assert network.accounts == ("ring00", "ring01", "ring02", "ring03")
    assert (network.objects, network.account_pairs, len(network.post_ids)) == (5, 6, 20)
    assert network.first_at == datetime(2024, 8, 1, tzinfo=UTC)
    assert network.last_at == datetime(2024, 8, 4, 8, 0, 27, tzinfo=UTC)
    assert network.median_spread == 27
    assert network.explained_by is None


def test_the_facts_of_a_network_name_no_account(posts):
    posts.in_step(accounts_of("ring", 4), 5)
    facts = posts.networks()[0].facts()
    assert "ring" not in str(facts)
    assert facts["accounts"] == 4
    assert facts["last_at"] == "2024-08-04T08:00:27+00:00"


def test_two_rings_are_two_networks_the_one_with_more_objects_first(posts):
    posts.in_step(accounts_of("ring", 4), 4)
    posts.in_step(accounts_of("late", 3), 6)
    assert [network.accounts[0] for network in posts.networks()] == ["late00", "ring00"]


def test_nothing_flagged_is_no_network(posts):
    assert posts.networks() == []


@pytest.mark.parametrize(
    ("source_types", "explanation"),
    [
        (("agency",), "agency_campaign"),
        (("agency", "health_authority", "civil_society"), "agency_campaign"),
        (("local_media",), "press_copy"),
        (("local_media", "town_page", "agency"), "press_copy"),
        (("local_media", "individual"), None),
        (("agency", "activist"), None),
        (("civil_society",), None),
        (("activist",), None),
    ],
)
def test_registered_organisations_explain_a_network_that_is_theirs_alone(
    posts, source_types, explanation
):
    posts.in_step(accounts_of("page", 4), 6, source_types)
    assert [network.explained_by for network in posts.networks()] == [explanation]


def test_two_objects_that_many_take_up_are_breaking_news(posts):
    posts.in_step(accounts_of("reader", 12), 2)
    assert {network.explained_by for network in posts.networks()} == {"breaking_news"}


def test_two_objects_of_a_few_are_not(posts):
    posts.in_step(accounts_of("ring", 4), 2)
    assert {network.explained_by for network in posts.networks()} == {None}


def with_many_others(posts, kind):
    """Three accounts press the button together; twelve others do over the next hours."""
    members = accounts_of("reader", 3)
    posts.in_step(members, 5, kind=kind)
    for number in range(5):
        for other in range(12):
            seconds = number * 20 * HOUR + (other + 1) * 1200
            posts.put(f"{kind}:{members[0]}{number}", f"person{other}", seconds)
    return posts.networks()


def test_links_that_many_others_share_for_hours_are_a_share_button(posts):
    assert [network.explained_by for network in with_many_others(posts, "url")] == ["share_button"]


def test_copied_texts_without_a_link_are_no_share_button(posts):
    assert [network.explained_by for network in with_many_others(posts, "text")] == [None]


def test_links_that_only_the_ring_shares_are_no_share_button(posts):
    posts.in_step(accounts_of("ring", 4), 5, kind="url")
    assert [network.explained_by for network in posts.networks()] == [None]

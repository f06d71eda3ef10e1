"""A long query is crawled in parts over real HTTP, and counts as one query."""

from datetime import timedelta
from pathlib import Path

import pytest

from config.keyring import Keyring
from config.queries.language import parse_query
from config.queries.matching import PostView, matches
from config.watchlist import load_watchlist
from crawlers.query_trial import try_query
from crawlers.sandbox.matching import searchable
from crawlers.sandbox.testing import Sandbox
from crawlers.sandbox.world import build_world
from crawling import Deployment
from models import Coverage, CrawlCheckpoint, CrawlRun, Post, PostCollection, WatchlistVersion

QUERIES = """\
anchors:
  mali: [Mali, malien, maliens, Bamako, Mopti, Sévaré, Gao, Tombouctou, Kayes, Kidal, Koutiala]
x_queries:
  - query_id: aid
    since_version: {since}
    reason: {reason}
    agencies: [ngo_generic, wfp, msf, unicef, who, icrc, red_cross_generic, unhas, iom, ocha]
    agency_types: [coordination]
    anchors: mali
    anchors_suffice_for: [wfp, who, iom, icrc]
    terms: [{terms}]
    options: ["-is:retweet"]
stems:
  "locataire*": [locataire]
  "loyer*": [loyer]
  "humanitaire*": [humanitaire, humanitaires]
  "humanitarian*": [humanitarian]
"""


def watchlist_text(since="2024-06-24", reason="because", terms="vaccinatrice"):
    return QUERIES.format(since=since, reason=reason, terms=terms)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """A deployment that has crawled the built query once, and the world it crawled."""
    folder = tmp_path_factory.mktemp("parts")
    path = folder / "watchlist.yaml"
    path.write_text(watchlist_text(), encoding="utf-8")
    world = build_world(7, 1)
    with Sandbox(world=world) as sandbox:
        sandbox.watchlist = path
        deployment = Deployment(folder / "home", sandbox).init()
        outcome = deployment.crawl("x_search")
        assert outcome.status == "done", outcome
        yield deployment, world


def whole_query(deployment):
    (query,) = load_watchlist(deployment.settings.watchlist).x_queries
    return query


def test_the_parts_together_collect_what_the_whole_query_finds_once(crawled):
    deployment, world = crawled
    keyring = Keyring(deployment.home / "keys")
    tree = parse_query(whole_query(deployment).text)
    now = deployment.sandbox.stage.now
    expected = set()
    for post in world.x_posts:
        seen = searchable(post, post.text)
        view = PostView(
            seen.tokens, seen.hashtags, frozenset(seen.mentions), seen.lang, seen.is_a, seen.has
        )
        reachable = now - timedelta(days=7, minutes=-1) <= post.created_at
        if reachable and post.created_at < now - timedelta(seconds=30) and matches(tree, view):
            expected.add(keyring.post_id("x", post.platform_id))
    rows = deployment.rows(PostCollection)
    assert len(expected) > 10
    assert {row.post_id for row in rows} == expected


def test_what_is_found_counts_for_the_whole_query(crawled):
    deployment, _ = crawled
    rows = deployment.rows(PostCollection)
    assert {(row.query_id, row.query_version) for row in rows} == {
        ("aid", whole_query(deployment).version)
    }
    assert len({row.post_id for row in rows}) == len(rows)
    assert sum(row.posts for row in deployment.rows(Coverage)) > len(rows)


def test_each_part_has_its_own_checkpoint_and_coverage(crawled):
    deployment, _ = crawled
    parts = {part.part_id: part.version for part in whole_query(deployment).parts(512)}
    assert len(parts) > 1
    covered = {row.query_id: row.query_version for row in deployment.rows(Coverage)}
    asked = {row.query_id: row.query_version for row in deployment.rows(CrawlCheckpoint)}
    assert covered == asked == parts


def test_the_watchlist_and_the_register_of_a_run_are_kept(crawled):
    deployment, _ = crawled
    watchlist = load_watchlist(deployment.settings.watchlist)
    (run,) = deployment.rows(CrawlRun)
    (version,) = deployment.rows(WatchlistVersion)
    assert run.query_version == version.version == watchlist.version
    assert run.register_version == watchlist.register.version


def test_a_trial_tells_the_words_that_stored_posts_would_add(crawled):
    deployment, _ = crawled
    trial = try_query(deployment.settings, "(ONG OR UNICEF) -is:retweet")
    stored = {post.id: post for post in deployment.rows(Post)}
    assert trial.posts == len(stored)
    assert trial.compared_with == "aid"
    assert 0 < trial.caught < trial.posts
    assert trial.caught - trial.only_this + trial.lost == trial_of_whole(deployment).caught
    assert all(one.post_id in stored for one in trial.examples_lost)


def trial_of_whole(deployment):
    return try_query(deployment.settings, "aid")


def test_the_watchlists_own_query_has_nothing_to_lose(crawled):
    deployment, _ = crawled
    trial = trial_of_whole(deployment)
    assert (trial.compared_with, trial.lost) == (None, 0)
    assert trial.caught == trial.only_this >= len(deployment.rows(PostCollection))


def test_a_reworded_query_is_refused_until_it_says_since_when_and_why(crawled):
    deployment, _ = crawled
    path: Path = deployment.settings.watchlist
    before = path.read_text(encoding="utf-8")
    try:
        path.write_text(watchlist_text(terms="vaccinatrice, ambulance"), encoding="utf-8")
        outcome = deployment.crawl("x_search")
        assert outcome.run_id is None
        assert "give it a since_version after 2024-06-24" in (outcome.reason or "")
        path.write_text(
            watchlist_text("2024-09-01", "Ambulances too.", "vaccinatrice, ambulance"),
            encoding="utf-8",
        )
        assert deployment.crawl("x_search").status == "done"
    finally:
        path.write_text(before, encoding="utf-8")

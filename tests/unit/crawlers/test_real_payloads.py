"""The recorded payloads of the studies folder, read in place."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from config.keyring import Keyring
from config.watchlist import load_watchlist
from crawlers.importers.run import FileReport, import_files
from crawlers.parsers.x import parse_x_response
from models import Post, Quarantine
from models.database import make_engine, migrate

SHARED = Path(__file__).resolve().parents[4] / "shared"

# Format and records of every recorded file.
EXPECTED = {
    "exports/crowdtangle_api_posts.json": ("crowdtangle_json", 2),
    "exports/crowdtangle_csv_subset_gaza.csv": ("crowdtangle_csv", 382),
    "exports/crowdtangle_linkchecker.csv": ("crowdtangle_links", 10),
    "exports/exportcomments_facebook.xlsx": ("exportcomments", 73),
    "exports/meltwater_style_nike.csv": ("meltwater", 25),
    "exports/zeeschuimer_twitter_item.json": ("x_graphql", 1),
    "facebook/pyfb_comments_p1.json": ("graph_comments", 10),
    "facebook/pyfb_error_100.json": ("graph_feed", 0),
    "facebook/pyfb_feed_fields_p1.json": ("graph_feed", 5),
    "facebook/pyfb_feeds_default_p1.json": ("graph_feed", 5),
    "facebook/pyfb_page_default.json": ("graph_feed", 0),
    "facebook/pyfb_single_post.json": ("graph_feed", 1),
    "x/pytwitter_error_400.json": ("x_v2_response", 0),
    "x/pytwitter_search_query.json": ("x_v2_response", 6),
    "x/twarc_2sets.jsonl": ("x_v2_response", 276),
    "x/twarc_brexit.jsonl": ("x_v2_response", 155),
    "x/twarc_counts.jsonl": ("x_v2_response", 0),
    "x/twarc_edited.jsonl": ("x_v2_response", 2),
    "x/twarc_geo_tweets.jsonl": ("x_v2_response", 3),
    "x/twarc_many_urls.jsonl": ("x_v2_response", 2),
    "x/twarc_media_tweet.jsonl": ("x_v2_response", 1),
    "x/twarc_noflat.jsonl": ("x_v2_response", 164),
    "x/twarc_tweets_compliance.jsonl": ("x_v2_response", 0),
    "x/tweepy_counts_recent.vcr.yaml": ("vcr_cassette", 0),
    "x/tweepy_search_recent.vcr.yaml": ("vcr_cassette", 10),
    "x/tweepy_users_tweets.vcr.yaml": ("vcr_cassette", 2),
    "x/tweepy_v11_search.vcr.json": ("vcr_cassette", 21),
    "x/twscrape_issue56_graphql.json": ("x_graphql", 11),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Iterator[Engine]:
    """One store for all recorded files, since reading them takes seconds."""
    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('real') / 'store.sqlite'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def reports(store, tmp_path_factory) -> dict[str, FileReport]:
    folder = SHARED / "payloads" / "real"
    if not folder.is_dir():
        pytest.skip("the shared studies folder is not on this machine")
    found = import_files(
        [folder],
        engine=store,
        keyring=Keyring(tmp_path_factory.mktemp("keys"), seed="tests"),
        watchlist=load_watchlist(),
        now=datetime(2026, 11, 23, 6, tzinfo=UTC),
    )
    return {str(Path(report.path).relative_to(folder)): report for report in found}


def test_every_recorded_file_is_balanced_and_of_its_format(reports, shared_dir, store):
    index = json.loads((shared_dir / "payloads" / "real" / "index.json").read_text())
    assert {entry["file"] for entry in index} | {"index.json"} == reports.keys()
    for report in reports.values():
        assert report.records == report.posts_new + report.posts_known + report.quarantined
    read = {
        name: (report.format, report.records)
        for name, report in reports.items()
        if report.format != "unrecognised"
    }
    assert read == EXPECTED
    assert reports.keys() - read.keys() == {"index.json"}
    assert reports["index.json"].error is not None
    assert sum(report.quarantined for report in reports.values()) == 0
    with Session(store) as session:
        assert session.exec(select(Quarantine)).all() == []


def test_what_is_no_post_is_counted_apart(reports):
    assert reports["x/twarc_counts.jsonl"].other == {"counts": 169}
    assert reports["x/twarc_tweets_compliance.jsonl"].other == {"compliance": 2}
    assert reports["facebook/pyfb_page_default.json"].other == {"pages": 1}
    assert reports["facebook/pyfb_error_100.json"].other == {"errors": 1}
    assert reports["x/twarc_2sets.jsonl"].other["errors"] == 1


def test_the_zone_behind_a_crowdtangle_time_is_honoured(store, tmp_path):
    """2023-11-05 22:56:36 EST and 2023-10-27 12:10:13 EDT, the first two rows of the file."""
    keyring = Keyring(tmp_path, seed="tests")
    expected = {
        "100064062786653_737265021752251": datetime(2023, 11, 6, 3, 56, 36, tzinfo=UTC),
        "100063750150699_823563959778602": datetime(2023, 10, 27, 16, 10, 13, tzinfo=UTC),
    }
    with Session(store) as session:
        for platform_id, moment in expected.items():
            post = session.get_one(Post, keyring.post_id("facebook", platform_id))
            assert post.created_at == moment


def test_comments_of_a_workbook_hang_under_their_post(store, tmp_path):
    keyring = Keyring(tmp_path, seed="tests")
    post_id = keyring.post_id("facebook", "255561392521_10157929543417522")
    with Session(store) as session:
        comments = session.exec(select(Post).where(Post.parent_id == post_id)).all()
    assert len(comments) == 73
    assert {comment.kind for comment in comments} == {"comment"}


def test_no_handle_or_name_of_the_recordings_is_in_a_stored_text(reports, shared_dir, store):
    handles: set[str] = set()
    for file in (shared_dir / "payloads" / "real" / "x").glob("twarc_*.jsonl"):
        for line in file.read_text().split("\n"):
            body = json.loads(line) if line.strip() else {}
            users = body.get("includes", {}).get("users", [])
            handles |= {user["username"] for user in users if not user["username"].isalpha()}
    with Session(store) as session:
        stored = "\n".join(f"{p.text} {' '.join(p.urls)}" for p in session.exec(select(Post)))
    assert len(handles) > 100
    allowed = load_watchlist().allowed_handles
    assert [h for h in sorted(handles) if h in stored and h.casefold() not in allowed] == []


def _responses(shared_dir: Path, name: str) -> list[dict]:
    text = (shared_dir / "payloads" / "real" / "x" / name).read_text()
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def test_the_two_sets_hold_two_hundred_posts(shared_dir):
    pages = [parse_x_response(body) for body in _responses(shared_dir, "twarc_2sets.jsonl")]
    data = [item for page in pages for item in page.posts if not item.context]
    kinds = Counter(item.kind for item in data)
    assert kinds == {"repost": 145, "post": 34, "quote": 11, "reply": 10}
    assert all(page.next_token for page in pages)


def test_reposts_have_the_whole_text_of_an_original_that_is_included(shared_dir):
    whole = cut = 0
    for body in _responses(shared_dir, "twarc_2sets.jsonl"):
        for item in parse_x_response(body).posts:
            if item.kind == "repost":
                whole += not item.text.startswith("RT @")
                cut += item.text.startswith("RT @")
    assert (whole, cut) == (145, 0)


def test_the_edited_post_is_one_post_with_its_first_id(shared_dir):
    (body,) = _responses(shared_dir, "twarc_edited.jsonl")
    posts = parse_x_response(body).posts
    assert {item.platform_id for item in posts} == {"1576994746135764992"}
    assert all(item.edited for item in posts)
    assert posts[0].urls == ()


def test_missing_metrics_of_old_recordings_stay_unknown(shared_dir):
    for body in _responses(shared_dir, "twarc_noflat.jsonl"):
        for item in parse_x_response(body).posts:
            assert item.engagement is not None
            assert item.engagement.views is None
            assert item.engagement.bookmarks is None

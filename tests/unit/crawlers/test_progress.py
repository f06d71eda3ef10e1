import json
from datetime import UTC, datetime

import pytest

from crawlers.progress import Progress

NOW = datetime(2024, 9, 23, 6, tzinfo=UTC)
LATER = datetime(2024, 9, 23, 6, 10, tzinfo=UTC)


@pytest.fixture
def progress(tmp_path):
    return Progress(tmp_path / "status", "x_search", 7, NOW)


def read(tmp_path):
    return json.loads((tmp_path / "status" / "crawl-x_search.json").read_text(encoding="utf-8"))


def test_a_crawl_is_running_from_its_beginning(progress, tmp_path):
    assert read(tmp_path) == {
        "source": "x_search",
        "run_id": 7,
        "state": "running",
        "since": "2024-09-23T06:00:00Z",
        "until": None,
        "reason": None,
        "pages": 0,
        "posts": 0,
    }


def test_kept_pages_and_posts_are_counted(progress, tmp_path):
    progress.kept(100)
    progress.kept(7)
    assert (read(tmp_path)["pages"], read(tmp_path)["posts"]) == (2, 107)


def test_a_wait_says_why_and_until_when_and_keeps_the_counts(progress, tmp_path):
    progress.kept(5)
    progress.waiting(NOW, LATER, "rate limit")
    state = read(tmp_path)
    assert (state["state"], state["until"]) == ("waiting", "2024-09-23T06:10:00Z")
    assert (state["reason"], state["posts"]) == ("rate limit", 5)


def test_after_a_wait_the_crawl_runs_since_then(progress, tmp_path):
    progress.waiting(NOW, LATER, "rate limit")
    progress.running(LATER)
    state = read(tmp_path)
    assert (state["state"], state["since"]) == ("running", "2024-09-23T06:10:00Z")
    assert (state["until"], state["reason"]) == (None, None)


@pytest.mark.parametrize(
    ("status", "reason", "until", "shown"),
    [
        ("done", "", None, (None, None)),
        ("failed", "credits_depleted", None, ("credits_depleted", None)),
        ("rate_limited", "rate_limited", LATER, ("rate_limited", "2024-09-23T06:10:00Z")),
    ],
)
def test_the_end_of_a_run_stays_readable(progress, tmp_path, status, reason, until, shown):
    progress.ended(LATER, status, reason, until)
    state = read(tmp_path)
    assert (state["state"], state["reason"], state["until"]) == (status, *shown)


def test_no_half_written_file_is_left_beside_it(progress, tmp_path):
    progress.kept(1)
    assert [path.name for path in (tmp_path / "status").iterdir()] == ["crawl-x_search.json"]

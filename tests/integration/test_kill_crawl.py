"""kill -9 at any byte of a crawl loses nothing and repeats nothing."""

import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from crawlers.process import child_environment
from crawlers.sandbox.testing import Sandbox
from crawling import Deployment
from models import (
    Account,
    CommentCoverage,
    Coverage,
    CrawlRun,
    Engagement,
    Payload,
    PlatformId,
    Post,
    PostCollection,
    PostVersion,
    Share,
)

SOURCES = ("x_search", "facebook_pages")
MOMENTS = 20
INSIDE = 15  # of them between the first and the last page commit
# Left out of the comparison: which run and payload it was, and when it was fetched.
INCIDENTAL = {
    "crawl_run_id",
    "payload_id",
    "observed_at",
    "seen_at",
    "received_at",
    "first_collected_at",
    "ciphertext",
}
TABLES: tuple[type[SQLModel], ...] = (
    Account,
    CommentCoverage,
    Coverage,
    Engagement,
    PlatformId,
    Post,
    PostCollection,
    PostVersion,
    Share,
)


@dataclass(frozen=True)
class Undisturbed:
    """A source crawled without being disturbed: the home before and after, and its size."""

    before: Path
    after: Deployment
    bytes_sent: int
    pages: int


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=7, weeks=2, page_size_cap=2) as sandbox:
        yield sandbox


def crawl_undisturbed(tmp_path: Path, sandbox: Sandbox) -> dict[str, Undisturbed]:
    """Both sources one after the other; each starts from a copy of the home before it."""
    found = {}
    before = Deployment(tmp_path / "empty", sandbox).init().home
    # One crawl makes the keys that all stores share, so that ids are equal in all of them.
    keys = Deployment(tmp_path / "keys", sandbox).init()
    for source in SOURCES:
        assert keys.crawl(source).status == "done"
    shutil.copytree(keys.home / "keys", before / "keys")
    for source in SOURCES:
        after = Deployment(copied(before, tmp_path / source), sandbox)
        sent, asked = sandbox.bytes_sent, len(sandbox.requests)
        assert after.crawl(source).status == "done"
        found[source] = Undisturbed(
            before, after, sandbox.bytes_sent - sent, len(sandbox.requests) - asked
        )
        before = after.home
    return found


def copied(home: Path, to: Path) -> Path:
    shutil.copytree(home, to)
    return to


def crawl_killed_at(deployment: Deployment, source: str, moment: int) -> bool:
    """Start a crawl and kill it once `moment` bytes have been sent; says whether that came."""
    sandbox = deployment.sandbox
    target = sandbox.bytes_sent + moment
    process = subprocess.Popen(
        [sys.executable, "-m", "crawlers.run", source],
        env=child_environment(deployment.env),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    sandbox.on_bytes = lambda sent: process.kill() if sent >= target else None
    code = process.wait(timeout=60)
    sandbox.on_bytes = None
    return code == -9


def rows_of(deployment: Deployment, table: type[SQLModel]) -> list[str]:
    return sorted(repr(sorted(natural(row).items())) for row in deployment.rows(table))


def natural(row: SQLModel) -> dict[str, object]:
    return {name: value for name, value in row.model_dump().items() if name not in INCIDENTAL}


def committed_pages(deployment: Deployment, since_run: int) -> int:
    return sum((row.crawl_run_id or 0) > since_run for row in deployment.rows(Payload))


@pytest.mark.slow
def test_a_crawl_killed_at_any_byte_ends_with_the_rows_of_an_undisturbed_one(
    tmp_path, sandbox, capsys
):
    undisturbed = crawl_undisturbed(tmp_path, sandbox)
    assert sum(one.pages for one in undisturbed.values()) >= MOMENTS
    lengths = [undisturbed[source].bytes_sent for source in SOURCES]
    chance = random.Random(1)
    drawn = sorted(chance.randrange(1, sum(lengths)) for _ in range(MOMENTS))
    inside, told = 0, []
    for number, byte in enumerate(drawn):
        source, moment = ("x_search", byte)
        if byte > lengths[0]:
            source, moment = ("facebook_pages", byte - lengths[0])
        whole = undisturbed[source]
        deployment = Deployment(copied(whole.before, tmp_path / f"killed-{number}"), sandbox)
        runs_before = len(deployment.rows(CrawlRun))
        killed = crawl_killed_at(deployment, source, moment)
        pages = committed_pages(deployment, runs_before)
        between = killed and 1 <= pages < whole.pages
        inside += between
        told.append(f"{source}: killed at byte {moment}, {pages} of {whole.pages} pages kept")
        assert killed
        assert deployment.crawl(source).status == "done"
        for table in TABLES:
            assert rows_of(deployment, table) == rows_of(whole.after, table), table.__name__
        assert committed_pages(deployment, runs_before) == whole.pages
        shutil.rmtree(deployment.home)
    told.append(f"{inside} of {MOMENTS} kills fell between the first and the last page commit")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(told) + "\n")
    assert inside >= INSIDE

"""What collecting costs: crawls beside a bare loop, imports beside twarc-csv, both in one run.

    python -m benchmarks.collection --crawl 10000 --crawl 100000 --import 100000 \
        --twarc /tmp/twarc/bin/python

Crawl: CPU seconds of the client process alone, from a stand-in that serves pre-rendered pages
without delay or limit, into an empty SQLite store; the bare loop asks for the same pages with
httpx, parses them with json.loads and keeps nothing. Import: CPU seconds of `vigie import` into an
empty SQLite store beside twarc-csv (in a throw-away environment: `pip install twarc-csv
"pandas<3"`), which turns the same file into CSV. Memory is the peak of the process. Everything is
a process of its own, so start-up counts; the machine may be shared, so read the ratios.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.imports import TWARC
from benchmarks.synthetic_posts import write
from crawlers.process import child_environment
from crawlers.sandbox.prerendered import Prerendered
from models.database import make_engine, migrate

NOW = "2024-10-01T00:00:00Z"
BARE_LOOP = """
import json, sys
import httpx
address = sys.argv[1] + "/2/tweets/search/recent"
posts, params = 0, {"query": "aide", "max_results": "100"}
with httpx.Client() as client:
    while True:
        body = json.loads(client.get(address, params=params).content)
        posts += len(body.get("data", ()))
        if (token := body["meta"].get("next_token")) is None:
            break
        params["next_token"] = token
print(posts)
"""
WATCHLIST = """
x_queries:
  - query_id: all
    since_version: 2024-01-01
    reason: benchmark
    text: aide
"""


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    cpu_seconds: float
    peak_mib: int


@dataclass(frozen=True)
class Comparison:
    """One size of one measure: ours, theirs, and how often theirs fits into ours."""

    measure: str
    posts: int
    ours: Cost
    theirs: Cost | None

    def row(self) -> dict[str, object]:
        per_second = self.posts / self.ours.cpu_seconds
        row: dict[str, object] = {
            "measure": self.measure,
            "posts": self.posts,
            "posts_per_cpu_second": round(per_second),
            "peak_mib": self.ours.peak_mib,
            "ours": asdict(self.ours),
        }
        if self.theirs is not None:
            row["theirs"] = asdict(self.theirs)
            row["ours_over_theirs"] = round(self.ours.cpu_seconds / self.theirs.cpu_seconds, 2)
        return row


def cost_of(command: Sequence[str], env: dict[str, str] | None = None) -> Cost:
    """Run a command to its end; SystemExit when it fails."""
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[1:4]} ended with {process.returncode}")
    return Cost(round(usage.ru_utime + usage.ru_stime, 2), usage.ru_maxrss // 1024)


def deployment(home: Path, **more: str) -> dict[str, str]:
    """The environment of an empty store."""
    home.mkdir(parents=True)
    (home / "watchlist.yaml").write_text(WATCHLIST)
    engine = make_engine(f"sqlite:///{home / 'vigie.sqlite'}")
    migrate(engine)
    engine.dispose()
    return child_environment(
        {
            "VIGIE_HOME": str(home),
            "VIGIE_DATABASE_URL": "",
            "VIGIE_NOW": NOW,
            "VIGIE_WATCHLIST": str(home / "watchlist.yaml"),
            **more,
        }
    )


def compare_crawl(posts: int, folder: Path) -> Comparison:
    """A crawl of so many posts beside the bare loop over the same pages."""
    with Prerendered(posts=posts, seed=7) as stand_in:
        env = deployment(
            folder / f"crawl-{posts}",
            VIGIE_NOW=stand_in.now.isoformat(),
            VIGIE_X_BASE_URL=stand_in.url,
            VIGIE_X_BEARER_TOKEN="unused",
            VIGIE_REQUEST_DELAY="0",
            VIGIE_X_MAX_PAGES_PER_RUN="1000000",
        )
        theirs = cost_of([sys.executable, "-c", BARE_LOOP, stand_in.url])
        ours = cost_of([sys.executable, "-m", "crawlers.run", "x_search"], env)
    return Comparison("crawl", posts, ours, theirs)


def compare_import(posts: int, twarc: Path | None, folder: Path, *, raw: bool) -> Comparison:
    """An import of a twarc file of so many posts beside twarc-csv on the same file."""
    kind = "raw" if raw else "flattened"
    path = folder / f"{kind}-{posts}.jsonl"
    write(path, posts, raw=raw)
    env = deployment(folder / f"import-{kind}-{posts}")
    ours = cost_of([sys.executable, "-m", "cli", "import", str(path), "--json"], env)
    theirs = cost_of([str(twarc), "-c", TWARC, str(path)]) if twarc else None
    path.unlink()
    return Comparison(f"import {kind}", posts, ours, theirs)


def main() -> None:
    """Print one JSON document with a row for each measure and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crawl", type=int, action="append", default=[])
    parser.add_argument("--import", dest="imports", type=int, action="append", default=[])
    parser.add_argument("--twarc", type=Path, help="python of an environment with twarc-csv")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [compare_crawl(posts, folder) for posts in asked.crawl or [10_000]]
        rows += [
            compare_import(posts, asked.twarc, folder, raw=raw)
            for posts in asked.imports or [20_000]
            for raw in (True, False)
        ]
    machine = f"{platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"
    print(json.dumps({"machine": machine, "rows": [row.row() for row in rows]}, indent=2))


if __name__ == "__main__":
    main()

"""Crawls that are killed and disturbed must end with the store of an undisturbed one.

    python -m benchmarks.faults --runs 200 --seed 1

Each run draws a spider and a disturbance: `kill` ends the crawl process with SIGKILL once a drawn
number of bytes has been sent; `storm` lets a share of all answers fail (resets, stalls,
truncations, wrong lengths, HTML, 429, 5xx); `both` does both. Then the crawl is run again, as the
scheduler would, until it says it is done. All tables are compared row by row by natural key; run
ids, payload ids and fetch times are left out.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlmodel import Session, SQLModel, select

from crawlers.process import child_environment
from crawlers.sandbox.testing import Sandbox
from crawlers.sources import SPIDERS
from models import (
    Account,
    CommentCoverage,
    CountProbe,
    Coverage,
    Engagement,
    Payload,
    PlatformId,
    Post,
    PostCollection,
    PostState,
    PostVersion,
    Share,
)
from models.database import make_engine, migrate

# Which run and payload it was, and when it was fetched.
INCIDENTAL: Final = frozenset(
    {"crawl_run_id", "payload_id", "observed_at", "seen_at", "received_at", "first_collected_at",
     "ciphertext", "probed_at", "id"}
)  # fmt: skip
TABLES: Final[tuple[type[SQLModel], ...]] = (
    Account, CommentCoverage, CountProbe, Coverage, Engagement, PlatformId, Post, PostCollection,
    PostState, PostVersion, Share,
)  # fmt: skip
WEEKS: Final = 2
PAGE_CAP: Final = 3  # small pages, so that there are many moments to be killed at
MOST_RUNS: Final = 12  # of one crawl until it is done
PROCESS_SECONDS: Final = 120
# Odd answers (an empty page with a token, errors beside a page) arrive whole and are kept as
# received, so they are no part of a comparison by payload; they have tests of their own.
STORM_KINDS: Final = ("reset", "stall", "truncate", "wrong_length", "html", "429", "500", "503")
# These ask about posts that are there already, some time after those were collected.
FOLLOWING: Final = ("x_lookup", "x_reposts", "x_quotes", "x_compliance")
NOT_REPEATABLE: Final = ("x_usage",)  # keeps no posts


@dataclass(frozen=True)
class Home:
    """One deployment: its folder, and the stand-ins it asks."""

    folder: Path
    sandbox: Sandbox

    @property
    def env(self) -> dict[str, str]:
        """What its crawl processes are told."""
        return {
            "VIGIE_HOME": str(self.folder),
            "VIGIE_DATABASE_URL": "",
            "VIGIE_NOW": self.sandbox.stage.now.isoformat(),
            "VIGIE_WATCHLIST": str(self.sandbox.watchlist),
            "VIGIE_X_BASE_URL": self.sandbox.url,
            "VIGIE_FACEBOOK_BASE_URL": self.sandbox.url,
            "VIGIE_FEED_BASE_URL": self.sandbox.url,
            "VIGIE_X_BEARER_TOKEN": self.sandbox.x_token,
            "VIGIE_FACEBOOK_TOKEN": self.sandbox.facebook_token,
            "VIGIE_REQUEST_DELAY": "0",
            "VIGIE_REQUEST_TIMEOUT": "2",
            "VIGIE_X_LEAST_SPREAD": "1",
        }

    def copied(self, to: Path) -> "Home":
        """The same deployment in another folder."""
        shutil.copytree(self.folder, to)
        return replace(self, folder=to)

    def start(self, source: str) -> "subprocess.Popen[str]":
        """A crawl process of a source."""
        command = [sys.executable, "-m", "crawlers.run", source]
        if source == "x_archive":
            now = self.sandbox.stage.now
            command += ["--since", (now - timedelta(days=9)).isoformat()]
            command += ["--until", (now - timedelta(days=2)).isoformat()]
        return subprocess.Popen(
            command,
            env=child_environment(self.env),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def crawl(self, source: str) -> tuple[int, str]:
        """Run a crawl to its end; gives its exit code and last words."""
        process = self.start(source)
        _, said = process.communicate(timeout=PROCESS_SECONDS)
        return process.returncode, said.strip()

    def rows(self) -> dict[str, list[str]]:
        """The rows of every table by natural key, sorted, and the hashes of all payloads."""
        engine = make_engine(f"sqlite:///{self.folder / 'vigie.sqlite'}")
        with Session(engine) as session:
            found = {
                table.__name__: sorted(_natural(row) for row in session.exec(select(table)))
                for table in TABLES
            }
            hashes = session.exec(select(Payload.sha256))
            found["Payload"] = sorted(set(hashes))
        engine.dispose()
        return found


def _natural(row: SQLModel) -> str:
    values = {name: value for name, value in row.model_dump().items() if name not in INCIDENTAL}
    return repr(sorted(values.items()))


@dataclass(frozen=True)
class Whole:
    """A source crawled without disturbance: where it starts from, what it ends with."""

    start: Home
    now: datetime
    rows: Mapping[str, list[str]]
    bytes_sent: int


@dataclass(frozen=True)
class Outcome:
    """What became of one disturbed crawl; no differences is what is wanted."""

    source: str
    disturbance: str
    killed: bool
    faults_met: int
    runs: int
    differences: tuple[str, ...]


class Trial:
    """Undisturbed crawls of the sources, and disturbed ones held against them."""

    def __init__(self, folder: Path, sandbox: Sandbox, sources: tuple[str, ...]) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.sources = sources
        self._wholes: dict[str, Whole] = {}
        self._number = 0

    def prepare(self) -> None:
        """Crawl every source undisturbed, from one store with one set of keys."""
        later = self.sandbox.stage.now
        earlier = later - timedelta(days=1)
        empty = Home(self.folder / "empty", self.sandbox)
        empty.folder.mkdir(parents=True)
        engine = make_engine(f"sqlite:///{empty.folder / 'vigie.sqlite'}")
        migrate(engine)
        engine.dispose()
        # Two crawls make the keys that all stores share, so that ids are equal in all of them.
        keys = empty.copied(self.folder / "keys")
        self.sandbox.set_clock(earlier)
        for source in ("x_search", "facebook_pages"):
            code, said = keys.crawl(source)
            if code:
                sys.exit(f"{source}: {said}")
        shutil.copytree(keys.folder / "keys", empty.folder / "keys")
        filled = keys
        for source in self.sources:
            follows = source in FOLLOWING
            start, now = (filled, later) if follows else (empty, earlier)
            self._wholes[source] = self._undisturbed(source, start, now)

    def _undisturbed(self, source: str, start: Home, now: datetime) -> Whole:
        self.sandbox.set_clock(now)
        home = start.copied(self.folder / f"whole-{source}")
        sent = self.sandbox.bytes_sent
        code, said = home.crawl(source)
        if code:
            sys.exit(f"{source} undisturbed: {said}")
        return Whole(start, now, home.rows(), self.sandbox.bytes_sent - sent)

    def disturb(self, source: str, disturbance: str, seed: int) -> Outcome:
        """One disturbed crawl, run again until it is done."""
        whole = self._wholes[source]
        chance = random.Random(seed)
        self._number += 1
        self.sandbox.set_clock(whole.now)
        self.sandbox.stage.jobs.clear()
        home = whole.start.copied(self.folder / f"run-{self._number}")
        met = len(self.sandbox.faults.met)
        if disturbance in ("storm", "both"):
            self.sandbox.faults.storm(seed, chance.uniform(0.05, 0.3), STORM_KINDS)
        killed = False
        if disturbance in ("kill", "both"):
            killed = self._killed_at(home, source, chance.randrange(1, whole.bytes_sent))
        runs = self._until_done(home, source)
        self.sandbox.faults.clear()
        rows = home.rows()
        shutil.rmtree(home.folder)
        return Outcome(
            source,
            disturbance,
            killed,
            len(self.sandbox.faults.met) - met,
            runs,
            tuple(_differences(whole.rows, rows)),
        )

    def _killed_at(self, home: Home, source: str, moment: int) -> bool:
        target = self.sandbox.bytes_sent + moment
        process = home.start(source)

        def kill_when_due(sent: int) -> None:
            if sent >= target:
                process.kill()

        self.sandbox.on_bytes = kill_when_due
        process.communicate(timeout=PROCESS_SECONDS)
        self.sandbox.on_bytes = None
        return process.returncode == -9

    def _until_done(self, home: Home, source: str) -> int:
        for run in range(1, MOST_RUNS + 1):
            code, _ = home.crawl(source)
            if code == 0:
                return run
            if run == MOST_RUNS - 2:
                self.sandbox.faults.clear()  # a storm ends some time
        return MOST_RUNS


def _differences(wanted: Mapping[str, list[str]], found: Mapping[str, list[str]]) -> list[str]:
    """One line for each table whose rows differ, without any content."""
    lines = []
    for table, rows in wanted.items():
        missing, extra = (
            Counter(rows) - Counter(found[table]),
            Counter(found[table]) - Counter(rows),
        )
        if missing or extra:
            lines.append(f"{table}: {missing.total()} missing, {extra.total()} more")
    return lines


def main() -> None:
    """Print one line a run and a summary; exit 1 when any store differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--source", action="append", default=[])
    asked = parser.parse_args()
    sources = tuple(asked.source) or tuple(s for s in SPIDERS if s not in NOT_REPEATABLE)
    outcomes: list[Outcome] = []
    with (
        tempfile.TemporaryDirectory() as name,
        Sandbox(seed=7, weeks=WEEKS, page_size_cap=PAGE_CAP) as sandbox,
    ):
        trial = Trial(Path(name), sandbox, sources)
        trial.prepare()
        for number in range(asked.runs):
            source = sources[number % len(sources)]
            disturbance = ("kill", "storm", "both")[(number // len(sources)) % 3]
            outcome = trial.disturb(source, disturbance, asked.seed * 100_000 + number)
            outcomes.append(outcome)
            told = "; ".join(outcome.differences) or "equal"
            print(
                f"{number:4} {source:15} {disturbance:6} killed {outcome.killed!s:5} "
                f"faults {outcome.faults_met:3} runs {outcome.runs:2}  {told}",
                flush=True,
            )
    different = [one for one in outcomes if one.differences]
    summary = {
        "runs": len(outcomes),
        "kills": sum(one.killed for one in outcomes),
        "faults_met": sum(one.faults_met for one in outcomes),
        "different": len(different),
        "sources": dict(Counter(one.source for one in outcomes)),
    }
    print(json.dumps(summary, indent=2))
    if different:
        sys.exit(1)


if __name__ == "__main__":
    main()

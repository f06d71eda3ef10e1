"""The demo's hard measures for many seeds: `python -m benchmarks.demo_seeds --seeds 1-20`.

Each seed runs the whole chain (crawl over HTTP, labels, series, networks, alerts) without writing
reports, and prints one row. Exits 1 when any seed misses a hard measure.
"""

import argparse
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from demo.collection import Found
from demo.run import live_through, open_demo_store
from demo.score import Score, score_demo
from demo.world import running_world

HEADS = (
    "seed  posts    comments  dup  network  alike  spike  stance (95 %)          maj    tfidf  "
    "states  words left  feed   reposts  quotes  recall   USD    s    missed"
)


def score_seed(seed: int) -> tuple[int, Score, float]:
    """Live through the story of one seed in a folder of its own, and score it."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vigie-seed-") as folder:
        out = Path(folder)
        with running_world(seed=seed, weeks=12, truth=out / "truth.json") as world:
            deployment = open_demo_store(world, out, seed)
            lived = live_through(deployment, world, say=lambda _line: None, ledgers=out)
        score = score_demo(deployment, out / "truth.json", lived.outage, now=lived.now)
        deployment.engine.dispose()
    return seed, score, time.monotonic() - started


def row(seed: int, score: Score, seconds: float) -> str:
    """One seed as a row of the table."""
    stance = score.stance
    return (
        f"{seed:>4}  {score.posts_collected}/{score.posts_expected}  "
        f"{score.comments_collected}/{score.comments_expected}   {score.duplicates:>3}  "
        f"{score.network_found!s:<7}  {score.lookalikes_flagged:>5}  "
        f"{score.spike_week_found!s:<5}  {stance.accuracy} ({stance.low}-{stance.high})  "
        f"{stance.majority_accuracy}  {stance.tfidf_accuracy}  {collection_row(score)}  "
        f"{seconds:.0f}  {' '.join(score.missed) or '-'}"
    )


def collection_row(score: Score) -> str:
    """The measures of collection, in the order of the heads."""
    found = score.collection
    right = sum(one.right for one in found.states.values())
    expected = sum(one.expected for one in found.states.values())
    return (
        f"{right}/{expected}   {found.gone_words_left:>10}  {_short(found.feed)}  "
        f"{_short(found.reposts)}    {_short(found.quotes)}    "
        f"{found.collected_of_those}/{found.counted_by_x}  {found.spend.usd:.2f}"
    )


def _short(found: Found) -> str:
    return f"{found.right}/{found.expected}"


def main() -> int:
    """Run the seeds, two at a time, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default="1-20", help="first-last")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    first, last = (int(part) for part in asked.seeds.split("-"))
    missed = 0
    print(HEADS, flush=True)
    with ProcessPoolExecutor(asked.workers) as pool:
        for seed, score, seconds in pool.map(score_seed, range(first, last + 1)):
            print(row(seed, score, seconds), flush=True)
            missed += bool(score.missed)
    print(f"{missed} seeds missed a hard measure")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

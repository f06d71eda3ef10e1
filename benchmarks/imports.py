"""Parsing only: posts a second from a file of twarc's, beside twarc-csv on the same file.

    python -m benchmarks.imports --posts 1000000 --twarc /tmp/twarc/bin/python

`--twarc` is the interpreter of a throw-away environment with twarc-csv (`pip install twarc-csv
"pandas<3"`). Each is a process of its own; CPU seconds are those of the process.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.synthetic_posts import write
from crawlers.collector import rare_collection
from crawlers.importers.documents import Reading, recognise_member
from crawlers.importers.opening import DEFAULT_LIMITS, members_of
from crawlers.importers.scanning import scan_member

TWARC = """
import sys, warnings
warnings.simplefilter("ignore")
from twarc_csv import CSVConverter
with open(sys.argv[1]) as source, open("/dev/null", "w") as target:
    CSVConverter(infile=source, outfile=target).process()
"""


def parse(path: Path) -> int:
    """Parse a file from end to end as an import does, without a store; gives how many posts."""
    posts = 0
    with ExitStack() as opened, rare_collection():
        (member,) = members_of(path, DEFAULT_LIMITS, opened)
        scan = scan_member(member)
        for chunk in recognise_member(member, scan, Reading(), opened).chunks:
            posts += len(chunk.parsed.posts)
    return posts


def cpu_seconds(command: list[str]) -> float:
    """CPU seconds of a command and of what it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(posts: int, twarc: Path | None, folder: Path) -> dict[str, object]:
    """Both readers on a raw and on a flattened file of so many posts."""
    found: dict[str, object] = {"posts": posts, "machine": platform.processor() or "unknown"}
    for name, raw in (("flattened", False), ("raw", True)):
        path = folder / f"{name}.jsonl"
        write(path, posts, raw=raw)
        ours = [sys.executable, "-m", "benchmarks.imports", "--parse", str(path)]
        seconds = cpu_seconds(ours)
        figures: dict[str, float] = {"posts_per_second": round(posts / seconds)}
        if twarc is not None:
            theirs = cpu_seconds([str(twarc), "-c", TWARC, str(path)])
            figures["twarc_csv_posts_per_second"] = round(posts / theirs)
            figures["ratio"] = round(theirs / seconds, 2)
        found[name] = figures
        path.unlink()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--twarc", type=Path)
    parser.add_argument("--parse", type=Path)
    asked = parser.parse_args()
    if asked.parse is not None:
        parsed = parse(asked.parse)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{parsed} posts, at most {peak} MiB")
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(asked.posts, asked.twarc, Path(folder)), indent=2))


if __name__ == "__main__":
    main()

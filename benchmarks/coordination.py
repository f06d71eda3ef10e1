"""Seconds, memory and pairs of `coordination detect` on seeded shares, each size in a new process.

python benchmarks/coordination.py [ROWS ...] prints one JSON line a size.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipelines.coordination.detect import detect_file
from pipelines.coordination.parameters import DetectParameters

SEED = 7
DAYS = 30
SIZES = (10_000, 30_000, 100_000)


def seeded_shares(rows: int) -> pl.DataFrame:
    """Shares with Zipf-like objects and accounts and log-normal ages, no coordination."""
    chance = np.random.default_rng(SEED)
    objects = _popular(chance, rows // 5, 0.8, rows)
    birth = chance.integers(0, DAYS * 86_400, size=rows // 5)
    age = chance.lognormal(np.log(3 * 3600), 1.8, rows)
    return pl.DataFrame(
        {
            "object_id": objects,
            "account_id": _popular(chance, rows // 4, 0.6, rows) + 1_000_000_000,
            "content_id": np.arange(rows) + 2_000_000_000,
            "timestamp_share": birth[objects] + age.astype(np.int64) + 1_600_000_000,
        }
    )


def _popular(chance: np.random.Generator, kinds: int, exponent: float, size: int) -> Any:
    weight = np.arange(1, kinds + 1, dtype=np.float64) ** -exponent
    return chance.choice(kinds, size=size, p=weight / weight.sum())


def measure(rows: int, window: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "shares.parquet"
        seeded_shares(rows).write_parquet(source)
        parameters = DetectParameters(time_window=window, fdr=0.05)
        summary = detect_file(source, Path(folder) / "edges.parquet", parameters)
    names = ("rows", "pairs", "edges", "flagged", "seconds", "peak_memory_bytes")
    print(json.dumps({"window": window} | {name: summary[name] for name in names}))


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        measure(int(sys.argv[2]), float(sys.argv[3]))
        return
    for rows in [int(size) for size in sys.argv[1:]] or SIZES:
        for window in ("60", "3600"):
            subprocess.run([sys.executable, __file__, "--one", str(rows), window], check=True)


if __name__ == "__main__":
    main()

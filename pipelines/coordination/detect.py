"""One detection: shares in, edges and a summary out."""

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl

from pipelines.coordination.edges import (
    Joined,
    accounts_left,
    between_accounts,
    edge_table,
    join,
    taking_part,
    weights,
)
from pipelines.coordination.outputs import Outputs, table_bytes
from pipelines.coordination.pairs import Pairs, pairs_of, refuse_beyond_memory, sweep
from pipelines.coordination.parameters import DetectParameters
from pipelines.coordination.shares import Codes, Shares, read_shares
from pipelines.coordination.significance import MIN_JOINT_OBJECTS, Authors, Tested, assess


@dataclass(frozen=True)
class Detection:
    """What was found.

    edges: one row an edge (see `edge_table`), with p_value, q_value, flagged when a test was asked
    for. evidence: the pairs of shares behind the flagged edges. tested: edges with enough joint
    objects to be tested at all; with none of them there is too little to say anything.
    """

    edges: pl.DataFrame
    summary: dict[str, Any]
    evidence: pl.DataFrame
    tested: int


@dataclass
class Stopwatch:
    """Wall seconds of each stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block under a name."""
        start = perf_counter()
        yield
        self.seconds[name] = round(perf_counter() - start, 4)


@dataclass(frozen=True)
class _Outcome:
    """Edges under one assignment of accounts to rows; `tested` is None without a test."""

    joined: Joined
    tested: Tested | None

    @property
    def flagged(self) -> int:
        return int(self.tested.flagged.sum()) if self.tested else 0


def detect(
    shares: Shares, parameters: DetectParameters, watch: Stopwatch | None = None
) -> Detection:
    """Find the accounts that share the same objects within the window, and test them.

    TooManyPairsError when the pairs would not fit the memory limit, before they are allocated.
    """
    watch = watch or Stopwatch()
    with watch.stage("count"):
        found = sweep(shares, parameters.window_microseconds)
        refuse_beyond_memory(found, parameters)
    with watch.stage("pairs"):
        candidates = pairs_of(shares, found, posts_once=parameters.count_posts_once)
    authors = Authors.of(shares)
    with watch.stage("edges"):
        outcome = _outcome(shares, shares.account, candidates, authors, parameters)
        edges = edge_table(shares, outcome.joined, parameters)
    with watch.stage("permutations"):
        by_chance = _flagged_by_chance(shares, candidates, authors, parameters)
    if outcome.tested is not None:
        edges = edges.with_columns(outcome.tested.columns())
    return Detection(
        edges=edges,
        summary=_summary(shares, outcome, by_chance, parameters, watch),
        evidence=_evidence(shares, outcome),
        tested=int((outcome.joined.n_objects >= MIN_JOINT_OBJECTS).sum()),
    )


def detect_file(
    source: Path | str,
    edges: Path | str,
    parameters: DetectParameters,
    summary: Path | str | None = None,
) -> dict[str, Any]:
    """Detect in a file and write edges (.csv, .csv.gz, .parquet) and summary (.json); gives the
    summary.

    `-` is standard input and output. Both files appear whole or not at all.
    """
    outputs = Outputs.checked(edges, summary)
    watch = Stopwatch()
    with watch.stage("read"):
        shares = read_shares(source)
    detection = detect(shares, parameters, watch)
    with watch.stage("write"):
        table = table_bytes(detection.edges, str(edges))
    facts = {**detection.summary, "peak_memory_bytes": peak_memory()}
    outputs.publish(table, json.dumps(facts, indent=2) + "\n")
    return facts


def peak_memory() -> int:
    """Largest resident size of this process so far, in bytes (Linux gives kilobytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _outcome(
    shares: Shares,
    account: Codes,
    candidates: Pairs,
    authors: Authors,
    parameters: DetectParameters,
) -> _Outcome:
    pairs = between_accounts(shares, account, candidates, parameters)
    joined = join(shares, account, taking_part(shares, account, pairs, parameters))
    tested = None
    if parameters.fdr is not None:
        tested = assess(
            joined,
            activity=authors.activity(len(shares.accounts)),
            met=int(join(shares, account, pairs).n_objects.sum()),
            accounts=accounts_left(shares, account, parameters),
            fdr=parameters.fdr,
        )
    heavy = weights(joined, parameters) >= parameters.min_edge_weight
    return _Outcome(joined.where(heavy), tested.where(heavy) if tested else None)


def _flagged_by_chance(
    shares: Shares, candidates: Pairs, authors: Authors, parameters: DetectParameters
) -> list[int] | None:
    """Edges flagged under each permutation of the authors; None without a test."""
    if parameters.fdr is None:
        return None
    return [
        _outcome(
            shares,
            authors.dealt_out(shares, parameters.seed, number),
            candidates,
            authors,
            parameters,
        ).flagged
        for number in range(parameters.permutations)
    ]


def _summary(
    shares: Shares,
    outcome: _Outcome,
    by_chance: list[int] | None,
    parameters: DetectParameters,
    watch: Stopwatch,
) -> dict[str, Any]:
    return {
        "rows": len(shares),
        "rows_unusable": int((~shares.usable).sum()),
        "accounts": accounts_left(shares, shares.account, parameters),
        "pairs": len(outcome.joined.pairs),
        "edges": len(outcome.joined),
        "flagged": outcome.flagged if outcome.tested else None,
        "flagged_under_permutation": by_chance,
        "parameters": asdict(parameters),
        "seconds": watch.seconds,
        "peak_memory_bytes": peak_memory(),
        "version": version("vigie"),
    }


def _evidence(shares: Shares, outcome: _Outcome) -> pl.DataFrame:
    """Pairs of shares behind flagged edges, the older first, with both moments in microseconds."""
    flagged = outcome.tested.flagged if outcome.tested else np.zeros(len(outcome.joined), np.bool_)
    kept = outcome.joined.where(flagged).pairs
    return pl.DataFrame(
        {
            "object_id": shares.objects.gather(shares.object_[kept.older]),
            "account_id": shares.accounts.gather(shares.account[kept.older]),
            "account_id_y": shares.accounts.gather(shares.account[kept.newer]),
            "content_id": shares.contents.gather(shares.content[kept.older]),
            "content_id_y": shares.contents.gather(shares.content[kept.newer]),
            "timestamp_share": shares.moment[kept.older],
            "timestamp_share_y": shares.moment[kept.newer],
        }
    )

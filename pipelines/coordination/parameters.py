"""What a detection is asked to do, checked once."""

import math
import re
from dataclasses import dataclass
from typing import Final, Literal

from config.errors import UsageError

Semantics = Literal["distinct", "coortweet"]

SEMANTICS: Final = ("distinct", "coortweet")
ENGINES: Final = ("local",)
LONGEST_WINDOW: Final = 366 * 86_400.0
MICROSECONDS: Final = 1_000_000

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_POWERS: Final = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


@dataclass(frozen=True)
class DetectParameters:
    """Parameters of one detection; UsageError when one makes no sense.

    time_window: two shares of one object match when at most so many seconds lie between them.
        60 s: people who see a post need longer to take it up; tools and groups that post at a
        signal do not.
    min_participation: an account counts with at least so many co-shared objects (`distinct`), or
        so many rows, as CooRTweet counts (`coortweet`).
    min_edge_weight: lighter edges are not written.
    fdr: share of false edges accepted among the flagged ones; None: no test.
    permutations: how often the accounts are dealt out anew to count what chance would flag.
    count_posts_once: two posts that match on several objects (a text and the link in it) count
        with one object, the first by code point.
    """

    time_window: float = 60.0
    min_participation: int = 2
    semantics: Semantics = "distinct"
    min_edge_weight: int = 1
    fdr: float | None = None
    permutations: int = 20
    seed: int = 7
    memory_limit: int = 4_000_000_000
    engine: str = "local"
    count_posts_once: bool = False

    def __post_init__(self) -> None:
        _require(
            math.isfinite(self.time_window) and 0 <= self.time_window <= LONGEST_WINDOW,
            f"--time-window {self.time_window:g} is not between 0 and {LONGEST_WINDOW:.0f} seconds",
        )
        _require(self.min_participation >= 0, "--min-participation must be 0 or more")
        _require(self.min_edge_weight >= 1, "--min-edge-weight must be 1 or more")
        _require(self.fdr is None or 0 < self.fdr < 1, f"--fdr {self.fdr} is not between 0 and 1")
        _require(self.permutations >= 0, "--permutations must be 0 or more")
        _require(self.seed >= 0, "--seed must be 0 or more")
        _require(self.memory_limit > 0, "--memory-limit must be above 0")
        _require(
            self.semantics in SEMANTICS,
            f"--semantics {self.semantics!r} is unknown; write {' or '.join(SEMANTICS)}",
        )
        _require(
            self.engine in ENGINES,
            f"--engine {self.engine!r} is not available in this version; "
            f"write {' or '.join(ENGINES)}",
        )

    @property
    def window_microseconds(self) -> int:
        """The time window in the unit of share times."""
        return round(self.time_window * MICROSECONDS)


def parse_size(text: str) -> int:
    """Bytes of a size such as `4GB` (10^9), `512MiB` (2^20) or `4000000`; UsageError otherwise."""
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise UsageError(f"{text!r} is not a size; write for example 4GB or 512MB")
    base = 1024 if match[3] else 1000
    return int(float(match[1]) * base ** _POWERS[match[2].lower()])


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise UsageError(message)

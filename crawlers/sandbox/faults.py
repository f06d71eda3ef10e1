"""Faults of the stand-ins: planned one by one, or drawn at random from a seed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from crawlers.sandbox.chance import share_of

# The connection itself fails; the answer is the right one, as far as it arrives.
WIRE: Final = frozenset({"reset", "stall", "truncate", "wrong_length"})
# The answer arrives whole and says something odd.
ODD: Final = frozenset(
    {"empty_page_with_token", "no_data", "repeat_token", "partial_errors", "clock_skew"}
)
# Another answer comes instead.
INSTEAD: Final = frozenset({"html", "usage-capped"})
# A client that asks on or again gets everything in spite of these.
HARMLESS: Final = (
    *("reset", "truncate", "wrong_length", "html", "429", "500", "503"),
    *("empty_page_with_token", "partial_errors"),
)
USUAL_STATUS: Final = {"usage-capped": 429}


@dataclass(frozen=True)
class Fault:
    """What happens to `times` requests whose path holds `path`.

    Without a `kind` the answer is an error of this status. Kinds: `reset`, `stall`, `truncate`,
    `wrong_length` break the connection; `html` is a page instead of JSON; `usage-capped` is the
    429 that no waiting ends; `empty_page_with_token`, `no_data` (a page that claims to be the last
    and empty), `repeat_token` and `partial_errors` change the right answer; `clock_skew` answers
    with a clock that is off by `seconds`. `code` and `subcode` are a Graph error. A limit resets
    `reset_in` seconds later.
    """

    status: int = 200
    times: int = 1
    kind: str | None = None
    code: int | None = None
    subcode: int | None = None
    reset_in: int = 2
    path: str = "/"
    seconds: int = 0

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in WIRE | ODD | INSTEAD:
            raise ValueError(f"no fault of kind {self.kind}")

    @property
    def replaces(self) -> bool:
        """Whether another answer is given instead of the right one."""
        return self.kind not in WIRE | ODD


@dataclass
class Storm:
    """Random faults: the same ones for one seed and one order of requests."""

    seed: int
    rate: float
    kinds: tuple[str, ...] = HARMLESS
    path: str = "/"
    reset_in: int = 1
    seconds: int = 90
    in_a_row: int = 2  # so that a client with a few retries comes through
    asked: int = 0
    row: int = 0

    def take(self, path: str) -> Fault | None:
        """The fault that the next request meets, if chance gives one."""
        if self.path not in path:
            return None
        self.asked += 1
        struck = share_of(self.seed, "storm", self.asked) < self.rate
        if not struck or self.row >= self.in_a_row:
            self.row = 0
            return None
        self.row += 1
        drawn = int(share_of(self.seed, "kind", self.asked) * len(self.kinds))
        return self._fault(self.kinds[drawn])

    def _fault(self, kind: str) -> Fault:
        if kind.isdigit():
            return Fault(int(kind), reset_in=self.reset_in)
        return Fault(
            USUAL_STATUS.get(kind, 200), kind=kind, reset_in=self.reset_in, seconds=self.seconds
        )


@dataclass
class Faults:
    """The faults still to come, first in first out, then those of a storm."""

    waiting: list[Fault] = field(default_factory=list)
    storms: list[Storm] = field(default_factory=list)
    met: list[Fault] = field(default_factory=list)

    def next(
        self,
        *,
        status: int | None = None,
        times: int = 1,
        kind: str | None = None,
        code: int | None = None,
        subcode: int | None = None,
        reset_in: int = 2,
        path: str = "/",
        seconds: int = 90,
    ) -> None:
        """Let the next requests whose path holds `path` meet a fault; ValueError for no kind."""
        if status is None and kind is None and code is None:
            raise ValueError("a fault needs a status, a kind or a code")
        usual = 400 if code is not None else USUAL_STATUS.get(kind or "", 200)
        given = usual if status is None else status
        self.waiting.append(Fault(given, times, kind, code, subcode, reset_in, path, seconds))

    def storm(
        self,
        seed: int,
        rate: float,
        kinds: Sequence[str] = HARMLESS,
        *,
        path: str = "/",
        reset_in: int = 1,
        in_a_row: int = 2,
    ) -> None:
        """Let a share of all requests meet faults of these kinds; digits are a status."""
        self.storms.append(
            Storm(seed, rate, tuple(kinds), path, reset_in=reset_in, in_a_row=in_a_row)
        )

    def clear(self) -> None:
        """Forget every fault still to come."""
        self.waiting.clear()
        self.storms.clear()

    def take(self, path: str) -> Fault | None:
        """The fault that a request meets, if one waits for it; it is noted in `met`."""
        fault = self._planned(path) or self._by_chance(path)
        if fault is not None:
            self.met.append(fault)
        return fault

    def _planned(self, path: str) -> Fault | None:
        for place, fault in enumerate(self.waiting):
            if fault.path in path:
                rest = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                self.waiting[place : place + 1] = rest
                return replace(fault, times=1)
        return None

    def _by_chance(self, path: str) -> Fault | None:
        drawn = [storm.take(path) for storm in self.storms]
        return next((fault for fault in drawn if fault is not None), None)

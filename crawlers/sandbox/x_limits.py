"""Rate limits of the X API, counted per endpoint in windows of fifteen minutes."""

from dataclasses import dataclass
from typing import Final

# Requests of one app per 15 minutes, by path template.
LIMITS: Final = {
    "/2/tweets/search/recent": 450,
    "/2/tweets/search/all": 300,
    "/2/tweets/counts/recent": 300,
    "/2/tweets/counts/all": 300,
    "/2/tweets": 3500,
    "/2/tweets/{id}": 450,
    "/2/users/{id}/tweets": 10000,
    "/2/tweets/{id}/quote_tweets": 75,
    "/2/tweets/{id}/retweets": 75,
    "/2/tweets/{id}/retweeted_by": 75,
    "/2/users/by": 300,
    "/2/users": 300,
    "/2/usage/tweets": 50,
    "/2/compliance/jobs": 150,
    "/2/compliance/jobs/{id}": 150,
}
ONE_A_SECOND: Final = frozenset({"/2/tweets/search/all"})


@dataclass(frozen=True)
class Allowance:
    """What is left of a window after a request, and whether the request was one too many."""

    limit: int
    remaining: int
    reset: int  # epoch seconds
    refused: bool

    @property
    def headers(self) -> dict[str, str]:
        """The headers that come with every answer of X."""
        return {
            "x-rate-limit-limit": str(self.limit),
            "x-rate-limit-remaining": str(self.remaining),
            "x-rate-limit-reset": str(self.reset),
        }


@dataclass
class Meter:
    """The requests of one endpoint in the window that runs."""

    limit: int
    window: float
    one_a_second: bool = False
    number: int = -1  # which window runs
    used: int = 0
    last: float = float("-inf")

    def note(self, now: float, *, enforced: bool) -> Allowance:
        """Count a request; without enforcement the window never runs out."""
        number = int(now // self.window)
        if number != self.number:
            self.number, self.used = number, 0
        reset = int(-(-(number + 1) * self.window // 1))
        if not enforced:
            self.used += 1
            left = self.limit - 1 - (self.used - 1) % max(1, self.limit // 2)
            return Allowance(self.limit, max(1, left), reset, refused=False)
        if self.one_a_second and now - self.last < 1:
            return Allowance(self.limit, 0, int(now) + 1, refused=True)
        if self.used >= self.limit:
            return Allowance(self.limit, 0, reset, refused=True)
        self.used, self.last = self.used + 1, now
        return Allowance(self.limit, self.limit - self.used, reset, refused=False)

"""What asking X costs, by its pay-per-use price list, and what a budget says to it.

Prices in USD (docs.x.com, "Pricing", read in November 2026). An account read is priced as well,
and whether what comes beside the asked posts is billed is not told: figures here are upper bounds.
"""

from dataclasses import dataclass
from typing import Final, Literal

POST_READ: Final = 0.005
USER_READ: Final = 0.010
COUNTS: Final[dict[Literal["recent", "all"], float]] = {"recent": 0.005, "all": 0.010}


@dataclass(frozen=True)
class Estimate:
    """Money that posts, what comes beside and the counting may cost at most; None is unknown."""

    posts: float | None
    beside: float | None  # accounts, and the posts that these posts refer to
    counting: float

    @property
    def total(self) -> float | None:
        """All of it, None where the posts are not known."""
        if self.posts is None or self.beside is None:
            return None
        return round(self.posts + self.beside + self.counting, 4)


@dataclass(frozen=True)
class Budget:
    """Limits of a UTC day and month, and what has been spent in them; None is no limit."""

    daily: float | None
    monthly: float | None
    spent_today: float
    spent_this_month: float

    def says(self, usd: float | None) -> str:
        """Whether a crawl of this price would be let through, in one line."""
        if self.daily is None and self.monthly is None:
            return "no limit is set; VIGIE_X_DAILY_USD and VIGIE_X_MONTHLY_USD set one"
        if usd is None:
            return "not known: without expected posts nothing can be held against the limits"
        for limit, spent, of in (
            (self.daily, self.spent_today, "today"),
            (self.monthly, self.spent_this_month, "this month"),
        ):
            if limit is not None and spent + usd > limit:
                return (
                    f"may stop before the end: {limit - spent:.2f} of {limit:.2f} USD are left "
                    f"{of}, the crawl costs up to {usd:.2f}"
                )
        return f"enough: the crawl costs up to {usd:.2f} USD"


def estimate(posts: int | None, *, each: float, counting: float) -> Estimate:
    """The price of so many posts, when one costs at most `each` with all that comes beside it."""
    if posts is None:
        return Estimate(None, None, counting)
    beside = round(posts * (each - POST_READ), 4)
    return Estimate(round(posts * POST_READ, 4), beside, counting)

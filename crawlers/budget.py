"""What reading costs, and whether the next request may be made. Pure.

The price of a request is not known before its answer. The guard therefore counts with the worst
case of its page size, makes the page smaller when only a smaller one can be paid for, and stops
before a request that could pass a limit.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from config.settings import Settings
from crawlers.parsers.items import ParsedPage
from crawlers.pricing import COUNTS, POST_READ, USER_READ
from models.spend import SpendTotals

USD_PER_REQUEST: Final[dict[str, float]] = {
    "/2/tweets/counts/recent": COUNTS["recent"],
    "/2/tweets/counts/all": COUNTS["all"],
}
# Neither has a price on the page.
FREE: Final = ("/2/usage/", "/2/compliance/")
API: Final = "/2/"  # other addresses, as those that files of ids go to, are free too
# Endpoints that answer with accounts, not posts.
ACCOUNTS: Final = re.compile(r"/2/(?:tweets/\{id\}/(?:retweeted_by|liking_users)|users(?:/by)?)")
SMALLEST_PAGE: Final[dict[str, int]] = {
    "/2/tweets/search/recent": 10,
    "/2/tweets/search/all": 10,
    "/2/tweets/{id}/quote_tweets": 10,
    "/2/users/{id}/tweets": 5,
    "/2/users/{id}/mentions": 5,
}
DEFAULT_PAGE: Final = 100
PAGE: Final = "max_results"
# So many worst cases from a limit, the guard looks only now and then: all sources together make
# fewer requests meanwhile.
FAR: Final = 2000
LOOK_EVERY: Final = 100
TINY: Final = 1e-9  # floats of cents


@dataclass(frozen=True)
class Reading:
    """What one answer holds, or could hold at most."""

    requests: int = 0
    posts: int = 0
    users: int = 0
    usd: float = 0.0

    def __mul__(self, times: int) -> "Reading":
        return Reading(
            self.requests, self.posts * times, self.users * times, round(self.usd * times, 6)
        )


@dataclass(frozen=True)
class Limits:
    """What X may cost; None: no limit. `bill_included`: what stands beside the asked counts too."""

    daily_usd: float | None = None
    monthly_usd: float | None = None
    monthly_posts: int | None = None
    bill_included: bool = True

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """The limits of a deployment."""
        return cls(
            settings.x_daily_usd,
            settings.x_monthly_usd,
            settings.x_monthly_posts,
            settings.x_bill_included,
        )

    def room(self, spent: SpendTotals) -> "Room":
        """What is left of each limit."""
        usd = {
            "daily": math.inf if self.daily_usd is None else self.daily_usd - spent.day_usd,
            "monthly": math.inf if self.monthly_usd is None else self.monthly_usd - spent.month_usd,
        }
        tightest = min(usd, key=lambda name: usd[name])
        posts = None if self.monthly_posts is None else self.monthly_posts - spent.month_posts
        return Room(tightest, usd[tightest], posts)


@dataclass(frozen=True)
class Room:
    """What may still be spent: the tightest limit in USD, and posts of the month."""

    limit: str  # daily or monthly
    usd: float
    posts: int | None

    def holds(self, reading: Reading) -> bool:
        """Whether a reading fits."""
        posts = self.posts is None or reading.posts <= self.posts
        return posts and reading.usd <= self.usd + TINY

    def most(self, one: Reading) -> int:
        """How many times a reading fits, at most a million."""
        found = 1_000_000
        if one.usd > 0 and self.usd < math.inf:
            found = min(found, math.floor((self.usd + TINY) / one.usd))
        if one.posts > 0 and self.posts is not None:
            found = min(found, self.posts // one.posts)
        return max(found, 0)

    def lacks(self, reading: Reading) -> str:
        """Which limit a reading would pass."""
        return self.limit if reading.usd > self.usd + TINY else "posts"


@dataclass(frozen=True)
class Ask:
    """One request to X as the guard sees it: endpoint, page size, and the worst of one result."""

    endpoint: str
    size: int
    smallest: int
    one: Reading

    @property
    def worst(self) -> Reading:
        """The most its answer can hold."""
        return self.one * self.size


@dataclass(frozen=True)
class Allowed:
    """The request may be made; its page has this size, and costs at most `worst`.

    `far` says that no limit can be met within many requests, whoever else asks.
    """

    size: int
    worst: Reading
    far: bool = False


@dataclass(frozen=True)
class Denied:
    """The request would pass a limit; asked again at `until`."""

    until: datetime
    reason: str


def endpoint_of(path: str) -> str:
    """The endpoint of a path, its ids left out: they belong in no table and no log."""
    return re.sub(r"(?<=.)/\d+", "/{id}", path)[:64]


def ask_of(url: str, limits: Limits) -> Ask:
    """What a request to X asks for, from its address."""
    parts = urlsplit(url)
    params = dict(parse_qsl(parts.query))
    endpoint = endpoint_of(parts.path)
    return Ask(
        endpoint=endpoint,
        size=_size(endpoint, params),
        smallest=SMALLEST_PAGE.get(endpoint, 1) if PAGE in params else _size(endpoint, params),
        one=_worst_of_one(endpoint, params, limits),
    )


def decide(ask: Ask, limits: Limits, spent: SpendTotals, now: datetime) -> Allowed | Denied:
    """Whether a request may be made now, and with how large a page."""
    room = limits.room(spent)
    if room.holds(ask.worst):
        # The next pages of a source may be full ones, whatever the size of this one.
        full = max(ask.size, DEFAULT_PAGE)
        return Allowed(ask.size, ask.worst, far=room.most(ask.one) >= FAR * full)
    size = min(room.most(ask.one), ask.size)
    if size >= ask.smallest and room.holds(ask.one * size):
        return Allowed(size, ask.one * size)
    return _denied(room.lacks(ask.one * ask.smallest), limits, spent, now)


def closed_until(limits: Limits, spent: SpendTotals, now: datetime) -> Denied | None:
    """Why no search page at all can be paid for now; None while one can."""
    smallest = ask_of(f"/2/tweets/search/recent?{PAGE}={SMALLEST_PAGE['/2/tweets/search/recent']}"
                      "&expansions=author_id", limits)  # fmt: skip
    answer = decide(smallest, limits, spent, now)
    return answer if isinstance(answer, Denied) else None


def with_size(url: str, size: int) -> str:
    """The same address for a page of another size."""
    parts = urlsplit(url)
    params = [
        (name, str(size) if name == PAGE else value) for name, value in parse_qsl(parts.query)
    ]
    return urlunsplit(parts._replace(query=urlencode(params)))


def reading_of(endpoint: str, page: ParsedPage, *, platform: str, bill_included: bool) -> Reading:
    """What an answer held, and what it costs at most by the price list."""
    own = sum(not post.context for post in page.posts) + len(page.rejected)
    posts = len(page.posts) + len(page.rejected)
    users = len(page.users)
    if platform != "x":
        return Reading(1, posts, users)
    billed = (posts, users) if bill_included or ACCOUNTS.fullmatch(endpoint) else (own, 0)
    return Reading(1, posts, users, _usd(endpoint, *billed))


def _usd(endpoint: str, posts: int, users: int) -> float:
    if endpoint in USD_PER_REQUEST:
        return USD_PER_REQUEST[endpoint]
    if _is_free(endpoint):
        return 0.0
    return round(posts * POST_READ + users * USER_READ, 6)


def _is_free(endpoint: str) -> bool:
    return endpoint.startswith(FREE) or not endpoint.startswith(API)


def _size(endpoint: str, params: Mapping[str, str]) -> int:
    if endpoint in USD_PER_REQUEST or _is_free(endpoint):
        return 1
    if "ids" in params:
        return params["ids"].count(",") + 1
    if "usernames" in params:
        return params["usernames"].count(",") + 1
    if endpoint == "/2/tweets/{id}":
        return 1
    return int(params.get(PAGE, DEFAULT_PAGE))


def _worst_of_one(endpoint: str, params: Mapping[str, str], limits: Limits) -> Reading:
    """The most one result can bring: itself, posts it refers to, and accounts of them all."""
    if endpoint in USD_PER_REQUEST or _is_free(endpoint):
        return Reading(1, usd=_usd(endpoint, 0, 0))
    asked = set(params.get("expansions", "").split(","))
    # A reply may quote as well: two posts beside it.
    beside = 2 if asked & {"referenced_posts", "referenced_tweets.id"} else 0
    authors = 1 if "author_id" in asked else 0
    told = 1 if "in_reply_to_user_id" in asked else 0
    others = beside if asked & {"referenced_tweets.id.author_id", "referenced_posts"} else 0
    own, users = (0, 1) if ACCOUNTS.fullmatch(endpoint) else (1, authors + told + others)
    billed = (own + beside, users) if limits.bill_included or not own else (own, 0)
    return Reading(1, own + beside, users, _usd(endpoint, *billed))


def _denied(limit: str, limits: Limits, spent: SpendTotals, now: datetime) -> Denied:
    until = next_day(now) if limit == "daily" else next_month(now)
    told = {
        "daily": f"{spent.day_usd:.2f} of {limits.daily_usd or 0:.2f} USD of the day",
        "monthly": f"{spent.month_usd:.2f} of {limits.monthly_usd or 0:.2f} USD of the month",
        "posts": f"{spent.month_posts} of {limits.monthly_posts or 0} posts of the month",
    }[limit]
    return Denied(until, f"budget: {told} are used; it goes on by itself on {until:%Y-%m-%d}")


def next_day(now: datetime) -> datetime:
    """The first moment of the next UTC day."""
    return datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)


def next_month(now: datetime) -> datetime:
    """The first moment of the next UTC month."""
    first = date(now.year + now.month // 12, now.month % 12 + 1, 1)
    return datetime.combine(first, datetime.min.time(), UTC)

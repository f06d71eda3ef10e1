"""What a crawl would ask and cost, without crawling."""

import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import urlencode

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from config.errors import SourceError
from config.keyring import Keyring
from config.settings import Settings
from config.watchlist import Watchlist, load_watchlist
from crawlers.budget import Denied, Limits, Reading, ask_of, decide
from crawlers.budget_guard import one_at_a_time, record_spend
from crawlers.checkpoints import Asked, Poll
from crawlers.pricing import COUNTS, Budget, Estimate, estimate
from crawlers.scrapy_settings import USER_AGENT
from crawlers.sources import spider_of
from crawlers.spiders.polling import ApiSpider, Planning
from crawlers.spiders.x_api import POST_FIELDS, rfc3339, x_platform
from crawlers.spiders.x_windows import XWindowSpider
from crawlers.verdicts import json_object
from models import Spend
from models.database import make_engine, open_session, read_session, require_current_schema
from models.spend import day_of, totals

# Searches whose posts X counts beforehand: which counts, at which price.
COUNTED: Final[dict[str, Literal["recent", "all"]]] = {"x_search": "recent", "x_archive": "all"}
COUNTS_TIMEOUT_SECONDS: Final = 30
NOTE: Final = (
    "upper bound, as the budget guard counts: each post brings two others and four accounts, "
    "which X may bill; VIGIE_X_BILL_INCLUDED=false counts them as free"
)

UNKNOWN: Final = Estimate(None, None, 0.0)


@dataclass(frozen=True)
class PlannedQuery:
    """One window a crawl would ask; None where the platform gives no figure beforehand."""

    query_id: str
    text: str
    window_start: datetime
    window_end: datetime
    expected_posts: int | None = None
    cost: Estimate | None = None  # None: the platform takes no money, or does not say how much
    asked_from: datetime | None = None  # before the window, when an overlap is asked as well

    def as_row(self) -> dict[str, Any]:
        """The window as a line of the table."""
        cost = self.cost or UNKNOWN
        return {
            "query": self.query_id,
            "from": self.window_start.isoformat(),
            "to": self.window_end.isoformat(),
            "expected_posts": self.expected_posts,
            "posts_usd": cost.posts,
            "beside_usd_at_most": cost.beside,
            "counting_usd": None if self.cost is None else cost.counting,
            "usd_at_most": cost.total,
            "text": self.text,
        }


@dataclass(frozen=True)
class Plan:
    """All that a crawl would ask, with its price and what the budget says to it."""

    queries: tuple[PlannedQuery, ...]
    budget: str | None  # None: nothing is known of its price

    @property
    def cost(self) -> Estimate:
        """The price of all windows; unknown as soon as that of one is."""
        costs = [query.cost or UNKNOWN for query in self.queries]
        return Estimate(
            posts=_sum([cost.posts for cost in costs]),
            beside=_sum([cost.beside for cost in costs]),
            counting=round(sum(cost.counting for cost in costs), 4),
        )

    def as_rows(self) -> list[dict[str, Any]]:
        """The table: a line for each window, and one for all of them."""
        rows = [query.as_row() for query in self.queries]
        if not rows:
            return []
        expected = _sum([query.expected_posts for query in self.queries])
        total = {
            "query": "total",
            "expected_posts": None if expected is None else int(expected),
            "posts_usd": self.cost.posts,
            "beside_usd_at_most": self.cost.beside,
            "counting_usd": None if self.budget is None else self.cost.counting,
            "usd_at_most": self.cost.total,
        }
        return [*rows, {key: total.get(key) for key in rows[0]}]

    def as_dict(self) -> dict[str, Any]:
        """The plan as plain values."""
        *queries, total = self.as_rows() or [{}]
        return {
            "queries": queries,
            "total": total or None,
            "budget": self.budget,
            "note": NOTE if self.budget else None,
        }

    def remarks(self) -> list[str]:
        """What stands under the table."""
        return [f"budget: {self.budget}", NOTE] if self.budget and self.queries else []


def plan_crawl(
    source: str,
    *,
    settings: Settings,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Plan:
    """The windows a crawl of `source` would ask now, with posts and money where known.

    For X one counts request per window is made when a token is set, which the platform charges
    for; without a token, or when no count can be paid for, the expected posts stay unknown.
    """
    watchlist = load_watchlist(settings.watchlist, x_tier=settings.x_tier)
    asked = Asked(settings.clock(), since, until)
    spider = spider_of(source)
    spider.check(asked)
    texts = spider.queries_of(watchlist)
    planned = [
        PlannedQuery(
            poll.query_id,
            texts[poll.query_id],
            poll.window.start,
            poll.window.end,
            asked_from=spider.asked_from(poll.window, asked)
            if issubclass(spider, XWindowSpider)
            else None,
        )
        for poll in _planned_polls(spider, watchlist, settings, asked)
    ]
    if source not in COUNTED:
        return Plan(tuple(planned), None)
    engine = make_engine(settings.store_url)
    plan = Plan(tuple(_priced(query, source, settings, engine) for query in planned), None)
    engine.dispose()
    return replace(plan, budget=_budget(settings).says(plan.cost.total))


def _planned_polls(
    spider: type[ApiSpider], watchlist: Watchlist, settings: Settings, asked: Asked
) -> list[Poll]:
    engine = make_engine(settings.store_url)
    require_current_schema(engine)
    keyring = Keyring(settings.keys_dir)
    with open_session(engine) as session:
        plans = spider.plan(Planning(session, keyring, watchlist, settings, asked))
    engine.dispose()
    return [poll for _, plan in plans for poll in plan.polls]


def _pay_for_count(source: str, settings: Settings, engine: Engine) -> bool:
    """Write one request for counts down as spent, before it is made; False: a limit forbids it."""
    now = settings.clock()
    endpoint = f"/2/tweets/counts/{COUNTED[source]}"
    limits = Limits.of(settings)
    with open_session(engine) as session:
        one_at_a_time(session)
        answer = decide(ask_of(endpoint, limits), limits, totals(session, now.date()), now)
        if isinstance(answer, Denied):
            return False
        record_spend(session, (source, day_of(now), endpoint), answer.worst)
    return True


def _take_back(source: str, settings: Settings, engine: Engine) -> None:
    """What was refused or never answered is not billed."""
    which = COUNTED[source]
    key = (source, day_of(settings.clock()), f"/2/tweets/counts/{which}")
    with open_session(engine) as session:
        record_spend(session, key, Reading(-1, usd=-COUNTS[which]))


def _budget(settings: Settings) -> Budget:
    """The limits of this deployment, and what its sources on X have spent by now."""
    today = settings.clock().date().isoformat()
    engine = make_engine(settings.store_url)
    with read_session(engine) as session:
        budget = Budget(
            daily=settings.x_daily_usd,
            monthly=settings.x_monthly_usd,
            spent_today=_spent(session, today),
            spent_this_month=_spent(session, today[:7]),
        )
    engine.dispose()
    return budget


def _spent(session: Session, days: str) -> float:
    """What has been spent on X on the days that begin so."""
    spent = select(func.coalesce(func.sum(Spend.usd), 0.0)).where(
        col(Spend.source).startswith("x_", autoescape=True), col(Spend.day).startswith(days)
    )
    return float(session.exec(spent).one())


def _priced(planned: PlannedQuery, source: str, settings: Settings, engine: Engine) -> PlannedQuery:
    counts = COUNTED[source]
    if not settings.x_bearer_token or not _pay_for_count(source, settings, engine):
        return replace(planned, cost=UNKNOWN)
    try:
        posts = _count_posts(planned, settings, counts)
    except SourceError:
        _take_back(source, settings, engine)
        raise
    cost = estimate(posts, each=dearest_post(counts, settings), counting=COUNTS[counts])
    return replace(planned, expected_posts=posts, cost=cost)


def dearest_post(search: Literal["recent", "all"], settings: Settings) -> float:
    """What one post that a search finds can cost at most, by the rule of the budget guard."""
    asked = urlencode(POST_FIELDS[settings.x_vocabulary])
    return ask_of(f"/2/tweets/search/{search}?{asked}", Limits.of(settings)).one.usd


def _count_posts(
    planned: PlannedQuery, settings: Settings, counts: Literal["recent", "all"]
) -> int:
    platform = x_platform(settings)
    params = {
        "query": planned.text,
        "start_time": rfc3339(planned.asked_from or planned.window_start),
        "end_time": rfc3339(planned.window_end),
        "granularity": "day",
    }
    request = urllib.request.Request(  # noqa: S310 (the address of a setting)
        f"{platform.base_url}/2/tweets/counts/{counts}?{urlencode(params)}",
        headers={"Authorization": f"Bearer {platform.token}", "User-Agent": USER_AGENT},
    )
    meta = (_fetch(request, platform.base_url) or {}).get("meta")
    total = meta.get("total_post_count", meta.get("total_tweet_count")) if meta else None
    if not isinstance(total, int):
        raise SourceError(f"{platform.base_url} did not answer with a count of posts; try again")
    return total


def _fetch(request: urllib.request.Request, base_url: str) -> dict[str, Any] | None:
    try:
        with urllib.request.urlopen(request, timeout=COUNTS_TIMEOUT_SECONDS) as answer:  # noqa: S310
            return json_object(answer.read())
    except urllib.error.HTTPError as error:
        raise SourceError(
            f"{base_url} refused to count posts (HTTP {error.code}); check VIGIE_X_BEARER_TOKEN"
        ) from error
    except OSError as error:
        raise SourceError(
            f"{base_url} cannot be reached ({type(error).__name__}); check VIGIE_X_BASE_URL "
            "and the network"
        ) from error


def _sum(values: Sequence[float | None]) -> float | None:
    """The sum, None as soon as one value is unknown."""
    known = [value for value in values if value is not None]
    return round(sum(known), 4) if len(known) == len(values) else None

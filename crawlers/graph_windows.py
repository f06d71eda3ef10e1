"""Which windows of a Facebook page are asked, and how far its feed can be trusted. Pure.

A feed gives "approximately 600 ranked, published posts per year": of what lies further back it
gives a choice, and does not say what it left out.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from crawlers.checkpoints import Poll, QueryPlan, Window, WindowRule
from crawlers.coverage import RANKED_HISTORY

# How far back a feed is trusted to give every post. The platform tells no figure, so it is the
# period of a first poll.
FEED_REACH: Final = timedelta(days=30)
RULE: Final = WindowRule(
    first=FEED_REACH,
    reach=None,
    lag=timedelta(0),
    position_life=timedelta(days=1),  # cursors are not to be kept long
    longest=FEED_REACH,
)


def is_live(poll: Poll) -> bool:
    """Whether a poll's window reaches up to the poll, so that earlier posts are looked at again."""
    return poll.window.end >= RULE.latest(poll.polled_at)


def asked_period(poll: Poll, lookback: timedelta) -> Window:
    """The period asked of the feed: the window, and in a live poll the days before it."""
    earlier = lookback if is_live(poll) else timedelta(0)
    return Window(poll.window.start - earlier, poll.window.end)


def shortfall(poll: Poll) -> str | None:
    """Why a window cannot be complete even when its feed is read to its end."""
    return RANKED_HISTORY if poll.window.start < _trusted_from(poll) else None


def divided(plan: QueryPlan) -> QueryPlan:
    """The plan with windows cut where the feed begins to be trusted, the older part first."""
    return replace(plan, polls=tuple(part for poll in plan.polls for part in _parts(poll)))


def _parts(poll: Poll) -> list[Poll]:
    cut = _trusted_from(poll)
    if poll.position is not None or not poll.window.start < cut < poll.window.end:
        return [poll]
    older, newer = Window(poll.window.start, cut), Window(cut, poll.window.end)
    return [replace(poll, window=older), replace(poll, window=newer)]


def _trusted_from(poll: Poll) -> datetime:
    return RULE.latest(poll.polled_at) - FEED_REACH

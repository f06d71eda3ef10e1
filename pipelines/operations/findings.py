"""What the doctor says of collection: sources, waits, money, gaps, comments, disk, clocks."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final, Literal

from pipelines.operations.alerts import (
    ALWAYS_FAILS,
    CLOCK,
    DISK,
    GAP_STAYS,
    LOW_YIELD,
    SOURCE_STOPPED,
    troubles,
)
from pipelines.operations.facts import OperationsFacts, SourceFacts

Level = Literal["ok", "warning", "error"]

_LEVELS: Final[dict[str, Level]] = {
    ALWAYS_FAILS: "error",
    SOURCE_STOPPED: "error",
    DISK: "error",
    LOW_YIELD: "warning",
    GAP_STAYS: "warning",
    CLOCK: "warning",
}
NEARLY: Final = 0.9  # of a budget


@dataclass(frozen=True)
class Finding:
    """One thing examined: how it stands, and what to do when it does not."""

    level: Level
    subject: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """The finding as plain values."""
        return asdict(self)

    def as_text(self) -> str:
        """The finding on one line."""
        return f"{self.level:<8} {self.subject:<14} {self.message}"


def collection_findings(facts: OperationsFacts) -> Iterator[Finding]:
    """How collection stands, then what needs a person."""
    for source in facts.sources:
        yield _source(source)
    yield from _money(facts)
    for gap in facts.gaps:
        if gap.final is None:
            period = f"{gap.window_start:%Y-%m-%d %H:%M} to {gap.window_end:%Y-%m-%d %H:%M}Z"
            told = f"{gap.source}/{gap.query_id}: {period}, {gap.reason}; it is asked again"
            yield Finding("warning", "gap", told)
    yield _comments(facts)
    if facts.disk_free is not None:
        yield Finding("ok", "disk", f"{facts.disk_free / 1e9:.1f} GB are left beside the store")
    for one in troubles(facts):
        told = f"{one.subject}: {one.detail}"
        yield Finding(_LEVELS[one.kind], one.kind.replace("_", " "), told)


def _source(source: SourceFacts) -> Finding:
    state = source.state or source.last_status or "never run"
    until = f" until {source.until}" if source.until else ""
    parts = [f"{source.source}: {state}{until}"]
    if source.state in ("running", "waiting"):
        parts.append(f"since {source.state_since}, {source.pages} pages, {source.posts} posts")
    elif source.last_reason:
        parts.append(source.last_reason)
    if source.last_success is not None:
        parts.append(f"last good run {source.last_success:%Y-%m-%d %H:%M}Z")
    parts.append(f"last day: {source.requests} requests, {source.rate_waits} waits for a limit")
    bad = source.state not in ("running", "waiting") and source.last_status not in ("done", None)
    return Finding("warning" if bad else "ok", "source", "; ".join(parts))


def _money(facts: OperationsFacts) -> Iterator[Finding]:
    money = facts.money
    for period, spent, limit in (
        ("day", money.spent.day_usd, money.daily_limit),
        ("month", money.spent.month_usd, money.monthly_limit),
    ):
        told = f"X, {period}: {spent:.2f} USD spent at most"
        told += "; no limit is set" if limit is None else (
            f" of {limit:.2f}; {max(limit - spent, 0):.2f} left"
        )  # fmt: skip
        tight = limit is not None and spent >= NEARLY * limit
        yield Finding("warning" if tight else "ok", "budget", told)
    own, theirs = money.spent.month_posts, money.platform_posts
    told = f"X, month: {own} posts read of {money.posts_limit}"
    if theirs is not None and money.platform_day is not None:
        told += f"; {theirs} by X's own count up to {money.platform_day:%Y-%m-%d}"
    yield Finding("ok" if own < NEARLY * money.posts_limit else "warning", "budget", told)


def _comments(facts: OperationsFacts) -> Finding:
    if not facts.comments_claimed:
        return Finding("ok", "comments", "none claimed in the last 30 days")
    share = facts.comments_collected / facts.comments_claimed
    told = (
        f"{facts.comments_collected} of {facts.comments_claimed} claimed in the last 30 days"
        f" ({100 * share:.0f} %); {facts.comments_unknown} threads claim no number;"
        f" {_known(facts.authors_known)} tell their author, {_known(facts.comments_hidden)} are"
        f" hidden by their page, {facts.threads_ranked} threads came ranked"
    )
    if facts.threads_unnoted:
        told += f"; of {facts.threads_unnoted} threads authors and hiding are unknown"
    return Finding("ok" if share >= NEARLY else "warning", "comments", told)


def _known(count: int | None) -> str:
    return "unknown" if count is None else str(count)

"""How well collection did: states, edits, texts that had to go, feeds, shares, recall, money."""

import textwrap
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, func, select

from config.keyring import Keyring
from config.settings import Settings
from config.watchlist import Watchlist
from crawlers.ledger import ledger
from crawlers.recall import recall
from models import CrawlRun, Post, PostCollection, PostState, PostVersion, Spend
from models.database import read_session
from models.ledger import COMPLETE
from models.post import GONE_STATES
from models.stretches import Stretch
from pipelines.deployment import Deployment
from pipelines.removal.bodies import bodies_of
from pipelines.removal.parts import WORDS, held

REAPPEARED: Final = "re-appeared"
EDITED: Final = "edited"
LONG: Final = "long"
CUT: Final = "cut"
SEARCH: Final = "x_search"
PAGES: Final = "facebook_pages"
EDITED_ONCE: Final = 2  # number of its newest text, and of texts that were met
INDENT, WIDTH = 25, 98  # of the score as text
SHORT_FORM: Final = 280  # characters of a post that is not long

Truth = Mapping[str, Any]
Planted = Mapping[str, Any]
Ids = Callable[[Planted], str]  # our id of a planted post


@dataclass(frozen=True)
class Found:
    """So many planted, and so many of them as they have to be."""

    expected: int
    right: int

    @property
    def all_right(self) -> bool:
        """Whether nothing is missing."""
        return self.right == self.expected

    def __str__(self) -> str:
        return f"{self.right} of {self.expected}"


@dataclass(frozen=True)
class Hours:
    """Hours of one source's queries or pages over the story, by how they were received."""

    complete: int
    partial: int  # the hour, or a part of it, is missing

    def __str__(self) -> str:
        return f"{self.complete} of {self.complete + self.partial}"


@dataclass(frozen=True)
class SpendScore:
    """What X cost, by the upper bound of the price list, beside the demo's limits."""

    requests: int  # to X
    usd: float
    dearest_day_usd: float
    dearest_month_usd: float
    daily_limit_usd: float | None
    monthly_limit_usd: float | None

    @property
    def within(self) -> bool:
        """Whether no limit was passed."""
        return _under(self.dearest_day_usd, self.daily_limit_usd) and _under(
            self.dearest_month_usd, self.monthly_limit_usd
        )

    def __str__(self) -> str:
        limit = "no limit" if self.daily_limit_usd is None else f"{self.daily_limit_usd:.2f}"
        return (
            f"{self.usd:.2f} USD for {self.requests} requests; "
            f"dearest day {self.dearest_day_usd:.2f} of {limit}"
        )


@dataclass(frozen=True)
class CollectionScore:
    """What was planted for collection, and what the store holds of it."""

    states: dict[str, Found]  # by how a post stands at the end
    gone: int  # posts held whose words have to go
    gone_words_left: int  # pieces of them that are still held, payload bodies too
    feed: Found
    reposts: Found
    quotes: Found
    counted_by_x: int
    collected_of_those: int
    hours: dict[str, Hours]
    spend: SpendScore

    @property
    def missed(self) -> tuple[str, ...]:
        """The hard measures that do not hold."""
        holds = {
            **{f"states.{name}": found.all_right for name, found in self.states.items()},
            "gone_words_left": self.gone_words_left == 0,
            "feed": self.feed.all_right,
            "recall": self.collected_of_those >= self.counted_by_x,
            "spend": self.spend.within,
        }
        return tuple(name for name, right in holds.items() if not right)

    def as_text(self) -> str:
        """The score as a person reads it."""
        return "\n".join(
            [
                _listed("states at the end", self.states),
                f"  words that had to go   {self.gone} posts, {self.gone_words_left} pieces left",
                f"  feed items             {self.feed}",
                f"  reposts, quotes        {self.reposts}, {self.quotes}",
                f"  X counts, we hold      {self.counted_by_x}, {self.collected_of_those}",
                _listed("hours complete", self.hours),
                f"  X cost at most         {self.spend}",
            ]
        )


def score_collection(
    deployment: Deployment, truth: Truth, ids: Ids, now: datetime
) -> CollectionScore:
    """Score what the store holds at `now`, after the last crawl."""
    period = Stretch(datetime.fromisoformat(truth["start"]), datetime.fromisoformat(truth["end"]))
    feed = [{"platform": "web", "platform_id": one["item_id"]} for one in truth["feed"]]
    with read_session(deployment.engine) as session:
        endings = Endings(session, truth, ids, now)
        gone = endings.gone()
        counted, collected = _recall(session, period)
        return CollectionScore(
            states=endings.by_state(),
            gone=len(gone),
            gone_words_left=endings.words_left(deployment.keyring, gone),
            feed=_collected(session, feed, ids),
            reposts=_collected(session, truth["endings"]["reposts"], ids),
            quotes=_collected(session, truth["endings"]["quotes"], ids),
            counted_by_x=counted,
            collected_of_those=collected,
            hours=_hours(session, deployment.watchlist, period),
            spend=_spend(session, deployment.settings),
        )


@dataclass(frozen=True)
class Endings:
    """Planted posts that do not simply stay, beside what the store holds of them."""

    session: Session
    truth: Truth
    ids: Ids
    now: datetime

    def by_state(self) -> dict[str, Found]:
        """By the state a planted post has at the end, how many of those held have it here."""
        expected, right = Counter[str](), Counter[str]()
        for ending in self._held_states():
            name = self._name_of(ending)
            expected[name] += 1
            right[name] += self._stands(ending, name)
        found = {name: Found(count, right[name]) for name, count in sorted(expected.items())}
        return {**found, EDITED: self._edited(), LONG: self._long(), CUT: self._cut()}

    def gone(self) -> list[Planted]:
        """Planted posts that are held and are no longer shown."""
        return [one for one in self._held_states() if self._state(one) in GONE_STATES]

    def words_left(self, keyring: Keyring, gone: Sequence[Planted]) -> int:
        """Pieces of their words that are still held, and bodies that may have brought them.

        What the platform answers later names a post that is gone, and no longer shows it.
        """
        post_ids = sorted(self.ids(one) for one in gone)
        pieces = sum(held(self.session, WORDS, post_ids).values())
        return pieces + sum(len(self._bodies_with(keyring, one)) for one in gone)

    def _bodies_with(self, keyring: Keyring, planted: Planted) -> set[int]:
        post, named = self._post(planted), {planted["platform_id"]}
        return bodies_of(self.session, keyring, [post.id], named, received_before=post.state_since)

    def _held_states(self) -> list[Planted]:
        return [one for one in self.truth["endings"]["states"] if self._holds(one)]

    def _holds(self, planted: Planted) -> bool:
        return self.session.get(Post, self.ids(planted)) is not None

    def _post(self, planted: Planted) -> Post:
        return self.session.get_one(Post, self.ids(planted))

    def _past(self, ending: Planted) -> list[str]:
        """The states it has had until now."""
        steps = ending["history"]
        return [s["state"] for s in steps if datetime.fromisoformat(s["since"]) <= self.now]

    def _state(self, ending: Planted) -> str:
        return self._past(ending)[-1]

    def _name_of(self, ending: Planted) -> str:
        was_away = any(state in GONE_STATES for state in self._past(ending))
        state = self._state(ending)
        return REAPPEARED if was_away and state == "visible" else state

    def _stands(self, ending: Planted, name: str) -> bool:
        """Whether a post stands as it should; one that came back, with its text and its history."""
        post = self._post(ending)
        if post.state != self._state(ending):
            return False
        away = select(func.count()).select_from(PostState).where(PostState.post_id == post.id)
        was_seen_away = self.session.exec(away.where(col(PostState.state).in_(GONE_STATES))).one()
        return name != REAPPEARED or (was_seen_away > 0 and post.text_removed is None)

    def _edited(self) -> Found:
        """Edits that could be known: X numbers them; on Facebook a crawl has to meet both texts."""
        created = {self.ids(one): one["created_at"] for one in self.truth["items"]}
        known = []
        for edit in self.truth["edited"]:
            period = (created[self.ids(edit)], edit["edited_at"])
            met = self._was_polled(edit["platform"], *map(datetime.fromisoformat, period))
            if edit["platform"] == "x" or met:
                known.append(self._knows(edit, met=met))
        return Found(len(known), sum(known))

    def _knows(self, edit: Planted, *, met: bool) -> bool:
        if not self._holds(edit):
            return False
        numbered = edit["platform"] != "x" or self._post(edit).edit_number == EDITED_ONCE
        return numbered and (not met or self._versions(edit) == EDITED_ONCE)

    def _was_polled(self, platform: str, start: datetime, end: datetime) -> bool:
        source = {"x": SEARCH, "facebook": PAGES}[platform]
        polled = (
            select(func.count())
            .select_from(CrawlRun)
            .where(CrawlRun.source == source)
            .where(col(CrawlRun.started_at) > start, col(CrawlRun.started_at) < end)
        )
        return self.session.exec(polled).one() > 0

    def _versions(self, planted: Planted) -> int:
        versions = select(func.count()).select_from(PostVersion)
        of_post = versions.where(PostVersion.post_id == self.ids(planted))
        return self.session.exec(of_post).one()

    def _long(self) -> Found:
        """Long posts that are held whole, of those whose text may still be held."""
        kept = self._with_text(self.truth["endings"]["long"])
        whole = [one for one in kept if not self._post(one).truncated]
        return Found(len(kept), sum(len(self._post(one).text) > SHORT_FORM for one in whole))

    def _cut(self) -> Found:
        """Reposts that X cuts short: whole where the original is served, else known to be cut."""
        kept = [one for one in self._with_text(self.truth["endings"]["reposts"]) if one["cut"]]
        right = (self._post(one).truncated == (one["original"] == "missing") for one in kept)
        return Found(len(kept), sum(right))

    def _with_text(self, planted: Iterable[Planted]) -> list[Planted]:
        met = [one for one in planted if self._holds(one)]
        return [one for one in met if self._post(one).text_removed is None]


def _collected(session: Session, planted: Iterable[Planted], ids: Ids) -> Found:
    wanted = {ids(one) for one in planted}
    collected = set(session.exec(select(PostCollection.post_id)))
    return Found(len(wanted), len(wanted & collected))


def _recall(session: Session, period: Stretch) -> tuple[int, int]:
    """Posts that X counts for the queries, and how many of those are held at most."""
    found = recall(session, SEARCH, period.start, period.end)
    return sum(one.counted for one in found), sum(min(one.counted, one.collected) for one in found)


def _hours(session: Session, watchlist: Watchlist, period: Stretch) -> dict[str, Hours]:
    """An hour has a row for each version of its query; its state is the same in all of them."""
    states = {
        (entry.source, entry.query_id, entry.start): entry.state
        for entry in ledger(session, watchlist, period, "hour")
    }
    counted = Counter((source, state == COMPLETE) for (source, _, _), state in states.items())
    return {
        source: Hours(counted[source, True], counted[source, False])
        for source in sorted({source for source, _ in counted})
    }


def _spend(session: Session, settings: Settings) -> SpendScore:
    rows = session.exec(select(Spend).where(col(Spend.source).startswith("x_"))).all()
    days: dict[str, float] = defaultdict(float)
    months: dict[str, float] = defaultdict(float)
    for row in rows:
        days[row.day] += row.usd
        months[row.day[:7]] += row.usd
    return SpendScore(
        requests=sum(row.requests for row in rows),
        usd=round(sum(row.usd for row in rows), 4),
        dearest_day_usd=round(max(days.values(), default=0), 4),
        dearest_month_usd=round(max(months.values(), default=0), 4),
        daily_limit_usd=settings.x_daily_usd,
        monthly_limit_usd=settings.x_monthly_usd,
    )


def _listed(title: str, found: Mapping[str, object]) -> str:
    text = ", ".join(f"{name} {one}" for name, one in found.items())
    first = f"  {title:<{INDENT - 2}}"
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=" " * INDENT)


def _under(spent: float, limit: float | None) -> bool:
    return limit is None or spent <= limit

"""What a query would have found among stored posts, beside what the watchlist's queries find."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from config.errors import UsageError
from config.folding import fold
from config.queries.language import Node, QueryError, parse_query
from config.queries.matching import PostView, found_by, matches, missed_by, unanswerable, words_of
from config.queries.watched import QUERY_LIMITS
from config.settings import Settings
from config.watchlist import Watchlist, load_watchlist
from crawlers.parsers.masking import (
    HANDLE_MASK,
    MAIL_MASK,
    NAME_MASK,
    PHONE_MASK,
    PLATE_MASK,
    PROFILE_MASK,
)
from models import Post
from models.database import make_engine, read_session, require_current_schema

EXAMPLES: Final = 5
ROWS_AT_A_TIME: Final = 1000
LIMITS: Final = (
    "stored posts only: what no query or page has ever brought in cannot be counted",
    "stored texts are masked: names, handles of persons and phone numbers find nothing",
    "words inside links are not searched",
)

_MASKS: Final = re.compile(
    "|".join(
        map(
            re.escape,
            (HANDLE_MASK, NAME_MASK, PHONE_MASK, PLATE_MASK, MAIL_MASK, PROFILE_MASK),
        )
    )
)
# A mask is no word of its author, and the words on its two sides are no phrase.
_GAP: Final = " __masked__ "
_HASHTAG: Final = re.compile(r"#(\w+)")
_HANDLE: Final = re.compile(r"(?<!\w)@(\w+)")
_IS_A: Final[Mapping[str, frozenset[str]]] = {
    "reply": frozenset({"reply"}),
    "comment": frozenset({"reply"}),
    "repost": frozenset({"retweet"}),
    "quote": frozenset({"quote"}),
}


@dataclass(frozen=True)
class Example:
    """One stored post by its keyed id, and the conditions that decided."""

    post_id: str
    week: str
    platform: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class WeekCounts:
    """What became of the posts of one week on one platform."""

    week: str
    platform: str
    posts: int
    caught: int
    only_this: int
    lost: int


@dataclass(frozen=True)
class QueryTrial:
    """What a query would have found among stored posts.

    `only_this`: found by it and by no query of the watchlist (other than itself).
    `lost`: found by the query it is compared with and not by it.
    """

    query: str
    length: int
    longest: int
    posts: int
    without_text: int
    caught: int
    only_this: int
    compared_with: str | None
    lost: int
    not_compared: tuple[str, ...]
    weeks: tuple[WeekCounts, ...]
    examples_only_this: tuple[Example, ...]
    examples_lost: tuple[Example, ...]
    limits: tuple[str, ...] = LIMITS

    def as_dict(self) -> dict[str, Any]:
        """The result as plain values."""
        return asdict(self)

    def as_text(self) -> str:
        """The result as a person reads it."""
        lines = [
            f"{self.caught} of {self.posts} stored posts; {self.only_this} of them found by no "
            "other query of the watchlist",
            f"length {self.length} of {self.longest} characters"
            + ("" if self.length <= self.longest else ": too long to ask in one piece"),
            *self._comparison(),
            *(f"  only this  {_example(one)}" for one in self.examples_only_this),
            *(f"  lost       {_example(one)}" for one in self.examples_lost),
            "",
            *(_week(one) for one in self.weeks),
            "",
            *(f"not compared: {query_id} asks what no stored post tells" for query_id in
              self.not_compared),
            f"posts without text, not looked at: {self.without_text}",
            *(f"limit: {limit}" for limit in self.limits),
        ]  # fmt: skip
        return "\n".join(lines)

    def _comparison(self) -> list[str]:
        if self.compared_with is None:
            return []
        return [f"against {self.compared_with}: {self.lost} posts it finds would be lost"]


def try_query(
    settings: Settings,
    query: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    instead_of: str | None = None,
) -> QueryTrial:
    """What a query text, or a query of the watchlist by its id, would find in the store."""
    watchlist = load_watchlist(settings.watchlist, x_tier=settings.x_tier)
    bench = _bench(watchlist, query, instead_of)
    engine = make_engine(settings.store_url)
    require_current_schema(engine)
    with read_session(engine) as session:
        for post in _posts(session, since, until):
            bench.look_at(post)
    engine.dispose()
    return bench.result()


def view_of(post: Post) -> PostView:
    """What a query can see of a stored post."""
    text = _MASKS.sub(_GAP, post.text)
    mentions = frozenset(fold(handle) for handle in _HANDLE.findall(text))
    hashtags = frozenset(fold(tag) for tag in _HASHTAG.findall(text))
    present = {
        "hashtags": hashtags,
        "links": post.urls,
        "mentions": mentions or HANDLE_MASK in post.text,
        "media": post.media,
        "images": "photo" in post.media,
    }
    return PostView(
        tokens=words_of(text),
        hashtags=hashtags,
        mentions=mentions,
        language=post.platform_language or "",
        is_a=_IS_A.get(post.kind, frozenset()),
        has=frozenset(name for name, value in present.items() if value),
    )


@dataclass
class _Rival:
    """One query of the watchlist, against the tested one."""

    tree: Node
    shared: int = 0
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)


@dataclass
class _Bench:
    """The tested query and what has been counted so far."""

    query: str
    text: str
    tree: Node
    longest: int
    rivals: dict[str, _Rival]
    not_compared: tuple[str, ...]
    instead_of: str | None
    compares: bool
    without_text: int = 0
    counts: dict[str, Counter[tuple[str, str]]] = field(
        default_factory=lambda: {name: Counter() for name in ("posts", "caught", "only_this")}
    )
    examples: list[Example] = field(default_factory=list)

    def look_at(self, post: Post) -> None:
        """Hold one post against the tested query and all others."""
        if not post.text.strip():
            self.without_text += 1
            return
        place = (_week_of(post.created_at), post.platform)
        self.counts["posts"][place] += 1
        view = view_of(post)
        finders = [rival for rival in self.rivals.values() if matches(rival.tree, view)]
        if matches(self.tree, view):
            self._caught(post, place, view, finders)
        else:
            self._missed(post, place, view, finders)

    def _caught(
        self, post: Post, place: tuple[str, str], view: PostView, finders: list[_Rival]
    ) -> None:
        self.counts["caught"][place] += 1
        for rival in finders:
            rival.shared += 1
        if not finders:
            self.counts["only_this"][place] += 1
            if len(self.examples) < EXAMPLES:
                self.examples.append(Example(post.id, *place, found_by(self.tree, view)))

    def _missed(
        self, post: Post, place: tuple[str, str], view: PostView, finders: list[_Rival]
    ) -> None:
        for rival in finders:
            rival.lost[place] += 1
            if len(rival.examples) < EXAMPLES:
                because = (missed_by(self.tree, view),)
                rival.examples.append(Example(post.id, *place, because))

    def result(self) -> QueryTrial:
        """All that was counted; without a wish, the query that shares most is the rival."""
        name = self._compared_with()
        rival = self.rivals[name] if name else _Rival(self.tree)
        return QueryTrial(
            query=self.query,
            length=len(self.text),
            longest=self.longest,
            posts=self.counts["posts"].total(),
            without_text=self.without_text,
            caught=self.counts["caught"].total(),
            only_this=self.counts["only_this"].total(),
            compared_with=name,
            lost=rival.lost.total(),
            not_compared=self.not_compared,
            weeks=tuple(self._weeks(rival)),
            examples_only_this=tuple(self.examples),
            examples_lost=tuple(rival.examples),
        )

    def _compared_with(self) -> str | None:
        if self.instead_of is not None or not self.compares:
            return self.instead_of
        best = max(self.rivals, key=lambda name: self.rivals[name].shared, default=None)
        return best if best is not None and self.rivals[best].shared else None

    def _weeks(self, rival: _Rival) -> Iterator[WeekCounts]:
        for place in sorted(self.counts["posts"]):
            yield WeekCounts(
                *place,
                posts=self.counts["posts"][place],
                caught=self.counts["caught"][place],
                only_this=self.counts["only_this"][place],
                lost=rival.lost[place],
            )


def _bench(watchlist: Watchlist, query: str, instead_of: str | None) -> _Bench:
    known = {one.query_id: one for one in watchlist.x_queries}
    others = {name: parse_query(one.text) for name, one in known.items() if name != query}
    rivals = {name: _Rival(tree) for name, tree in others.items() if not unanswerable(tree)}
    if instead_of is not None and instead_of not in rivals:
        raise UsageError(
            f"{instead_of!r} is no query to compare with; write one of {', '.join(rivals)}"
        )
    text = known[query].text if query in known else query
    return _Bench(
        query=query,
        text=text,
        tree=_testable(text),
        longest=QUERY_LIMITS[watchlist.x_tier]["recent"],
        rivals=rivals,
        not_compared=tuple(name for name in others if name not in rivals),
        instead_of=instead_of,
        compares=query not in known,
    )


def _testable(text: str) -> Node:
    try:
        tree = parse_query(text)
    except QueryError as error:
        raise UsageError(f"X would refuse this query: {error}") from error
    if conditions := unanswerable(tree):
        raise UsageError(
            f"{', '.join(conditions)} cannot be tested: stored posts do not tell it; "
            "take it out of the query for the test"
        )
    return tree


def _posts(session: Session, since: datetime | None, until: datetime | None) -> Iterable[Post]:
    wanted = select(Post).order_by(col(Post.created_at), col(Post.id))
    if since is not None:
        wanted = wanted.where(col(Post.created_at) >= since)
    if until is not None:
        wanted = wanted.where(col(Post.created_at) < until)
    return session.exec(wanted.execution_options(yield_per=ROWS_AT_A_TIME))


def _week_of(moment: datetime) -> str:
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02d}"


def _example(one: Example) -> str:
    return f"{one.post_id}  {one.week}  {one.platform}  {', '.join(one.because)}"


def _week(one: WeekCounts) -> str:
    return (
        f"{one.week}  {one.platform:<8}  {one.caught} of {one.posts}"
        f"  only this {one.only_this}  lost {one.lost}"
    )

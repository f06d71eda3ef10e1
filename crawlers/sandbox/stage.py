"""The state of running stand-ins: the clock, planned faults, what was asked and sent."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from crawlers.sandbox.elements import Author, Organisation, Post, Spell, World
from crawlers.sandbox.faults import Faults
from crawlers.sandbox.x_limits import Meter


@dataclass
class Job:
    """A compliance job of X: the ids that were uploaded, and how far it has come."""

    job_id: str
    kind: str  # tweets, users
    created_at: datetime
    name: str | None = None
    resumable: bool = False
    status: str = "created"
    ids: tuple[str, ...] | None = None  # None until something was uploaded
    polls: int = 0


@dataclass
class Switches:
    """How the stand-ins behave; everything is off at first."""

    legacy_only: bool = False  # 400 to requests in the newer vocabulary
    post_only: bool = False  # 400 to requests in the older vocabulary
    answers_in_legacy: bool = False  # the older vocabulary, whatever was asked in
    enterprise: bool = False  # queries up to 4,096 characters
    enforce_limits: bool = False  # 429 when the requests of a window are used up
    limits: dict[str, int] = field(default_factory=dict)  # by path template, instead of X's
    rate_window: float = 900.0  # seconds
    timeline_depth: int = 3200
    jobs_end: str = "complete"  # or failed, expired
    polls_in_progress: int = 1  # how often a job says that it is in progress
    app_usage: int | None = None  # percent in X-App-Usage
    business_usage: int | None = None  # percent in X-Business-Use-Case-Usage
    minutes_to_regain: int = 0
    capped_feed: bool = False  # a page's feed shows only the highest ranked posts of a year
    feed_posts_a_year: int = 600
    time_paging: bool = False  # feeds are paged by since and until instead of cursors
    feed_length: int = 10  # items in the media site's feed
    claims_more: int = 0  # comments that a post claims and nobody serves
    skew: timedelta = timedelta(0)  # how far the servers' clock is off


class Stage(Switches):
    """One world on show.

    The clock of the story moves only when `now` is set; the Date header and the checks of times
    follow it. Rate limits run by the wall clock, because that is what a client waits by.
    """

    def __init__(self, world: World, now: datetime, page_size_cap: int | None = None) -> None:
        super().__init__()
        self.world = world
        self.now = now
        self.page_size_cap = page_size_cap
        self.x_token = f"sandbox-x-{world.seed}"
        self.facebook_token = f"sandbox-facebook-{world.seed}"
        self.wall: Callable[[], float] = time.time
        self.faults = Faults()
        self.meters: dict[str, Meter] = {}
        self.jobs: list[Job] = []
        self.billed_posts: dict[date, set[str]] = {}
        self.billed_users: dict[date, set[str]] = {}
        self.requests: list[str] = []
        self.bytes_sent = 0
        self.on_bytes: Callable[[int], None] | None = None
        self._pages = {page.platform_id: page for page in world.pages}
        self._facebook = {post.platform_id: post for post in world.facebook_posts}
        self._comments = {one.platform_id: one for one in world.facebook_comments}
        self._on_x = {
            platform_id: one
            for one in (*world.x_posts, *world.x_echoes)
            for platform_id in (one.platform_id, one.latest_id)
            if platform_id
        }
        self._accounts = {
            one.author.platform_id: one.author for one in (*world.x_posts, *world.x_echoes)
        } | {one.platform_id: one for one in world.accounts}
        self._below: dict[str, list[Post]] = {}
        for one in (*world.facebook_comments, *world.x_posts):
            for above in {one.parent_id, one.root_id} - {None, one.platform_id}:
                self._below.setdefault(above or "", []).append(one)

    def capped(self, size: int) -> int:
        """A page size under the cap of these stand-ins."""
        return min(size, self.page_size_cap or size)

    def page(self, page_id: str) -> Organisation | None:
        """A Facebook page by id."""
        return self._pages.get(page_id)

    def facebook_post(self, post_id: str) -> Post | None:
        """A visible Facebook post by id."""
        return self._seen(self._facebook.get(post_id))

    def comment(self, comment_id: str) -> Post | None:
        """A visible Facebook comment by id."""
        return self._seen(self._comments.get(comment_id))

    def posts_of(self, page_id: str) -> list[Post]:
        """Visible posts of a page, newest first."""
        posts = (one for one in self.world.facebook_posts if one.page_id == page_id)
        return [one for one in posts if one.is_visible(self.now)][::-1]

    def photo_posts(self) -> list[Post]:
        """Visible Facebook posts with photos."""
        posts = self.world.facebook_posts
        return [one for one in posts if one.media == "photo" and one.is_visible(self.now)]

    def below(self, post_id: str) -> list[Post]:
        """Visible comments or replies under a post, or answers to a comment, oldest first."""
        return [one for one in self._below.get(post_id, []) if self._is_open(one)]

    def x_posts(self) -> list[Post]:
        """Visible X posts without reposts, newest version of each, newest id first."""
        asides = [one for one in self.world.x_echoes if one.kind != "repost"]
        return self._newest_first([*self.world.x_posts, *asides])

    def x_everything(self) -> list[Post]:
        """Visible X posts with quotes and reposts that no query finds, newest id first."""
        return self._newest_first([*self.world.x_posts, *self.world.x_echoes])

    def x_post(self, platform_id: str) -> Post | None:
        """An X post by any of its ids, visible or not."""
        return self._on_x.get(platform_id)

    def x_account(self, account_id: str) -> Author | None:
        """An account on X by id, open or not."""
        return self._accounts.get(account_id)

    def x_account_named(self, handle: str) -> Author | None:
        """An account on X by its handle, open or not."""
        wanted = handle.casefold()
        found = (one for one in self._accounts.values() if one.handle.casefold() == wanted)
        return next(found, None)

    def spell_of(self, account_id: str) -> Spell | None:
        """Why an account on X is closed now, if it is."""
        spells = self.world.x_spells
        return next((one for one in spells if one.holds(account_id, self.now)), None)

    def x_state(self, post: Post) -> str:
        """How a post on X stands now: visible, protected, suspended, gone (or not yet there)."""
        if not post.is_visible(self.now):
            return "gone"
        spell = self.spell_of(post.author.platform_id)
        if spell is not None:
            return spell.state
        original = self._on_x.get(post.reposted_id or "")
        return "visible" if original is None else self.x_state(original)

    def switch(self, asked: Mapping[str, object]) -> None:
        """Set switches by name; ValueError for one that does not exist; `skew` in seconds."""
        known = {one.name for one in fields(Switches)}
        if not isinstance(asked, Mapping):
            raise TypeError("switches are set by name")
        if unknown := sorted(set(asked) - known):
            raise ValueError(f"no switch {unknown[0]}")
        for name, value in asked.items():
            if name == "skew":
                self.skew = timedelta(seconds=float(str(value)))
            else:
                setattr(self, name, value)

    def switched(self) -> dict[str, object]:
        """The switches by name, times in seconds."""
        values = {one.name: getattr(self, one.name) for one in fields(Switches)}
        return values | {"skew": self.skew.total_seconds()}

    @property
    def server_time(self) -> datetime:
        """What the servers believe the time to be."""
        return self.now + self.skew

    def bill(self, posts: Iterable[str], users: Iterable[str] = ()) -> None:
        """Count reads as X bills them: each post and user once in a UTC day."""
        self.billed_posts.setdefault(self.now.date(), set()).update(posts)
        self.billed_users.setdefault(self.now.date(), set()).update(users)

    def note_request(self, path: str, query: str) -> None:
        """Remember what was asked, without its token."""
        kept = [pair for pair in parse_qsl(query) if pair[0] != "access_token"]
        self.requests.append(f"{path}?{urlencode(kept)}" if kept else path)

    def note_bytes(self, count: int) -> None:
        """Count body bytes that left, and tell whoever listens."""
        self.bytes_sent += count
        if self.on_bytes is not None:
            self.on_bytes(self.bytes_sent)

    def _seen(self, post: Post | None) -> Post | None:
        return post if post is not None and post.is_visible(self.now) else None

    def _is_open(self, post: Post) -> bool:
        return (
            self.x_state(post) == "visible" if post.platform == "x" else post.is_visible(self.now)
        )

    def _newest_first(self, posts: Iterable[Post]) -> list[Post]:
        seen = [one for one in posts if self._is_open(one)]
        return sorted(seen, key=lambda one: int(one.id_at(self.now)), reverse=True)

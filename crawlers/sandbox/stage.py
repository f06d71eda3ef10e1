"""The state of running stand-ins: the clock, planned faults, what was asked and sent."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from crawlers.sandbox.elements import Organisation, Post, World


@dataclass(frozen=True)
class Fault:
    """An answer given instead of the real one, `times` times, to requests whose path fits.

    `kind` tells answers of one status apart: `usage-capped` for X, a Graph error `code` for
    Facebook. `reset_in` is the number of seconds until a rate limit resets.
    """

    status: int
    times: int = 1
    kind: str | None = None
    code: int | None = None
    reset_in: int = 2
    path: str = "/"


@dataclass
class Faults:
    """The faults still to come, first in first out."""

    waiting: list[Fault] = field(default_factory=list)

    def next(
        self,
        *,
        status: int,
        times: int = 1,
        kind: str | None = None,
        code: int | None = None,
        reset_in: int = 2,
        path: str = "/",
    ) -> None:
        """Answer the next requests whose path holds `path` with a fault."""
        self.waiting.append(Fault(status, times, kind, code, reset_in, path))

    def take(self, path: str) -> Fault | None:
        """The fault that a request meets, if one waits for it."""
        for place, fault in enumerate(self.waiting):
            if fault.path in path:
                rest = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                self.waiting[place : place + 1] = rest
                return fault
        return None


class Stage:
    """One world on show. The clock moves only when `now` is set."""

    def __init__(self, world: World, now: datetime, page_size_cap: int | None = None) -> None:
        self.world = world
        self.now = now
        self.page_size_cap = page_size_cap
        self.x_token = f"sandbox-x-{world.seed}"
        self.facebook_token = f"sandbox-facebook-{world.seed}"
        self.faults = Faults()
        self.requests: list[str] = []
        self.bytes_sent = 0
        self.on_bytes: Callable[[int], None] | None = None
        self._pages = {page.platform_id: page for page in world.pages}
        self._facebook = {post.platform_id: post for post in world.facebook_posts}
        self._comments = {one.platform_id: one for one in world.facebook_comments}
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

    def below(self, post_id: str) -> list[Post]:
        """Visible comments or replies under a post, or answers to a comment, oldest first."""
        return [one for one in self._below.get(post_id, []) if one.is_visible(self.now)]

    def x_posts(self) -> list[Post]:
        """Visible X posts, newest version of each, newest id first."""
        posts = [one for one in self.world.x_posts if one.is_visible(self.now)]
        return sorted(posts, key=lambda one: int(one.id_at(self.now)), reverse=True)

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

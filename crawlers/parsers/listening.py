"""Exports of listening services (Brandwatch, Talkwalker, Meltwater): posts and articles in one.

A row is a post of X or Facebook by its address or its columns, else an article of a web site.
Times are in the zone of the service's account, which no file tells. X posts without their text
(the services may not give it) are refused, to be fetched from X by id.
"""

from dataclasses import dataclass
from typing import Final

from crawlers.parsers.addresses import (
    facebook_place,
    facebook_post_id,
    platform_of,
    web_id,
    x_post_id,
)
from crawlers.parsers.items import EngagementItem, Kind, Platform, PostItem
from crawlers.parsers.records import RecordError
from crawlers.parsers.tables import (
    Cells,
    TableContext,
    TableFormat,
    known_or_none,
    required_moment,
    required_text,
    telling_names,
)

LONGEST_LANGUAGE_CODE: Final = 8
X_WORDS: Final = ("twitter", "x.com")
OTHER_NETWORKS: Final = ("instagram", "tiktok", "youtube", "reddit", "linkedin", "bluesky")


@dataclass(frozen=True)
class Vendor:
    """Which columns of one service hold what; the first that is filled counts."""

    address: tuple[str, ...]
    time: tuple[str, ...]
    network: tuple[str, ...]
    post_text: tuple[str, ...]
    excerpt: tuple[str, ...]  # a cut text, or that of an article
    title: tuple[str, ...]
    x_id: tuple[str, ...]
    account: tuple[str, ...]
    handle: tuple[str, ...]
    name: tuple[str, ...]
    language: tuple[str, ...]
    likes: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    clock: tuple[str, ...] = ()  # the time of day, where the date stands alone

    def read(self, cells: Cells, context: TableContext) -> PostItem:
        """One row as a post or an article."""
        platform = self._platform(cells)
        text = cells.text(*self.post_text)
        excerpt = text or cells.text(*self.excerpt)
        title = cells.text(*self.title) if platform == "web" or excerpt is None else None
        language = cells.text(*self.language)
        post_id, page = self._ids(cells, platform)
        return PostItem(
            platform=platform,
            platform_id=post_id,
            kind=_kind(excerpt, platform),
            created_at=required_moment(self._time(cells), context),
            text=required_text("\n".join(filter(None, (title, excerpt))) or None),
            account_id=cells.id(*self.account) if platform != "web" else None,
            root_platform_id=post_id if platform == "facebook" else None,
            venue_platform_id=page,
            language=language if language and len(language) <= LONGEST_LANGUAGE_CODE else None,
            engagement=known_or_none(
                EngagementItem(
                    likes=cells.count(*self.likes),
                    comments=cells.count(*self.comments),
                    shares=cells.count(*self.shares),
                )
            ),
            private_names=telling_names(cells.text(*self.handle), cells.text(*self.name)),
            truncated=text is None or text.endswith(("...", "…")),
        )

    def _platform(self, cells: Cells) -> Platform:
        address = cells.text(*self.address)
        told = platform_of(address)
        network = (cells.text(*self.network) or "").casefold()
        if told == "x" or cells.text(*self.x_id) or any(word in network for word in X_WORDS):
            return "x"
        if told == "facebook" or "facebook" in network:
            return "facebook"
        if any(word in network or word in (address or "") for word in OTHER_NETWORKS):
            raise RecordError("unknown_platform", "the platform is neither facebook, x nor web")
        return "web"

    def _ids(self, cells: Cells, platform: Platform) -> tuple[str, str | None]:
        """The id of the post or article, and the Facebook page it stands on."""
        address = cells.text(*self.address)
        page, post = facebook_place(address)
        found = {
            "x": cells.id(*self.x_id) or x_post_id(address),
            "facebook": facebook_post_id(page, post),
            "web": web_id(address),
        }[platform]
        if found is None:
            raise RecordError("missing_id", "neither a column nor the address tells the id")
        return found, page if platform == "facebook" else None

    def _time(self, cells: Cells) -> str | None:
        day, clock = cells.text(*self.time), cells.text(*self.clock)
        return f"{day} {clock}" if day and clock and ":" not in day else day


def _kind(text: str | None, platform: Platform) -> Kind:
    return "repost" if platform == "x" and (text or "").startswith("RT @") else "post"


MELTWATER: Final = TableFormat(
    "meltwater",
    "mixed",
    frozenset({"date", "url", "hit sentence"}),
    Vendor(
        address=("url",),
        time=("date",),
        clock=("time",),
        network=("source",),
        post_text=(),
        excerpt=("hit sentence", "opening text"),
        title=("headline",),
        x_id=("tweet id",),
        account=("twitter id",),
        handle=("twitter screen name",),
        name=("influencer",),
        language=("language",),
    ).read,
)
BRANDWATCH: Final = TableFormat(
    "brandwatch",
    "mixed",
    frozenset({"date", "url", "page type"}),
    Vendor(
        address=("url", "original url"),
        time=("date",),
        network=("page type", "domain"),
        post_text=("full text",),
        excerpt=("snippet",),
        title=("title",),
        x_id=(),
        account=("x author id", "twitter author id", "facebook author id"),
        handle=("author",),
        name=("full name",),
        language=("language",),
        likes=("facebook likes", "x likes", "twitter likes", "likes"),
        comments=("facebook comments", "x reply count", "twitter reply count", "comments"),
        shares=("facebook shares", "x reposts", "twitter retweets", "shares"),
    ).read,
    one_of=frozenset({"query id", "query name", "snippet", "full text"}),
)
TALKWALKER: Final = TableFormat(
    "talkwalker",
    "mixed",
    frozenset({"url", "published", "content", "source_type"}),
    Vendor(
        address=("url",),
        time=("published",),
        network=("source_type",),
        post_text=("content",),
        excerpt=("title",),
        title=("title",),
        x_id=(),
        account=("extra_author_attributes.id",),
        handle=("extra_author_attributes.short_name",),
        name=("extra_author_attributes.name",),
        language=("lang",),
    ).read,
)

"""What is watched: X queries, Facebook pages, media feeds, and the page register."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Final

from config.agencies import Agency, load_agencies
from config.loading import Section, Value, content_version, read_yaml, refuse_repeats
from config.media_feeds import FEED_KEYS, MediaFeed, read_feed
from config.page_register import (
    ACCOUNT_KEYS,
    PAGE_KEYS,
    FacebookPage,
    PageRegister,
    RegisteredAccount,
    as_account,
    read_account,
    read_page,
    refuse_two_at_once,
)
from config.queries.watched import (
    QUERY_KEYS,
    QUERY_LIMITS,
    Endpoint,
    QueryPart,
    Tier,
    XQuery,
    read_query,
    read_shared,
)
from config.queries.wording import version_of
from config.settings import CONFIG_DIR

__all__ = [
    "FacebookPage",
    "QueryPart",
    "RegisteredAccount",
    "Watchlist",
    "XQuery",
    "load_watchlist",
]

_HANDLE: Final = re.compile(r"@?[A-Za-z0-9_.]{1,50}")

_TOP_KEYS: Final = (
    "anchors",
    "stems",
    "x_queries",
    "facebook_pages",
    "media_feeds",
    "registered_accounts",
    "allowed_handles",
)


@dataclass(frozen=True)
class Watchlist:
    """A watchlist in force; `version` changes with its file and with the wording of its queries.

    `allowed_handles` holds, casefolded and without @, the handles and names that need not be
    masked in a text: of the register's organisations and of every agency. `x_tier` is the access
    that limits how long a query may be.
    """

    version: str
    x_queries: tuple[XQuery, ...]
    facebook_pages: tuple[FacebookPage, ...]
    registered_accounts: tuple[RegisteredAccount, ...]
    allowed_handles: frozenset[str]
    x_tier: Tier = "self_serve"
    media_feeds: tuple[MediaFeed, ...] = ()

    @cached_property
    def register(self) -> PageRegister:
        """The page register: the crawled pages and feeds, and the other accounts."""
        pages = (as_account(page) for page in self.facebook_pages)
        feeds = (feed.as_account() for feed in self.media_feeds)
        return PageRegister((*pages, *feeds, *self.registered_accounts))

    def register_entry(
        self, platform: str, platform_id: str | None, at: date | datetime | None = None
    ) -> RegisteredAccount | None:
        """What the register says of an account on a day, or last; None when it says nothing."""
        return self.register.entry(platform, platform_id, at)

    def source_type_of(
        self, platform: str, platform_id: str | None, at: date | datetime | None = None
    ) -> str | None:
        """The type of a registered account on a day, or its last; None when not registered."""
        entry = self.register_entry(platform, platform_id, at)
        return entry.source_type if entry else None

    def x_parts(self, endpoint: Endpoint = "recent") -> tuple[QueryPart, ...]:
        """The queries as X is asked them at an endpoint, each within its length."""
        limit = QUERY_LIMITS[self.x_tier][endpoint]
        return tuple(part for query in self.x_queries for part in query.parts(limit))

    def x_query(self, query_id: str) -> XQuery:
        """The query of an id; KeyError when the watchlist has no such query."""
        return self._queries[query_id]

    def x_part(self, part_id: str, endpoint: Endpoint = "recent") -> QueryPart:
        """The part of an id; KeyError when the watchlist asks no such part."""
        return self._parts[endpoint, part_id]

    @cached_property
    def _queries(self) -> dict[str, XQuery]:
        return {query.query_id: query for query in self.x_queries}

    @cached_property
    def _parts(self) -> dict[tuple[str, str], QueryPart]:
        limits = QUERY_LIMITS[self.x_tier]
        return {(end, part.part_id): part for end in limits for part in self.x_parts(end)}


def load_watchlist(
    path: Path = CONFIG_DIR / "watchlist.yaml", *, x_tier: Tier = "self_serve"
) -> Watchlist:
    """The watchlist of a file; agency ids must be those of config/agencies.csv."""
    top = read_yaml(path, _TOP_KEYS)
    agencies = load_agencies()
    shared = read_shared(top, agencies)
    limit = QUERY_LIMITS[x_tier]["recent"]
    queries = top.sections("x_queries", QUERY_KEYS)
    refuse_repeats(query.value("query_id") for query in queries)
    pages, accounts = _register(top, frozenset(agency.agency_id for agency in agencies))
    feeds = tuple(read_feed(entry) for entry in top.sections("media_feeds", FEED_KEYS))
    names = [
        *(feed.name for feed in feeds),
        *(page.name for page in pages),
        *(account.name for account in accounts),
    ]
    read = tuple(read_query(query, shared, limit) for query in queries)
    return Watchlist(
        # The wording of a built query comes from the agencies' spellings too.
        version=version_of(" ".join([content_version(path), *(query.version for query in read)])),
        x_queries=read,
        facebook_pages=pages,
        registered_accounts=accounts,
        allowed_handles=_handles(top.values("allowed_handles"))
        | _readable([*filter(None, names), *_names_of(agencies)]),
        x_tier=x_tier,
        media_feeds=feeds,
    )


def _register(
    top: Section, agencies: frozenset[str]
) -> tuple[tuple[FacebookPage, ...], tuple[RegisteredAccount, ...]]:
    pages = [
        (read_page(entry, agencies), entry) for entry in top.sections("facebook_pages", PAGE_KEYS)
    ]
    accounts = [
        (read_account(entry, agencies), entry)
        for entry in top.sections("registered_accounts", ACCOUNT_KEYS)
    ]
    refuse_repeats(section.value("page_id") for _, section in pages)
    crawled = [(as_account(page), section) for page, section in pages]
    crawled += [
        (read_feed(entry).as_account(), entry) for entry in top.sections("media_feeds", FEED_KEYS)
    ]
    refuse_two_at_once(
        (account, section.value("register_id")) for account, section in (*crawled, *accounts)
    )
    return tuple(page for page, _ in pages), tuple(account for account, _ in accounts)


def _names_of(agencies: Iterable[Agency]) -> Iterable[str]:
    for agency in agencies:
        yield agency.name
        yield from (spelling.text for spelling in agency.spellings)


def _readable(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.removeprefix("@").casefold() for name in names)


def _handles(values: Iterable[Value]) -> frozenset[str]:
    handles = list(values)
    for value in handles:
        if not _HANDLE.fullmatch(value.text):
            raise value.error(
                f"{value.text!r} is no handle", "write letters, digits and underscores only"
            )
    return _readable(value.text for value in handles)

"""What is watched: X queries, Facebook pages, and the register of organisations' accounts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from config.agencies import load_agencies
from config.loading import Section, Value, content_version, read_yaml, refuse_repeats
from config.settings import CONFIG_DIR
from config.vocabulary import PLATFORMS, SOURCE_TYPES

X_QUERY_LIMIT: Final = 512  # characters, self-serve tier
PAGE_LANGUAGES: Final = ("fr", "en", "bm", "ff", "ses", "taq", "ar")
FOLLOWERS_BANDS: Final = ("<1k", "1k-10k", "10k-100k", "100k-1M", ">1M")
# A register of named persons would be a watch list of people: individuals are never listed.
ORGANISATION_TYPES: Final = tuple(name for name in SOURCE_TYPES if name != "individual")

_HANDLE: Final = re.compile(r"@?[A-Za-z0-9_.]{1,50}")
_FACEBOOK_ID: Final = re.compile(r"\d{5,20}")
_X_ID: Final = re.compile(r"\d{1,19}")

_TOP_KEYS: Final = ("x_queries", "facebook_pages", "registered_accounts", "allowed_handles")
_QUERY_KEYS: Final = ("query_id", "text", "reason", "since_version")
_REGISTER_KEYS: Final = ("register_id", "name", "source_type", "agency_id")
_PAGE_KEYS: Final = ("page_id", *_REGISTER_KEYS, "language", "followers_band")
_ACCOUNT_KEYS: Final = ("platform", "platform_id", *_REGISTER_KEYS)


@dataclass(frozen=True)
class XQuery:
    """One recent-search query; `since_version` is the day this wording came into force."""

    query_id: str
    text: str
    reason: str
    since_version: str


@dataclass(frozen=True)
class FacebookPage:
    """One public page that is crawled, and what the page register says of it."""

    page_id: str
    register_id: str
    name: str
    source_type: str
    agency_id: str | None
    language: str
    followers_band: str | None


@dataclass(frozen=True)
class RegisteredAccount:
    """One organisation's account on a platform, by the page register."""

    platform: str
    platform_id: str
    register_id: str
    name: str
    source_type: str
    agency_id: str | None


@dataclass(frozen=True)
class Watchlist:
    """A watchlist in force; `version` changes with every change of its file.

    `allowed_handles` holds, casefolded and without @, the handles and names that need not be
    masked in a text: of the register's organisations and of every agency.
    """

    version: str
    x_queries: tuple[XQuery, ...]
    facebook_pages: tuple[FacebookPage, ...]
    registered_accounts: tuple[RegisteredAccount, ...]
    allowed_handles: frozenset[str]

    def register_entry(self, platform: str, platform_id: str | None) -> RegisteredAccount | None:
        """The organisation behind an account or page, or None when it is not registered."""
        return None if platform_id is None else self._register.get((platform, platform_id))

    def source_type_of(self, platform: str, platform_id: str | None) -> str | None:
        """The type of a registered account or page, or None when it is not registered."""
        entry = self.register_entry(platform, platform_id)
        return entry.source_type if entry else None

    @cached_property
    def _register(self) -> dict[tuple[str, str], RegisteredAccount]:
        pages = (_as_account(page) for page in self.facebook_pages)
        return {(a.platform, a.platform_id): a for a in (*pages, *self.registered_accounts)}


def load_watchlist(path: Path = CONFIG_DIR / "watchlist.yaml") -> Watchlist:
    """The watchlist of a file; agency ids must be those of config/agencies.csv."""
    top = read_yaml(path, _TOP_KEYS)
    queries = top.sections("x_queries", _QUERY_KEYS)
    pages = top.sections("facebook_pages", _PAGE_KEYS)
    accounts = top.sections("registered_accounts", _ACCOUNT_KEYS)
    refuse_repeats(query.value("query_id") for query in queries)
    refuse_repeats(entry.value("register_id") for entry in (*pages, *accounts))
    refuse_repeats([*_ids(pages, "page_id"), *_ids(accounts, "platform_id", "facebook")])
    refuse_repeats(_ids(accounts, "platform_id", "x"))
    registered = load_agencies()
    agencies = frozenset(agency.agency_id for agency in registered)
    names = [entry.text("name") for entry in (*pages, *accounts)]
    for agency in registered:
        names += [agency.name, *(spelling.text for spelling in agency.spellings)]
    return Watchlist(
        version=content_version(path),
        x_queries=tuple(_query(query) for query in queries),
        facebook_pages=tuple(_page(page, agencies) for page in pages),
        registered_accounts=tuple(_account(account, agencies) for account in accounts),
        allowed_handles=_handles(top.values("allowed_handles"))
        | frozenset(name.removeprefix("@").casefold() for name in names),
    )


def _ids(entries: Iterable[Section], key: str, platform: str | None = None) -> list[Value]:
    return [
        entry.value(key)
        for entry in entries
        if platform is None or entry.text("platform") == platform
    ]


def _handles(values: Iterable[Value]) -> frozenset[str]:
    for value in values:
        if not _HANDLE.fullmatch(value.text):
            raise value.error(
                f"{value.text!r} is no handle", "write letters, digits and underscores only"
            )
    return frozenset(value.text.removeprefix("@").casefold() for value in values)


def _query(section: Section) -> XQuery:
    value = section.value("text")
    text = section.text("text")
    check_x_query(Value(text, value.path, value.line, value.name))
    return XQuery(
        query_id=section.text("query_id"),
        text=text,
        reason=section.text("reason"),
        since_version=section.value("since_version").day(),
    )


def _page(section: Section, agencies: frozenset[str]) -> FacebookPage:
    followers = section.optional("followers_band")
    return FacebookPage(
        page_id=_platform_id(section.value("page_id"), _FACEBOOK_ID),
        register_id=section.text("register_id"),
        name=section.text("name"),
        source_type=section.value("source_type").choice(ORGANISATION_TYPES),
        agency_id=_agency_id(section, agencies),
        language=section.value("language").choice(PAGE_LANGUAGES),
        followers_band=followers.choice(FOLLOWERS_BANDS) if followers else None,
    )


def _account(section: Section, agencies: frozenset[str]) -> RegisteredAccount:
    platform = section.value("platform").choice(PLATFORMS)
    pattern = _X_ID if platform == "x" else _FACEBOOK_ID
    return RegisteredAccount(
        platform=platform,
        platform_id=_platform_id(section.value("platform_id"), pattern),
        register_id=section.text("register_id"),
        name=section.text("name"),
        source_type=section.value("source_type").choice(ORGANISATION_TYPES),
        agency_id=_agency_id(section, agencies),
    )


def _as_account(page: FacebookPage) -> RegisteredAccount:
    return RegisteredAccount(
        platform="facebook",
        platform_id=page.page_id,
        register_id=page.register_id,
        name=page.name,
        source_type=page.source_type,
        agency_id=page.agency_id,
    )


def _agency_id(section: Section, agencies: frozenset[str]) -> str | None:
    value = section.optional("agency_id")
    return value.choice(agencies) if value else None


def _platform_id(value: Value, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(value.text):
        raise value.error(
            f"{value.name} is {value.text!r}", "write the numeric id, not the name or address"
        )
    return value.text


def check_x_query(value: Value) -> None:
    """ConfigError unless X's recent search would take the query (checked without asking X)."""
    text = value.text
    if len(text) > X_QUERY_LIMIT:
        raise value.error(
            f"the query has {len(text)} characters, X takes {X_QUERY_LIMIT}",
            "split it into two queries",
        )
    if text.count('"') % 2:
        raise value.error("a double quote is not closed", 'write phrases as "two words"')
    # Phrases may hold any character; from here on only the operators matter.
    operators = re.sub(r'"[^"]*"', "phrase", text)
    if not _balanced(operators):
        raise value.error("the parentheses do not match", "close each `(` once")
    if re.search(r"-\s*\(", operators):
        raise value.error("a group is negated", "negate each word: -a -b instead of -(a OR b)")
    if re.search(r"\b(?:or|and|AND|Or|And)\b", operators):
        raise value.error("a lower-case `or`, or an `and`", "write OR; a space means and")
    if not _has_positive_term(operators):
        raise value.error("nothing to look for", "add a word that is not negated")


def _balanced(operators: str) -> bool:
    depth = 0
    for mark in operators:
        depth += {"(": 1, ")": -1}.get(mark, 0)
        if depth < 0:
            return False
    return depth == 0


def _has_positive_term(operators: str) -> bool:
    terms = re.sub(r"[()]", " ", operators).split()
    needs_company = ("-", "is:", "has:", "lang:")
    return any(term != "OR" and not term.startswith(needs_company) for term in terms)

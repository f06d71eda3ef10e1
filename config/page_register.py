"""The page register: organisations' pages and accounts, what each is, and since when.

A source's type is set from it before pseudonymisation. The page of a person, listed as such,
carries a type and a number only.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Final

from config.loading import Section, Value
from config.vocabulary import PLATFORMS, SOURCE_TYPES

PAGE_LANGUAGES: Final = ("fr", "en", "bm", "ff", "ses", "taq", "ar")
FOLLOWERS_BANDS: Final = ("<1k", "1k-10k", "10k-100k", "100k-1M", ">1M")
# A register of named persons would be a watch list of people: no entry has this type.
REGISTER_TYPES: Final = tuple(name for name in SOURCE_TYPES if name != "individual")
PERSONAL_TYPE: Final = "activist"

PAGE_KEYS: Final = (
    "page_id",
    "register_id",
    "name",
    "source_type",
    "agency_id",
    "language",
    "followers_band",
    "since",
    "until",
    "individual",
)
ACCOUNT_KEYS: Final = ("platform", "platform_id", *PAGE_KEYS[1:])

_FACEBOOK_ID: Final = re.compile(r"\d{5,20}")
_X_ID: Final = re.compile(r"\d{1,19}")
# A name hidden in the id would reach figures and exports.
_PERSONAL_ID: Final = re.compile(r"activist-\d{1,6}")


@dataclass(frozen=True)
class FacebookPage:
    """One public page that is crawled, and what the page register says of it."""

    page_id: str
    register_id: str
    name: str | None  # None: the page of a person
    source_type: str
    agency_id: str | None
    language: str
    followers_band: str | None
    since: str | None = None
    until: str | None = None
    minimum_weekly: int | None = None  # fewer posts and comments raise an operations alert


@dataclass(frozen=True)
class RegisteredAccount:
    """What the register says of one account or page from a day to another; None: no end."""

    platform: str
    platform_id: str
    register_id: str
    name: str | None  # None: the page of a person
    source_type: str
    agency_id: str | None
    language: str | None = None
    followers_band: str | None = None
    since: str | None = None
    until: str | None = None  # the first day on which it holds no more

    def holds_on(self, day: date) -> bool:
        """Whether the entry speaks of this day."""
        asked = day.isoformat()
        return (self.since or "") <= asked and (self.until is None or asked < self.until)


@dataclass(frozen=True)
class PageRegister:
    """All entries; an account may have several, one after the other."""

    entries: tuple[RegisteredAccount, ...]

    @cached_property
    def version(self) -> str:
        """First 12 hex digits of the SHA-256 of all entries, whatever their order."""
        lines = sorted(json.dumps(asdict(entry), sort_keys=True) for entry in self.entries)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]

    def entry(
        self, platform: str, platform_id: str | None, at: date | datetime | None = None
    ) -> RegisteredAccount | None:
        """The entry of an account on a day, or its last one when no day is given."""
        known = self._of_account.get((platform, platform_id or ""))
        if known is None:
            return None
        if at is not None:
            day = at.date() if isinstance(at, datetime) else at
            known = [entry for entry in known if entry.holds_on(day)]
        return known[-1] if known else None

    @cached_property
    def _of_account(self) -> Mapping[tuple[str, str], Sequence[RegisteredAccount]]:
        found: dict[tuple[str, str], list[RegisteredAccount]] = {}
        for entry in sorted(self.entries, key=lambda entry: entry.since or ""):
            found.setdefault((entry.platform, entry.platform_id), []).append(entry)
        return found


def read_page(section: Section, agencies: frozenset[str]) -> FacebookPage:
    """A page to crawl, with its entry in the register."""
    value = section.value("page_id")
    entry = _entry(section, "facebook", _platform_id(value, _FACEBOOK_ID), agencies)
    return FacebookPage(
        page_id=entry.platform_id,
        register_id=entry.register_id,
        name=entry.name,
        source_type=entry.source_type,
        agency_id=entry.agency_id,
        language=section.value("language").choice(PAGE_LANGUAGES),
        followers_band=entry.followers_band,
        since=entry.since,
        until=entry.until,
        minimum_weekly=section.whole_or_none("minimum_weekly", at_least=1),
    )


def read_account(section: Section, agencies: frozenset[str]) -> RegisteredAccount:
    """An entry for an account that is not crawled, or for an earlier time of one that is."""
    platform = section.value("platform").choice(PLATFORMS)
    pattern = _X_ID if platform == "x" else _FACEBOOK_ID
    return _entry(section, platform, _platform_id(section.value("platform_id"), pattern), agencies)


def as_account(page: FacebookPage) -> RegisteredAccount:
    """The register's entry of a crawled page."""
    return RegisteredAccount(
        platform="facebook",
        platform_id=page.page_id,
        register_id=page.register_id,
        name=page.name,
        source_type=page.source_type,
        agency_id=page.agency_id,
        language=page.language,
        followers_band=page.followers_band,
        since=page.since,
        until=page.until,
    )


def refuse_two_at_once(entries: Iterable[tuple[RegisteredAccount, Value]]) -> None:
    """ConfigError where two entries speak of one account on one day, or share an id otherwise."""
    met: list[tuple[RegisteredAccount, Value]] = []
    for entry, place in entries:
        for other, earlier in met:
            _check_pair(entry, place, other, earlier.line)
        met.append((entry, place))


def _check_pair(
    entry: RegisteredAccount, place: Value, other: RegisteredAccount, line: int
) -> None:
    same = (entry.platform, entry.platform_id) == (other.platform, other.platform_id)
    if entry.register_id == other.register_id and not same:
        raise place.error(
            f"register_id {entry.register_id!r} is already used at line {line}",
            "give each entry its own",
        )
    if same and _overlap(entry, other):
        raise place.error(
            f"the same {entry.platform} account is registered at line {line} for the same days",
            "end one with `until:` on the day the other begins with `since:`",
        )


def _overlap(one: RegisteredAccount, other: RegisteredAccount) -> bool:
    begun = one.until is None or (other.since or "") < one.until
    return begun and (other.until is None or (one.since or "") < other.until)


def _entry(
    section: Section, platform: str, platform_id: str, agencies: frozenset[str]
) -> RegisteredAccount:
    followers, language = section.optional("followers_band"), section.optional("language")
    agency = section.optional("agency_id")
    since, until = _days(section)
    return RegisteredAccount(
        platform=platform,
        platform_id=platform_id,
        register_id=section.text("register_id"),
        name=_name(section),
        source_type=section.value("source_type").choice(REGISTER_TYPES),
        agency_id=agency.choice(agencies) if agency else None,
        language=language.choice(PAGE_LANGUAGES) if language else None,
        followers_band=followers.choice(FOLLOWERS_BANDS) if followers else None,
        since=since,
        until=until,
    )


def _name(section: Section) -> str | None:
    """The public name of an organisation; none for the page of a person."""
    personal = section.optional("individual")
    if personal is None or not personal.flag():
        return section.text("name")
    if (kind := section.value("source_type")).text != PERSONAL_TYPE:
        raise kind.error(
            f"the page of an individual has the type {kind.text!r}", f"write {PERSONAL_TYPE}"
        )
    if (name := section.optional("name")) is not None:
        raise name.error(
            "the page of an individual has a name", "remove it; it carries a type only"
        )
    number = section.value("register_id")
    if not _PERSONAL_ID.fullmatch(number.text):
        raise number.error(
            "the register_id of an individual's page must be a number", "write it as activist-1"
        )
    return None


def _days(section: Section) -> tuple[str | None, str | None]:
    since, until = section.optional("since"), section.optional("until")
    days = (since.day() if since else None, until.day() if until else None)
    if until is not None and days[0] is not None and until.text <= days[0]:
        raise until.error(
            f"until {until.text} is not after since {days[0]}", "write the first day after it"
        )
    return days


def _platform_id(value: Value, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(value.text):
        raise value.error(
            f"{value.name} is {value.text!r}", "write the numeric id, not the name or address"
        )
    return value.text

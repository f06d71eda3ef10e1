"""Feeds of media sites that are collected, and what the page register says of each."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from config.loading import Section
from config.page_register import PAGE_LANGUAGES, REGISTER_TYPES, RegisteredAccount

FEED_KEYS: Final = ("url", "register_id", "name", "source_type", "language")
WEB: Final = "web"

_ADDRESS: Final = re.compile(r"https?://[^\s/]+\S*")


@dataclass(frozen=True)
class MediaFeed:
    """One RSS or Atom feed of an organisation's site."""

    url: str
    register_id: str
    name: str
    source_type: str
    language: str

    def address(self, base_url: str | None) -> str:
        """Where it is asked; a base address (of a stand-in or mirror) takes its host's place."""
        if base_url is None:
            return self.url
        parts = urlsplit(self.url)
        return f"{base_url}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    def as_account(self) -> RegisteredAccount:
        """The register's entry of the site."""
        return RegisteredAccount(
            platform=WEB,
            platform_id=self.register_id,
            register_id=self.register_id,
            name=self.name,
            source_type=self.source_type,
            agency_id=None,
            language=self.language,
        )


def read_feed(section: Section) -> MediaFeed:
    """One entry of the watchlist's `media_feeds`."""
    url = section.value("url")
    if not _ADDRESS.fullmatch(url.text):
        raise url.error(f"url is {url.text!r}", "write the feed's whole address, https://...")
    return MediaFeed(
        url=url.text,
        register_id=section.text("register_id"),
        name=section.text("name"),
        source_type=section.value("source_type").choice(REGISTER_TYPES),
        language=section.value("language").choice(PAGE_LANGUAGES),
    )

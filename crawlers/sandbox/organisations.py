"""The organisations of the world, as its watchlist lists them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from crawlers.sandbox.elements import Organisation

WATCHLIST: Final = Path(__file__).parent / "watchlist.yaml"


def read_watchlist() -> Mapping[str, Any]:
    """The world's watchlist as plain values."""
    content: Mapping[str, Any] = yaml.safe_load(WATCHLIST.read_text(encoding="utf-8"))
    return content


def facebook_pages() -> tuple[Organisation, ...]:
    """The pages; the token sees who commented on every second one only."""
    pages = read_watchlist()["facebook_pages"]
    return tuple(
        _organisation("facebook", page["page_id"], page, shows_authors=index % 2 == 0)
        for index, page in enumerate(pages)
    )


def x_accounts() -> tuple[Organisation, ...]:
    """The organisations' accounts on X."""
    accounts = read_watchlist()["registered_accounts"]
    return tuple(_organisation("x", account["platform_id"], account) for account in accounts)


def x_queries() -> tuple[str, ...]:
    """The texts of the queries."""
    return tuple(query["text"] for query in read_watchlist()["x_queries"])


def _organisation(
    platform: str, platform_id: str, entry: Mapping[str, Any], *, shows_authors: bool = False
) -> Organisation:
    return Organisation(
        platform=platform,
        platform_id=platform_id,
        handle=entry["register_id"].removeprefix("x_"),
        name=entry["name"],
        source_type=entry["source_type"],
        agency_id=entry.get("agency_id"),
        shows_authors=shows_authors,
    )

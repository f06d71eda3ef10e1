"""Ids out of addresses: which page and post, or which X post, a link leads to."""

import hashlib
import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

from crawlers.parsers.links import canonical_url

_FACEBOOK_HOSTS: Final = ("facebook.com", "fb.com")
_X_HOSTS: Final = ("x.com", "twitter.com")
_X_STATUS: Final = re.compile(r"/(?:i/web|[^/]+)/status(?:es)?/(\d+)")
_UNDER: Final = re.compile(
    r"/(?:groups/)?([^/]+)/(?:posts|permalink|photos|videos|reels?|reel)/(?:[^/]+/)*?(\d+|pfbid\w+)/?$"
)
_LONE: Final = re.compile(r"/(?:reel|videos?|watch|posts)/(\d+|pfbid\w+)/?$")
_PARAMETERS: Final = ("story_fbid", "fbid", "v", "multi_permalinks")
_LONGEST_ID: Final = 128


def platform_of(address: str | None) -> str | None:
    """`facebook`, `x`, or None for any other site."""
    host = _host(address)
    if any(host == one or host.endswith("." + one) for one in _FACEBOOK_HOSTS):
        return "facebook"
    return "x" if any(host == one or host.endswith("." + one) for one in _X_HOSTS) else None


def x_post_id(address: str | None) -> str | None:
    """The id of the X post an address leads to."""
    found = _X_STATUS.search(_path(address)) if platform_of(address) == "x" else None
    return found[1] if found else None


def facebook_place(address: str | None) -> tuple[str | None, str | None]:
    """Page or group, and post, of a Facebook address; a page is told by its number only."""
    if address is None or platform_of(address) != "facebook":
        return None, None
    if found := _UNDER.search(_path(address)):
        return (found[1] if found[1].isdigit() else None), found[2]
    try:
        asked = parse_qs(urlsplit(address).query)
    except ValueError:
        return None, None
    post = next((asked[name][0] for name in _PARAMETERS if name in asked), None)
    page = asked.get("id", [None])[0]
    if post is None and (found := _LONE.search(_path(address))):
        post = found[1]
    return (page if page and page.isdigit() else None), post


def facebook_post_id(page: str | None, post: str | None) -> str | None:
    """The Graph API's id of a post ({page}_{post}); the post's own where the page is unknown."""
    return f"{page}_{post}" if page and post else post


def web_id(address: str | None) -> str | None:
    """The lasting id of an article: its canonical address, hashed when it is long."""
    canonical = canonical_url(address or "")
    if canonical is None or len(canonical) <= _LONGEST_ID:
        return canonical
    return hashlib.sha256(canonical.encode(errors="replace")).hexdigest()


def _host(address: str | None) -> str:
    try:
        return (urlsplit((address or "").strip()).hostname or "").lower()
    except ValueError:
        return ""


def _path(address: str | None) -> str:
    try:
        return urlsplit((address or "").strip()).path
    except ValueError:
        return ""

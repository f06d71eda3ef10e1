"""Which post an address leads to; the address itself is never stored."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from config.errors import UsageError
from crawlers.parsers.links import canonical_url, status_id, storable_url

_HOSTS: Final = {"x": ("x.com",), "facebook": ("facebook.com", "fb.watch")}
_PAGE_AND_POST: Final = re.compile(r"^/(\d{5,20})/(?:posts|videos|photos)/(?:[^/]*/)?(\d+)$")


@dataclass(frozen=True)
class Addressed:
    """What an address says of a post: the platform's id, or at least something lasting to key."""

    key: str
    is_platform_id: bool


def addressed_post(url: str, platform: str, page_id: str | None = None) -> Addressed:
    """The post or comment at an address; UsageError when it is none of this platform.

    `page_id`: the platform's id of the page it stands on, where the register knows it.
    """
    canonical = canonical_url(url)
    host = urlsplit(canonical).hostname if canonical else None
    if canonical is None or host not in _HOSTS[platform]:
        # The address stays out of the message: it leads to a person.
        raise UsageError(f"--url is no address of a post on {platform}; leave it out or correct it")
    if platform == "x":
        return _x_post(canonical)
    return _facebook_post(canonical, page_id)


def _x_post(canonical: str) -> Addressed:
    found = status_id(canonical)
    if found is None:
        raise UsageError("--url names no post on x; copy the address that ends in /status/NUMBER")
    return Addressed(found[1], is_platform_id=True)


def _facebook_post(canonical: str, page_id: str | None) -> Addressed:
    parts = urlsplit(canonical)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    named = _PAGE_AND_POST.match(parts.path)
    page = query.get("id") or (named.group(1) if named else page_id)
    post = query.get("story_fbid") or query.get("fbid") or (named.group(2) if named else None)
    if post is None and (storable := storable_url(canonical)) is not None:
        post = (status_id(storable) or (None, None))[1]
    comment = query.get("comment_id")
    # The Graph API names a comment by post and comment, a post by page and post.
    if comment and comment.isdigit() and post and post.isdigit():
        return Addressed(f"{post}_{comment}", is_platform_id=True)
    if page and page.isdigit() and post and post.isdigit():
        return Addressed(f"{page}_{post}", is_platform_id=True)
    if parts.path in {"", "/"}:
        raise UsageError("--url names no post on facebook; open the post and copy its address")
    return Addressed(f"address:{canonical}", is_platform_id=False)

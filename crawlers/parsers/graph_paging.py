"""Where the next page of a Graph API edge stands: behind a cursor, or before a moment in time.

The address that an answer gives for its next page holds the access token, so only the position
is taken out of it. An edge ends where there is no such address, however few records came.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from crawlers.parsers.fields import as_dict, as_text

# Of time paging and of old offset paging; no other parameter is taken from an address.
TIME_NAMES: Final[tuple[str, ...]] = ("until", "__paging_token", "offset", "page")
# A next page is promised, and its address tells no position we know.
UNKNOWN_POSITION: Final = ""


def next_position(body: Mapping[str, Any]) -> str | None:
    """The position of the next page as text, None on the last page."""
    paging = as_dict(body.get("paging"))
    address = as_text(paging.get("next"))
    if not address:
        return None
    after = as_text(as_dict(paging.get("cursors")).get("after"))
    return after or _position_in(address)


def position_params(position: str) -> dict[str, str]:
    """The request parameters of a position that `next_position` gave."""
    try:
        told = _single(parse_qs(position, keep_blank_values=True, strict_parsing=True))
    except ValueError:
        return {"after": position}
    # A cursor may end in `=`, but it never begins with the name of a time parameter.
    return told if told.keys() <= {*TIME_NAMES} else {"after": position}


def _position_in(address: str) -> str:
    try:
        asked = _single(parse_qs(urlsplit(address).query))
    except ValueError:
        return UNKNOWN_POSITION
    if asked.get("after"):
        return asked["after"]
    return urlencode({name: asked[name] for name in TIME_NAMES if name in asked})


def _single(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: found[-1] for name, found in values.items()}

"""Taking access tokens out of a body before it is kept.

The Graph API repeats the caller's token in each address of a next page. A payload is encrypted,
but keys are shared with those who audit collection, and a token opens the account itself.
"""

import re
from typing import Final
from urllib.parse import quote

_NAMES: Final = rb"(?:access_token|appsecret_proof)"
# The value of a parameter ends at the next parameter or at the end of the JSON string.
_IN_ADDRESS: Final = re.compile(
    rb"(" + _NAMES + rb'(?:=|%3[Dd]))(?:(?!%26|\\u0026|\\")[^&"\s<>])+',
)
_AS_FIELD: Final = re.compile(rb'("' + _NAMES + rb'"\s*:\s*")(?:[^"\\]|\\.)+')
REMOVED: Final = b"removed"
# A shorter value is no token of this platform, and might be part of any word.
SHORTEST_TOKEN: Final = 8


def without_tokens(body: bytes, token: str) -> bytes:
    """The body with every access token, and `token` wherever it stands, replaced by a word."""
    clean = _IN_ADDRESS.sub(rb"\1" + REMOVED, body)
    clean = _AS_FIELD.sub(rb"\1" + REMOVED, clean)
    for spelling in _spellings(token):
        clean = clean.replace(spelling, REMOVED)
    return clean


def _spellings(token: str) -> list[bytes]:
    if len(token) < SHORTEST_TOKEN:
        return []
    ways = {token, quote(token, safe=""), token.replace("/", "\\/")}
    return [way.encode() for way in sorted(ways)]

"""Ids as the platforms give them: growing with time, strings of digits."""

from datetime import datetime
from typing import Final

from crawlers.sandbox.chance import share_of

X_EPOCH_MS: Final = 1_288_834_974_657  # of X's snowflake ids
FACEBOOK_EPOCH_S: Final = 1_640_995_200
_NOISE: Final = 2**22


def x_id(seed: int, moment: datetime, key: str) -> str:
    """A snowflake id: milliseconds since X's epoch, then 22 bits that tell items apart."""
    milliseconds = int(moment.timestamp() * 1000) - X_EPOCH_MS
    return str(milliseconds * _NOISE + int(share_of(seed, "x", key) * _NOISE))


def facebook_id(seed: int, moment: datetime, key: str) -> str:
    """The story or comment part of a Facebook id (15 digits)."""
    seconds = int(moment.timestamp()) - FACEBOOK_EPOCH_S
    return str(122_000_000_000_000 + seconds * 10_000 + int(share_of(seed, "fb", key) * 10_000))

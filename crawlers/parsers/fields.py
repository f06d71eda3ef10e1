"""Reading single values out of JSON that may hold anything: the value if it is right, else None."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

# Beyond this the integer columns of PostgreSQL end.
MAX_COUNT = 2**31 - 1
MAX_ID_LENGTH = 128
# Lone surrogates cannot be written as UTF-8, and PostgreSQL refuses NUL.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
FIELD_NAME = re.compile(r"[A-Za-z_][\w .\-]{0,39}")
MAX_FIELD_NAMES = 40
# Letters of a handle that could be an ordinary word, when mentioned with @ and when not.
MIN_MENTIONED, MIN_PLAIN = 6, 8


NOTHING: Mapping[str, Any] = {}


def as_dict(value: object) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else NOTHING


def as_list(value: object) -> list[Any]:
    """The array, or an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str | None:
    """The string in storable form (what no UTF-8 text can hold becomes U+FFFD)."""
    if not isinstance(value, str):
        return None
    # Most strings are ASCII, which is known without looking at each letter.
    if value.isascii() and "\0" not in value:
        return value
    return UNSTORABLE.sub("\ufffd", value)


def as_id(value: object) -> str | None:
    """An id as text; a number is taken only when it is whole, since a float has lost digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return value if len(value) <= MAX_ID_LENGTH else None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**20:
        return str(value)
    text = (as_text(value) or "").strip()
    return text if 0 < len(text) <= MAX_ID_LENGTH else None


def as_count(value: object) -> int | None:
    """A count as a whole number that is not negative; None means not known."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MAX_COUNT else None


def as_moment(value: object) -> datetime | None:
    """A moment in UTC from ISO 8601 with a zone, or from whole epoch seconds."""
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if not isinstance(value, str):
            return None
        moment = datetime.fromisoformat(value.strip())
        if moment.tzinfo is UTC:
            return moment
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def field_names(record: object) -> tuple[str, ...]:
    """Names of a record's fields, those that look like names (a key can hold data)."""
    names = (key for key in as_dict(record) if FIELD_NAME.fullmatch(key))
    return tuple(sorted(names)[:MAX_FIELD_NAMES])


def short_text(value: object, limit: int = 80) -> str | None:
    """The beginning of a title, for a log or a count."""
    text = as_text(value)
    return text[:limit] if text else None


def is_telling_name(name: str) -> bool:
    """Whether a display name is distinctive enough to be looked for in texts."""
    return len(name.split()) > 1 or any(not mark.isalpha() for mark in name)


def is_telling_handle(handle: str, *, mentioned: bool) -> bool:
    """Whether a handle is looked for without its @: an acronym or a short word never is."""
    if not handle.isalpha():
        return True
    return len(handle) >= (MIN_MENTIONED if mentioned else MIN_PLAIN) and not handle.isupper()

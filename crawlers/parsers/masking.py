"""Masking what could lead to a person: handles, names, phone numbers, plates, profile links.

Masks are words of fixed form, so that a masked text still reads and still compares equal
between copies.
"""

import re
import unicodedata
from collections.abc import Collection

from crawlers.parsers.links import storable_url

HANDLE_MASK = "@…"
NAME_MASK = "[nom]"
PHONE_MASK = "[tél.]"
PLATE_MASK = "[plaque]"
MAIL_MASK = "[courriel]"
PROFILE_MASK = "[profil]"

# Shorter names (initials) are ordinary letters too often.
MIN_NAME_LENGTH = 3

MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
HANDLE = re.compile(r"(?<![\w@/])@(\w{1,30}(?:\.\w{1,30})*)")
LINK = re.compile(r"https?://[^\s<>\"»]+", re.IGNORECASE)
# Malian numbers have eight digits, often in pairs; +223 or 00223 in front is optional. Other
# international numbers need their plus sign.
PHONE = re.compile(
    r"(?<![\w/])(?:(?:\+|00)\s?223[\s.-]?)?(?:[5-9]\d)(?:[\s.-]?\d{2}){3}(?![\w])"
    r"|(?<![\w/])\+\d{1,3}(?:[\s.-]?\d{2,4}){2,5}(?!\w)"
)
# Malian plates: AB-1234-CD (new) and 1234 AB 5 or AB 1234 MD (old).
PLATE = re.compile(
    r"\b[A-Z]{2}[\s-]\d{3,4}[\s-][A-Z]{2}\b|\b\d{4}[\s-][A-Z]{2}[\s-]?\d\b|\b[A-Z]\d?[\s-]\d{4}[\s-]MD\b"
)


def mask_text(
    text: str, *, names: Collection[str] = (), allowed_handles: Collection[str] = ()
) -> str:
    """The text with personal identifiers replaced; handles of organisations may stay.

    `names` are handles and display names the payload tells of; `allowed_handles` are folded
    handles without @.
    """
    text = unicodedata.normalize("NFC", text)
    text = LINK.sub(_masked_link, text)
    text = MAIL.sub(MAIL_MASK, text)
    text = HANDLE.sub(
        lambda m: m.group(0) if m.group(1).casefold() in allowed_handles else HANDLE_MASK, text
    )
    for name in sorted({_nfc(n) for n in names}, key=lambda n: (-len(n), n)):
        if len(name) >= MIN_NAME_LENGTH and name.casefold() not in allowed_handles:
            text = _name_pattern(name).sub(NAME_MASK, text)
    text = PHONE.sub(PHONE_MASK, text)
    return PLATE.sub(PLATE_MASK, text)


def _name_pattern(name: str) -> re.Pattern[str]:
    # A single plain word may also be an ordinary word, so its case must match.
    distinctive = any(not c.isalpha() for c in name)
    flags = re.IGNORECASE if distinctive else re.NOFLAG
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", flags)


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().removeprefix("@")


def _masked_link(match: re.Match[str]) -> str:
    found = match.group(0)
    link = found.rstrip(".,;:!?)…")
    tail = found[len(link) :]
    return (storable_url(link) or PROFILE_MASK) + tail

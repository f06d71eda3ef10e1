"""Masking what could lead to a person: handles, names, phone numbers, plates, profile links.

Masks are words of fixed form, so that a masked text still reads and still compares equal
between copies.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import lru_cache

from crawlers.parsers.given_names import mask_full_names
from crawlers.parsers.links import status_id, storable_url

HANDLE_MASK = "@…"
NAME_MASK = "[nom]"
PHONE_MASK = "[tél.]"
PLATE_MASK = "[plaque]"
MAIL_MASK = "[courriel]"
PROFILE_MASK = "[profil]"

# Emoji and signs may stand between the words of a name, punctuation that ends a clause may not.
BETWEEN_WORDS = r"[^\w.,;:!?()«»\"]+"
# Shorter names (initials) are ordinary letters too often.
MIN_NAME_LENGTH = 3

MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
HANDLE = re.compile(r"(?:(?<!\w)|(?<=\bRT))[@＠]+(\w+(?:\.\w+)*)")
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"»]+", re.IGNORECASE)
# Addresses of profiles are often written without https.
LINK = re.compile(
    WEB_ADDRESS.pattern + r"|(?<![\w@./-])(?:www\.|m\.|mobile\.|web\.|api\.|[a-z]{2}\.)?"
    r"(?:(?:x|twitter|facebook|instagram|tiktok|whatsapp)\.com|fb\.com|fb\.me|m\.me|threads\.net|"
    r"t\.me|wa\.me|linkedin\.com/in)"
    r"/[^\s<>\"»]+",
    re.IGNORECASE,
)
LINK_TAIL = ".,;:!?)…"
# Malian numbers have eight digits, often in pairs; 223, +223 or 00223 in front is optional.
# Landlines begin like years and amounts, so they need their pairs or a word such as "tél.".
# Other international numbers need their plus sign.
PHONE = re.compile(
    r"(?<!\w)(?:(?:\+|00)?\s?223[\s./-]?[2-9]\d|[5-9]\d)(?:[\s./-]?\d{2}){3}(?!\w)"
    r"|(?<!\w)(?:20|21|44)(?:[\s.-]\d{2}){3}(?![.,-]?\w)"
    r"|(?<!\w)\+(?:\d[\s./-]?){7,14}\d(?!\w)"
)
LANDLINE = re.compile(
    r"(\b(?:t[ée]l(?:[ée]phone)?|phone|fixe|appele[rz])[\s.:/=]*(?:(?:au|le)\s+)?)"
    r"(?:20|21|44)\d{6}(?!\w)",
    re.IGNORECASE,
)
# Malian plates: AB-1234-CD (new) and 1234 AB 5 or AB 1234 MD (old).
PLATE = re.compile(
    r"\b[A-Z]{2}[\s-]\d{3,4}[\s-][A-Z]{2}\b|\b[A-Z]{2}\d{4}[A-Z]{2}\b|\b[A-Za-z]{2}-\d{4}-[A-Za-z]{2}\b"
    r"|\b\d{4}[\s-][A-Z]{2}[\s-]?\d\b|\b[A-Z]\d?[\s-]\d{4}[\s-]MD\b"
)


def mask_text(
    text: str, *, names: Collection[str] = (), allowed_handles: Collection[str] = ()
) -> str:
    """The text with personal identifiers replaced; handles of organisations may stay.

    `names` are handles and display names the payload tells of; `allowed_handles` are folded
    handles without @.
    """
    text = unicodedata.normalize("NFC", text)
    wanted = [name for name in _names(names) if name.casefold() not in allowed_handles]
    masked: list[str] = []
    end = 0
    # What stands in a kept link is no phone number or plate, so links are set apart.
    for link in LINK.finditer(text):
        masked.append(_masked_words(text[end : link.start()], wanted, allowed_handles))
        masked.append(_masked_link(link.group(0), wanted))
        end = link.end()
    masked.append(_masked_words(text[end:], wanted, allowed_handles))
    return "".join(masked)


def tells_name(text: str, names: Collection[str]) -> bool:
    """Whether any of the names stands in the text as a word of its own."""
    return _without_names(text, _names(names)) != unicodedata.normalize("NFC", text)


def _masked_words(text: str, names: Sequence[str], allowed_handles: Collection[str]) -> str:
    text = MAIL.sub(MAIL_MASK, text)
    text = HANDLE.sub(
        lambda m: m.group(0) if m.group(1).casefold() in allowed_handles else HANDLE_MASK, text
    )
    text = _without_names(text, names)
    text = mask_full_names(text, NAME_MASK)
    text = LANDLINE.sub(rf"\1{PHONE_MASK}", PHONE.sub(PHONE_MASK, text))
    return PLATE.sub(PLATE_MASK, text)


def _masked_link(found: str, names: Sequence[str]) -> str:
    link = found.rstrip(LINK_TAIL)
    address = link if WEB_ADDRESS.match(link) else f"https://{link}"
    kept = storable_url(address)
    if kept is None or _without_names(kept, names) != unicodedata.normalize("NFC", kept):
        kept = PROFILE_MASK
    elif status := status_id(kept):
        kept = f"{status[0]}…"
    return kept + found[len(link) :]


def _without_names(text: str, names: Sequence[str]) -> str:
    """The text without the names, however their letters are accented."""
    letters = _bare(text)
    apart = unicodedata.normalize("NFD", text)
    for name in names:
        # Most names of a page stand in few of its texts; the plain search is far quicker.
        if _bare(name).partition(" ")[0] in letters:
            apart = _name_pattern(name).sub(NAME_MASK, apart)
    return unicodedata.normalize("NFC", apart)


@lru_cache(maxsize=4096)
def _name_pattern(name: str) -> re.Pattern[str]:
    # A single plain word may also be an ordinary word, so its case must match.
    distinctive = any(not c.isalpha() for c in name)
    flags = re.IGNORECASE if distinctive else re.NOFLAG
    words = BETWEEN_WORDS.join(_any_accent(word) for word in name.split())
    # An accent taken apart is no \w, so it is named beside it.
    edge = "[\\w\u0300-\u036f]"
    return re.compile(f"(?<!{edge}){words}(?!{edge})", flags)


def _any_accent(word: str) -> str:
    letters = [c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)]
    return "".join(re.escape(letter) + "[\u0300-\u036f]*" for letter in letters)


@lru_cache(maxsize=4096)
def _bare(text: str) -> str:
    """Folded, without accents."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _names(names: Collection[str]) -> list[str]:
    """The names worth looking for, the longest first."""
    cleaned = {_words_of(unicodedata.normalize("NFC", name)) for name in names}
    long_enough = (name for name in cleaned if len(name) >= MIN_NAME_LENGTH and _bare(name))
    return sorted(long_enough, key=lambda name: (-len(name), name))


def _words_of(name: str) -> str:
    """The name without emoji and symbols, unless only one ordinary word would be left of it."""
    whole = " ".join(name.split()).lstrip("@")
    words = "".join(" " if _is_symbol(c) else c for c in whole).split()
    left = " ".join(words).lstrip("@")
    return whole if left.isalpha() or not left else left


def _is_symbol(char: str) -> bool:
    return unicodedata.category(char)[0] in "SC" or char in "\ufe0f\u20e3"

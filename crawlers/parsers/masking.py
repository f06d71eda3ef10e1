"""Masking what could lead to a person: handles, names, phone numbers, plates, profile links.

Masks are words of fixed form, so that a masked text still reads and still compares equal
between copies.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain

from crawlers.parsers.given_names import GIVEN_NAMES, mask_full_names
from crawlers.parsers.letters import without_marks
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
# Texts repeat their words, so what a piece between blanks holds is found once; long texts are
# read whole, since a piece of them may be long as well.
PIECES = 16_384
LONG_TEXT = 2_000

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
EIGHT_DIGITS = re.compile(r"\d(?:[\s./-]?\d){7}")
DIGIT = re.compile(r"\d")
THREE_DIGITS = re.compile(r"\d{3}")
ASCII_SYMBOL = re.compile(r"[$+<=>^`|~]")
WORD = re.compile(r"\w+")
# Endings of the hosts that LINK knows without https://.
BARE_HOSTS = (".com/", "fb.me/", "m.me/", "threads.net/", "t.me/", "wa.me/")
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


class Masker:
    """Masks the texts of one page, whose names it looks up by the words of each text.

    `names` are handles and display names the payload tells of; `allowed_handles` are folded
    handles without @, of organisations, and may stay.
    """

    def __init__(
        self, names: Collection[str] = (), allowed_handles: Collection[str] = frozenset()
    ) -> None:
        self._allowed = allowed_handles
        told = dict(filter(None, map(_told_name, names)))
        self._all = _by_first_word(told.items())
        if allowed := [name for name in told if name.casefold() in allowed_handles]:
            told = {name: word for name, word in told.items() if name not in allowed}
        self._private = _by_first_word(told.items()) if allowed else self._all

    def mask(self, text: str) -> str:
        """The text with personal identifiers replaced."""
        text = unicodedata.normalize("NFC", text)
        words = _words_in(text)
        near = _names_of(self._private, words)
        given = not words.isdisjoint(GIVEN_NAMES)
        if "/" not in text:  # every link has one; most texts have none
            return self._masked_words(text, near, given=given)
        masked: list[str] = []
        end = 0
        # What stands in a kept link is no phone number or plate, so links are set apart.
        for link in _links_in(text):
            masked.append(self._masked_words(text[end : link.start()], near, given=given))
            masked.append(self._masked_link(link.group(0)))
            end = link.end()
        masked.append(self._masked_words(text[end:], near, given=given))
        return "".join(masked)

    def tells_name(self, text: str) -> bool:
        """Whether any of the names stands in the text as a word of its own."""
        return bool(self._all) and _without_names(text, self._all) != unicodedata.normalize(
            "NFC", text
        )

    def _masked_words(self, text: str, names: Sequence[str], *, given: bool) -> str:
        """A piece of the text; `names` may stand in it, and given names if the text has any."""
        if "@" in text or "＠" in text:
            text = MAIL.sub(MAIL_MASK, text)
            text = HANDLE.sub(self._masked_handle, text)
        if names:
            text = _replaced(text, names)
        if given:
            text = mask_full_names(text, NAME_MASK)
        return _without_numbers(text) if DIGIT.search(text) else text

    def _masked_handle(self, found: re.Match[str]) -> str:
        return found.group(0) if found.group(1).casefold() in self._allowed else HANDLE_MASK

    def _masked_link(self, found: str) -> str:
        link = found.rstrip(LINK_TAIL)
        address = link if WEB_ADDRESS.match(link) else f"https://{link}"
        kept = storable_url(address)
        if kept is None or _without_names(kept, self._private) != unicodedata.normalize(
            "NFC", kept
        ):
            kept = PROFILE_MASK
        elif status := status_id(kept):
            kept = f"{status[0]}…"
        return kept + found[len(link) :]


def mask_text(
    text: str, *, names: Collection[str] = (), allowed_handles: Collection[str] = ()
) -> str:
    """One text masked, see Masker."""
    return Masker(names, allowed_handles).mask(text)


def _links_in(text: str) -> Iterator[re.Match[str]]:
    """The links of a text; the long pattern is only tried where a bare profile link may stand."""
    lowered = text.lower()
    bare = any(host in lowered for host in BARE_HOSTS)
    return (LINK if bare else WEB_ADDRESS).finditer(text)


def _without_numbers(text: str) -> str:
    """The text without phones and plates; long patterns are tried only where their digits stand."""
    if EIGHT_DIGITS.search(text):
        text = LANDLINE.sub(rf"\1{PHONE_MASK}", PHONE.sub(PHONE_MASK, text))
    if THREE_DIGITS.search(text):
        text = PLATE.sub(PLATE_MASK, text)
    return text


def _words_in(text: str) -> set[str]:
    """The words of a text, folded and without accents."""
    if len(text) > LONG_TEXT:
        return set(WORD.findall(_bare(text)))
    return set().union(*map(_words_of_piece, text.split()))


@lru_cache(maxsize=PIECES)
def _words_of_piece(piece: str) -> tuple[str, ...]:
    return tuple(WORD.findall(_bare(piece)))


def _by_first_word(names: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Names by the first word a text must hold to hold the name."""
    found: dict[str, list[str]] = {}
    for name, word in names:
        found.setdefault(word, []).append(name)
    return found


def _names_of(names: Mapping[str, Sequence[str]], words: Collection[str]) -> list[str]:
    """The names that may stand in a text of these words, the longest first."""
    met = names.keys() & words
    return sorted((name for word in met for name in names[word]), key=_longest_first)


def _without_names(text: str, names: Mapping[str, Sequence[str]]) -> str:
    """The text without the names, however their letters are accented."""
    near = _names_of(names, _words_in(text)) if names else []
    return _replaced(text, near) if near else text


def _replaced(text: str, names: Sequence[str]) -> str:
    apart = unicodedata.normalize("NFD", text)
    for name in names:
        apart = _name_pattern(name).sub(NAME_MASK, apart)
    return unicodedata.normalize("NFC", apart)


def _longest_first(name: str) -> tuple[int, str]:
    return -len(name), name


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
    letters = without_marks(unicodedata.normalize("NFD", word))
    return "".join(re.escape(letter) + "[\u0300-\u036f]*" for letter in letters)


def _bare(text: str) -> str:
    """Folded, without accents."""
    if text.isascii():
        return text.casefold()
    return without_marks(unicodedata.normalize("NFD", text.casefold()))


@lru_cache(maxsize=4096)  # most accounts of a file are told of in many of its responses
def _told_name(told: str) -> tuple[str, str] | None:
    """A name as it is looked for, with its first word; None when it is not worth looking for."""
    if len(told) >= MIN_NAME_LENGTH and told.isascii() and told.isidentifier():
        return told, told.casefold()  # a handle, most often
    name = _words_of(unicodedata.normalize("NFC", told))
    if len(name) < MIN_NAME_LENGTH:
        return None
    # Names share their first words, which have been read before.
    words = chain.from_iterable(map(_words_of_piece, name.split()))
    return next(((name, word) for word in words), None)


def _words_of(name: str) -> str:
    """The name without emoji and symbols, unless only one ordinary word would be left of it."""
    whole = " ".join(name.split()).lstrip("@")
    if whole.isascii() and not ASCII_SYMBOL.search(whole):
        return whole
    if whole.replace(" ", "").isalnum():
        return whole
    words = "".join(" " if _is_symbol(c) else c for c in whole).split()
    left = " ".join(words).lstrip("@")
    return whole if left.isalpha() or not left else left


def _is_symbol(char: str) -> bool:
    return unicodedata.category(char)[0] in "SC" or char in "\ufe0f\u20e3"

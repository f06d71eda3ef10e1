"""What of a post the encoder gets to read: its text, and what it answers or is asked about."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MAX_TOKENS: Final = 128
# With a context beside it, a text keeps at least this many tokens.
TEXT_TOKENS: Final = 88
SPECIAL_TOKENS: Final = 3  # [CLS] text [SEP] context [SEP]

_LINK = re.compile(r"(?:https?://|www\.)\S+|\{url\}", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@/])@(?:…|\w+)")
# ONGdehors -> ONG dehors, StopVaccin -> Stop Vaccin
_HASHTAG = re.compile(r"#(\w+)")
_HUMP = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-Z]{2})(?=[a-zà-ÿ]{3})|_+")
# Left by tools that write JSON escapes as text; an emoji may be a pair of them.
_ESCAPE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_SPACE = re.compile(r"\s+")
_SKIN_AND_SELECTORS = re.compile("[\U0001f3fb-\U0001f3ff\ufe0e\ufe0f\u200d]")


@dataclass(frozen=True)
class Segments:
    """The two segments of one input; `context` may be empty.

    `about` is the name of the agency asked about, empty when aid as a whole is in question.
    """

    text: str
    context: str
    about: str = ""


def segments(text: str, *, parent_text: str | None = None, about: str | None = None) -> Segments:
    """The text beside its context: the name asked about, then the post a comment answers."""
    parts = [f"about {about} :" if about else "", parent_text or ""]
    context = normalise(" ".join(part for part in parts if part))
    return Segments(normalise(text), context, normalise(about or ""))


def normalise(text: str) -> str:
    """One form for links and handles, hashtags taken apart, emojis as their Unicode names.

    Characters that a tool has left as JSON escapes are read as what they stand for.

    The encoder's word pieces know no emoji, and thanks or mockery often stand there alone.
    """
    text = unescaped(unicodedata.normalize("NFC", text))
    text = _LINK.sub(" link ", text)
    text = _HANDLE.sub("@user", text)
    text = _HASHTAG.sub(lambda match: "# " + _HUMP.sub(" ", match.group(1)), text)
    text = _SKIN_AND_SELECTORS.sub("", text)
    text = "".join(_named(char) if unicodedata.category(char) == "So" else char for char in text)
    return _SPACE.sub(" ", text).strip()


def unescaped(text: str) -> str:
    """The text with JSON escapes that were left in it as the characters they stand for."""
    return _ESCAPE.sub(_unescaped, text)


def has_something_to_read(text: str) -> bool:
    """Whether a letter, a digit or an emoji is left beside links and handles."""
    bare = _HANDLE.sub(" ", _LINK.sub(" ", text))
    return any(char.isalnum() or unicodedata.category(char) == "So" for char in bare)


def fit(
    text: Sequence[int], context: Sequence[int], *, limit: int = MAX_TOKENS
) -> tuple[list[int], list[int]]:
    """Both token lists cut to what fits into `limit`, the context first."""
    if not context:
        return list(text[: limit - SPECIAL_TOKENS + 1]), []
    room = limit - SPECIAL_TOKENS
    kept = list(text[: max(TEXT_TOKENS * limit // MAX_TOKENS, room - len(context))])
    return kept, list(context[: room - len(kept)])


def _unescaped(match: re.Match[str]) -> str:
    units = bytes.fromhex(match.group().replace("\\u", ""))
    return units.decode("utf-16-be", errors="ignore")


def _named(char: str) -> str:
    name = unicodedata.name(char, "").casefold()
    return f" {name} " if name else " "

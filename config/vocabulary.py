"""The closed lists of words used by every room (DESIGN: one word, one thing)."""

from typing import Final

PLATFORMS: Final = ("facebook", "x")

# What a post is. `comment` is Facebook's, `reply` is X's; both count as comments in figures.
KINDS: Final = ("post", "comment", "reply", "repost", "quote")
COMMENT_KINDS: Final = ("comment", "reply")

RELEVANCE: Final = ("yes", "no", "cannot_tell")
STANCES: Final = ("neutral", "positive", "suspicious")
TONES: Final = ("negative", "neutral", "positive")
TARGETS: Final = (
    "named_agency",
    "sector_generic",
    "health_campaign",
    "donor",
    "UN_peacekeeping",
    "none",
)
SEVERITIES: Final = ("none", "low", "medium", "high", "critical")
# Languages the classifier was taught: a text in another gets no label.
LANGUAGES: Final = ("fr", "en", "bm")
# Those the machine reads alone. Its labels of Bambara are suggestions for a person.
READ_LANGUAGES: Final = ("fr", "en")
# Codes by which texts go to people who read them: Fulfulde, Songhay, Tamasheq, Arabic, N'Ko; what
# cannot be told is `und`, with its script where that alone is clear.
ROUTES: Final = (*LANGUAGES, "ff", "ses", "taq", "ar", "nqo", "und", "und-Arab", "und-Tfng")

# Who speaks, by the page register; an account that is not registered is `other`. Stores made
# before the register had dates call such accounts `individual`.
UNREGISTERED: Final = "other"
SOURCE_TYPES: Final = (
    "agency",
    "un",
    "local_media",
    "radio",
    "official",
    "civil_society",
    "town_page",
    "activist",
    "health_authority",
    "individual",
    "other",
)

# Allegations of sexual abuse or trafficking: a wrong one hurts, a right one must be referred, so
# they count only when a person has coded them.
PERSON_ONLY_NARRATIVES: Final = ("SEA", "TRAF")

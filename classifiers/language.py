"""Which language a text is in, or why that cannot be told.

langdetect tells French from English; a model of our own adds Bambara and texts that mix it with
French; lists of frequent words and the script tell other languages of Mali. It only decides who
reads a text; it says nothing about what the text means.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from langdetect import DetectorFactory
from langdetect.detector_factory import PROFILES_DIRECTORY
from langdetect.lang_detect_exception import LangDetectException

from classifiers.function_words import is_written_in_arabic, told_by_function_words
from classifiers.segments import normalise, unescaped
from classifiers.word_languages import CLASSES, word_chances, words_of
from config.vocabulary import LANGUAGES

UNKNOWN: Final = "und"
PRIORS: Final = {"fr": 0.64, "en": 0.34}
# What is left goes to the other languages of langdetect, in equal parts: without it every
# Spanish or Swahili text would be called French or English.
OTHERS: Final = 0.02
# A text of fewer Latin letters is not told apart reliably.
MIN_LETTERS: Final = 4
# A text is read as Bambara from this share of Bambara words on: whoever reads French alone would
# miss a third of it.
MIXED_SHARE: Final = 0.3
MIN_MIXTURE_SHARE: Final = 0.2
# Two words that look like Bambara, or a text that is hardly anything else.
MIN_BAMBARA_WORDS: Final = 1.2
WHOLE_SHARE: Final = 0.8
# French against English: our model knows how people type, langdetect knows more languages.
OWN_WEIGHT: Final = 0.6
MIN_CHANCE: Final = 0.57
# Of a longer text the start is enough.
MAX_CHARACTERS: Final = 20_000
MAX_WORDS: Final = 400

LATIN: Final = "LATIN"
# Scripts that one language alone uses, by the first word of their letters' Unicode names.
_OF_SCRIPT: Final[Mapping[str, str]] = {"NKO": "nqo", "ADLAM": "ff"}
# Scripts of several languages, of which people who read them can tell which it is.
_UNTOLD_SCRIPT: Final[Mapping[str, str]] = {"ARABIC": "und-Arab", "TIFINAGH": "und-Tfng"}

# What `normalise` writes for handles and links.
_PLACEHOLDER: Final = re.compile(r"@user|\blink\b")

Reason = Literal["no_words", "unclear", "script"]


@dataclass(frozen=True)
class LanguageReading:
    """The language of a text: a code, or `und` with the reason why it is not told.

    `und-Arab` and `und-Tfng` name the script where that alone is clear. `share_bambara` is the
    share of words that look like Bambara, None where there is no word in Latin letters.
    """

    code: str
    share_bambara: float | None = None
    reason: Reason | None = None

    @property
    def has_reader(self) -> bool:
        """Whether the classifier may label the text: its language was taught, or it has no words.

        An emoji or a number is in no language, so no reader of one is missing.
        """
        return self.code in LANGUAGES or self.reason == "no_words"


def detect_language(text: str) -> str:
    """The code of `read_language`: fr, en, bm, ff, ses, taq, ar, nqo, und, und-Arab, und-Tfng."""
    return read_language(text).code


def read_language(text: str) -> LanguageReading:
    """The language of a text, never a guess: without clear signs it is `und`."""
    words = words_of(spoken(text))[:MAX_WORDS]
    scripts = Counter(_script(char) for word in words for char in word if char.isalpha())
    script = max(scripts, key=scripts.__getitem__, default=LATIN)
    if script != LATIN:
        return _other_script(script, _of_script(words, script))
    if scripts[LATIN] < MIN_LETTERS:
        return LanguageReading(UNKNOWN, reason="no_words")
    return _latin(_of_script(words, LATIN))


def spoken(text: str) -> str:
    """The start of a text without links, handles, hash signs, emoji and invisible characters."""
    bare = "".join(map(_visible, unicodedata.normalize("NFKC", unescaped(text[:MAX_CHARACTERS]))))
    return _PLACEHOLDER.sub(" ", normalise(bare))


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cf", "Mn"):
        return ""
    return " " if category in ("Cc", "Cs", "So", "Co", "Cn") else char


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    return unicodedata.name(char, "UNNAMED").split()[0]


def _of_script(words: Sequence[str], script: str) -> list[str]:
    return [word for word in words if any(_script(char) == script for char in word)]


def _other_script(script: str, words: Sequence[str]) -> LanguageReading:
    if script in _OF_SCRIPT:
        return LanguageReading(_OF_SCRIPT[script])
    if script == "ARABIC" and is_written_in_arabic(words):
        return LanguageReading("ar")
    return LanguageReading(_UNTOLD_SCRIPT.get(script, UNKNOWN), reason="script")


def _latin(words: Sequence[str]) -> LanguageReading:
    chances = word_chances(words)
    shares = dict(zip(CLASSES, chances.mean(axis=0).tolist(), strict=True))
    share = round(shares["bm"], 4)
    code = _told(words, shares)
    return LanguageReading(code, share, None if code != UNKNOWN else "unclear")


def _told(words: Sequence[str], shares: Mapping[str, float]) -> str:
    if max(shares["fr"], shares["en"]) < WHOLE_SHARE:
        listed = told_by_function_words(words, ("ff", "ses", "taq"))
        if listed is not None:
            return listed
    if _is_bambara(len(words), shares):
        return "bm"
    code = _french_or_english(" ".join(words), shares)
    return "bm" if code == UNKNOWN and _is_mixture(shares) else code


def _is_bambara(words: int, shares: Mapping[str, float]) -> bool:
    share = shares["bm"]
    enough = share * words >= MIN_BAMBARA_WORDS or share >= WHOLE_SHARE
    return enough and share >= max(MIXED_SHARE, shares["other"])


def _is_mixture(shares: Mapping[str, float]) -> bool:
    """Bambara among French or English that neither is clear: who reads it has to know Bambara."""
    return shares["bm"] >= MIN_MIXTURE_SHARE and shares["other"] < MIN_MIXTURE_SHARE


def _french_or_english(text: str, shares: Mapping[str, float]) -> str:
    by_langdetect = _langdetect(text)
    chances = {
        code: OWN_WEIGHT * shares[code] + (1 - OWN_WEIGHT) * by_langdetect.get(code, 0.0)
        for code in PRIORS
    }
    code = max(chances, key=chances.__getitem__)
    return code if chances[code] >= MIN_CHANCE else UNKNOWN


def _langdetect(text: str) -> dict[str, float]:
    detector = _factory().create()
    detector.set_prior_map(_priors())
    detector.append(text)
    try:
        return {found.lang: found.prob for found in detector.get_probabilities()}
    except LangDetectException:
        return {}


@lru_cache(maxsize=1)
def _factory() -> DetectorFactory:
    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    factory.seed = 0
    return factory


@lru_cache(maxsize=1)
def _priors() -> dict[str, float]:
    others = [name for name in _factory().langlist if name not in PRIORS]
    return {**PRIORS, **dict.fromkeys(others, OTHERS / len(others))}

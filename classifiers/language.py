"""Which language a text is in: French, English, Bambara (mixed or not), or not to be told.

langdetect knows no Bambara, so a rule on frequent Bambara words and letters comes first. It only
decides who reads a text; it says nothing about what the text means.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from langdetect import DetectorFactory
from langdetect.detector_factory import PROFILES_DIRECTORY
from langdetect.lang_detect_exception import LangDetectException

from classifiers.segments import normalise

UNKNOWN: Final = "und"
PRIORS: Final = {"fr": 0.64, "en": 0.34}
# What is left goes to the other languages of langdetect, in equal parts: without it every Arabic
# or Bambara text would be called French or English instead of going to a person.
OTHERS: Final = 0.02
# A text of fewer letters is not told apart reliably.
MIN_LETTERS: Final = 4
# Bambara when its words weigh so much, in all and as a part of the words.
MIN_WEIGHT: Final = 2.0
MIN_WEIGHT_SHARE: Final = 0.15

_LETTERS: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_BAMBARA_LETTERS: Final = frozenset("ɛɔɲŋ")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Everyday and grammar words of Bambara as written online, folded; none is common in French or
# English. They weigh 1.
_STRONG: Final = _words(
    """
    ala alla an'ka ani'tie anitie aw b'a b'an b'aw b'i b'o b'u baara bana bolo cogo dabo danbe
    deme demisenw denmisen denmisenw denw dogo dogokoun dogotoro dogotorow donna doron doumouni
    dugu dugumogow dugutigi duguw dunya fana faso feere fila foli foyi fura furakeli gnininkali
    hakili i'ko i'tie jama jamana jamanaw janfa joli k'a k'an k'aw k'i k'o k'u kabini kalan kalo
    kama kana karamogow kelen kene keneya kera kofe kono kosebe kounoun kunnafoni kura lafia
    lafiya lakoli makono malo mogo mogow moun mousso muso musow nafa nka nkalon nogon nyogon
    nyuman saba sababu sani segin sera sigi sini sisan sogoma somogo sugu sunogo surow teri
    tinye tinyena tiyen togo tolen toubabou toubabouw toubabu tubabu tubabuw tugun tun u'ka
    walasa wari wariw wolo woloma y'an y'i y'o y'u yanni yelema yere yerew yoro
    """
)
# Shorter words that also turn up in French or English texts. They weigh a half.
_WEAK: Final = _words(
    """
    be bee bi bo di don fe fo ka ke ko ma man min na ni nin o so ta te u ye
    """
)


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


def detect_language(text: str) -> str:
    """`fr`, `en`, `bm`, or `und` for a text without enough words or in another language."""
    words = [_plain(word) for word in _LETTERS.findall(_spoken(text))]
    if sum(map(len, words)) < MIN_LETTERS:
        return UNKNOWN
    if _is_bambara(text, words):
        return "bm"
    return _french_or_english(" ".join(_LETTERS.findall(_spoken(text))))


def _is_bambara(text: str, words: list[str]) -> bool:
    """Strong words have to be there; weak ones only add to them."""
    letters = sum(char in _BAMBARA_LETTERS for char in text.casefold())
    strong = letters + sum(word in _STRONG for word in words)
    weight = strong + 0.5 * sum(word in _WEAK for word in words)
    return strong >= 1 and weight >= max(MIN_WEIGHT, MIN_WEIGHT_SHARE * len(words))


def _french_or_english(text: str) -> str:
    detector = _factory().create()
    detector.set_prior_map(_priors())
    detector.append(text)
    try:
        found: str = detector.detect()
    except LangDetectException:
        return UNKNOWN
    return found if found in PRIORS else UNKNOWN


def _spoken(text: str) -> str:
    """The text without links, handles, hash signs and emoji names."""
    bare = "".join(char for char in text if unicodedata.category(char) != "So")
    return re.sub(r"@user|\blink\b", " ", normalise(bare))


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return plain.replace("ɛ", "e").replace("ɔ", "o").replace("ŋ", "n").replace("ɲ", "ny")

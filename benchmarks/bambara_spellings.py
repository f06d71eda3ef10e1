"""The ways Bambara is spelt by people who never learnt its alphabet."""

import re
from random import Random

# Endings that make other words of a word: plurals, past, doers, states, diminutives.
ENDINGS = (
    "w",
    "la",
    "na",
    "ra",
    "len",
    "lenw",
    "li",
    "ni",
    "baga",
    "baa",
    "kɛla",
    "tigi",
    "ya",
    "man",
    "nin",
    "ma",
    "ba",
    "bali",
    "tɔ",
    "ka",
)

_RULES = [
    ("ɛɛ", ["ɛ", "èè", "ee", "é", "ai"]),
    ("ɔɔ", ["ɔ", "òò", "oo", "o"]),
    ("ɛ", ["è", "e", "e", "e", "ai", "ai", "ê", "é", "ei"]),
    ("ɔ", ["ò", "o", "o", "o", "o", "au", "ô"]),
    ("ɲ", ["ny", "gn", "gn", "ni", "gni", "nj"]),
    ("ŋ", ["n", "ng", "gn"]),
    ("c", ["tch", "ti", "th", "thi", "ty", "tj", "c", "tié"]),
    ("j", ["dj", "dj", "di", "j"]),
    ("u", ["u", "u", "ou", "ou", "o"]),
    ("w", ["w", "w", "ou"]),
    ("y", ["y", "y", "y", "i"]),
    ("s", ["s", "s", "s", "ss", "c"]),
]
_AT = [
    ("(?<=[aeiouɛɔ])k(?=[aeiouɛɔ])", ["k", "k", "g", "kh", "c"]),
    ("(?<=[aeiouɛɔ])g(?=[aeiouɛɔ])", ["g", "g", "k", "kh", "gu", ""]),
    ("(?<=.)e$", ["e", "e", "é", "ai", "eh", "ê", "ey", ""]),
    ("e(?=.)", ["e", "e", "é"]),
    ("(?<=.)i$", ["i", "i", "y", "ih"]),
    ("(?<=.)a$", ["a", "a", "a", "ah", "aa"]),
    ("w$", ["w", "w", "ou", "o", "u"]),
    ("n$", ["n", "n", "n", "gn", "ng", ""]),
    ("(?<=[aeiouɛɔ])([lmnrs])(?=[aeiouɛɔ])", [r"\1", r"\1", r"\1\1"]),
    ("'", ["'", "", " ", "' "]),
    ("^k(?=[aeiouɛɔ])", ["k", "k", "k", "k", "c"]),
    ("^([bkndty])([aeiouɛɔ])$", [r"\1\2", r"\1\2", r"\1\2", r"\1"]),
]
# Two short words are often typed as one: anka, nbè, ika.
JOINED = 0.15
SHORT = 3


def respelt(text: str, chance: Random) -> str:
    """A text in small letters as somebody types it who never learnt the alphabet."""
    words: list[str] = []
    for word in text.casefold().replace("’", "'").split():
        short = words and len(word) <= SHORT and len(words[-1]) <= SHORT
        if short and chance.random() < JOINED:
            words[-1] += word
        else:
            words.append(word)
    return " ".join(_word(word, chance) for word in words)


def inflected(word: str, chance: Random) -> str:
    """A longer word of the same root."""
    return word + chance.choice(ENDINGS)


def _word(word: str, chance: Random) -> str:
    for pattern, choices in _AT:
        if re.search(pattern, word) and chance.random() < 0.5:
            word = re.sub(pattern, chance.choice(choices), word)
    for letters, choices in _RULES:
        if letters in word:
            word = word.replace(letters, chance.choice(choices))
    return word

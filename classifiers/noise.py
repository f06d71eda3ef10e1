"""Clean sentences as people type them on a phone: SMS forms, lost letters, doubled ones."""

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_VOWELS: Final = frozenset("aeiouyàâéèêëîïôùû")
MIN_LETTERS: Final = 4


def _forms(table: str) -> dict[str, tuple[str, ...]]:
    rows = (line.split("|") for line in table.strip().splitlines())
    return {plain.strip(): tuple(typed.split()) for plain, typed in rows}


# Written for this project from common texting habits.
FRENCH: Final = _forms("""
pour|pr pour pou
pourquoi|pk pq prkoi pourkoi
que|ke k q
qui|ki
quoi|koi
quand|kan qd kand
comment|cmt commen cmnt
c'est|c cé ces sait
ce|se
cette|cet sette
dans|ds dan
beaucoup|bcp bocou
toujours|tjr tjrs toujour
vous|vs vou
nous|ns nou
avec|avc ac avek
est|é e
et|é n
sont|st son
les|lé le
des|d dé
mais|mé mai mes
bien|bi1 bn bi1
rien|r1 ri1
demain|2m1
même|mm mem
tout|tt tou
tous|ts tt tou
toute|tte tout
comme|com cm
faire|fere fair
fait|fé fai
gens|gen jen
parce|pask pck
problème|pb pblm probleme
quelque|qlq kelk
quelqu'un|qlq1 kelkun
merci|mrc merçi mersi
mon|mn
ton|tn
son|sn
aujourd'hui|auj ojd aujourdui
suis|sui
j'ai|jai g
n'est|nest né
pas|pa ps
plus|plu +
jamais|jms jamè
vraiment|vrmt vremen vraimt
maintenant|mtn mnt
temps|tps tmp
enfants|enfts enfan
enfant|enft
avoir|avoire
c'était|cété c t
était|été étai
être|etre etr
où|ou
aussi|ossi oci
trop|tro
argent|largen arjan
besoin|bsoin besoi
encore|encor enkor
ici|issi
ils|il
elle|el
elles|el
leur|leurs ler
notre|notr nt
votre|votr vtr
il|i
lui|li
autre|otr autr
autres|otr
monde|mond
jour|jr
jours|jrs
""")
ENGLISH: Final = _forms("""
you|u
are|r
your|ur yr
people|ppl pple
because|bcoz cuz bcs
with|wit w
please|pls plz
thanks|thx tnx
for|4
to|2
great|gr8
what|wat wot
government|govt gov
the|d da
they|dey
them|dem
that|dat
this|dis
and|n nd
before|b4
about|abt
know|kno
why|y
be|b
been|bn
have|hv
their|dere
there|dere
not|nt
money|mony
children|kids childrens
""")


def typed(text: str, chance: Random, *, rate: float = 0.35, english: bool = False) -> str:
    """The text with some of its words in another spelling.

    `rate` is the chance of each word to be touched. A known word takes one of its usual forms, a
    longer one loses, doubles or swaps a letter; apostrophes go at times.
    """
    forms = ENGLISH if english else FRENCH

    def change(match: re.Match[str]) -> str:
        word = match.group()
        return word if chance.random() >= rate else _respelt(word, forms, chance)

    return _WORD.sub(change, text)


def _respelt(word: str, forms: Mapping[str, tuple[str, ...]], chance: Random) -> str:
    known = forms.get(word.lower().replace("’", "'"))
    if known:
        return chance.choice(known)
    if "'" in word or "’" in word:
        return re.sub("['’]", chance.choice(("", " ")), word)
    if len(word) < MIN_LETTERS:
        return word
    return chance.choice(_CHANGES)(word, chance)


def _lose_vowel(word: str, chance: Random) -> str:
    inner = [i for i in range(1, len(word) - 1) if word[i].lower() in _VOWELS]
    return _without(word, chance.choice(inner)) if inner else word


def _lose_end(word: str, _chance: Random) -> str:
    return word[:-1] if word[-1] in "setx" else word


def _double(word: str, chance: Random) -> str:
    at = chance.randrange(1, len(word))
    return word[:at] + word[at] + word[at:]


def _swap(word: str, chance: Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _by_ear(word: str, _chance: Random) -> str:
    """A French word as it is heard: qu as k, ph as f, final -er and -ez as e, eau as o."""
    heard = re.sub(r"(?:er|ez|é|és|ée|ées)$", "e", word)
    return heard.replace("qu", "k").replace("ph", "f").replace("eau", "o")


def _without(word: str, at: int) -> str:
    return word[:at] + word[at + 1 :]


_CHANGES: Final[tuple[Callable[[str, Random], str], ...]] = (
    _lose_vowel,
    _lose_end,
    _double,
    _swap,
    _by_ear,
    _by_ear,
)

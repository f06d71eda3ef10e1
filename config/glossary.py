"""The words of reports, alerts and pages in French and English, and those that none may use."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from config.errors import ConfigError
from config.folding import fold, whole_word
from config.loading import Section, nearest, read_yaml
from config.settings import CONFIG_DIR

LANGUAGES: Final = ("fr", "en")


@dataclass(frozen=True)
class Glossary:
    """Terms by key and language, and the forbidden words of each language.

    A forbidden word that ends in `*` stands for every word that begins so.
    """

    path: Path
    terms: Mapping[str, Mapping[str, str]]
    forbidden: Mapping[str, tuple[str, ...]]

    def term(self, key: str, lang: str) -> str:
        """The term in that language; ConfigError when the glossary has no such key."""
        if key not in self.terms:
            advice = nearest(key, self.terms.keys())
            raise ConfigError(self.path, None, f"there is no term {key!r}", advice)
        return self.terms[key][lang]

    def violations(self, text: str, lang: str) -> list[str]:
        """Forbidden words found in a text, in its order, as they are listed, each once.

        Compared as whole words without case or accents.
        """
        folded = fold(text)
        found = {
            word: match.start()
            for word, pattern in self._patterns[lang].items()
            if (match := pattern.search(folded))
        }
        return sorted(found, key=lambda word: (found[word], word))

    @cached_property
    def _patterns(self) -> dict[str, dict[str, re.Pattern[str]]]:
        return {
            lang: {word: whole_word(fold(word)) for word in words}
            for lang, words in self.forbidden.items()
        }


def load_glossary(path: Path = CONFIG_DIR / "glossary.yaml") -> Glossary:
    """The glossary of a file; every term has both languages."""
    top = read_yaml(path, ("terms", "forbidden"))
    terms = top.section("terms", None)
    forbidden = top.section("forbidden", LANGUAGES)
    return Glossary(
        path=path,
        terms={key: _term(terms, key) for key in terms.nodes},
        forbidden={lang: forbidden.texts(lang) for lang in LANGUAGES},
    )


def _term(terms: Section, key: str) -> dict[str, str]:
    both = terms.section(key, LANGUAGES)
    return {lang: both.text(lang) for lang in LANGUAGES}

"""Text whose every number is taken from a figure and keeps that figure's id.

Sentences are written with `{key}` or `{key|style}`; a key is a figure of the week such as
`posts.items`. Styles:

    {posts.items}                   the value; `*` after it when it is provisional
    {posts.suspicious|share}        k of n with percentage and interval, or too few to say
    {posts.suspicious|of}           k of n
    {posts.items.median|range}      low-high
    {posts.items.median|n}          the denominator alone
    {target.donor.posts|one_in}     the upper bound as `one in N`: N
    {posts.items|plural:post,posts} the word that agrees with the value, no number
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pipelines.reports.model import Figure, WeeklyFacts
from pipelines.reports.words.typography import Language, number, percent, typeset
from pipelines.statistics import TOO_FEW_THREADS

PROVISIONAL_MARK: Final = "*"
_SLOT: Final = re.compile(r"\{([^{}|]+)(?:\|([^{}]+))?\}")


@dataclass(frozen=True)
class Run:
    """A stretch of text; `figure` is the id of the figure a number was taken from."""

    text: str
    figure: str | None = None


Text = tuple[Run, ...]


def plain(text: Text) -> str:
    """The text without its figure ids."""
    return "".join(run.text for run in text)


def join(texts: Iterable[Text], separator: str) -> Text:
    """Texts in a row with a separator between."""
    runs: list[Run] = []
    for text in texts:
        if text:
            runs += [Run(separator), *text] if runs else text
    return tuple(runs)


@dataclass(frozen=True)
class Writer:
    """Writes sentences of one language about one week's facts."""

    facts: WeeklyFacts
    language: Language
    sentences: Mapping[str, str]

    def say(self, name: str, **words: str) -> Text:
        """The sentence of that name with its numbers; `words` fill `<name>` slots."""
        return self.write(self.sentences[name], **words)

    def write(self, template: str, **words: str) -> Text:
        """A template with its numbers."""
        for key, word in words.items():
            template = template.replace(f"<{key}>", word)
        runs: list[Run] = []
        end = 0
        for match in _SLOT.finditer(template):
            runs.append(Run(typeset(template[end : match.start()], self.language)))
            runs.append(self._number(match[1], match[2] or "count"))
            end = match.end()
        runs.append(Run(typeset(template[end:], self.language)))
        return tuple(run for run in runs if run.text)

    def word(self, name: str) -> str:
        """A sentence without numbers, as plain text."""
        return typeset(self.sentences[name], self.language)

    def _number(self, key: str, style: str) -> Run:
        figure = self.facts.figure(key)
        if style.startswith("plural:"):
            one, many = style.removeprefix("plural:").split(",")
            return Run(one if self._singular(figure) else many)
        return Run(_STYLES[style](self, figure), figure.id)

    def _singular(self, figure: Figure) -> bool:
        value = figure.value or 0
        return value == 1 or (self.language == "fr" and value < 2)  # noqa: PLR2004 - French plural

    def _count(self, figure: Figure) -> str:
        if figure.value is None:
            return self.word("unknown")
        mark = PROVISIONAL_MARK if figure.provisional else ""
        return number(figure.value, self.language) + mark

    def _of(self, figure: Figure) -> str:
        if figure.n is None:
            return self._count(figure)
        of = self.word("of")
        return f"{self._count(figure)} {of} {number(figure.n, self.language)}"

    def _share(self, figure: Figure) -> str:
        counted = self._of(figure)
        if figure.value is None or not figure.n:
            return counted
        if figure.method == TOO_FEW_THREADS and figure.n >= self.facts.min_n:
            return f"{counted} ({self.word('too_few_threads')})"
        if not figure.displayable or figure.low is None or figure.high is None:
            return f"{counted} ({self.word('too_few_percent')})"
        share = percent(figure.value / figure.n, self.language)
        low = percent(figure.low, self.language, sign=False)
        high = percent(figure.high, self.language, sign=False)
        return f"{counted} = {share} ({low}–{high})"

    def _range(self, figure: Figure) -> str:
        if figure.low is None or figure.high is None:
            return self.word("unknown")
        if figure.low == figure.high:
            return number(figure.low, self.language)
        return f"{number(figure.low, self.language)}–{number(figure.high, self.language)}"

    def _n(self, figure: Figure) -> str:
        return self.word("unknown") if figure.n is None else number(figure.n, self.language)

    def _one_in(self, figure: Figure) -> str:
        if not figure.high:
            return self.word("unknown")
        return number(math.floor(1 / figure.high), self.language)

    def _part(self, figure: Figure) -> str:
        if figure.value is None:
            return self.word("unknown")
        return percent(math.floor(figure.value * 100) / 100, self.language)


_STYLES: Final[Mapping[str, Callable[[Writer, Figure], str]]] = {
    "count": Writer._count,
    "of": Writer._of,
    "share": Writer._share,
    "range": Writer._range,
    "n": Writer._n,
    "one_in": Writer._one_in,
    "part": Writer._part,
}

"""Page two: definitions, coverage by source, readers by language, versions, every figure."""

from dataclasses import dataclass

from pipelines.reports.model import SCOPES, Figure
from pipelines.reports.words.definitions import definitions
from pipelines.reports.words.text import Text, Writer
from pipelines.reports.words.typography import number, percent, typeset


@dataclass(frozen=True)
class Grid:
    """A titled table of cells."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True)
class Appendix:
    """What stands behind the page."""

    title: str
    definitions_title: str
    definitions: tuple[str, ...]
    coverage: Grid
    readers: Grid
    versions_title: str
    versions: tuple[tuple[str, str], ...]
    figures: Grid
    figures_note: str


def appendix(w: Writer) -> Appendix:
    """The second page."""
    facts = w.facts
    versions = [(w.word(f"version.{key}"), value) for key, value in sorted(facts.versions.items())]
    return Appendix(
        title=w.word("appendix"),
        definitions_title=w.word("appendix.definitions"),
        definitions=tuple(typeset(text, w.language) for text in definitions(w.language)),
        coverage=_coverage(w),
        readers=_readers(w),
        versions_title=w.word("appendix.versions"),
        versions=(*versions, (w.word("version.snapshot"), facts.content_hash)),
        figures=_figures(w),
        figures_note=w.word("appendix.figures.note"),
    )


def _header(w: Writer, name: str) -> tuple[str, ...]:
    return tuple(w.word(f"appendix.{name}.header").split("|"))


def _coverage(w: Writer) -> Grid:
    rows = tuple(
        (
            w.write(w.sentences[f"source.{source.source}"]),
            w.write(source.name),
            w.write(f"{{{source.figure}|part}}"),
        )
        for source in w.facts.sources
    )
    return Grid(w.word("appendix.coverage"), _header(w, "coverage"), rows)


def _readers(w: Writer) -> Grid:
    rows = []
    for language in w.facts.languages:
        name = w.sentences.get(f"language.{language}", language)
        cells = [w.write(name)]
        for scope in SCOPES:
            key = f"{scope}.language.{language}"
            known = f"{w.facts.week.partition('-')[2]}.{key}" in w.facts.figures
            cells.append(w.write(f"{{{key}}}") if known else w.say("dash"))
            cells.append(w.write(f"{{{key}.by_person}}") if known else w.say("dash"))
        rows.append(tuple(cells))
    return Grid(w.word("appendix.readers"), _header(w, "readers"), tuple(rows))


def _figures(w: Writer) -> Grid:
    """The week's own figures; those of earlier weeks stand in the charts' alternative texts."""
    own = [figure for figure in w.facts.figures.values() if figure.week == w.facts.week]
    rows = tuple(_figure_row(w, figure) for figure in own)
    return Grid(w.word("appendix.figures"), _header(w, "figures"), rows)


def _figure_row(w: Writer, figure: Figure) -> tuple[Text, ...]:
    style = "part" if figure.unit == "part" else "count"
    return (
        w.write(figure.id),
        w.write(f"{{{figure.id}|{style}}}"),
        w.write("" if figure.n is None else number(figure.n, w.language)),
        w.write(_interval(w, figure)),
        w.write(_method(w, figure)),
    )


def _method(w: Writer, figure: Figure) -> str:
    if figure.method is None:
        return ""
    return w.sentences.get(f"method.{figure.method}", figure.method)


def _interval(w: Writer, figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return ""
    if figure.n is not None and figure.unit == "items" and figure.high <= 1:
        low = percent(figure.low, w.language, sign=False)
        return f"{low}–{percent(figure.high, w.language)}"
    return f"{number(figure.low, w.language)}–{number(figure.high, w.language)}"

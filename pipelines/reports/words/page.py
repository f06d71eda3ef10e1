"""The weekly page as values: what stands where, every number with its figure. No layout."""

from dataclasses import dataclass

from config.glossary import Glossary
from pipelines.reports.model import SCOPES, WeeklyFacts
from pipelines.reports.words import english, french
from pipelines.reports.words.appendix import Appendix, appendix
from pipelines.reports.words.points import actions, key_points, status_reason
from pipelines.reports.words.table import Row, ThemeRow, fact_lines, table_rows, theme_rows
from pipelines.reports.words.text import Text, Writer, join
from pipelines.reports.words.typography import Language, days, week_number

LANGUAGES: tuple[Language, ...] = ("fr", "en")


@dataclass(frozen=True)
class Line:
    """A short labelled paragraph."""

    label: str
    text: Text


@dataclass(frozen=True)
class Chart:
    """Title and alternative text of a chart."""

    title: str
    alt: str


@dataclass(frozen=True)
class Page:
    """One weekly page in one language."""

    language: Language
    snapshot_id: str
    status: str
    title: str
    week: str
    restricted: str
    situation: str
    reason: Text
    coverage: Text
    read_by: Text
    key_label: str
    key_points: tuple[Text, ...]
    action_label: str
    actions: tuple[Text, ...]
    table_header: tuple[str, ...]
    table: tuple[Row, ...]
    table_note: Text
    facts: tuple[Text, ...]
    theme_title: str
    theme_note: Text
    theme_header: tuple[str, ...]
    themes: tuple[ThemeRow, ...]
    week_chart: Chart
    theme_chart: Chart
    lines: tuple[Line, ...]
    analyst_label: str
    analyst_slot: str
    appendix: Appendix


def writer(facts: WeeklyFacts, language: Language, glossary: Glossary) -> Writer:
    """The writer of a language; terms of the glossary are its `term.` words."""
    source = french if language == "fr" else english
    terms = {f"term.{key}": both[language] for key, both in glossary.terms.items()}
    return Writer(facts, language, {**terms, **source.WORDS, **source.SENTENCES})


def weekly_page(facts: WeeklyFacts, language: Language, glossary: Glossary) -> Page:
    """Everything the page of a week says in a language."""
    w = writer(facts, language, glossary)
    header = ("table.week", "table.median", "table.reading")
    return Page(
        language=language,
        snapshot_id=facts.snapshot_id,
        status=facts.status,
        title=w.word("title"),
        week=_week(w),
        restricted=w.word("restricted"),
        situation=w.word(f"status.{facts.status}"),
        reason=status_reason(w),
        coverage=_coverage(w),
        read_by=w.say("read_by") + w.write(" ") + w.say("read_by.mark"),
        key_label=w.word("key_points"),
        key_points=key_points(w),
        action_label=w.word("what_to_do"),
        actions=actions(w),
        table_header=("", *(w.word(key) for key in header)),
        table=table_rows(w),
        table_note=w.say("table.note", min_n=str(facts.min_n)),
        facts=fact_lines(w),
        theme_title=w.word(f"themes.{facts.theme_kind}"),
        theme_note=_theme_note(w),
        theme_header=("", *_theme_header(w)),
        themes=theme_rows(w),
        week_chart=Chart(w.word("chart.weeks"), week_alt(w)),
        theme_chart=Chart(w.word(f"chart.themes.{facts.theme_kind}"), theme_alt(w)),
        lines=_lines(w),
        analyst_label=w.word("analyst"),
        analyst_slot=w.word("analyst.slot"),
        appendix=appendix(w),
    )


def _week(w: Writer) -> str:
    facts = w.facts
    months = [w.word(f"term.month_{number}") for number in range(1, 13)]
    span = days(facts.start, facts.end, months, w.language)
    said = w.say("week", number=week_number(facts.week), days=span)
    return "".join(run.text for run in said)


def _coverage(w: Writer) -> Text:
    """What was collected of what is watched; nothing watched is said, not `0 of 0`."""
    named = {"facebook": "facebook_pages", "x": "x_search", "comments": "comments"}
    parts = [
        w.say(f"coverage.{name}" if w.facts.figure(f"coverage.{key}").n else f"coverage.no_{name}")
        for name, key in named.items()
    ]
    return (*w.say("coverage.label"), *join(parts, " · "), *w.write(". "))


def _theme_header(w: Writer) -> list[str]:
    return [w.word(f"themes.{key}") for key in ("posts", "comments", "before", "status")]


def _theme_note(w: Writer) -> Text:
    if w.facts.theme_kind == "target":
        return w.say("themes.target.note")
    uncoded = [w.facts.figure(f"family.uncoded.{scope}") for scope in SCOPES]
    return w.say("themes.uncoded") if any(figure.value for figure in uncoded) else ()


def _lines(w: Writer) -> tuple[Line, ...]:
    limits = " ".join(w.sentences[f"limit.{key}"] for key in w.facts.limits)
    return (
        Line(w.word("line.attacks"), _event(w, "attack", "attacks")),
        Line(w.word("line.regulation"), _event(w, "regulation", "regulation")),
        Line(w.word("line.copies"), _copies(w)),
        Line(w.word("line.who"), w.say("line.who.text")),
        Line(w.word("line.limits"), w.write(limits)),
    )


def _event(w: Writer, key: str, line: str) -> Text:
    values = [w.facts.figure(f"{scope}.{key}").value for scope in SCOPES]
    if None in values:
        return w.say(f"line.{line}.unknown")
    return w.say(f"line.{line}.some" if any(values) else f"line.{line}.zero")


def _copies(w: Writer) -> Text:
    if w.facts.patterns != "tested":
        return w.say(f"line.copies.{w.facts.patterns}")
    found = w.facts.figure("patterns").value
    text = w.say("line.copies.open" if found else "line.copies.none")
    for reason in w.facts.explanations:
        name = f"why.{reason}" if f"why.{reason}" in w.sentences else "why.other"
        figure = f"patterns.explained.{reason}"
        said = w.say("line.copies.explained", figure=figure, reason=w.sentences[name])
        text = (*text, *w.write(" "), *said)
    return text


def week_alt(w: Writer) -> str:
    """The numbers of the first chart in words."""
    parts = []
    for scope in SCOPES:
        values = [_week_value(w, week, f"{scope}.items") for week in w.facts.weeks]
        dark = [_week_value(w, week, f"{scope}.suspicious") for week in w.facts.weeks]
        name = w.word("chart.up" if scope == "posts" else "chart.down")
        parts.append(
            f"{name}: {', '.join(values)} ({w.word('chart.suspicious')}: {', '.join(dark)})"
        )
    return f"{_span(w)}. {'; '.join(parts)}."


def theme_alt(w: Writer) -> str:
    """The numbers of the second chart in words, posts / comments by week."""
    parts = []
    for theme in w.facts.themes:
        name = theme.name_fr if w.language == "fr" else theme.name_en
        key = f"{w.facts.theme_kind}.{theme.theme_id}"
        pairs = [
            f"{_week_value(w, week, f'{key}.posts')}/{_week_value(w, week, f'{key}.comments')}"
            for week in w.facts.weeks
        ]
        parts.append(f"{name}: {', '.join(pairs)}")
    return f"{_span(w)}, {w.word('chart.up')}/{w.word('chart.down')}. {'; '.join(parts)}."


def _span(w: Writer) -> str:
    prefix, weeks = w.word("chart.week"), w.facts.weeks
    return f"{prefix}{week_number(weeks[0])}–{prefix}{week_number(weeks[-1])}"


def _week_value(w: Writer, week: str, key: str) -> str:
    figure = w.facts.figures.get(f"{week.partition('-')[2]}.{key}")
    if figure is None or figure.value is None:
        return w.word("unknown")
    return f"{figure.value}" + ("" if figure.complete else "?")

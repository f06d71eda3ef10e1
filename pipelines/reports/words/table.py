"""The tables of the weekly page and the lines of facts under them."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.reports.model import SCOPES, ThemeStatus
from pipelines.reports.words.text import Text, Writer, join


@dataclass(frozen=True)
class Row:
    """One row: this week, the usual, how to read it. `level` 0 is a heading row, 1 a part."""

    level: int
    label: str
    now: Text
    usual: Text
    reading: Text
    marked: bool


@dataclass(frozen=True)
class ThemeRow:
    """One narrative family, or one target of suspicion."""

    name: str
    posts: Text
    comments: Text
    before: Text
    status: str
    status_key: ThemeStatus


def table_rows(w: Writer) -> tuple[Row, ...]:
    """Posts, then comments; never a sum of both."""
    return tuple(row for scope in SCOPES for row in _scope_rows(w, scope))


def _scope_rows(w: Writer, scope: str) -> list[Row]:
    stances = w.write(f"{{{scope}.neutral}} / {{{scope}.positive}}")
    return [
        _row(w, f"{scope}.items", 0, f"{{{scope}.items}}", w.say(f"detail.{scope}")),
        Row(1, w.word(f"table.{scope}.stances"), stances, _dash(w), _not_read(w, scope), False),
        _row(w, f"{scope}.suspicious", 1, f"{{{scope}.suspicious|share}}", ()),
        _row(w, f"{scope}.negative_tone", 1, f"{{{scope}.negative_tone|share}}", _tone(w, scope)),
    ]


def _row(w: Writer, name: str, level: int, now: str, detail: Text) -> Row:
    scope, _, key = name.partition(".")
    label = w.word(f"table.{scope}" if key == "items" else f"table.{name}")
    reading = w.facts.readings[name]
    usual = f"{name}.median"
    known = w.facts.figure(usual).value is not None
    return Row(
        level=level,
        label=label,
        now=w.write(now),
        usual=w.say("table.median.value", figure=usual) if known else _dash(w),
        reading=join([w.say(f"reading.{reading}"), detail], " ; " if w.language == "fr" else "; "),
        marked=reading in ("rise", "fall"),
    )


def _dash(w: Writer) -> Text:
    return w.say("dash")


def _tone(w: Writer, scope: str) -> Text:
    return w.say("detail.tone") if w.facts.figure(f"{scope}.negative_tone").value else ()


def _not_read(w: Writer, scope: str) -> Text:
    """`in addition, not read: 2 (1 audio, 1 video)`."""
    if not w.facts.figure(f"{scope}.not_read").value:
        return ()
    forms = [
        w.write(f"{{{scope}.not_read.{form}}} {w.sentences.get(f'form.{form}', form)}")
        for form in w.facts.not_read_forms
        if _has(w, f"{scope}.not_read.{form}")
    ]
    count = w.write(f"{{{scope}.not_read}} (")
    return (*w.say("detail.not_read"), *count, *join(forms, ", "), *w.write(")"))


def fact_lines(w: Writer) -> tuple[Text, ...]:
    """Organisations by type and sources; engagement and reach; places."""
    organisations = w.say("facts.organisations")
    if types := _listed(w, "organisations", "org", w.facts.organisation_types):
        organisations = (*organisations, *w.write(" ("), *types, *w.write(")"))
    sources = (*w.say("facts.sources"), *_listed(w, "source", "source", w.facts.source_types))
    spread = join([w.say("facts.engagements"), w.say("facts.views"), w.say("facts.reach")], " · ")
    return (join([organisations, sources], " · "), join([spread, _places(w)], " · "))


def _listed(w: Writer, prefix: str, words: str, names: Sequence[str]) -> Text:
    texts = [
        w.write(f"{w.sentences.get(f'{words}.{name}', name)} {{{prefix}.{name}}}") for name in names
    ]
    return join(texts, " · " if prefix == "organisations" else ", ")


def _places(w: Writer) -> Text:
    if not w.facts.places:
        return w.say("facts.no_places")
    texts = [w.write(f"{place} {{place.{place}}}") for place in w.facts.places]
    return (*w.say("facts.places"), *join(texts, ", "))


def theme_rows(w: Writer) -> tuple[ThemeRow, ...]:
    """One row per theme, in the order of the codebook or of the target classes."""
    rows = []
    for theme in w.facts.themes:
        key = f"{w.facts.theme_kind}.{theme.theme_id}"
        rows.append(
            ThemeRow(
                name=theme.name_fr if w.language == "fr" else theme.name_en,
                posts=w.write(f"{{{key}.posts}}"),
                comments=w.write(f"{{{key}.comments}}"),
                before=w.write(f"{{{key}.posts.before}} / {{{key}.comments.before}}"),
                status=w.word(f"theme.{theme.status}"),
                status_key=theme.status,
            )
        )
    return tuple(rows)


def _has(w: Writer, key: str) -> bool:
    return f"{w.facts.week.partition('-')[2]}.{key}" in w.facts.figures

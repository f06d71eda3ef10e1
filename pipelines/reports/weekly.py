"""Writes the weekly report: facts frozen, then one file per language and format."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from sqlmodel import Session

from config.agencies import Agency
from config.codebook import Codebook
from config.errors import InputError, UsageError
from config.glossary import Glossary
from config.places import Place
from config.watchlist import Watchlist
from pipelines.outputs import publish
from pipelines.reports.docx import render_docx
from pipelines.reports.facts import build_weekly_facts
from pipelines.reports.html import render_html
from pipelines.reports.model import WeeklyFacts
from pipelines.reports.pdf import render_pdf
from pipelines.reports.snapshots import FILE_NAME, keep_snapshot
from pipelines.reports.words.page import LANGUAGES, weekly_page, writer
from pipelines.reports.words.typography import Language

Choice = TypeVar("Choice", bound=str)

FORMATS: Final = ("html", "docx", "pdf")


def write_weekly(
    session: Session,
    week: str,
    *,
    languages: Sequence[str] = LANGUAGES,
    formats: Sequence[str] = FORMATS,
    out: Path,
    classifier: str,
    watchlist: Watchlist,
    codebook: Codebook,
    agencies: Sequence[Agency],
    places: Sequence[Place],
    glossary: Glossary,
    min_n: int,
    now: datetime,
) -> list[Path]:
    """Freeze the facts of a week and write `OUT/<week>/weekly.<language>.<format>`.

    The snapshot goes to the store and, last, to `OUT/<week>/snapshot.json`. The caller commits.
    """
    chosen = check_choice(languages, LANGUAGES, "language")
    kinds = check_choice(formats, FORMATS, "format")
    facts = build_weekly_facts(
        session,
        week,
        classifier=classifier,
        watchlist=watchlist,
        codebook=codebook,
        agencies=agencies,
        places=places,
        min_n=min_n,
        now=now,
    )
    keep_snapshot(session, facts, now)
    return write_report(facts, languages=chosen, formats=kinds, out=out, glossary=glossary)


def write_report(
    facts: WeeklyFacts,
    *,
    languages: Sequence[Language],
    formats: Sequence[str],
    out: Path,
    glossary: Glossary,
) -> list[Path]:
    """Render frozen facts; the same facts give the same bytes. Nothing is written on failure."""
    folder = out / facts.week
    contents = [
        (folder / f"weekly.{language}.{kind}", content)
        for language in languages
        for kind, content in _render(facts, language, formats, glossary)
    ]
    contents.append((folder / FILE_NAME, facts.canonical_json().encode()))
    _publish(folder, contents)
    return [path for path, _ in contents]


def check_choice(asked: Sequence[str], known: Sequence[Choice], what: str) -> list[Choice]:
    """The asked ones in their known order; UsageError for another."""
    for value in asked:
        if value not in known:
            raise UsageError(f"{value!r} is no {what} of the report; choose {', '.join(known)}")
    if not asked:
        raise UsageError(f"no {what} chosen; choose {', '.join(known)}")
    return [value for value in known if value in asked]


def _render(
    facts: WeeklyFacts, language: Language, formats: Sequence[str], glossary: Glossary
) -> Iterator[tuple[str, bytes]]:
    page, words = weekly_page(facts, language, glossary), writer(facts, language, glossary)
    html = render_html(page, words)
    for kind in formats:
        if kind == "html":
            yield kind, html.encode()
        elif kind == "pdf":
            yield kind, render_pdf(html, page.snapshot_id)
        else:
            yield kind, render_docx(page, words)


def _publish(folder: Path, contents: Sequence[tuple[Path, bytes]]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        publish(contents)
    except OSError as error:
        raise InputError(
            f"cannot write the report to {folder} ({error.strerror}); choose another --out"
        ) from error

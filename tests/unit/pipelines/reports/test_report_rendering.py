"""HTML, PDF and DOCX of the same facts: whole, self-contained, equal byte for byte."""

import io
import re
import subprocess
import sys
import zipfile
from xml.etree import ElementTree

import pytest
from docx import Document

from config.glossary import load_glossary
from pipelines.reports.charts import theme_chart, week_chart
from pipelines.reports.docx import docx_snapshot_id, render_docx
from pipelines.reports.html import render_html
from pipelines.reports.pdf import pdf_snapshot_id, render_pdf
from pipelines.reports.words.page import weekly_page, writer

GLOSSARY = load_glossary()


def html_of(facts, language="fr"):
    return render_html(weekly_page(facts, language, GLOSSARY), writer(facts, language, GLOSSARY))


def docx_of(facts, language="fr"):
    return render_docx(weekly_page(facts, language, GLOSSARY), writer(facts, language, GLOSSARY))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_asks_for_nothing_from_outside_and_runs_no_script(facts, language):
    html = html_of(facts, language)
    assert f'<html lang="{language}">' in html
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?!#)', html)
    assert not re.search(r"url\((?!#)|@import", html)
    assert len(html.encode()) < 1_000_000


def test_the_page_names_its_snapshot(facts):
    assert f'<meta name="vigie-snapshot" content="{facts.snapshot_id}">' in html_of(facts)


def test_ids_inside_the_page_are_unique(facts):
    ids = re.findall(r' id="([^"]+)"', html_of(facts))
    assert len(ids) == len(set(ids))


def test_charts_carry_their_numbers_as_text(facts):
    html = html_of(facts, "en")
    labels = re.findall(r'<figure role="img" aria-label="([^"]+)"', html)
    assert len(labels) == 2
    assert "W26–W38" in labels[0]


def test_text_from_the_store_is_escaped(facts):
    source = facts.sources[0].model_copy(update={"name": "<b>Radio</b> & co"})
    html = html_of(facts.model_copy(update={"sources": (source,)}))
    assert "&lt;b&gt;Radio&lt;/b&gt; &amp; co" in html


def test_the_same_facts_give_the_same_bytes(facts):
    assert html_of(facts) == html_of(facts)
    assert docx_of(facts) == docx_of(facts)
    html = html_of(facts)
    assert render_pdf(html, facts.snapshot_id) == render_pdf(html, facts.snapshot_id)


PRINT_HASHES = """
import hashlib, sys
from config.glossary import load_glossary
from pipelines.reports.docx import render_docx
from pipelines.reports.html import render_html
from pipelines.reports.model import facts_from_json
from pipelines.reports.pdf import render_pdf
from pipelines.reports.words.page import weekly_page, writer
facts, glossary = facts_from_json(sys.stdin.read(), "stdin"), load_glossary()
page, words = weekly_page(facts, "fr", glossary), writer(facts, "fr", glossary)
html = render_html(page, words)
for content in (html.encode(), render_docx(page, words), render_pdf(html, facts.snapshot_id)):
    print(hashlib.sha256(content).hexdigest())
"""


def test_another_process_with_another_hash_seed_gives_the_same_bytes(facts):
    runs = [
        subprocess.run(
            [sys.executable, "-c", PRINT_HASHES],
            input=facts.canonical_json(),
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert len(set(runs[0].split())) == 3


def test_the_pdf_is_tagged_undated_and_names_its_snapshot(facts):
    pdf = render_pdf(html_of(facts), facts.snapshot_id)
    assert pdf.startswith(b"%PDF-")
    assert pdf_snapshot_id(pdf) == facts.snapshot_id
    assert b"CreationDate" not in pdf


def test_a_page_of_html_may_not_fetch_while_it_becomes_pdf(facts):
    html = '<html><body><img src="https://example.org/x.png"></body></html>'
    # WeasyPrint leaves the picture out; no test may open a socket, so a request would fail loudly.
    assert render_pdf(html, facts.snapshot_id).startswith(b"%PDF-")


def test_the_docx_has_headings_tables_described_charts_and_a_slot_for_the_analyst(facts):
    document = Document(io.BytesIO(docx_of(facts)))
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings[:3] == [
        "À retenir",
        "Que faire",
        "Notes de l’analyste (à compléter ou à effacer)",
    ]
    assert len(document.tables) == 6
    described = [
        shape.get("descr")
        for shape in document.element.iter(
            "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
        )
    ]
    assert len(described) == 2
    assert all("S26–S38" in text for text in described)


def test_the_docx_names_its_snapshot_and_nobody(facts):
    content = docx_of(facts)
    properties = Document(io.BytesIO(content)).core_properties
    assert docx_snapshot_id(content) == facts.snapshot_id
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")


def test_the_docx_package_holds_no_moment_of_its_making(facts):
    with zipfile.ZipFile(io.BytesIO(docx_of(facts))) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = package.read("docProps/core.xml").decode()
    assert re.findall(r"\d{4}-\d\d-\d\dT[\d:]+", core) == ["2024-09-23T00:00:00"] * 2


def test_table_properties_stand_in_the_order_word_asks_for(facts):
    with zipfile.ZipFile(io.BytesIO(docx_of(facts))) as package:
        body = ElementTree.fromstring(package.read("word/document.xml"))
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    order = ["tblStyle", "tblW", "jc", "tblBorders", "tblLayout", "tblLook"]
    for properties in body.iter(f"{space}tblPr"):
        names = [child.tag.removeprefix(space) for child in properties]
        assert names == sorted(names, key=order.index)


@pytest.mark.parametrize("chart", [week_chart, theme_chart])
def test_charts_are_drawn_as_svg_and_png(facts, chart):
    words = writer(facts, "fr", GLOSSARY)
    svg = chart(words, "svg")
    ElementTree.fromstring(svg)
    assert b"<dc:date>" not in svg
    assert chart(words, "png").startswith(b"\x89PNG")


def test_the_chart_changes_with_the_figures(facts):
    words = writer(facts, "fr", GLOSSARY)
    name = "W30.comments.suspicious"
    more = facts.figures[name].model_copy(update={"value": 9})
    other = facts.model_copy(update={"figures": {**facts.figures, name: more}})
    assert week_chart(words, "svg") != week_chart(writer(other, "fr", GLOSSARY), "svg")


def test_an_empty_week_without_any_history_can_be_drawn(world):
    world.store.cover()
    world.store.cover("facebook_pages", "Radio Baobab")
    empty = world.facts()
    assert "Semaine 38" in html_of(empty)
    assert "too few complete weeks" in html_of(empty, "en")

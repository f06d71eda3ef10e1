"""The weekly page as DOCX, ready to edit: real headings, tables, pictures with alternative text."""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from docx import Document
from docx.document import Document as DocumentObject
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from pipelines.reports.charts import theme_chart, week_chart
from pipelines.reports.words.page import Chart, Page
from pipelines.reports.words.table import Row, ThemeRow
from pipelines.reports.words.text import Text, Writer

ACCENT: Final = RGBColor(0x1D, 0x4E, 0x6B)
SOFT: Final = RGBColor(0x5A, 0x62, 0x68)
FONT: Final = "Arial"
BODY: Final = Pt(9.5)
SMALL: Final = Pt(8)
CELL_PADDING: Final = Cm(0.6)
CHART_WIDTH: Final = Cm(8.0)
ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
LANGUAGE_TAGS: Final = {"fr": "fr-FR", "en": "en-GB"}


def render_docx(page: Page, writer: Writer) -> bytes:
    """The page as DOCX; equal facts give equal bytes, no author is named."""
    document = Document()
    _set_up(document, page, writer.facts.end)
    _head(document, page)
    _bullets(document, page.key_label, page.key_points, "List Number")
    _bullets(document, page.action_label, page.actions, "List Bullet")
    document.add_heading(page.analyst_label, 2)
    _paragraph(document, page.analyst_slot, SOFT)
    _main_table(document, page.table_header, page.table)
    for line in (*page.facts, page.table_note):
        _write(document.add_paragraph(), line, SMALL)
    document.add_heading(page.theme_title, 2)
    if page.theme_note:
        _write(document.add_paragraph(), page.theme_note, SMALL)
    _theme_table(document, page.theme_header, page.themes)
    _charts(document, page, writer)
    _lines(document, page)
    _appendix(document, page)
    return _fixed_zip(document)


def docx_snapshot_id(content: bytes) -> str | None:
    """The snapshot id in the core properties of a DOCX of ours."""
    found: str = Document(io.BytesIO(content)).core_properties.identifier
    return found or None


def _set_up(document: DocumentObject, page: Page, moment: datetime) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(1.6)
    section.top_margin = section.bottom_margin = Cm(1.2)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, BODY
    normal.paragraph_format.space_after = Pt(3)
    language = normal.element.get_or_add_rPr().makeelement(
        qn("w:lang"), {qn("w:val"): LANGUAGE_TAGS[page.language]}
    )
    normal.element.rPr.append(language)
    for name, size in (("Title", 16), ("Heading 1", 13), ("Heading 2", 10.5)):
        style = document.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(size), ACCENT
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            style.element.rPr.rFonts.attrib.pop(qn(f"w:{theme}"), None)
        style.paragraph_format.space_before = Pt(6)
        style.paragraph_format.space_after = Pt(2)
    _properties(document, page, moment)


def _properties(document: DocumentObject, page: Page, moment: datetime) -> None:
    properties = document.core_properties
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.title = f"{page.title} · {page.week}"
    properties.subject = f"snapshot {page.snapshot_id}"
    properties.identifier = page.snapshot_id
    properties.language = LANGUAGE_TAGS[page.language]
    properties.created = properties.modified = moment
    properties.revision = 1


def _head(document: DocumentObject, page: Page) -> None:
    _paragraph(document, page.restricted.upper(), SOFT)
    document.add_heading(page.title, 0)
    _paragraph(document, page.week, ACCENT)
    status = document.add_paragraph()
    status.add_run(page.situation).bold = True
    status.add_run(" – ")
    _write(status, page.reason)
    _write(document.add_paragraph(), (*page.coverage, *page.read_by), SMALL)


def _bullets(document: DocumentObject, title: str, texts: Sequence[Text], style: str) -> None:
    document.add_heading(title, 2)
    for text in texts:
        _write(document.add_paragraph(style=style), text)


def _main_table(document: DocumentObject, header: Sequence[str], rows: Sequence[Row]) -> None:
    widths = (Cm(3.9), Cm(5.0), Cm(3.1), Cm(5.8))
    table = _table(document, header, widths)
    for row in rows:
        cells = table.add_row().cells
        label = cells[0].paragraphs[0].add_run(("    " if row.level else "") + row.label)
        label.bold, label.font.size = row.level == 0, SMALL
        for cell, text in zip(cells[1:], (row.now, row.usual, row.reading), strict=True):
            _write(cell.paragraphs[0], text, SMALL)
    _set_widths(table, widths)


def _theme_table(document: DocumentObject, header: Sequence[str], rows: Sequence[ThemeRow]) -> None:
    widths = (Cm(6.4), Cm(1.8), Cm(2.2), Cm(4.4), Cm(3.0))
    table = _table(document, header, widths)
    for row in rows:
        cells = table.add_row().cells
        cells[0].paragraphs[0].add_run(row.name).font.size = SMALL
        for cell, text in zip(cells[1:4], (row.posts, row.comments, row.before), strict=True):
            _write(cell.paragraphs[0], text, SMALL)
        status = cells[4].paragraphs[0].add_run(row.status)
        status.bold, status.font.size = row.status_key == "new", SMALL
    _set_widths(table, widths)


def _table(document: DocumentObject, header: Sequence[str], widths: Sequence[Any]) -> Any:
    table = document.add_table(rows=1, cols=len(header))
    _rule_lines(table)
    for cell, text in zip(table.rows[0].cells, header, strict=True):
        run = cell.paragraphs[0].add_run(text)
        run.bold, run.font.size = True, SMALL
    repeat = table.rows[0]._tr.get_or_add_trPr()
    repeat.append(repeat.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))
    _set_widths(table, widths)
    return table


def _rule_lines(table: Any) -> None:
    """Thin grey lines between rows, none between columns."""
    properties = table._tbl.tblPr
    borders = properties.makeelement(qn("w:tblBorders"), {})
    for side in ("top", "bottom", "insideH"):
        line = {"val": "single", "sz": "4", "space": "0", "color": "B9C0C6"}
        attributes = {qn(f"w:{name}"): value for name, value in line.items()}
        borders.append(borders.makeelement(qn(f"w:{side}"), attributes))
    # Word wants the elements of table properties in the order of its schema.
    properties.find(qn("w:tblLook")).addprevious(borders)


def _set_widths(table: Any, widths: Sequence[Any]) -> None:
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)


def _charts(document: DocumentObject, page: Page, writer: Writer) -> None:
    pictures = (
        (page.week_chart, week_chart(writer, "png")),
        (page.theme_chart, theme_chart(writer, "png")),
    )
    # Side by side in a table without lines: two pictures in one paragraph may be broken apart.
    # Without a paragraph between, this table and the one before would become one.
    between = document.add_paragraph()
    between.paragraph_format.space_after, between.paragraph_format.line_spacing = Pt(0), Pt(4)
    table = document.add_table(rows=1, cols=len(pictures))
    whole = table.rows[0]._tr.get_or_add_trPr()
    whole.append(whole.makeelement(qn("w:cantSplit"), {}))
    for cell, (chart, png) in zip(table.rows[0].cells, pictures, strict=True):
        caption = cell.paragraphs[0].add_run(chart.title)
        caption.bold, caption.font.size = True, SMALL
        _picture(cell.add_paragraph(), chart, png)
    _set_widths(table, [CHART_WIDTH + CELL_PADDING] * len(pictures))


def _picture(paragraph: Paragraph, chart: Chart, png: bytes) -> None:
    shape = paragraph.add_run().add_picture(io.BytesIO(png), width=CHART_WIDTH)
    properties = shape._inline.docPr
    properties.set("title", chart.title)
    properties.set("descr", f"{chart.title}. {chart.alt}")


def _lines(document: DocumentObject, page: Page) -> None:
    for line in page.lines:
        paragraph = document.add_paragraph()
        label = paragraph.add_run(f"{line.label}. ")
        label.bold, label.font.size = True, SMALL
        _write(paragraph, line.text, SMALL)


def _appendix(document: DocumentObject, page: Page) -> None:
    behind = page.appendix
    document.add_heading(behind.title, 1).paragraph_format.page_break_before = True
    document.add_heading(behind.definitions_title, 2)
    for definition in behind.definitions:
        document.add_paragraph(style="List Bullet").add_run(definition).font.size = SMALL
    for grid in (behind.coverage, behind.readers):
        document.add_heading(grid.title, 2)
        _grid(document, grid.header, grid.rows)
    document.add_heading(behind.versions_title, 2)
    for name, value in behind.versions:
        _paragraph(document, f"{name} : {value}", SOFT)
    document.add_heading(behind.figures.title, 2)
    _paragraph(document, behind.figures_note, SOFT)
    _grid(document, behind.figures.header, behind.figures.rows)


def _grid(
    document: DocumentObject, header: Sequence[str], rows: Sequence[tuple[Text, ...]]
) -> None:
    width = Cm(17.8 / len(header))
    table = _table(document, header, [width] * len(header))
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            _write(cell.paragraphs[0], text, Pt(7))
    _set_widths(table, [width] * len(header))


def _paragraph(document: DocumentObject, text: str, colour: RGBColor) -> None:
    run = document.add_paragraph().add_run(text)
    run.font.size, run.font.color.rgb = SMALL, colour


def _write(paragraph: Paragraph, text: Text, size: Pt = BODY) -> None:
    for part in text:
        paragraph.add_run(part.text).font.size = size


def _fixed_zip(document: DocumentObject) -> bytes:
    """The same package with every entry's time fixed."""
    buffer, fixed = io.BytesIO(), io.BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(fixed, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return fixed.getvalue()

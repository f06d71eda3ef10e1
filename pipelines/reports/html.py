"""The weekly page as one self-contained HTML file: no script, no request, light and dark."""

import re
from functools import lru_cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pipelines.reports.charts import theme_chart, week_chart
from pipelines.reports.words.page import Page
from pipelines.reports.words.text import Text, Writer

SNAPSHOT_META: Final = "vigie-snapshot"
_SVG_START: Final = re.compile(r".*?(?=<svg)", re.DOTALL)
_SVG_SIZE: Final = re.compile(r'(<svg[^>]*?) width="[^"]*"')
_SVG_HEIGHT: Final = re.compile(r'(<svg[^>]*?) height="[^"]*"')
_SVG_METADATA: Final = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)


def render_html(page: Page, writer: Writer) -> str:
    """The page as HTML; charts stand inside it as SVG."""
    template = _environment().get_template("weekly.html.j2")
    return template.render(
        page=page,
        css=Markup(_environment().get_template("weekly.css").render()),  # noqa: S704 - our own file
        week_svg=inline_svg(week_chart(writer, "svg"), "fig-a"),
        theme_svg=inline_svg(theme_chart(writer, "svg"), "fig-b"),
    )


def marked(text: Text) -> Markup:
    """Text with each number in an element that names its figure."""
    parts = [
        escape(run.text)
        if run.figure is None
        else Markup('<span class="n" data-figure="{}">{}</span>').format(run.figure, run.text)
        for run in text
    ]
    return Markup("").join(parts)


def inline_svg(svg: bytes, prefix: str) -> Markup:
    """An SVG to stand inside a page: no prologue, no fixed size, ids apart from its neighbours'."""
    text = _SVG_START.sub("", svg.decode(), count=1)
    text = _SVG_METADATA.sub("", text)
    text = _SVG_HEIGHT.sub(r"\1", _SVG_SIZE.sub(r"\1", text, count=1), count=1)
    text = re.sub(r'id="([^"]+)"', rf'id="{prefix}-\1"', text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", text)
    text = text.replace("<svg", '<svg aria-hidden="true"', 1)
    return Markup(text)  # noqa: S704 - drawn by charts.py, without text from outside


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pipelines.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["marked"] = marked
    return environment

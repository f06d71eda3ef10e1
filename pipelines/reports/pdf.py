"""The weekly page as PDF, from the same HTML."""

import re
from typing import Final

from config.errors import VigieError

VARIANT: Final = "pdf/ua-1"
_IDENTIFIER: Final = re.compile(rb"/ID \[\(([0-9a-f]{16})\)")


def render_pdf(html: str, snapshot_id: str) -> bytes:
    """A tagged PDF whose file identifier is the snapshot's; no creation date.

    VigieError when WeasyPrint's system libraries are missing.
    """
    try:
        # Loads system libraries that may be missing.
        import weasyprint
        from weasyprint.urls import URLFetcher
    except OSError as error:
        raise VigieError(
            "the PDF cannot be made, a system library is missing; on Debian run "
            "`apt-get install libpango-1.0-0 libpangoft2-1.0-0`, or leave pdf out of --format"
        ) from error
    nothing_from_outside = URLFetcher(allowed_protocols=())
    document = weasyprint.HTML(string=html, url_fetcher=nothing_from_outside)
    pdf: bytes = document.write_pdf(pdf_identifier=snapshot_id.encode(), pdf_variant=VARIANT)
    return pdf


def pdf_snapshot_id(content: bytes) -> str | None:
    """The snapshot id a PDF of ours was made from."""
    found = _IDENTIFIER.search(content)
    return found[1].decode() if found else None

"""What an endpoint answers, before it becomes HTTP."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HTML_ERROR = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


@dataclass(frozen=True)
class Answer:
    """A status, a body and headers."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json; charset=utf-8"


def json_answer(content: Mapping[str, Any], status: int = 200, *, ascii_only: bool) -> Answer:
    """A JSON answer; the Graph API escapes what is not ASCII, X does not."""
    text = json.dumps(content, ensure_ascii=ascii_only, separators=(",", ":"))
    return Answer(text.encode(), status)


def html_answer(status: int) -> Answer:
    """An error page as the edge of a platform sends it."""
    title = {502: "502 Bad Gateway", 503: "503 Service Temporarily Unavailable"}.get(
        status, f"{status} Internal Server Error"
    )
    return Answer(HTML_ERROR.format(title).encode(), status, media_type="text/html")

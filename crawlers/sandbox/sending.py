"""Answers as HTTP: the Date header, bodies in small pieces, faults of the connection."""

from collections.abc import AsyncIterator
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from starlette.responses import Response, StreamingResponse

from crawlers.sandbox.answers import Answer
from crawlers.sandbox.faults import WIRE, Fault
from crawlers.sandbox.stage import Stage
from crawlers.sandbox.wire import BrokenResponse

CHUNK: Final = 4096


def http_date(moment: datetime) -> str:
    """A moment as HTTP headers write it."""
    return format_datetime(moment.replace(microsecond=0), usegmt=True)


def sent(stage: Stage, answer: Answer, fault: Fault | None = None) -> Response:
    """The answer on its way to the client, broken when the fault is one of the connection."""
    headers = {"date": http_date(stage.server_time), **answer.headers}
    if fault is not None and fault.kind in WIRE:
        return BrokenResponse(answer, headers, fault.kind or "", stage.note_bytes)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(answer.body), CHUNK):
            piece = answer.body[start : start + CHUNK]
            yield piece
            stage.note_bytes(len(piece))

    headers["content-length"] = str(len(answer.body))
    return StreamingResponse(pieces(), answer.status, headers, answer.media_type)

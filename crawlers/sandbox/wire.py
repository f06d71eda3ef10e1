"""Answers that break on the way: resets, stalls, bodies shorter or longer than announced."""

import asyncio
import socket
import struct
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, Protocol

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from crawlers.sandbox.answers import Answer

TRANSPORT: Final = "vigie.transport"
RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)  # linger for no time at all


class Listener(Protocol):
    """Whoever counts the bytes that leave."""

    def __call__(self, count: int) -> None:
        """Take the size of one piece."""


class WireProtocol(H11Protocol):
    """HTTP that lets an answer reach its own connection."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.app = self._with_transport(self.app)

    def _with_transport(self, app: Any) -> Any:
        async def told(scope: Scope, receive: Receive, send: Send) -> None:
            inner: ASGIApp = app
            await inner({**scope, TRANSPORT: self.transport}, receive, send)

        return told


class BrokenResponse(Response):
    """The first half of the right answer, and then what its kind says."""

    def __init__(
        self, answer: Answer, headers: Mapping[str, str], kind: str, left: Listener
    ) -> None:
        super().__init__(b"", answer.status)
        self.kind = kind
        self.left = left
        self.whole = answer.body
        self.half = answer.body[: len(answer.body) // 2]
        announced = len(self.half) if kind == "wrong_length" else len(self.whole)
        self.head = _head(answer, {**headers, "content-length": str(announced)})

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        """Write to the connection itself, and wait until it has ended."""
        transport: asyncio.Transport = scope[TRANSPORT]
        sent = self.whole if self.kind == "wrong_length" else self.half
        transport.write(self.head + sent)
        self.left(len(sent))
        if self.kind == "reset":
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            transport.abort()
        elif self.kind != "stall":
            transport.close()
        # The request itself is the first message; what follows is the end of the connection.
        while (await receive())["type"] != "http.disconnect":
            pass


def _head(answer: Answer, headers: Mapping[str, str]) -> bytes:
    status = HTTPStatus(answer.status)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", f"content-type: {answer.media_type}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

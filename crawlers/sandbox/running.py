"""A uvicorn server on a free loopback port."""

import socket

import uvicorn
from starlette.applications import Starlette

from crawlers.sandbox.wire import WireProtocol


def open_port(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one."""
    listener = socket.create_server((host, port))
    # Accepted connections inherit this; without it each answer in chunks waits 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.set_inheritable(False)
    return listener


def address_of(listener: socket.socket) -> str:
    """The address under which a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"


def make_server(app: Starlette) -> uvicorn.Server:
    """A quiet server for an application."""
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=WireProtocol,
        date_header=False,  # the stand-ins have their own clock
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)

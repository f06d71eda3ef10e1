"""The stand-ins in a thread, for tests and for scripts that steer them."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from crawlers.sandbox.elements import World
from crawlers.sandbox.faults import Faults
from crawlers.sandbox.organisations import WATCHLIST
from crawlers.sandbox.running import address_of, make_server, open_port
from crawlers.sandbox.server import make_app
from crawlers.sandbox.stage import Stage
from crawlers.sandbox.world import build_world

START_SECONDS: Final = 20.0


class Sandbox:
    """Stand-ins on a loopback port while the context lasts; the clock starts at the end."""

    def __init__(
        self,
        seed: int = 7,
        weeks: int = 12,
        *,
        page_size_cap: int | None = None,
        now: datetime | None = None,
        world: World | None = None,
    ) -> None:
        self.world = world or build_world(seed, weeks)
        self.stage = Stage(self.world, now or self.world.end, page_size_cap)
        self.watchlist: Path = WATCHLIST
        self.x_token = self.stage.x_token
        self.facebook_token = self.stage.facebook_token
        self.url = ""
        self._server = make_server(make_app(self.stage))
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        listener = open_port("127.0.0.1", 0)
        self.url = address_of(listener)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(START_SECONDS)

    def set_clock(self, now: datetime) -> None:
        """Move the stand-ins' clock."""
        self.stage.now = now

    @property
    def requests(self) -> list[str]:
        """Paths and queries asked so far, without tokens."""
        return self.stage.requests

    @property
    def bytes_sent(self) -> int:
        """Body bytes sent so far."""
        return self.stage.bytes_sent

    @property
    def on_bytes(self) -> Callable[[int], None] | None:
        """Called with all body bytes sent so far after each piece of at most 4 KiB."""
        return self.stage.on_bytes

    @on_bytes.setter
    def on_bytes(self, listener: Callable[[int], None] | None) -> None:
        self.stage.on_bytes = listener

    @property
    def faults(self) -> Faults:
        """Faults planned for the next requests."""
        return self.stage.faults

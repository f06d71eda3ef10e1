"""The stand-in platforms of the demo: their own process, whose clock we move."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.errors import SourceError


@dataclass(frozen=True)
class SandboxWorld:
    """Address, tokens and time of the running stand-ins, as they print them."""

    url: str
    x_base_url: str
    facebook_base_url: str
    x_token: str
    facebook_token: str
    watchlist: Path
    start: datetime
    end: datetime

    def set_clock(self, now: datetime) -> None:
        """Move the stand-ins' time; nothing later than it is served."""
        self._tell("_clock", {"now": now.isoformat()})

    def plan_fault(self, *, path: str, status: int, times: int) -> None:
        """Let the next requests whose path holds `path` fail with a status."""
        self._tell("_faults", {"path": path, "status": status, "times": times})

    def forget_faults(self) -> None:
        """Let every request be answered again."""
        self._tell("_faults", None)

    def _tell(self, what: str, content: Mapping[str, object] | None) -> None:
        """Tell the stand-ins something; without a content, to forget it."""
        request = urllib.request.Request(  # noqa: S310  (our own stand-ins, on loopback)
            f"{self.url}/{what}",
            data=None if content is None else json.dumps(content).encode(),
            headers={"Content-Type": "application/json"},
            method="DELETE" if content is None else "POST",
        )
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310  (loopback)
            pass


@contextmanager
def running_world(*, seed: int, weeks: int, truth: Path) -> Iterator[SandboxWorld]:
    """Start the stand-ins for a seed; the planted truth goes to a file only the score opens."""
    command = [sys.executable, "-m", "crawlers.sandbox", "--seed", str(seed), "--weeks", str(weeks)]
    command += ["--port", "0", "--truth", str(truth)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise SourceError("the stand-in platforms did not start; see their message above")
            yield _world(json.loads(line))
        finally:
            process.terminate()


def _world(said: dict[str, str]) -> SandboxWorld:
    return SandboxWorld(
        url=said["url"],
        x_base_url=said["x_base_url"],
        facebook_base_url=said["facebook_base_url"],
        x_token=said["x_token"],
        facebook_token=said["facebook_token"],
        watchlist=Path(said["watchlist"]),
        start=datetime.fromisoformat(said["start"]),
        end=datetime.fromisoformat(said["end"]),
    )

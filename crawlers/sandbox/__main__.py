"""Serve the stand-in platforms: python -m crawlers.sandbox --seed 7 --port 0."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from config.errors import VigieError
from crawlers.sandbox.organisations import WATCHLIST
from crawlers.sandbox.running import address_of, make_server, open_port
from crawlers.sandbox.server import make_app
from crawlers.sandbox.stage import Stage
from crawlers.sandbox.truth import truth_of, write_truth
from crawlers.sandbox.world import build_world


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON line with the address, then serve until the process is told to stop."""
    options = _options(arguments)
    try:
        world = build_world(options.seed, options.weeks)
    except VigieError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    if options.truth is not None:
        write_truth(options.truth, truth_of(world))
    stage = Stage(world, options.now or world.end, options.page_size_cap)
    listener = open_port(options.host, options.port)
    sys.stdout.write(json.dumps(_greeting(stage, address_of(listener))) + "\n")
    sys.stdout.flush()
    make_server(make_app(stage)).run(sockets=[listener])
    return 0


def _greeting(stage: Stage, url: str) -> dict[str, str]:
    return {
        "url": url,
        "x_base_url": url,
        "facebook_base_url": url,
        "x_token": stage.x_token,
        "facebook_token": stage.facebook_token,
        "watchlist": str(WATCHLIST.resolve()),
        "start": _shown(stage.world.start),
        "end": _shown(stage.world.end),
        "now": _shown(stage.now),
    }


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m crawlers.sandbox", description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="which world (default 7)")
    parser.add_argument("--weeks", type=int, default=12, help="only the last weeks of the story")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--now", type=_moment, help="first time of the clock (default: the end)")
    parser.add_argument("--truth", type=Path, help="write the planted truth to this file")
    parser.add_argument("--page-size-cap", type=int, help="most items on one page")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

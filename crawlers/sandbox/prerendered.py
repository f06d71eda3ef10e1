"""A stand-in of X search for measurements: any number of posts, no checks, hardly any work.

Every address answers with pages of a hundred posts, made of the story's posts with ids, times and
a running number filled in, so that the measured time is the client's. It runs as its own process:
`python -m crawlers.sandbox.prerendered --posts 10000` prints its address as one JSON line.
"""

import argparse
import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlsplit

from crawlers.sandbox.elements import Post
from crawlers.sandbox.ids import X_EPOCH_MS
from crawlers.sandbox.stage import Stage
from crawlers.sandbox.timetable import STORY_END
from crawlers.sandbox.world import build_world
from crawlers.sandbox.x_objects import Wanted, post_object, unique_users, x_time
from crawlers.sandbox.x_vocabulary import POST, TWEET, Vocabulary

PAGE: Final = 100
TEMPLATES: Final = 20  # pages with other texts; then they come round again
SPREAD: Final = timedelta(days=6)  # inside the week that recent search sees
LATEST: Final = STORY_END - timedelta(minutes=5)
ID_MARK, TIME_MARK, NUMBER_MARK = "@@id@@", "@@time@@", "@@number@@"
FIELDS: Final = (
    *("conversation_id", "created_at", "edit_controls", "entities", "lang", "public_metrics"),
    *("author_id", "note_post", "note_tweet", "edit_history_tweet_ids"),
)

Json = dict[str, Any]


@dataclass(frozen=True)
class Template:
    """One page with holes: the text between them, and what goes into each."""

    pieces: tuple[str, ...]
    holes: tuple[tuple[str, int], ...]  # which mark, of which post on the page
    tail: str  # what stands behind the data and before the meta


class Pages:
    """The pages of a query with `posts` posts, newest first."""

    def __init__(self, posts: int, seed: int) -> None:
        self.posts = posts
        world = build_world(seed)
        stage = Stage(world, STORY_END + timedelta(days=1))
        originals = [one for one in world.x_posts if one.kind == "post" and not one.edit]
        self._templates = {
            words.parameter: [
                _template(stage, _turned(originals, number * 17), words)
                for number in range(TEMPLATES)
            ]
            for words in (POST, TWEET)
        }

    def __len__(self) -> int:
        return -(-self.posts // PAGE)

    def page(self, number: int, words: Vocabulary) -> bytes:
        """A page by number, from 0; the last one may be shorter, one behind it is empty."""
        count = min(PAGE, self.posts - number * PAGE)
        if count <= 0:
            return b'{"meta":{"result_count":0}}'
        template = self._templates[words.parameter][number % TEMPLATES]
        moment = self._moment(number)
        ids = _ids(moment, count)
        filled = _filled(template, ids, x_time(moment), number * PAGE)
        meta: Json = {"newest_id": ids[0], "oldest_id": ids[-1], "result_count": count}
        if number + 1 < len(self):
            meta["next_token"] = f"p{number + 1}"
        return f'{{"data":[{filled}],{template.tail},"meta":{json.dumps(meta)}}}'.encode()

    def first_before(self, end: datetime) -> int:
        """The newest page whose posts were made before a moment: a window begins with it."""
        return next((n for n in range(len(self)) if self._moment(n) < end), len(self))

    def _moment(self, number: int) -> datetime:
        return LATEST - SPREAD * (number / max(1, len(self)))


def _turned(posts: Sequence[Post], by: int) -> list[Post]:
    return [posts[(by + place) % len(posts)] for place in range(PAGE)]


def _template(stage: Stage, posts: Sequence[Post], words: Vocabulary) -> Template:
    wanted = Wanted(
        vocabulary=words,
        fields=frozenset(FIELDS) & set(words.fields),
        expansions=frozenset({"author_id"}),
    )
    made = []
    for one in posts:
        content = post_object(stage, one, wanted)
        content |= {"id": ID_MARK, words.history: [ID_MARK], "conversation_id": ID_MARK}
        content |= {"created_at": TIME_MARK, "text": f"{content['text']} ({NUMBER_MARK})"}
        made.append(json.dumps(content, ensure_ascii=False, separators=(",", ":")))
    pieces, holes = _split(made)
    users = json.dumps(unique_users((one.author for one in posts), wanted), ensure_ascii=False)
    return Template(tuple(pieces), tuple(holes), f'"includes":{{"users":{users}}}')


def _split(posts: Sequence[str]) -> tuple[list[str], list[tuple[str, int]]]:
    pieces, holes = [""], list[tuple[str, int]]()
    for place, text in enumerate(posts):
        rest = f"{',' if place else ''}{text}"
        while marks := [mark for mark in (ID_MARK, TIME_MARK, NUMBER_MARK) if mark in rest]:
            first = min(marks, key=rest.index)
            before, _, rest = rest.partition(first)
            pieces[-1] += before
            holes.append((first, place))
            pieces.append("")
        pieces[-1] += rest
    return pieces, holes


def _filled(template: Template, ids: Sequence[str], moment: str, first: int) -> str:
    made: list[str] = []
    for piece, (mark, place) in zip(template.pieces, template.holes, strict=False):
        if place >= len(ids):
            break
        made.append(piece)
        value = ids[place] if mark == ID_MARK else str(first + place)
        made.append(moment if mark == TIME_MARK else value)
    else:
        return "".join(made) + template.pieces[-1]
    # The page ends inside the list: what follows the last hole up to the next post is its rest.
    rest = template.pieces[len(made) // 2]
    return "".join(made) + rest[: rest.index(',{"id":')]


def _ids(moment: datetime, count: int) -> list[str]:
    first = (int(moment.timestamp() * 1000) - X_EPOCH_MS) << 22
    return [str(first + place) for place in range(count, 0, -1)]


class _Connection(asyncio.Protocol):
    """Just enough HTTP/1.1: one GET after the other on a kept connection."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._waiting = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while b"\r\n\r\n" in self._waiting and self._transport is not None:
            head, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
            target = head.partition(b"\r\n")[0].split(b" ")[1]
            words = TWEET if b"tweet.fields=" in target else POST
            body = self._pages.page(self._page_asked(target.decode()), words)
            self._transport.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\n"
                b"x-rate-limit-limit: 450\r\nx-rate-limit-remaining: 449\r\n"
                b"x-rate-limit-reset: 4102444800\r\ncontent-length: %d\r\n\r\n" % len(body) + body
            )

    def _page_asked(self, target: str) -> int:
        params = dict(parse_qsl(urlsplit(target).query))
        if token := params.get("next_token"):
            return int(token[1:])
        end = params.get("end_time")
        return self._pages.first_before(datetime.fromisoformat(end)) if end else 0


class Prerendered:
    """The stand-in as a process of its own while the context lasts."""

    def __init__(self, posts: int = 10_000, seed: int = 7) -> None:
        self.expected_posts = posts
        self.seed = seed
        self.url = ""
        self.now = STORY_END
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "crawlers.sandbox.prerendered"]
        command += ["--posts", str(self.expected_posts), "--seed", str(self.seed)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["url"]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.stdout is not None:
            self._process.terminate()
            self._process.stdout.close()
            self._process.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON line with the address, then serve until the process is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m crawlers.sandbox.prerendered")
    parser.add_argument("--posts", type=int, default=10_000, help="how many posts are found")
    parser.add_argument("--seed", type=int, default=7, help="which texts")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    options = parser.parse_args(arguments)
    asyncio.run(_serve(Pages(options.posts, options.seed), options.port))
    return 0


async def _serve(pages: Pages, port: int) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    server = await loop.create_server(lambda: _Connection(pages), "127.0.0.1", port)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    told = {"url": address, "x_base_url": address, "posts": pages.posts, "now": x_time(STORY_END)}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    await stopped.wait()
    server.close()


if __name__ == "__main__":
    sys.exit(main())

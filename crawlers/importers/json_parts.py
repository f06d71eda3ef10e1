"""The JSON of a file as a stream of parts: the whole, its lines, or the elements of an array."""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import IO, Any, Final

from config.errors import InputError
from crawlers.importers.opening import MIB, Limits
from crawlers.parsers.reading import load_json

# Larger documents that are broken are not looked through for lines that are whole.
WHOLE: Final = 32 * MIB
FIRST_READ: Final = MIB
ASSIGNMENT: Final = re.compile(rb"\s*window\.YTD\.[\w.]+\s*=\s*")
BLANK_OR_COMMA: Final = re.compile(r"[\s,]*")
BLANK: Final = re.compile(r"\s*")


@dataclass(frozen=True)
class JsonPart:
    """One JSON value of a file as it stands there."""

    body: bytes
    kind: str  # whole, line or element
    value: Any = None
    problem: str | None = None  # why it is no JSON


def json_parts(file: IO[bytes], size: int, limits: Limits) -> Iterator[JsonPart] | None:
    """The parts of a UTF-8 file; None when it is neither begun nor meant as JSON.

    A part that is no JSON is given with its problem.
    """
    head = _skip_blank(file).lstrip()
    if assigned := ASSIGNMENT.match(head):
        head = head[assigned.end() :]
    if head.startswith(b"["):
        return _elements(_Text(file, head), limits)
    if not head.startswith(b"{"):
        return None
    if len(head) >= FIRST_READ and not head.endswith(b"\n"):
        head += file.readline(limits.line)
    first = _parsed(head.rstrip(), "line")
    if first.problem is None:
        second = _skip_blank(file)
        if not second:
            return iter([replace(first, kind="whole")])
        return chain([first], _lines(file, limits, second))
    if size <= WHOLE:
        return _of_body(head + file.read())
    return _of_large(head, file, limits, first)


def _of_large(head: bytes, file: IO[bytes], limits: Limits, first: JsonPart) -> Iterator[JsonPart]:
    """A large file whose first line is not whole: lines where the next one is, else one value."""
    second = file.readline(limits.line)
    if second[:1] not in b" \t\r\n]}" and _parsed(second.strip(), "line").problem is None:
        return chain([first], _lines(file, limits, second))
    return iter([_parsed(head + second + file.read(), "whole")])


def _of_body(body: bytes) -> Iterator[JsonPart]:
    whole = _parsed(body, "whole")
    if whole.problem is None:
        return iter([whole])
    # Not splitlines: U+2028 may stand inside a JSON string.
    lines = [
        _parsed(line.strip(), "line", indented=line[:1] in b" \t")
        for line in body.split(b"\n")
        if line.strip()
    ]
    if any(part.problem is None for part in lines):
        return iter(lines)
    raise InputError(f"is not JSON ({whole.problem})")


def _skip_blank(file: IO[bytes]) -> bytes:
    """The first line that is not blank, or the beginning of a long one."""
    while line := file.readline(FIRST_READ):
        if line.strip():
            return line
    return b""


def _lines(file: IO[bytes], limits: Limits, line: bytes) -> Iterator[JsonPart]:
    """The lines of a file from one on that has been read, perhaps only its beginning."""
    if len(line) >= FIRST_READ and not line.endswith(b"\n"):
        line += file.readline(limits.line)
    while line:
        if len(line) >= limits.line and not line.endswith(b"\n"):
            raise InputError(f"a line is longer than {limits.line // MIB} MiB")
        if stripped := line.strip():
            yield _parsed(stripped, "line", indented=line[:1] in b" \t")
        line = file.readline(limits.line)


def _parsed(body: bytes, kind: str, *, indented: bool = False) -> JsonPart:
    try:
        value = load_json(body)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, " if kind == "whole" else ""
        return JsonPart(body, kind, problem=f"{where}column {error.colno}: {error.msg}")
    except (ValueError, RecursionError) as error:
        return JsonPart(body, kind, problem=f"{type(error).__name__}: too deep or too long")
    # An indented object is a piece of a broken document, not a line of its own.
    if kind == "line" and (indented or not isinstance(value, dict | list)):
        return JsonPart(body, kind, problem="not a JSON object")
    return JsonPart(body, kind, value)


class _Text:
    """A window on a UTF-8 file that grows by doubling and forgets what has been read."""

    def __init__(self, file: IO[bytes], head: bytes) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._read = FIRST_READ
        self.text = self._decoder.decode(head)
        self.at = 0
        self.ended = False

    def more(self) -> bool:
        """Add text behind what is left; False at the end of the file."""
        if self.ended:
            return False
        chunk = self._file.read(self._read)
        self.ended = not chunk
        left = self.text[self.at :]
        # An element longer than the window: read more at once, so that it is not tried too often.
        self._read = max(FIRST_READ, 2 * len(left))
        self.text = left + self._decoder.decode(chunk, final=self.ended)
        self.at = 0
        return True

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Go past what matches; give the next character, empty at the end."""
        while True:
            found = pattern.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text) or not self.more():
                return self.text[self.at : self.at + 1]


def _elements(text: _Text, limits: Limits) -> Iterator[JsonPart]:
    """The elements of an array, and those of arrays that follow it line by line."""
    decoder = json.JSONDecoder()
    while text.skip(BLANK) == "[":
        text.at += 1
        while text.skip(BLANK_OR_COMMA) not in {"]", ""}:
            part = _element(text, decoder, limits)
            yield part
            if part.problem is not None:
                return
        if not text.skip(BLANK_OR_COMMA):
            yield JsonPart(b"", "element", problem="the array is not closed")
            return
        text.at += 1
    if text.skip(re.compile(r"[\s;]*")):
        yield JsonPart(b"", "element", problem="something follows the array")


def _element(text: _Text, decoder: json.JSONDecoder, limits: Limits) -> JsonPart:
    while True:
        try:
            value, end = decoder.raw_decode(text.text, text.at)
        except json.JSONDecodeError as error:
            if len(text.text) - text.at < limits.line and text.more():
                continue
            return _unread(text, error.msg)
        except (ValueError, RecursionError) as error:
            return _unread(text, f"{type(error).__name__}: too deep or too long")
        if end == len(text.text) and text.more():
            continue
        body = text.text[text.at : end].encode("utf-8", "replace")
        text.at = end
        return JsonPart(body, "element", value)


def _unread(text: _Text, problem: str) -> JsonPart:
    body = text.text[text.at :].encode("utf-8", "replace")
    return JsonPart(body, "element", problem=problem)

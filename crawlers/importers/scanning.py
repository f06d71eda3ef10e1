"""One pass over a file before it is read: its hash, its size, and how its text is encoded."""

import codecs
import hashlib
import io
import re
from dataclasses import dataclass
from typing import IO, Any, Final, cast

from config.errors import InputError
from crawlers.importers.opening import BUFFER, Member

UTF8: Final = "utf-8"
BOMS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Files that are no text, by their first bytes.
BINARY: Final = {
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite database",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"PK\x03\x04": "a ZIP or Excel file inside another",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
HEAD: Final = 65_536
BROKEN: Final = re.compile("[\udc80-\udcff]")
NOT_ASCII: Final = re.compile("[^\x00-\x7f]")
# Below this share of broken bytes a text is UTF-8 with a few cut characters, not Windows-1252.
FEW_BROKEN: Final = 0.05
MANY_NULS: Final = 0.2


@dataclass(frozen=True)
class Scan:
    """What one pass told of a file."""

    digest: str
    size: int
    encoding: str
    broken: int = 0  # bytes that are no text in this encoding; they become U+FFFD

    @property
    def unusual(self) -> str | None:
        """The encoding in words, when it is not plain UTF-8."""
        if self.encoding not in {UTF8, "utf-8-sig"}:
            return self.encoding
        return f"utf-8, {self.broken} broken bytes" if self.broken else None


def scan_member(member: Member) -> Scan:
    """Read a file once from end to end. Raises InputError for empty files and those not text."""
    digest, size, head, blank = hashlib.sha256(), 0, b"", True
    text = _TextCheck()
    with member.open() as file:
        while chunk := file.read(BUFFER):
            if not size:
                head = chunk[:HEAD]
                if not member.is_workbook:
                    _refuse_binary(head)
            digest.update(chunk)
            size += len(chunk)
            blank = blank and not chunk.strip()
            text.add(chunk)
    if blank:
        raise InputError("is empty")
    if member.is_workbook:
        return Scan(digest.hexdigest(), size, UTF8)
    told = _by_mark(head)
    encoding, broken = (told, text.broken if told == "utf-8-sig" else 0) if told else text.verdict()
    return Scan(digest.hexdigest(), size, encoding, broken)


def utf8_stream(member: Member, scan: Scan) -> IO[bytes]:
    """The file as UTF-8 without byte order mark, from its beginning."""
    file = member.open()
    if scan.encoding == UTF8 and not scan.broken:
        return file
    text = io.TextIOWrapper(cast("Any", file), scan.encoding, errors="replace", newline="")
    return cast("IO[bytes]", io.BufferedReader(_Recoded(text), BUFFER))


class _Recoded(io.RawIOBase):
    """A text of any encoding read as UTF-8."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._waiting:
            self._waiting = self._text.read(BUFFER // 4).encode(UTF8, "replace")
        given = self._waiting[: len(buffer)]
        self._waiting = self._waiting[len(given) :]
        buffer[: len(given)] = given
        return len(given)

    def close(self) -> None:
        if not self.closed:
            self._text.close()
        super().close()


class _TextCheck:
    """Whether bytes are UTF-8, and how far they are from it."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder(UTF8)("strict")
        self._strict = True
        self.broken = 0
        self._beyond_ascii = 0

    def add(self, chunk: bytes) -> None:
        if self._strict:
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError:
                # What came before was right, so it need not be counted: it only speaks for UTF-8.
                self._strict = False
                self._decoder = codecs.getincrementaldecoder(UTF8)("surrogateescape")
            else:
                return
        text = self._decoder.decode(chunk)
        broken = len(BROKEN.findall(text))
        self.broken += broken
        self._beyond_ascii += len(NOT_ASCII.findall(text)) - broken

    def verdict(self) -> tuple[str, int]:
        if self.broken <= FEW_BROKEN * self._beyond_ascii:
            return UTF8, self.broken
        return "windows-1252", 0


def _by_mark(head: bytes) -> str | None:
    for mark, encoding in BOMS.items():
        if head.startswith(mark):
            return encoding
    nuls = head.count(0)
    if nuls <= MANY_NULS * len(head):
        return None
    return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"


def _refuse_binary(head: bytes) -> None:
    for magic, name in BINARY.items():
        if head.startswith(magic):
            raise InputError(f"is {name}; export it as JSON or CSV")

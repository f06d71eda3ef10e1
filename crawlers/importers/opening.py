"""Opening what an operator gives: files, standard input, gzip, zstd and zip, with limits.

Nothing is ever written under a name that an archive tells, and nothing is unpacked whole: every
reader goes through a guard that counts what comes out.
"""

import gzip
import io
import shutil
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Final, cast

from backports import zstd

from config.errors import InputError

STDIN: Final = "-"
GZIP_MAGIC: Final = b"\x1f\x8b"
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
ZIP_MAGIC: Final = b"PK\x03\x04"
MIB: Final = 2**20
BUFFER: Final = MIB
SPOOLED: Final = 64 * MIB
# A ratio says nothing of the danger of small files: they are let through.
SMALL: Final = 64 * MIB
MAX_MEMBERS: Final = 10_000
DAMAGE: Final = (OSError, EOFError, zlib.error, zstd.ZstdError, zipfile.BadZipFile)
WORKBOOK_PART: Final = "xl/workbook.xml"
# Members of archives that hold no posts.
NO_DATA: Final = (
    ".jpg", ".jpeg", ".png", ".gif", ".webp", ".mp4", ".mov", ".mp3", ".m4a", ".svg", ".ico",
    ".html", ".htm", ".css", ".pdf", ".docx", ".md", ".ttf", ".woff", ".woff2",
)  # fmt: skip
ACCOUNT_ARCHIVE: Final = "data/manifest.js"
ARCHIVED_POSTS: Final = ("data/tweets", "data/tweet.", "data/tweet-", "data/note-tweet")


@dataclass(frozen=True)
class Limits:
    """How much a file may hold: bytes out per byte in, bytes out in all, bytes of one line."""

    ratio: int = 200
    total: int = 20 * 1024 * MIB
    line: int = 512 * MIB


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True)
class Member:
    """One file to import: the name it is reported by, and how it is opened from its beginning."""

    name: str
    path: Path | None  # where a column map may lie beside it
    open: Callable[[], IO[bytes]]
    is_workbook: bool = False


def members_of(path: str | Path, limits: Limits, opened: ExitStack) -> list[Member]:
    """What a file or stdin (`-`) holds: itself, or the members of a zip. Raises InputError.

    Standard input is kept until `opened` is closed.
    """
    if str(path) == STDIN:
        spool = opened.enter_context(_spooled())
        return _members(str(path), None, partial(_rewound, spool), limits)
    real = Path(path)
    return _members(str(path), real, partial(_opened, real), limits)


def _members(
    name: str, path: Path | None, plain: Callable[[], IO[bytes]], limits: Limits
) -> list[Member]:
    with plain() as file:
        magic = file.read(4)
        size = file.seek(0, io.SEEK_END)
    if magic == ZIP_MAGIC:
        return _zip_members(name, path, plain, limits)
    if magic.startswith(GZIP_MAGIC):
        return [Member(name, path, partial(_unpacked, plain, _gunzipped, "gzip", size, limits))]
    if magic == ZSTD_MAGIC:
        return [Member(name, path, partial(_unpacked, plain, zstd.ZstdFile, "zstd", size, limits))]
    for suffix, what in ((".gz", "gzip"), (".zst", "zstd")):
        if name.endswith(suffix):
            raise InputError(f"ends in {suffix} but holds no {what} data")
    return [Member(name, path, plain)]


def _unpacked(
    plain: Callable[[], IO[bytes]],
    unpack: Callable[[IO[bytes]], Any],
    what: str,
    packed: int,
    limits: Limits,
) -> IO[bytes]:
    file = plain()
    return _guarded(_Guard(unpack(file), what, packed, limits, (file,)))


def _zip_members(
    name: str, path: Path | None, plain: Callable[[], IO[bytes]], limits: Limits
) -> list[Member]:
    try:
        with plain() as file, zipfile.ZipFile(file) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except DAMAGE as error:
        raise InputError("the zip data is cut or damaged; fetch the file again") from error
    _check_size(infos, limits)
    if any(info.filename == WORKBOOK_PART for info in infos):
        return [Member(name, path, plain, is_workbook=True)]
    chosen = [info for info in infos if _is_data(info.filename, infos)]
    if not chosen:
        raise InputError("is a zip without any file that could hold posts")
    return [
        Member(f"{name}:{info.filename}", None, partial(_zip_member, plain, info, limits))
        for info in chosen
    ]


def _check_size(infos: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(infos) > MAX_MEMBERS:
        raise InputError(f"is a zip of more than {MAX_MEMBERS} files; take it apart first")
    packed = sum(info.compress_size for info in infos)
    _check(sum(info.file_size for info in infos), packed, "zip", limits)


def _is_data(member: str, infos: list[zipfile.ZipInfo]) -> bool:
    """Whether a member may hold posts; of an account's archive only the lists of posts do."""
    inner = member.rpartition("/")[2]
    if inner.startswith(".") or member.startswith("__MACOSX/") or inner.endswith(NO_DATA):
        return False
    if any(info.filename.endswith(ACCOUNT_ARCHIVE) for info in infos):
        return any(start in member for start in ARCHIVED_POSTS)
    return True


def _zip_member(plain: Callable[[], IO[bytes]], info: zipfile.ZipInfo, limits: Limits) -> IO[bytes]:
    file = plain()
    try:
        archive = zipfile.ZipFile(file)
        opened = archive.open(info)
    except (RuntimeError, NotImplementedError) as error:
        file.close()
        raise InputError("is locked or packed in an unknown way; unpack it first") from error
    except DAMAGE as error:
        file.close()
        raise InputError("the zip data is cut or damaged; fetch the file again") from error
    return _guarded(_Guard(opened, "zip", info.compress_size, limits, (archive, file)))


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb", buffering=BUFFER)
    except IsADirectoryError as error:
        raise InputError("is a folder without any file to import") from error
    except OSError as error:
        what = "is a link that leads nowhere" if path.is_symlink() else "cannot be read"
        raise InputError(f"{what} ({error.strerror})") from error


def _spooled() -> IO[bytes]:
    """Standard input kept so that it can be read twice; the file has no name on the disk."""
    spool = tempfile.SpooledTemporaryFile(max_size=SPOOLED)  # noqa: SIM115  closed by its end
    shutil.copyfileobj(sys.stdin.buffer, spool, BUFFER)
    return cast("IO[bytes]", spool)


def _rewound(spool: IO[bytes]) -> IO[bytes]:
    spool.seek(0)
    return cast("IO[bytes]", _Unclosed(spool))


class _Unclosed(io.BufferedIOBase):
    """A view of an open file that leaves it open when it is closed itself."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self._file.read(-1 if size is None else size)

    def readline(self, size: int | None = -1, /) -> bytes:
        return self._file.readline(-1 if size is None else size)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._file)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._file.seek(offset, whence)
        return self._file.tell()

    def tell(self) -> int:
        return self._file.tell()


def _gunzipped(file: IO[bytes]) -> Any:
    return gzip.GzipFile(fileobj=file)


def _guarded(guard: "_Guard") -> IO[bytes]:
    return cast("IO[bytes]", io.BufferedReader(guard, BUFFER))


class _Guard(io.RawIOBase):
    """Unpacked bytes, counted; too many of them, or damaged ones, are an InputError."""

    def __init__(
        self, inner: Any, what: str, packed: int, limits: Limits, beneath: tuple[Any, ...]
    ) -> None:
        self._inner = inner
        self._what = what
        self._packed = packed
        self._limits = limits
        self._beneath = beneath  # closed with it
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        try:
            chunk = self._inner.read(len(buffer))
        except DAMAGE as error:
            raise InputError(
                f"the {self._what} data is cut or damaged; fetch the file again"
            ) from error
        self._given += len(chunk)
        _check(self._given, self._packed, self._what, self._limits)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            for file in (self._inner, *self._beneath):
                file.close()
        super().close()


def _check(given: int, packed: int, what: str, limits: Limits) -> None:
    if given > limits.total:
        raise InputError(
            f"the {what} file unpacks to more than {limits.total // MIB} MiB; raise "
            "VIGIE_IMPORT_MAX_MIB if it is what you expect"
        )
    if given > SMALL and given > packed * limits.ratio:
        raise InputError(
            f"the {what} file unpacks to more than {limits.ratio} times its size, as a bomb does; "
            "raise VIGIE_IMPORT_MAX_RATIO if it is what you expect"
        )

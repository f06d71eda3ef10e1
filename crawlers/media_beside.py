"""Pictures that lie beside an imported file: read for their prints, never stored.

Known layouts: X archives (`tweets_media/ID-NAME.jpg`, also for a video when its still lies there),
any folder of `ID-NAME` or `ID_NAME` pictures, and 4CAT's image folders and ZIPs, whose
`.metadata.json` names the posts of each file.
"""

import json
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

from sqlmodel import Session, col, func, select

from config.errors import InputError, UsageError
from crawlers.parsers.items import ParsedPage
from crawlers.parsers.media_prints import NEAR, image_print, is_print, nearest_print
from models import Post

PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp"})
MEDIA_FOLDER: Final = re.compile(r"media|image|photo|picture|bild", re.IGNORECASE)
METADATA: Final = ".metadata.json"
LARGEST: Final = 40 * 1024 * 1024  # bytes of one picture
FEWEST_ID_DIGITS: Final = 5

Read = Callable[[], bytes]


@dataclass(frozen=True)
class MediaBeside:
    """The pictures beside one file, by the platform's id of the post they belong to."""

    by_post: Mapping[str, tuple[Read, ...]]

    def prints(self, platform_id: str) -> tuple[str, ...]:
        """Prints of a post's pictures, in the order of their names, each once."""
        found = (image_print(read()) for read in self.by_post.get(platform_id, ()))
        return tuple(dict.fromkeys(one for one in found if one is not None))


def prints_beside(path: Path, platform_id: str) -> tuple[str, ...]:
    """Prints of the pictures of one post that lie beside (or, in a ZIP, inside) a file."""
    return media_beside(path).prints(platform_id)


@lru_cache(maxsize=4)
def media_beside(path: Path) -> MediaBeside:
    """The pictures beside a file, in its folder and the folders in that; or inside a ZIP."""
    if zipfile.is_zipfile(path):
        return _of_zip(path)
    folder = path if path.is_dir() else path.parent
    folders = [folder, *(inner for inner in sorted(folder.iterdir()) if _holds_media(inner))]
    files = {
        str(file.relative_to(folder)): file
        for one in folders
        for file in sorted(one.iterdir())
        if _is_wanted(file) and file.is_file() and file.stat().st_size <= LARGEST
    }
    return _indexed({name: file.read_bytes for name, file in files.items()})


def _holds_media(folder: Path) -> bool:
    """Whether a folder is named as one of pictures: others may hold anything, and much of it."""
    return bool(MEDIA_FOLDER.search(folder.name)) and folder.is_dir()


def _is_wanted(file: Path) -> bool:
    return file.suffix.lower() in PICTURES or file.name == METADATA


def with_prints(parsed: ParsedPage, beside: MediaBeside) -> ParsedPage:
    """The page with the prints of those posts whose pictures lie beside the file."""
    if not beside.by_post:
        return parsed
    posts = tuple(
        replace(post, media_prints=prints)
        if (prints := beside.prints(post.platform_id)) and not post.media_prints
        else post
        for post in parsed.posts
    )
    return replace(parsed, posts=posts)


def similar_prints(session: Session, wanted: str, *, at_most: int = NEAR) -> list[tuple[str, int]]:
    """Ids of the posts with a picture that near, and how many bits differ, nearest first."""
    if not is_print(wanted):
        raise UsageError("that is no print of a picture; take one from a post's media_prints")
    rows = session.exec(
        select(Post.id, Post.media_prints)
        .where(func.json_array_length(Post.media_prints) > 0)
        .order_by(col(Post.id))
    )
    found = [(nearest_print(wanted, prints), post_id) for post_id, prints in rows]
    near = sorted((far, post_id) for far, post_id in found if far is not None and far <= at_most)
    return [(post_id, far) for far, post_id in near]


def _of_zip(path: Path) -> MediaBeside:
    def reader(name: str) -> Read:
        def read() -> bytes:
            try:
                with zipfile.ZipFile(path) as archive:
                    return archive.read(name)
            # RuntimeError also means encrypted, or packed in a way Python does not know.
            except (zipfile.BadZipFile, zlib.error, RuntimeError) as error:
                raise InputError(
                    f"a picture in {path} cannot be unpacked ({type(error).__name__}); "
                    "unpack the ZIP into a folder and import that"
                ) from error

        return read

    with zipfile.ZipFile(path) as archive:
        # The size told in the directory is the most that `read` unpacks.
        names = [one.filename for one in archive.infolist() if one.file_size <= LARGEST]
    return _indexed({name: reader(name) for name in sorted(names)})


def _indexed(files: Mapping[str, Read]) -> MediaBeside:
    by_post: dict[str, list[Read]] = defaultdict(list)
    for name, read in files.items():
        place = PurePosixPath(name)
        if place.name == METADATA:
            for file_name, ids in _told(read()):
                shown = files.get(str(place.with_name(file_name)))
                if shown is not None:
                    for platform_id in ids:
                        by_post[platform_id].append(shown)
        elif place.suffix.lower() in PICTURES and (named := _id_in(place.stem)) is not None:
            by_post[named].append(read)
    return MediaBeside({platform_id: tuple(reads) for platform_id, reads in by_post.items()})


def _id_in(stem: str) -> str | None:
    """The id a picture's name begins with."""
    head = stem.replace("_", "-").partition("-")[0]
    return head if head.isdecimal() and len(head) >= FEWEST_ID_DIGITS else None


def _told(body: bytes) -> Iterable[tuple[str, list[str]]]:
    """File names and post ids of 4CAT's record of what it downloaded."""
    try:
        record = json.loads(body)
    except ValueError:
        return
    entries: Iterable[Any] = record.values() if isinstance(record, dict) else ()
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("filename"), str):
            ids = entry.get("post_ids")
            yield entry["filename"], [str(one) for one in ids] if isinstance(ids, list) else []

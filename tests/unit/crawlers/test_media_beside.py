import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from sqlmodel import Session

from config.errors import InputError, UsageError
from crawlers.media_beside import media_beside, prints_beside, similar_prints
from crawlers.parsers.media_prints import image_print
from models import Post

POST, OTHER = "1830000000000000001", "1830000000000000002"


def picture(number: int) -> bytes:
    drawn = Image.new("RGB", (200, 160), "white")
    ImageDraw.Draw(drawn).polygon([(number * 20, 10), (180, 150), (10, 40 + number * 9)], "navy")
    body = io.BytesIO()
    drawn.save(body, "PNG")
    return body.getvalue()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An X archive: its posts, and a folder of what they show."""
    media = tmp_path / "data" / "tweets_media"
    media.mkdir(parents=True)
    (media / f"{POST}-FaAbc.png").write_bytes(picture(1))
    (media / f"{POST}-FbDef.png").write_bytes(picture(2))
    (media / f"{OTHER}-clip.mp4").write_bytes(b"moving")
    (media / f"{OTHER}-clip.png").write_bytes(picture(3))
    posts = tmp_path / "data" / "tweets.js"
    posts.write_text("window.YTD.tweets.part0 = []")
    return posts


def test_pictures_of_an_archive_are_found_by_the_id_in_their_names(archive):
    assert prints_beside(archive, POST) == (image_print(picture(1)), image_print(picture(2)))


def test_of_a_video_the_still_beside_it_counts(archive):
    assert prints_beside(archive, OTHER) == (image_print(picture(3)),)


def test_a_post_without_a_picture_has_no_print(archive):
    assert prints_beside(archive, "1830000000000000009") == ()


def test_the_same_picture_twice_is_one_print(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{POST}_{name}.png").write_bytes(picture(1))

    assert prints_beside(tmp_path / "posts.ndjson", POST) == (image_print(picture(1)),)


def record(**files: list[str]) -> bytes:
    entries = {
        f"https://images.example/{name}": {"filename": f"{name}.png", "post_ids": ids}
        for name, ids in files.items()
    }
    return json.dumps(entries).encode()


def test_a_4cat_zip_says_itself_which_posts_show_a_picture(tmp_path):
    path = tmp_path / "images.zip"
    with zipfile.ZipFile(path, "w") as written:
        written.writestr("one.png", picture(1))
        written.writestr("two.png", picture(2))
        written.writestr(".metadata.json", record(one=[POST, OTHER], two=[OTHER], gone=[POST]))

    assert prints_beside(path, POST) == (image_print(picture(1)),)
    assert prints_beside(path, OTHER) == (image_print(picture(1)), image_print(picture(2)))


def test_a_damaged_zip_says_what_to_do(tmp_path):
    path = tmp_path / "images.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as written:
        written.writestr(f"{POST}-a.png", picture(1))
    body = bytearray(path.read_bytes())
    body[100] ^= 0xFF
    path.write_bytes(body)

    with pytest.raises(InputError, match="unpack the ZIP into a folder"):
        prints_beside(path, POST)


@pytest.mark.parametrize("broken", [b"{", b"[]", b'{"a": 1, "b": {"filename": 2}}'])
def test_a_broken_record_of_downloads_leaves_the_names(tmp_path, broken):
    (tmp_path / ".metadata.json").write_bytes(broken)
    (tmp_path / f"{POST}-a.png").write_bytes(picture(1))

    assert len(prints_beside(tmp_path / "posts.ndjson", POST)) == 1


def test_nothing_is_read_before_it_is_asked_for(archive):
    beside = media_beside(archive)
    for file in (archive.parent / "tweets_media").iterdir():
        file.unlink()

    with pytest.raises(FileNotFoundError):
        beside.prints(POST)


def test_a_picture_is_found_again_in_other_posts_nearest_first(any_engine):
    prints = {"a": [image_print(picture(1))], "b": [image_print(picture(7))], "c": []}
    jpeg = io.BytesIO()
    Image.open(io.BytesIO(picture(1))).resize((100, 80)).save(jpeg, "JPEG", quality=40)
    prints["d"] = ["0" * 8, image_print(jpeg.getvalue())]
    with Session(any_engine) as session:
        for post_id, of_post in prints.items():
            session.add(a_post(post_id, of_post))
        session.flush()

        found = similar_prints(session, prints["a"][0])

    assert [post_id for post_id, _ in found] == ["a", "d"]
    assert found[0][1] == 0


def test_a_search_needs_a_print(any_engine):
    with Session(any_engine) as session, pytest.raises(UsageError, match="no print of a picture"):
        similar_prints(session, "abc")


def a_post(post_id: str, prints: list[str]) -> Post:
    return Post(
        id=post_id,
        platform="x",
        kind="post",
        created_at=datetime(2024, 9, 17, tzinfo=UTC),
        text="",
        text_hash="h",
        message_hash="m",
        urls=[],
        media=["photo"],
        media_prints=prints,
        acquisition="import",
    )

import io
import random
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageEnhance

from crawlers.parsers.media_prints import NEAR, distance, image_print, is_print, nearest_print


def scene(seed: int) -> Image.Image:
    """A drawn picture of coloured shapes."""
    dice = random.Random(seed)
    picture = Image.new("RGB", (480, 360), _colour(dice))
    draw = ImageDraw.Draw(picture)
    for _ in range(14):
        left, top, size = dice.randrange(480), dice.randrange(360), dice.randrange(20, 160)
        shape = draw.ellipse if dice.random() < 0.5 else draw.rectangle
        shape((left, top, left + size, top + size), fill=_colour(dice))
    return picture


def communique(seed: int) -> Image.Image:
    """A photographed paper: lines of words under a stamp, always in one layout."""
    dice = random.Random(seed)
    picture = Image.new("RGB", (480, 600), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((190, 20, 290, 70), outline="black")
    for line in range(dice.randrange(12, 24)):
        words = ("x" * dice.randrange(2, 10) for _ in range(dice.randrange(3, 9)))
        draw.text((30, 100 + 20 * line), " ".join(words), fill="black")
    return picture


def _colour(dice: random.Random) -> tuple[int, int, int]:
    return dice.randrange(256), dice.randrange(256), dice.randrange(256)


def saved(picture: Image.Image, kind: str = "PNG", **options) -> bytes:
    body = io.BytesIO()
    picture.save(body, kind, **options)
    return body.getvalue()


def again_as_jpeg(picture: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(saved(picture, "JPEG", quality=quality)))


def scaled(picture: Image.Image, factor: float) -> Image.Image:
    return picture.resize((int(picture.width * factor), int(picture.height * factor)))


def cut(picture: Image.Image, share: float) -> Image.Image:
    across, down = int(picture.width * share), int(picture.height * share)
    return picture.crop((across, down, picture.width - across, picture.height - down))


def marked(picture: Image.Image) -> Image.Image:
    copy = picture.copy()
    ImageDraw.Draw(copy).text((10, copy.height - 30), "PARTAGEZ PARTOUT", fill="white")
    return copy


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "the same": lambda picture: picture,
    "poor jpeg": lambda picture: again_as_jpeg(picture, 25),
    "quarter size": lambda picture: scaled(picture, 0.25),
    "larger": lambda picture: scaled(picture, 1.5),
    "grey": lambda picture: picture.convert("L"),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.2),
    "a line written on it": marked,
    "edges cut by 2 %": lambda picture: cut(picture, 0.02),
    "edges cut by 5 %": lambda picture: cut(picture, 0.05),
    "shrunk, cut and saved again": lambda picture: again_as_jpeg(
        cut(scaled(picture, 0.5), 0.02), 40
    ),
}


@pytest.mark.parametrize("draw", [scene, communique])
@pytest.mark.parametrize("change", COPIES.values(), ids=COPIES)
def test_a_copy_is_near_its_original(draw, change):
    for seed in range(8):
        picture = draw(seed)
        far = distance(image_print(saved(picture)), image_print(saved(change(picture))))
        assert far <= NEAR, f"picture {seed}: {far} bits"


@pytest.mark.parametrize("draw", [scene, communique])
def test_other_pictures_are_not_near(draw):
    prints = [image_print(saved(draw(seed))) for seed in range(24)]

    distances = [distance(a, b) for i, a in enumerate(prints) for b in prints[:i]]
    assert min(distances) > NEAR


def test_the_print_is_short_hex_and_the_same_every_time():
    one, again = (image_print(saved(scene(3))) for _ in range(2))

    assert one == again
    assert is_print(one)


@pytest.mark.parametrize(
    "body",
    [b"", b"no picture", saved(Image.new("RGB", (50, 50), "blue")), saved(scene(1))[:200]],
    ids=["empty", "text", "one colour", "cut off"],
)
def test_what_shows_nothing_has_no_print(body):
    assert image_print(body) is None


def test_a_huge_picture_is_not_unpacked():
    # A PNG of one colour is small whatever its width and height.
    assert image_print(saved(Image.new("1", (30_000, 3_000)))) is None


def test_of_an_animation_the_first_frame_counts():
    frames = [scene(1), scene(2)]
    body = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])

    assert distance(image_print(body), image_print(saved(scene(1)))) <= NEAR


def test_prints_of_another_kind_are_passed_over():
    one = image_print(saved(scene(1)))

    assert nearest_print(one, ["abc", one]) == 0
    assert nearest_print(one, ["abc"]) is None

"""How well prints of pictures tell copies from other pictures, and what one costs.

    python -m benchmarks.media_prints [--pictures 200]

The pictures are drawn: coloured shapes, and papers with lines of words in one layout, which are
the harder case. No picture of a person or a platform is used.
"""

import argparse
import io
import random
import time
from collections.abc import Callable
from itertools import combinations

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from crawlers.parsers.media_prints import NEAR, distance, image_print

Change = Callable[[Image.Image], Image.Image]


def scene(seed: int) -> Image.Image:
    dice = random.Random(seed)
    width, height = dice.choice([(800, 600), (600, 800), (1024, 768), (720, 720)])
    picture = Image.new("RGB", (width, height), _colour(dice))
    draw = ImageDraw.Draw(picture)
    for _ in range(dice.randint(6, 25)):
        left, top, size = dice.randrange(width), dice.randrange(height), dice.randrange(20, 250)
        shape = draw.ellipse if dice.random() < 0.5 else draw.rectangle
        shape((left, top, left + size, top + size * dice.uniform(0.3, 1.5)), fill=_colour(dice))
    return picture.filter(ImageFilter.GaussianBlur(1))


def paper(seed: int) -> Image.Image:
    dice = random.Random(seed)
    picture = Image.new("RGB", (800, 1000), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((300, 30, 500, 130), outline="black")
    font = ImageFont.load_default(22)
    top = 180
    for _ in range(dice.randint(12, 30)):
        words = [_word(dice) for _ in range(dice.randint(4, 9))]
        draw.text((60, top), " ".join(words), fill="black", font=font)
        top += 52 if dice.random() < 0.15 else 26
    return picture


def _colour(dice: random.Random) -> tuple[int, int, int]:
    return dice.randrange(256), dice.randrange(256), dice.randrange(256)


def _word(dice: random.Random) -> str:
    return "".join(dice.choice("abcdefghilmnoprstu") for _ in range(dice.randint(2, 10)))


def _jpeg(quality: int) -> Change:
    return lambda picture: Image.open(io.BytesIO(_saved(picture, "JPEG", quality=quality)))


def _saved(picture: Image.Image, kind: str, **options: int) -> bytes:
    body = io.BytesIO()
    picture.save(body, kind, **options)
    return body.getvalue()


def _scaled(factor: float) -> Change:
    return lambda picture: picture.resize(
        (int(picture.width * factor), int(picture.height * factor))
    )


def _cut(left: float, top: float, right: float, bottom: float) -> Change:
    return lambda picture: picture.crop(
        (
            int(picture.width * left),
            int(picture.height * top),
            int(picture.width * (1 - right)),
            int(picture.height * (1 - bottom)),
        )
    )


def _marked(picture: Image.Image) -> Image.Image:
    copy = picture.copy()
    ImageDraw.Draw(copy).text(
        (20, copy.height - 60), "PARTAGEZ", fill="white", font=ImageFont.load_default(36)
    )
    return copy


def _shared_on(picture: Image.Image) -> Image.Image:
    return _jpeg(40)(_cut(0.02, 0.02, 0.02, 0.02)(_scaled(0.5)(picture)))


CHANGES: dict[str, Change] = {
    "jpeg quality 60": _jpeg(60),
    "jpeg quality 25": _jpeg(25),
    "scaled to 25 %": _scaled(0.25),
    "scaled to 150 %": _scaled(1.5),
    "brightness + 25 %": lambda picture: ImageEnhance.Brightness(picture).enhance(1.25),
    "line written on it": _marked,
    "all edges cut 2.5 %": _cut(0.025, 0.025, 0.025, 0.025),
    "all edges cut 5 %": _cut(0.05, 0.05, 0.05, 0.05),
    "one edge cut 5 %": _cut(0.05, 0, 0, 0),
    "one edge cut 10 %": _cut(0, 0, 0, 0.1),
    "half, cut 2 %, jpeg 40": _shared_on,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=200)
    count = parser.parse_args().pictures
    for name, draw in (("scenes", scene), ("papers", paper)):
        pictures = [draw(seed) for seed in range(count)]
        bodies = [_saved(picture, "JPEG", quality=90) for picture in pictures]
        started = time.process_time()
        prints = [image_print(body) or "" for body in bodies]
        cost = (time.process_time() - started) / count
        others = np.array([distance(a, b) for a, b in combinations(prints, 2)])
        print(f"{name}: {count} pictures, {cost * 1000:.1f} ms CPU each, near <= {NEAR} bits")
        print(
            f"  other pictures: {len(others)} pairs, least {others.min()} bits, "
            f"{np.mean(others <= NEAR):.4%} near"
        )
        for change, make in CHANGES.items():
            copies = [image_print(_saved(make(picture), "PNG")) or "" for picture in pictures]
            far = np.array([distance(a, b) for a, b in zip(prints, copies, strict=True)])
            most = int(np.quantile(far, 0.95))
            print(f"  {change:<24} found {np.mean(far <= NEAR):7.2%}, 95 % within {most} bits")


if __name__ == "__main__":
    main()

"""Perceptual fingerprints of pictures: enough to find one again, nothing to see it by.

A print is three fingerprints of 255 bits, of the whole picture and of two inner parts of it, so
that a picture whose edges were cut is still near. Each bit says whether one of the coarse waves
the grey picture is made of is stronger than the median of them. No picture, colour or face can be
made from it. `python -m
benchmarks.media_prints` measures how well it tells copies from others.
"""

import io
import warnings
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

TRIMS: Final = (0.0, 0.03, 0.06)  # of each edge
SIDE: Final = 64  # pixels a picture is made into
WAVES: Final = 16  # coarsest waves kept, along each side
HEX_DIGITS: Final = WAVES * WAVES // 4
# A fifth of the bits. Drawn pictures, measured: others differ in 60 or more, copies in 26 or less.
NEAR: Final = 51
# A picture of one colour has no waves to tell it by.
LEAST_CONTRAST: Final = 2.0
MOST_PIXELS: Final = 80_000_000


def image_print(body: bytes) -> str | None:
    """The print of a picture file, in hex; None for no picture, or one with nothing on it.

    Of an animation it is that of the first frame.
    """
    try:
        with warnings.catch_warnings():
            # Pillow warns of a large picture, which is refused below before it is unpacked.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(body)) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return None
                grey = picture.convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    prints = [_fingerprint(_trimmed(grey, share)) for share in TRIMS]
    return None if None in prints else "".join(part for part in prints if part)


def distance(one: str, other: str) -> int:
    """Bits in which two prints differ, at the nearest of their parts."""
    return min((first ^ second).bit_count() for first in _parts(one) for second in _parts(other))


def is_print(text: str) -> bool:
    """Whether a text is a print of this kind."""
    return len(text) == HEX_DIGITS * len(TRIMS) and not set(text) - set("0123456789abcdef")


def nearest_print(wanted: str, prints: Iterable[str]) -> int | None:
    """The least distance to any of some prints, None when there is none of this kind."""
    return min((distance(wanted, other) for other in prints if is_print(other)), default=None)


@lru_cache(maxsize=65536)
def _parts(text: str) -> tuple[int, ...]:
    return tuple(
        int(text[start : start + HEX_DIGITS], 16) for start in range(0, len(text), HEX_DIGITS)
    )


def _trimmed(picture: Image.Image, share: float) -> Image.Image:
    across, down = round(picture.width * share), round(picture.height * share)
    return picture.crop((across, down, picture.width - across, picture.height - down))


def _fingerprint(picture: Image.Image) -> str | None:
    small = picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    values = np.asarray(small, dtype=np.float64)
    if values.std() < LEAST_CONTRAST:
        return None
    basis = _waves()
    strengths = (basis @ values @ basis.T).ravel()
    strengths[0] = np.median(strengths[1:])  # the mean says only how bright it is
    bits = strengths > np.median(strengths[1:])
    return np.packbits(bits).tobytes().hex()


@lru_cache(maxsize=1)
def _waves() -> NDArray[np.float64]:
    """The coarsest waves of a discrete cosine transform, one a row."""
    place, wave = np.arange(SIDE)[None, :], np.arange(WAVES)[:, None]
    waves: NDArray[np.float64] = np.cos(np.pi * (2 * place + 1) * wave / (2 * SIDE))
    return waves

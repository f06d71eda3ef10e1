"""How near texts are to each other: cosine of their character 4-gram counts."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

SIZE: Final = 4
# So many rows of cosines are held at a time.
BLOCK: Final = 500
_SPACE: Final = re.compile(r"\s+")


def char_ngram_cosine(left: Sequence[str], right: Sequence[str]) -> NDArray[np.float64]:
    """Cosines (len(left), len(right)) of character 4-gram counts, case and spacing aside."""
    blocks = [block for _, block in _blocks(left, right)]
    return np.concatenate(blocks) if blocks else np.zeros((0, len(right)))


def near_pairs(
    left: Sequence[str], right: Sequence[str], limit: float
) -> list[tuple[int, int, float]]:
    """Positions and cosine of all pairs at or above the limit, in order of position."""
    found: list[tuple[int, int, float]] = []
    for start, block in _blocks(left, right):
        rows, columns = np.nonzero(block >= limit)
        found.extend(
            (start + int(i), int(j), float(block[i, j])) for i, j in zip(rows, columns, strict=True)
        )
    return found


def nearest(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, float]]:
    """For each text on the left the position and cosine of the nearest on the right.

    Nothing where there is no text on the right.
    """
    if not right:
        return []
    return [
        (int(row.argmax()), float(row.max())) for _, block in _blocks(left, right) for row in block
    ]


def _blocks(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[int, NDArray[np.float64]]]:
    grams: dict[str, int] = {}
    first, second = _matrix(left, grams), _matrix(right, grams)
    first.resize((len(left), len(grams)))
    turned = second.T.tocsc()
    for start in range(0, len(left), BLOCK):
        yield start, (first[start : start + BLOCK] @ turned).toarray()


def _matrix(texts: Sequence[str], grams: dict[str, int]) -> csr_array:
    """One row of unit length for each text; grams not seen before get the next column."""
    values: list[float] = []
    columns: list[int] = []
    ends = [0]
    for text in texts:
        counts = _grams(text)
        length = float(np.sqrt(sum(count * count for count in counts.values())))
        columns.extend(grams.setdefault(gram, len(grams)) for gram in counts)
        values.extend(count / length for count in counts.values())
        ends.append(len(columns))
    return csr_array((values, columns, ends), shape=(len(texts), max(1, len(grams))))


def _grams(text: str) -> Counter[str]:
    normal = _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
    padded = f" {normal} "
    return Counter(padded[i : i + SIZE] for i in range(max(1, len(padded) - SIZE + 1)))

"""Numbers met before, in little room: a set of Python's takes ten times as much."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK: Final = 65_536


class Met:
    """Remembers numbers of 64 bits, eight bytes each: in sorted blocks, the newest as they came."""

    def __init__(self) -> None:
        self._blocks: list[NDArray[np.int64]] = []
        self._newest: set[int] = set()

    def add(self, numbers: Iterable[int]) -> None:
        """Remember numbers, met before or not."""
        self._newest.update(numbers)
        if len(self._newest) >= BLOCK:
            self._blocks.append(np.sort(_as_array(self._newest)))
            self._newest.clear()

    def known(self, numbers: Iterable[int]) -> set[int]:
        """Those of the numbers that were met before."""
        asked = set(numbers)
        found = asked & self._newest
        if asked and self._blocks:
            wanted = _as_array(asked)
            for block in self._blocks:
                places = np.searchsorted(block, wanted).clip(max=len(block) - 1)
                found.update(wanted[block[places] == wanted].tolist())
        return found


def _as_array(numbers: set[int]) -> NDArray[np.int64]:
    return np.fromiter(numbers, np.int64, len(numbers))

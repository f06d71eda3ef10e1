"""Python's search for cycles, made rare while millions of values without cycles are made."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# New containers between two searches. Parsed values hold no cycles, so each search is in vain;
# it took a third of the time of parsing raw responses (measured: 44.5 µs a post, 27 without).
SELDOM: Final = (200_000, 20, 100)


@contextmanager
def rare_collection() -> Iterator[None]:
    """Search seldom inside the block, and as before after it."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)

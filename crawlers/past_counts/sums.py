"""Whether past counts add up: stances to the total, platforms to all, quarters to the year."""

from collections.abc import Iterator, Mapping, Sequence

from crawlers.past_counts.periods import QUARTER
from crawlers.past_counts.table import ALL, STANCES, TOTAL, Key, PastCount


def differences(counts: Sequence[PastCount]) -> list[tuple[PastCount, str]]:
    """Each count that is not the sum of its parts, and what its parts add up to.

    A sum is checked only where every part is there: what was not counted is unknown, not zero.
    """
    by_key = {one.key: one for one in counts}
    found = []
    for whole in counts:
        for parts in _parts_of(whole, by_key):
            added = sum(part.count for part in parts)
            if added != whole.count:
                cells = " + ".join(part.cell for part in parts)
                found.append((whole, f"{cells} add up to {added}"))
    for one in counts:
        total = by_key.get((*one.key[:3], TOTAL))
        if total is not None and one.measure in STANCES and one.count > total.count:
            found.append((one, f"its total {total.cell} is {total.count}"))
    return found


def _parts_of(whole: PastCount, by_key: Mapping[Key, PastCount]) -> Iterator[list[PastCount]]:
    period, platform, scope, measure = whole.key
    if measure == TOTAL:
        yield from _complete([by_key.get((period, platform, scope, name)) for name in STANCES])
    if platform == ALL:
        yield from _complete(
            [by_key.get((period, name, scope, measure)) for name in ("facebook", "x")]
        )
    quarters = sorted(
        (
            other
            for other in by_key.values()
            if other.key[1:] == whole.key[1:]
            and other.period.months == QUARTER
            and period.holds(other.period)
        ),
        key=lambda other: other.period,
    )
    if quarters and len(quarters) * QUARTER == period.months:
        yield quarters


def _complete(parts: Sequence[PastCount | None]) -> Iterator[list[PastCount]]:
    there = [part for part in parts if part is not None]
    if len(there) == len(parts):
        yield there

"""What each weekly measure counts, and out of what. Pure: labelled posts in, tallies out."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from config.agencies import Agency
from config.codebook import Codebook
from config.vocabulary import PERSON_ONLY_NARRATIVES, PLATFORMS, STANCES, TARGETS
from pipelines.labels import LabelledPost

POSTS: Final = "posts"
COMMENTS: Final = "comments"
SCOPES: Final = (POSTS, COMMENTS)
ALL: Final = "all"

VOLUME: Final = "volume"
DISTINCT_MESSAGES: Final = "distinct_messages"
NOT_READ: Final = "not_read"
REJECTED: Final = "relevance:rejected"
ENGAGEMENT: Final = "engagement"
VIEWS: Final = "views"
SUSPICIOUS: Final = "stance:suspicious"
NEGATIVE: Final = "tone:negative"

# Slices that always get a point, be it zero; the others get one when something fell into them.
FIXED_SLICES: Final = (
    ALL,
    *(f"platform:{platform}" for platform in PLATFORMS),
    *(f"target:{target}" for target in TARGETS),
)

Test = Callable[[LabelledPost], bool]


@dataclass(frozen=True)
class Measure:
    """A share: of the items that pass `base`, those that pass `hit`."""

    name: str
    base: Test
    hit: Test


@dataclass(frozen=True)
class Tally:
    """A measure in one slice: k of n, the items of n, and (k, n) of each thread.

    `is_share` is False where k / n is no share of items (sums of counts).
    """

    measure: str
    count: int
    total: int
    items: tuple[LabelledPost, ...]
    by_thread: tuple[tuple[int, int], ...]
    is_share: bool


def is_candidate(item: LabelledPost) -> bool:
    """Whether an item is in scope unless its own relevance says no.

    A post that was collected; a comment under a parent in scope.
    """
    if item.parent_in_scope is not None:
        return item.parent_in_scope
    return item.collected


def is_read(item: LabelledPost) -> bool:
    """Whether someone or something has read it; a machine cannot have read a picture."""
    if item.not_read is not None and item.provisional:
        return False
    return item.stance is not None


def is_counted(item: LabelledPost) -> bool:
    """In scope and read: the denominator of stance, tone and narratives."""
    return item.in_scope and is_read(item)


def share_measures(codebook: Codebook) -> tuple[Measure, ...]:
    """Every measure that is a share of items, with the families of a codebook."""
    families = _families(codebook)
    return (
        Measure(VOLUME, is_candidate, lambda item: item.in_scope),
        Measure(NOT_READ, _in_scope_or_unread, lambda item: not is_read(item)),
        Measure(REJECTED, _has_relevance, lambda item: item.relevance == "no"),
        *(Measure(f"stance:{stance}", is_counted, _stance_is(stance)) for stance in STANCES),
        Measure(NEGATIVE, _has_tone, lambda item: item.tone == "negative"),
        *(
            Measure(
                f"family:{family.family_id}", is_counted, _family_is(family.family_id, families)
            )
            for family in codebook.families
        ),
    )


def tallies(items: Sequence[LabelledPost], measures: Iterable[Measure]) -> Iterator[Tally]:
    """Every measure over the items of one scope and slice."""
    for measure in measures:
        yield _share_tally(items, measure)
    in_scope = [item for item in items if item.in_scope]
    yield _tally(DISTINCT_MESSAGES, distinct_messages(in_scope), in_scope)
    yield _sum_tally(ENGAGEMENT, in_scope, lambda item: item.engagement)
    yield _sum_tally(VIEWS, in_scope, lambda item: item.views)


def slices(
    items: Iterable[LabelledPost], agencies: Sequence[Agency]
) -> dict[str, list[LabelledPost]]:
    """Items of each slice; an item stands in several."""
    aid = frozenset(agency.agency_id for agency in agencies if agency.counts_as_aid)
    found: dict[str, list[LabelledPost]] = {name: [] for name in FIXED_SLICES}
    for item in items:
        for name in _slices_of(item, aid):
            found.setdefault(name, []).append(item)
    return found


def distinct_messages(items: Iterable[LabelledPost]) -> int:
    """Messages without their copies; what has no text to compare counts by itself."""
    return len({item.post_id if item.not_read else item.message_hash for item in items})


def agencies_by_type(
    items: Iterable[LabelledPost], agencies: Sequence[Agency]
) -> dict[str, tuple[str, ...]]:
    """Agency ids named in items in scope, by type of agency; those that count as aid only."""
    named = {agency_id for item in items if item.in_scope for agency_id in item.agencies}
    found: dict[str, list[str]] = defaultdict(list)
    for agency in agencies:
        if agency.counts_as_aid and agency.agency_id in named:
            found[agency.type].append(agency.agency_id)
    return {kind: tuple(sorted(ids)) for kind, ids in sorted(found.items())}


def suspicious_family(item: LabelledPost, codebook: Codebook) -> str | None:
    """Family of a suspicious item's narrative; None when it is not suspicious, has no code, or has
    one that only a person may give."""
    return _family_of(item, _families(codebook))


def _slices_of(item: LabelledPost, aid: frozenset[str]) -> Iterator[str]:
    yield ALL
    yield f"platform:{item.platform}"
    yield f"kind:{item.kind}"
    for name in ("source_type", "venue_type", "language"):
        value = getattr(item, name)
        yield f"{name}:{value if value is not None else 'unknown'}"
    if is_counted(item) and item.target is not None:
        yield f"target:{item.target}"
        yield f"platform:{item.platform},target:{item.target}"
    if item.in_scope:
        yield from (f"agency:{agency}" for agency in item.agencies if agency in aid)


def _share_tally(items: Iterable[LabelledPost], measure: Measure) -> Tally:
    base = [item for item in items if measure.base(item)]
    hits: Counter[str] = Counter(item.thread_id for item in base if measure.hit(item))
    sizes: Counter[str] = Counter(item.thread_id for item in base)
    by_thread = tuple((hits[thread], sizes[thread]) for thread in sorted(sizes))
    return Tally(measure.name, sum(hits.values()), len(base), tuple(base), by_thread, True)


def _tally(name: str, count: int, base: Sequence[LabelledPost]) -> Tally:
    return Tally(name, count, len(base), tuple(base), (), False)


def _sum_tally(
    name: str, items: Iterable[LabelledPost], value_of: Callable[[LabelledPost], int | None]
) -> Tally:
    known = [(item, value) for item in items if (value := value_of(item)) is not None]
    return _tally(name, sum(value for _, value in known), [item for item, _ in known])


def _in_scope_or_unread(item: LabelledPost) -> bool:
    """In scope, or perhaps so: nobody could tell, because nobody read it."""
    unread = is_candidate(item) and item.relevance != "no" and not is_read(item)
    return item.in_scope or unread


def _has_relevance(item: LabelledPost) -> bool:
    return is_candidate(item) and item.relevance is not None


def _has_tone(item: LabelledPost) -> bool:
    return is_counted(item) and item.tone is not None


def _stance_is(stance: str) -> Test:
    return lambda item: item.stance == stance


def _family_is(family_id: str, families: Mapping[str, str]) -> Test:
    return lambda item: _family_of(item, families) == family_id


def _family_of(item: LabelledPost, families: Mapping[str, str]) -> str | None:
    if item.stance != "suspicious" or item.narrative is None:
        return None
    if item.provisional and item.narrative in PERSON_ONLY_NARRATIVES:
        return None
    return families.get(item.narrative)


def _families(codebook: Codebook) -> dict[str, str]:
    return {code.code: code.family for code in codebook.codes if code.family is not None}

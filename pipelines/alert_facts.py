"""What is known about an alert when it is proposed: counts and evidence, as plain JSON values.

Facts hold post ids for the person who decides. They hold no text and no account; agencies appear by
type, so that no message can put a name beside an accusation.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from config.agencies import Agency
from config.codebook import Codebook
from config.places import Place
from pipelines.labels import LabelledPost
from pipelines.measures import distinct_messages, suspicious_family

NEVER: Final = "never"
MAX_PLACES: Final = 5


@dataclass(frozen=True)
class Registers:
    """What turns ids and codes into words."""

    codebook: Codebook
    agencies: Mapping[str, Agency]
    places: Mapping[str, Place]

    @classmethod
    def of(
        cls, codebook: Codebook, agencies: Iterable[Agency], places: Iterable[Place]
    ) -> "Registers":
        """Registers by id."""
        return cls(
            codebook,
            {agency.agency_id: agency for agency in agencies},
            {place.place_id: place for place in places},
        )

    def may_alert(self, item: LabelledPost) -> bool:
        """False for what must be referred and never broadcast, by the codebook."""
        weights = {code.code: code.alert_weight for code in self.codebook.codes}
        return weights.get(item.narrative or "") != NEVER


def item_facts(
    items: Sequence[LabelledPost], registers: Registers, collected: Mapping[str, datetime]
) -> dict[str, Any]:
    """Facts of the items behind an alert; `collected` is when each was first collected."""
    times = [item.created_at for item in items]
    received = [collected[item.post_id] for item in items if item.post_id in collected]
    return {
        "post_ids": [item.post_id for item in items],
        "items": len(items),
        "threads": len({item.thread_id for item in items}),
        "distinct_messages": distinct_messages(items),
        "read_by_person": sum(not item.provisional for item in items),
        "platforms": _counted(item.platform for item in items),
        "targets": _counted(item.target for item in items if item.target is not None),
        "agency_types": _agency_types(items, registers.agencies),
        "places": _places(items, registers.places),
        "place_not_stated": sum(not _named_places(item, registers.places) for item in items),
        "family": _family(items, registers.codebook),
        "first_seen": min(times).isoformat() if times else None,
        "last_seen": max(times).isoformat() if times else None,
        "collected": max(received).isoformat() if received else None,
    }


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _agency_types(items: Iterable[LabelledPost], agencies: Mapping[str, Agency]) -> dict[str, int]:
    """Items that name an agency of each type."""
    return _counted(
        kind
        for item in items
        for kind in {agencies[name].type for name in item.agencies if name in agencies}
    )


def _named_places(item: LabelledPost, places: Mapping[str, Place]) -> list[Place]:
    """Places below the country that the text names."""
    known = (places[place_id] for place_id in item.places if place_id in places)
    return [place for place in known if place.level != "adm0"]


def _places(items: Iterable[LabelledPost], places: Mapping[str, Place]) -> list[dict[str, Any]]:
    """The places most texts name, with the region and the number of texts."""
    texts = Counter(place.place_id for item in items for place in _named_places(item, places))
    most = sorted(texts.items(), key=lambda pair: (-pair[1], pair[0]))[:MAX_PLACES]
    return [
        {
            "place_id": place_id,
            "name": places[place_id].name,
            "region": places[place_id].adm1_name,
            "items": count,
        }
        for place_id, count in most
    ]


def _family(items: Iterable[LabelledPost], codebook: Codebook) -> dict[str, Any] | None:
    """The family most items share, with their number; None when no item has a narrative."""
    counts = Counter(
        name for item in items if (name := suspicious_family(item, codebook)) is not None
    )
    if not counts:
        return None
    top = min(counts, key=lambda name: (-counts[name], name))
    family = next(entry for entry in codebook.families if entry.family_id == top)
    return {
        "family_id": top,
        "fr": family.name_fr,
        "en": family.name_en,
        "items": counts[top],
    }

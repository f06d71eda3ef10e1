"""Who speaks: the pages, accounts and individuals behind the planned postings."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from crawlers.sandbox.chance import chance
from crawlers.sandbox.elements import Author, Organisation, Person
from crawlers.sandbox.plan import Planned
from crawlers.sandbox.texts import WrittenPost

NETWORK_SIZE: Final = 5
CROWD_SIZE: Final = 14
UN_AGENCIES: Final = frozenset(
    {"who", "unhcr", "iom", "ocha", "fao", "undp", "unfpa", "unwomen", "unhas", "cluster"}
)
RED_CROSS: Final = frozenset({"icrc", "crm", "ifrc", "red_cross_generic"})


@dataclass(frozen=True)
class Cast:
    """Everyone who can speak. The network's members say nothing else; the crowd is ordinary."""

    seed: int
    pages: tuple[Organisation, ...]
    accounts: tuple[Organisation, ...]
    commenters: tuple[Person, ...]
    network: tuple[Person, ...]
    crowd: tuple[Person, ...]
    individuals: tuple[Person, ...]

    def author_of(self, planned: Planned) -> Author:
        """The page, account or person behind a posting."""
        rng = chance(self.seed, "author", planned.written.text_id, planned.platform, planned.voice)
        kind, _, number = (planned.voice or "source").partition(":")
        if kind == "network":
            return self.network[int(number)]
        if kind == "crowd":
            return self.crowd[int(number)]
        if kind == "button":
            return self._button(number)
        return self._organisation_or_person(rng, planned, kind, number)

    def _button(self, number: str) -> Person:
        place, which = (int(part) for part in number.split(":"))
        return self.individuals[(place * 2 + which) % len(self.individuals)]

    def _organisation_or_person(
        self, rng: Random, planned: Planned, kind: str, number: str
    ) -> Author:
        if planned.written.source == "individual":
            return active_one(rng, self.individuals)
        own = self.pages if planned.platform == "facebook" else self.accounts
        if kind in {"press", "media"} and number.isdigit():
            return [one for one in own if one.source_type == "local_media"][int(number)]
        return _voice_of(rng, planned.written, own)


def make_cast(
    seed: int,
    pages: Sequence[Organisation],
    accounts: Sequence[Organisation],
    people: Sequence[Person],
) -> Cast:
    """Deal the people to their parts."""
    rng = chance(seed, "cast")
    on_x = rng.sample([one for one in people if one.platform == "x"], k=_count(people, "x"))
    facebook = [one for one in people if one.platform == "facebook"]
    rest = on_x[NETWORK_SIZE:]
    return Cast(
        seed=seed,
        pages=tuple(pages),
        accounts=tuple(accounts),
        commenters=tuple(rng.sample(facebook, k=len(facebook))),
        network=tuple(on_x[:NETWORK_SIZE]),
        crowd=tuple(rest[:CROWD_SIZE]),
        individuals=tuple(rest),
    )


def active_one(rng: Random, people: Sequence[Person]) -> Person:
    """One of the people; some speak much more often than others."""
    weights = [1 / (rank + 4) for rank in range(len(people))]
    return rng.choices(people, weights=weights)[0]


def named_in(seed: int, planned: Planned, people: Sequence[Person]) -> list[Person]:
    """Whom a text names: the same people in every copy and edition of it."""
    message = planned.written.text_id.removesuffix("-en")
    return chance(seed, "named", message, planned.platform).sample(people, k=4)


def _count(people: Sequence[Person], platform: str) -> int:
    return sum(one.platform == platform for one in people)


def _voice_of(rng: Random, written: WrittenPost, own: Sequence[Organisation]) -> Organisation:
    if written.source == "agency":
        return _agency_voice(written.labels.agencies, own)
    town = "konna" in written.text.casefold() and written.source == "town_page"
    fitting = [one for one in own if one.source_type == written.source]
    return fitting[0] if town else rng.choice(fitting)


def _agency_voice(agencies: Sequence[str], own: Sequence[Organisation]) -> Organisation:
    by_agency = {one.agency_id: one for one in own if one.source_type == "agency"}
    first = agencies[0] if agencies else "ngo_generic"
    if first in by_agency:
        return by_agency[first]
    if first in UN_AGENCIES:
        return by_agency["un_generic"]
    return by_agency["crm" if first in RED_CROSS else "fongim"]

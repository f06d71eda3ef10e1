"""What a person types, made into values; UsageError says what to write instead."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Final

from config.agencies import Agency
from config.errors import UsageError
from config.folding import fold
from config.loading import nearest
from config.places import Place
from crawlers.by_hand.choices import PLATFORMS

NOT_STATED: Final = frozenset({"none", "aucun", "-"})
NOON: Final = time(12)
EARLIEST: Final = date(2004, 1, 1)
# Day first, as people write in Mali; ISO order is told by its four digits in front.
_DAY_FIRST: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(.*)")
_VILLAGE: Final = re.compile(r"[^\W\d_][^\d_@:/]{1,39}")
_TIME_ADVICE: Final = "write 2024-09-11 14:30 (Bamako time) or 2024-09-11 when the hour is unknown"


_LEVELS: Final[Mapping[str, str]] = {
    "adm0": "pays / country",
    "adm1": "région / region",
    "adm2": "cercle",
    "adm3": "commune",
    "town": "ville / town",
    "zone": "zone",
}


def place_label(place: Place) -> str:
    """A place so that a person can tell it from others of its name."""
    region = place.adm1_name or place.adm1_2023 or "Mali"
    return f"{place.name}: {_LEVELS[place.level]}, {region} ({place.scheme})"


class AmbiguousPlaceError(UsageError):
    """A name that several places bear; `places` are those, the likeliest first."""

    def __init__(self, name: str, places: Sequence[Place]) -> None:
        ids = "; ".join(f"{place.place_id} ({place_label(place)})" for place in places)
        super().__init__(f"{name!r} names several places; write one of {ids}")
        self.places = tuple(places)


@dataclass(frozen=True)
class ToldTime:
    """When a post was made, as far as it is known: `moment` is noon when only the day is."""

    moment: datetime
    day_only: bool

    def __str__(self) -> str:
        if self.day_only:
            return f"{self.moment:%Y-%m-%d} (hour unknown)"
        return f"{self.moment:%Y-%m-%d %H:%M} UTC"


def told_choice(name: str, value: str, allowed: Collection[str]) -> str:
    """One word of a closed list."""
    word = value.strip().lower()
    if word not in allowed:
        raise UsageError(f"{name} {value!r} is not known; {nearest(word, allowed)}")
    return word


def told_platform(value: str) -> str:
    """facebook or x; anywhere else is no post for the figures but a sighting."""
    word = {"fb": "facebook", "twitter": "x"}.get(value.strip().lower(), value.strip().lower())
    if word not in PLATFORMS:
        raise UsageError(
            f"posts are of {' or '.join(PLATFORMS)}, not {value!r}; "
            "record what you saw elsewhere with `vigie sighting add`"
        )
    return word


def told_time(value: str, now: datetime) -> ToldTime:
    """A moment with its zone, or in Bamako's (which is UTC all year), or a day alone."""
    text = _DAY_FIRST.sub(r"\3-\2-\1\4", value.strip())
    text = re.sub(r"-(\d)(?=\D|$)", r"-0\1", text)
    try:
        day = date.fromisoformat(text) if len(text) == len("2024-09-11") else None
        moment = datetime.fromisoformat(text) if day is None else datetime.combine(day, NOON)
    except ValueError as error:
        raise UsageError(f"{value!r} is not a time; {_TIME_ADVICE}") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    moment = moment.astimezone(UTC)
    latest = now + timedelta(days=1) if day == now.date() else now
    if moment.date() < EARLIEST or moment > latest:
        raise UsageError(f"{value!r} is before 2004 or still to come; {_TIME_ADVICE}")
    return ToldTime(moment, day is not None)


def told_day(value: str, now: datetime) -> date:
    """The day of something heard."""
    return told_time(value, now).moment.date()


def told_place(value: str, places: Sequence[Place]) -> Place | None:
    """A place by id or name; None for `none`. AmbiguousPlaceError when several bear the name."""
    wanted = fold(" ".join(value.split()))
    if wanted in NOT_STATED:
        return None
    by_id = [place for place in places if fold(place.place_id) == wanted]
    named = by_id or [
        place for place in places if fold(place.name) == wanted or _spelt(place, wanted)
    ]
    if not named:
        raise UsageError(f"no place {value!r} in config/places.csv; {_near(wanted, places)}")
    if len(named) > 1:
        # The place that texts mean by this spelling comes first.
        raise AmbiguousPlaceError(value, sorted(named, key=lambda place: not _spelt(place, wanted)))
    return named[0]


def told_village(value: str) -> str:
    """The name of a place the register lacks; a number or a long text is none."""
    name = " ".join(value.split())
    if not _VILLAGE.fullmatch(name):
        raise UsageError(
            "that is no name of a village; write its name alone, in at most 40 letters"
        )
    return name


def _spelt(place: Place, wanted: str) -> bool:
    return any(fold(spelling) == wanted for spelling in place.spellings)


def _near(wanted: str, places: Sequence[Place]) -> str:
    names = {fold(place.name): place.name for place in places}
    close = [names[name] for name in get_close_matches(wanted, sorted(names), n=3, cutoff=0.6)]
    known = f"did you mean {', '.join(close)}? or " if close else ""
    return f"{known}write the nearest larger place, or none when it is not stated"


def told_agency(value: str, agencies: Sequence[Agency]) -> str:
    """The id of an agency, by its id, name, acronym or any spelling of it.

    A spelling that needs context in a text needs none here: a person says it is an agency.
    """
    wanted = fold(" ".join(value.split()))
    named = [agency for agency in agencies if wanted in _names_of(agency)]
    exact = [agency for agency in named if fold(agency.agency_id) == wanted] or named
    if len(exact) == 1:
        return exact[0].agency_id
    if exact:
        ids = ", ".join(agency.agency_id for agency in exact)
        raise UsageError(f"{value!r} names several agencies; write one of {ids}")
    close = get_close_matches(wanted, sorted(a.agency_id for a in agencies), n=1, cutoff=0.6)
    advice = f"did you mean {close[0]!r}?" if close else "config/agencies.csv lists them"
    raise UsageError(f"no agency {value!r}; {advice}")


def _names_of(agency: Agency) -> set[str]:
    names = (agency.agency_id, agency.name, agency.acronym, *(s.text for s in agency.spellings))
    return {fold(name) for name in names if name}

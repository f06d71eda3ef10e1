"""Things heard elsewhere than on a public page; they stand in their own table, never with posts."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from config.errors import UsageError
from config.places import Place
from config.roles import checked_role
from crawlers.by_hand.desk import Desk
from crawlers.by_hand.own_words import OwnWords
from crawlers.parsers.fingerprints import normalised_message
from models import Sighting


@dataclass(frozen=True)
class ToldSighting:
    """One thing heard, as a person tells of it."""

    heard_on: date
    channel: str
    form: str
    language: str
    place: Place | None
    words: OwnWords
    reporter: str
    basis: str
    role: str
    agency_id: str | None = None
    narrative: str | None = None
    place_text: str | None = None  # a place the register lacks


@dataclass(frozen=True)
class AddedSighting:
    """What became of it: `known` when the same was recorded before."""

    number: int
    known: bool
    warnings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "id": self.number,
            "status": "known" if self.known else "added",
            "warnings": list(self.warnings),
        }


def add_sighting(desk: Desk, told: ToldSighting) -> AddedSighting:
    """Record it unless the same words from the same place, channel and day are there."""
    checked_role(told.role)
    place_id = told.place.place_id if told.place else None
    same_day = desk.session.exec(
        select(Sighting)
        .where(Sighting.heard_on == told.heard_on, Sighting.channel == told.channel)
        .order_by(col(Sighting.id))
    )
    said = normalised_message(told.words.text)
    for earlier in same_day:
        where = (earlier.place_id, earlier.place_text)
        if where == (place_id, told.place_text) and normalised_message(earlier.summary) == said:
            return AddedSighting(_number(earlier), known=True)
    row = Sighting(
        heard_on=told.heard_on,
        channel=told.channel,
        form=told.form,
        language=told.language,
        place_id=place_id,
        place_text=told.place_text,
        agency_id=told.agency_id,
        narrative=told.narrative,
        summary=told.words.text,
        reporter_role=told.reporter,
        basis=told.basis,
        added_by=told.role,
        added_at=desk.now,
    )
    desk.session.add(row)
    desk.session.flush()
    desk.log("added", "sighting", str(_number(row)), told.role)
    return AddedSighting(_number(row), known=False, warnings=told.words.warnings)


def listed_sightings(session: Session, since: date | None = None) -> list[dict[str, Any]]:
    """Sightings, newest first, as plain rows."""
    query = select(Sighting).order_by(col(Sighting.heard_on).desc(), col(Sighting.id).desc())
    if since is not None:
        query = query.where(col(Sighting.heard_on) >= since)
    return [_row(sighting) for sighting in session.exec(query)]


def remove_sighting(desk: Desk, number: int, *, role: str, reason: str) -> None:
    """Take back a sighting within the time for corrections."""
    sighting = desk.session.get(Sighting, number)
    if sighting is None:
        raise UsageError(f"there is no sighting {number}; `vigie sighting list` shows them")
    desk.log_removal("sighting", str(number), sighting.added_at, role, reason)
    desk.session.delete(sighting)
    desk.session.flush()


def _number(sighting: Sighting) -> int:
    assert sighting.id is not None, "a stored sighting has a number"
    return sighting.id


def _row(sighting: Sighting) -> dict[str, Any]:
    return {
        "id": sighting.id,
        "day": sighting.heard_on.isoformat(),
        "channel": sighting.channel,
        "form": sighting.form,
        "language": sighting.language,
        "place": sighting.place_id or sighting.place_text,
        "agency": sighting.agency_id,
        "narrative": sighting.narrative,
        "reporter": sighting.reporter_role,
        "basis": sighting.basis,
        "added_by": sighting.added_by,
        "summary": sighting.summary,
    }

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import select

from config.errors import UsageError
from crawlers.by_hand.sightings import listed_sightings, remove_sighting
from models import HandLog, Post, Sighting


def test_a_sighting_is_kept_with_its_reporters_function_and_is_no_post(session, tell_sighting):
    tell_sighting(agency="MSF", narrative="vax")

    (row,) = session.exec(select(Sighting)).all()
    assert (row.heard_on, row.channel, row.form) == (date(2024, 9, 11), "whatsapp", "voice")
    assert (row.reporter_role, row.basis, row.added_by) == ("driver", "told", "analyst-1")
    assert (row.agency_id, row.narrative) == ("msf", "VAX")
    assert session.exec(select(Post)).all() == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reporter": "Moussa"}, "reporter 'Moussa' is not known"),
        ({"channel": "facebook"}, "channel 'facebook' is not known"),
        ({"narrative": "XYZ"}, "narrative 'XYZ' is not known"),
        ({"village": "chez Awa, 76 45 12 33"}, "no name of a village"),
        ({"agency": "MSF, PAM"}, "a sighting names one agency"),
        ({"text": "appelle le 76 45 12 33 pour savoir"}, "a phone number"),
    ],
)
def test_a_sighting_that_could_name_a_person_or_nothing_known_is_refused(
    tell_sighting, changed, said
):
    with pytest.raises(UsageError, match=said):
        tell_sighting(**changed)


def test_the_same_sighting_twice_is_one(session, tell_sighting):
    first = tell_sighting()
    again = tell_sighting(text="Une note vocale dit que le vaccin rend malade !", reporter="guard")

    assert (again.known, again.number) == (True, first.number)
    assert not tell_sighting(place="Sévaré").known


def test_the_list_begins_with_the_newest_and_may_begin_at_a_day(session, tell_sighting):
    tell_sighting(date="2024-09-01")
    tell_sighting(date="2024-09-12")

    assert [row["day"] for row in listed_sightings(session)] == ["2024-09-12", "2024-09-01"]
    assert len(listed_sightings(session, date(2024, 9, 2))) == 1


def test_a_sighting_can_be_taken_back_for_a_week_and_the_log_stays(
    session, desk, tell_sighting, now
):
    number = tell_sighting().number

    with pytest.raises(UsageError, match="for 7 days"):
        remove_sighting(
            replace(desk, now=now + timedelta(days=8)), number, role="a-1", reason="mistake"
        )
    remove_sighting(desk, number, role="a-1", reason="risk")

    assert listed_sightings(session) == []
    assert [(line.action, line.reason) for line in session.exec(select(HandLog))] == [
        ("added", None),
        ("removed", "risk"),
    ]


def test_a_sighting_that_is_not_there_cannot_be_taken_back(desk):
    with pytest.raises(UsageError, match="there is no sighting 7"):
        remove_sighting(desk, 7, role="a-1", reason="mistake")


def test_a_village_that_the_register_lacks_is_kept_by_its_name(session, tell_sighting):
    tell_sighting(place="none", village="Sarakala-Bozo")

    (listed,) = listed_sightings(session)
    assert listed["place"] == "Sarakala-Bozo"
    assert not tell_sighting(place="none", village="Sarakala-Peul").known

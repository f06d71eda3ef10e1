"""What was heard elsewhere stands apart from what is counted."""

from datetime import UTC, date, datetime

from sqlmodel import select

from models import SeriesPoint, Sighting
from pipelines.trends import build_week

WEEK = "2024-W38"


def test_a_sighting_changes_no_figure_and_no_series(told, facts):
    before = facts, points_of(told)

    for number in range(5):
        told.session.add(a_sighting(number))
    told.session.flush()
    build_week(told.session, WEEK, **told.registers)

    assert (told.facts(), points_of(told)) == before


def points_of(world) -> list:
    points = world.session.exec(select(SeriesPoint)).all()
    return sorted(point.model_dump_json() for point in points)


def a_sighting(number) -> Sighting:
    return Sighting(
        heard_on=date(2024, 9, 17),
        channel="whatsapp",
        form="voice",
        language="bm",
        place_id="codab1_ML05",
        agency_id="msf",
        narrative="VAX",
        summary=f"Une note vocale parle du vaccin {number}",
        reporter_role="driver",
        basis="told",
        added_by="a-1",
        added_at=datetime(2024, 9, 18, tzinfo=UTC),
    )

from datetime import UTC, datetime

import pytest

from crawlers.parsers.generic_csv import SPARE, ColumnMap, detect_columns, parse_rows
from crawlers.parsers.items import EngagementItem, ParsedPage

COLUMNS = ColumnMap(
    id="id", created_at="date", text="texte", platform="réseau", kind="type", likes="j'aime"
)
ROW = {"id": "12", "date": "2024-09-16T08:00:00+00:00", "texte": "Bonjour", "réseau": "Facebook"}


def parse(row: dict[str, object], columns: ColumnMap = COLUMNS) -> ParsedPage:
    return parse_rows([ROW | row], columns)


def reason(row: dict[str, object], columns: ColumnMap = COLUMNS) -> str:
    (rejected,) = parse(row, columns).rejected
    return rejected.reason


def test_a_row_becomes_a_post():
    (post,) = parse({"j'aime": "1 204"}).posts
    assert (post.platform, post.platform_id, post.kind, post.text) == (
        "facebook",
        "12",
        "post",
        "Bonjour",
    )
    assert post.created_at == datetime(2024, 9, 16, 8, tzinfo=UTC)
    assert post.engagement == EngagementItem(likes=1204)


def test_an_empty_count_is_unknown():
    assert parse({"j'aime": ""}).posts[0].engagement is None


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"id": " "}, "missing_id"),
        ({"id": "1.02E+17"}, "bad_id"),
        ({"date": ""}, "missing_time"),
        ({"date": "2024-09-16 08:00"}, "naive_time"),
        ({"date": "16/09/2024 08:00"}, "bad_time"),
        ({"texte": None}, "no_text"),
        ({"réseau": "Instagram"}, "unknown_platform"),
        ({SPARE: ["trop"]}, "wrong_columns"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(row, expected):
    assert reason(row) == expected


def test_a_refused_row_tells_its_number_and_no_content():
    (rejected,) = parse({"date": "Moussa"}).rejected
    assert rejected.path == "row 1"
    assert "Moussa" not in rejected.detail


def test_the_zone_of_the_map_holds_for_times_without_one():
    columns = ColumnMap(
        id="id", created_at="date", text="texte", platform="réseau", time_zone="Europe/Paris"
    )
    (post,) = parse({"date": "2024-09-16 08:00"}, columns).posts
    assert post.created_at == datetime(2024, 9, 16, 6, tzinfo=UTC)


def test_a_day_alone_is_no_time():
    columns = ColumnMap(
        id="id", created_at="date", text="texte", platform="réseau", time_zone="UTC"
    )
    assert reason({"date": "2024-09-16"}, columns) == "date_only"


def test_times_of_another_form_are_read_by_the_maps_format():
    columns = ColumnMap(
        id="id",
        created_at="date",
        text="texte",
        platform_name="x",
        time_zone="UTC",
        time_format="%d/%m/%Y %H:%M",
    )
    (post,) = parse({"date": "16/09/2024 08:05"}, columns).posts
    assert (post.platform, post.created_at) == ("x", datetime(2024, 9, 16, 8, 5, tzinfo=UTC))


def test_kinds_are_read_in_french_and_guessed_from_the_parent():
    assert parse({"type": "Commentaire"}).posts[0].kind == "comment"
    columns = ColumnMap(
        id="id", created_at="date", text="texte", platform="réseau", parent_id="parent"
    )
    assert parse({"parent": "9", "réseau": "X"}, columns).posts[0].kind == "reply"
    assert parse({"parent": "9"}, columns).posts[0].kind == "comment"


def test_common_headers_are_recognised_in_english_and_french():
    english = detect_columns(["Post ID", "Created At", "Message", "Platform", "Likes"])
    french = detect_columns(["Identifiant", "Date de publication", "Texte", "Réseau", "J’aime"])
    assert english is not None
    assert english.columns() == {
        "id": "Post ID",
        "created_at": "Created At",
        "text": "Message",
        "platform": "Platform",
        "likes": "Likes",
    }
    assert french is not None
    assert french.likes == "J’aime"


@pytest.mark.parametrize(
    "headers",
    [
        ["id", "created_at", "text"],
        ["Page Name", "Post Created", "Shares", "Message", "URL"],
        ["id", "creation_time", "text", "post_owner.id", "platform", "date"],
    ],
)
def test_tables_of_other_exports_are_not_taken_for_generic_ones(headers):
    assert detect_columns(headers) is None

"""Past counts from workbooks as people keep them."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from config.errors import InputError, UsageError
from crawlers.past_counts.headers import load_map
from crawlers.past_counts.periods import read_period
from crawlers.past_counts.store import exported_history, import_history, listed_histories
from models import HandLog, HistoricCount, Post

LONG_FRENCH = [
    ["Veille des réseaux sociaux, bilan", None, None, None, None, None],
    [None] * 6,
    ["Trimestre", "Plateforme", "Contenu", "Indicateur", "Nombre", "Sur"],
    ["T1 2024", "Facebook", "Publications", "Ensemble", 40, None],
    ["T1 2024", "Facebook", "Publications", "Méfiant", 2, 40],
    ["T1 2024", "X (Twitter)", "Commentaires", "Négatif", "1 304", None],
    ["1er trimestre 2023", "Facebook", "Commentaires", "Méfiant", "n.d.", None],
]
WIDE_ENGLISH = [
    ["Platform", "Type", "Sentiment", "Q1 2024", "Q2 2024", "Total"],
    ["Facebook", "Posts", "Total", 40, 51, 91],
    ["Facebook", "Posts", "Neutral", 30, 40, 70],
    ["Facebook", "Posts", "Positive", 8, 10, 18],
    ["Facebook", "Posts", "Suspicious", 2, 1, 3],
]
QUARTERS_UNDER_YEARS = [
    ["", "", "", 2023, "", 2024, ""],
    ["Plateforme", "Contenu", "Mesure", "T3", "T4", "T1", "T2"],
    ["x", "publications", "total", 3, 4, 1, 2],
]
MEASURES_AS_COLUMNS = [
    ["Quarter", "Content", "Neutral", "Suspicious"],
    ["2024-Q3", "comments", 9, 4],
]


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    """Saves rows as a sheet named Bilan; gives the file."""

    def save(rows, name="past.xlsx"):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "Bilan"
        for row in rows:
            sheet.append(row)
        book.save(tmp_path / name)
        return tmp_path / name

    return save


@pytest.fixture
def session(any_engine: Engine):
    with Session(any_engine) as session:
        yield session


@pytest.fixture
def bring_in(session, workbook, now):
    """Imports rows under a label."""

    def run(rows, *, label="Bilans", columns=None, sheet=None, **choices):
        given = {"replace": False, "keep_differences": False, "role": "a-1"} | choices
        return import_history(
            session, workbook(rows), label=label, columns=columns or {}, sheet=sheet, now=now,
            **given,
        )  # fmt: skip

    return run


def stored(session) -> dict:
    return {
        (str(row.period_start), row.platform, row.scope, row.measure): row.count
        for row in session.exec(select(HistoricCount))
    }


def with_cell(rows, row, column, value):
    changed = [list(one) for one in rows]
    changed[row - 1][column - 1] = value
    return changed


def test_a_long_table_in_french_below_a_title_is_read(session, bring_in):
    made = bring_in(LONG_FRENCH)

    assert (made.new, made.sheet) == (3, "Bilan")
    assert stored(session) == {
        ("2024-01-01", "facebook", "posts", "total"): 40,
        ("2024-01-01", "facebook", "posts", "stance:suspicious"): 2,
        ("2024-01-01", "x", "comments", "tone:negative"): 1304,
    }
    of_suspicious = session.exec(
        select(HistoricCount).where(HistoricCount.measure == "stance:suspicious")
    ).one()
    assert (of_suspicious.total, of_suspicious.period_end) == (40, date(2024, 4, 1))


def test_a_wide_table_with_quarters_as_columns_is_read_without_its_sums(session, bring_in):
    assert bring_in(WIDE_ENGLISH).new == 8
    assert stored(session)["2024-04-01", "facebook", "posts", "total"] == 51


def test_quarters_take_the_year_that_stands_above_them(session, bring_in):
    bring_in(QUARTERS_UNDER_YEARS)

    assert {start: count for (start, *_), count in stored(session).items()} == {
        "2023-07-01": 3, "2023-10-01": 4, "2024-01-01": 1, "2024-04-01": 2,
    }  # fmt: skip


def test_measures_may_be_columns_and_without_a_platform_all_is_meant(session, bring_in):
    bring_in(MEASURES_AS_COLUMNS)

    assert stored(session) == {
        ("2024-07-01", "all", "comments", "stance:neutral"): 9,
        ("2024-07-01", "all", "comments", "stance:suspicious"): 4,
    }


def test_a_map_names_columns_and_what_holds_for_the_whole_table(session, bring_in, tmp_path):
    path = tmp_path / "past.yaml"
    path.write_text('period: "Quand"\ncount: "Combien"\nscope: "=posts"\nmeasure: "=total"\n')

    bring_in([["Quand", "Combien"], ["S2 2023", 12]], columns=load_map(path))

    assert stored(session) == {("2023-07-01", "all", "posts", "total"): 12}


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        ("T3 2024", (2024, 7), (2024, 10)),
        ("Q4-2024", (2024, 10), (2025, 1)),
        ("2024 T1", (2024, 1), (2024, 4)),
        ("2e trimestre 2024", (2024, 4), (2024, 7)),
        ("1st quarter of 2024", (2024, 1), (2024, 4)),
        ("H2 2024", (2024, 7), (2025, 1)),
        ("2024", (2024, 1), (2025, 1)),
    ],
)
def test_periods_are_known_as_people_write_them(written, start, end):
    period = read_period(written)

    assert (period.start, period.end) == (date(*start, 1), date(*end, 1))


@pytest.mark.parametrize("written", ["", "T5 2024", "T1", "mars 2024", "total", "202"])
def test_what_is_no_period_is_none(written):
    assert read_period(written) is None


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (with_cell(WIDE_ENGLISH, 3, 4, "32 %"), "Bilan!D3 is '32 %'; write the count, not a share"),
        (with_cell(WIDE_ENGLISH, 3, 4, "beaucoup"), "Bilan!D3 is 'beaucoup'; write a whole number"),
        (with_cell(WIDE_ENGLISH, 3, 4, 2.5), "Bilan!D3 is '2.5'; write a whole number"),
        (with_cell(WIDE_ENGLISH, 3, 4, -1), "Bilan!D3 is '-1'; write a whole number, 0 or more"),
        (with_cell(WIDE_ENGLISH, 3, 6, 71), "Bilan!F3 is 71, but its row adds up to 70"),
        (
            [row[:5] for row in with_cell(WIDE_ENGLISH, 5, 4, 3)],
            "Bilan!D2 is 40, but Bilan!D3 \\+ Bilan!D4 \\+ Bilan!D5 add up to 41",
        ),
        (with_cell(WIDE_ENGLISH, 3, 2, "Vidéos"), "Bilan!B3 is 'Vidéos', no scope"),
        (with_cell(WIDE_ENGLISH, 3, 1, "TikTok"), "Bilan!A3 is 'TikTok', no platform"),
        (with_cell(LONG_FRENCH, 5, 1, "mars"), "Bilan!A5 is 'mars', no period; write T1 2024"),
        (with_cell(LONG_FRENCH, 5, 5, 41), "Bilan!E5 is 41, more than its total 40"),
        ([*LONG_FRENCH, LONG_FRENCH[3]], "Bilan!E8 counts the same as Bilan!E4"),
        ([["Trimestre", "Nombre"], ["T1 2024", 3]], "has Trimestre, Nombre; missing: scope"),
        ([["a", "b"], [1, 2]], "no row names its columns"),
        (WIDE_ENGLISH[:1], "no count below row 1"),
        ([], "is empty; fill in a table"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_the_address_of_its_cell_and_nothing_is_kept(
    session, bring_in, rows, said
):
    with pytest.raises(InputError, match=said):
        bring_in(rows)

    assert stored(session) == {}


def test_many_mistakes_are_told_at_once_up_to_a_number(bring_in):
    rows = [*WIDE_ENGLISH[:1], *(["Radio", "Posts", f"m{n}", 1, 2, 3] for n in range(8))]

    with pytest.raises(InputError, match="and 3 more") as caught:
        bring_in(rows)
    assert str(caught.value).count("no platform") == 5


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [
                ["Platform", "Type", "Measure", "Q1 2024"],
                ["All", "posts", "total", 10],
                ["Facebook", "posts", "total", 6],
                ["X", "posts", "total", 3],
            ],
            "Bilan!D2 is 10, but .* add up to 9",
        ),
        (
            [["Type", "Measure", "Q1 2024", "Q2 2024", "Q3 2024", "Q4 2024", "2024"],
             ["posts", "total", 1, 2, 3, 4, 11]],
            "Bilan!G2 is 11, but .* add up to 10",
        ),
    ],
)  # fmt: skip
def test_platforms_add_up_to_all_and_quarters_to_the_year(bring_in, rows, said):
    with pytest.raises(InputError, match=said):
        bring_in(rows)

    kept = bring_in(rows, keep_differences=True)
    assert len(kept.differences) == 1


def test_a_kept_difference_stands_in_the_note(session, bring_in):
    rows = [row[:5] for row in with_cell(WIDE_ENGLISH, 5, 4, 3)]
    bring_in(rows, keep_differences=True)

    noted = [row for row in exported_history(session, "Bilans") if row["note"]]
    assert [(row["measure"], row["count"]) for row in noted] == [("total", 40)]
    assert "add up to 41" in noted[0]["note"]


def test_the_same_table_again_changes_nothing(session, bring_in):
    bring_in(WIDE_ENGLISH)
    again = bring_in(WIDE_ENGLISH)

    assert (again.new, again.known, again.replaced) == (0, 8, 0)
    assert session.exec(select(HandLog)).all() == []


def test_a_changed_figure_is_refused_unless_it_is_to_be_replaced_and_then_logged(session, bring_in):
    rows = [row[:5] for row in WIDE_ENGLISH[:2]]
    bring_in(rows)
    changed = with_cell(rows, 2, 5, 50)

    with pytest.raises(InputError, match=r"Bilan!E2 is 50, was 51; give --replace"):
        bring_in(changed)
    made = bring_in(changed, replace=True)

    assert (made.known, made.replaced) == (1, 1)
    assert stored(session)["2024-04-01", "facebook", "posts", "total"] == 50
    (line,) = session.exec(select(HandLog)).all()
    assert (line.action, line.object_kind, line.role) == ("replaced", "history", "a-1")
    assert (line.object_id, line.reason) == (
        "Bilans|2024-Q2|facebook|posts|total", "51 -> 50",
    )  # fmt: skip


def test_two_labels_stand_beside_each_other_and_no_post_is_made(session, bring_in):
    bring_in(MEASURES_AS_COLUMNS, label="Bilans")
    bring_in(MEASURES_AS_COLUMNS, label="Autre source")

    listed = listed_histories(session)
    assert [(row["label"], row["counts"]) for row in listed] == [("Autre source", 2), ("Bilans", 2)]
    assert (listed[0]["from"], listed[0]["until"]) == ("2024-07-01", "2024-10-01")
    assert {row["label"] for row in exported_history(session, "Bilans")} == {"Bilans"}
    assert session.exec(select(Post)).all() == []


def test_another_sheet_is_read_when_it_is_named(bring_in):
    assert bring_in(WIDE_ENGLISH, sheet="Bilan").new == 8
    with pytest.raises(UsageError, match="has no sheet 'Annexe'; it has Bilan"):
        bring_in(WIDE_ENGLISH, sheet="Annexe")


def test_a_label_and_a_history_must_be_there(session, bring_in):
    with pytest.raises(UsageError, match="is no label"):
        bring_in(WIDE_ENGLISH, label="")
    with pytest.raises(UsageError, match="there is no history 'Autre'"):
        exported_history(session, "Autre")


@pytest.mark.parametrize("body", [b"", b"Trimestre;Nombre", b"PK\x03\x04 broken"])
def test_what_is_no_workbook_is_named(session, tmp_path, body, now):
    path = tmp_path / "past.xlsx"
    path.write_bytes(body)

    with pytest.raises(InputError, match=r"past\.xlsx is no Excel workbook .*save it as \.xlsx"):
        import_history(
            session, path, label="Bilans", columns={}, sheet=None, replace=False,
            keep_differences=False, role="a-1", now=now,
        )  # fmt: skip


def test_a_day_is_no_period(bring_in):
    with pytest.raises(InputError, match="no period"):
        bring_in(with_cell(LONG_FRENCH, 5, 1, datetime(2024, 3, 1)))  # noqa: DTZ001

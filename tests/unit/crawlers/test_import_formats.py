"""Each format that has no recorded file, on synthetic files with invented people."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
import yaml

from config.watchlist import Watchlist
from crawlers.importers.chunks import parse_part
from crawlers.importers.detect import TABLES, recognise
from crawlers.importers.run import FileReport
from crawlers.importers.run import import_files as importing
from crawlers.parsers.addresses import facebook_place, web_id, x_post_id
from crawlers.parsers.crowdtangle import dashboard_moment
from crawlers.parsers.items import EngagementItem, ParsedPage, PostItem
from crawlers.parsers.records import RecordError
from crawlers.parsers.tables import TableContext, parse_table
from crawlers.parsers.x_posts import moment_in_id
from synthetic_exports import (
    CAPTURE,
    FACEPAGER_POST,
    GRAPHQL,
    GROUP_LAYOUT,
    LEGACY,
    LIBRARY,
    OLD_LAYOUT,
    PAGE_LAYOUT,
    STATUS,
    TWARC,
    VENDORS,
    X_ID,
)

EIGHT = datetime(2024, 9, 16, 8, tzinfo=UTC)
Rows = Callable[..., ParsedPage]


def table(name: str, *rows: dict[str, str], above: tuple[tuple[str, ...], ...] = ()) -> ParsedPage:
    assert TABLES[name].matches(rows[0].keys())
    return parse_table(TABLES[name], rows, TableContext(above))


def only(page: ParsedPage) -> PostItem:
    assert [f"{r.reason}: {r.detail}" for r in page.rejected] == []
    (item,) = [item for item in page.posts if not item.context]
    return item


def test_a_row_of_twarc_csv_is_the_post_it_was_made_from():
    item = only(table("twarc_csv", TWARC))
    assert (item.platform_id, item.kind, item.edit_number) == ("1838123456789012000", "quote", 2)
    assert item.text == "Bonjour & merci @radio_invente"
    assert item.engagement == EngagementItem(likes=12, shares=3)
    assert (item.urls, item.media, item.captions) == (
        ("https://journal.example/a",), ("photo",), ("Des sacs de riz",),
    )  # fmt: skip
    assert {"compte_invente", "Compte Inventé", "radio_invente"} <= {*item.private_names}


def test_an_id_that_a_spreadsheet_has_rounded_is_refused():
    (rejected,) = table("twarc_csv", TWARC | {"id": "1.83812E+18"}).rejected
    assert (rejected.reason, rejected.path) == ("bad_id", "row 1")


@pytest.mark.parametrize(
    ("row", "post_id", "page"),
    [
        (PAGE_LAYOUT, "100001_777", "100001"),
        (GROUP_LAYOUT, "200002_777", "200002"),
        (OLD_LAYOUT, "100001_777", "100001"),
    ],
)
def test_every_layout_of_crowdtangle_gives_the_same_post(row, post_id, page):
    item = only(table("crowdtangle_csv", row))
    assert (item.platform_id, item.venue_platform_id) == (post_id, page)
    assert item.created_at == datetime(2023, 10, 27, 19, 0, 3, tzinfo=UTC)
    assert item.engagement is not None
    assert (item.engagement.likes, item.engagement.shares) == (1000, 200)
    assert item.engagement.reactions == {"love": 5, "care": 0, "like": 1000}
    assert item.engagement.views is None
    assert (item.urls, item.captions) == (("https://journal.example/riz",), ("Riz pour Sévaré",))


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2024-01-10 08:00:00 UTC", 8),
        ("2024-01-10 08:00:00 EST", 13),
        ("2024-07-10 08:00:00 PDT", 15),
        ("2024-07-10 08:00:00 CEST", 6),
        ("2024-07-10 08:00:00 +03", 5),
        ("2024-07-10 08:00:00 -0330", 11),
    ],
)
def test_the_zone_of_a_dashboard_is_honoured(written, hour):
    context = TableContext()
    assert dashboard_moment(written, context).hour == hour
    assert context.notes == {}


def test_an_unknown_zone_is_refused_and_a_missing_one_is_counted():
    with pytest.raises(RecordError) as caught:
        dashboard_moment("2024-01-10 08:00:00 XYZT", TableContext())
    assert caught.value.reason == "unknown_zone"
    page = table("crowdtangle_csv", PAGE_LAYOUT | {"Post Created": "2024-01-10 08:00:00"})
    assert page.other == {"times_without_zone": 1}


def test_ids_of_the_content_library_are_kept_apart_from_facebook_ids():
    item = only(table("content_library_csv", LIBRARY))
    assert (item.platform_id, item.account_id, item.venue_platform_id) == (
        "mcl:1234567890123456789", "mcl:55", "mcl:66",
    )  # fmt: skip
    assert item.engagement == EngagementItem(likes=0, shares=2, reactions={"like": 0})
    assert (item.created_at, item.media, item.captions) == (EIGHT, ("photo",), ("Riz",))
    assert item.private_names == ("Compte Inventé",)


@pytest.mark.parametrize(("text", "kind"), [("Voyez", "quote"), ("", "repost")])
def test_a_reshare_of_the_content_library_with_words_is_a_quote(text, kind):
    item = only(table("content_library_csv", LIBRARY | {"shared_post_id": "9", "text": text}))
    assert item.kind == kind
    assert item.reposted_platform_id == (None if text else "mcl:9")


def test_a_node_of_facepager_is_read_as_the_graph_api_gives_it():
    item = only(table("facepager_csv", FACEPAGER_POST))
    assert (item.platform_id, item.venue_platform_id, item.claimed_comments) == (
        "100001_777", "100001", 4,
    )  # fmt: skip
    assert item.engagement == EngagementItem(comments=4, shares=2, reactions={"love": 1})


def test_seeds_and_errors_of_facepager_are_no_records():
    page = table(
        "facepager_csv",
        FACEPAGER_POST | {"object_type": "seed"},
        FACEPAGER_POST | {"query_status": "error (400)"},
    )
    assert (page.posts, page.rejected, page.other) == ((), (), {"errors": 1, "nodes": 1})


def test_a_comment_of_facepager_hangs_under_its_post():
    row = FACEPAGER_POST | {
        "object_id": "777_888", "query_type": "Facebook:/<post>/comments", "parent_id": "100001_777"
    }  # fmt: skip
    item = only(table("facepager_csv", row))
    assert (item.kind, item.root_platform_id) == ("comment", "100001_777")


@pytest.mark.parametrize("vendor", ["brandwatch", "talkwalker"])
def test_an_x_post_of_a_listening_service_has_the_id_of_its_address(vendor):
    item = only(table(vendor, VENDORS[vendor]))
    assert (item.platform, item.platform_id, item.text) == ("x", X_ID, "Bonjour")
    assert (item.created_at, item.language, item.truncated) == (EIGHT, "fr", False)


def test_a_brandwatch_row_without_its_text_keeps_the_snippet_as_cut():
    item = only(table("brandwatch", VENDORS["brandwatch"] | {"Full Text": ""}))
    assert (item.text, item.truncated) == ("Bonj", True)


def test_an_article_of_a_listening_service_is_of_the_web_with_its_title():
    row = VENDORS["brandwatch"] | {
        "Url": "https://www.journal.example/riz/?utm_source=x", "Page Type": "news", "Title": "Riz",
        "Full Text": "", "Snippet": "Trois camions",
    }  # fmt: skip
    item = only(table("brandwatch", row))
    assert (item.platform, item.platform_id) == ("web", "https://journal.example/riz")
    assert (item.text, item.truncated, item.account_id) == ("Riz\nTrois camions", True, None)


def test_posts_of_networks_that_are_not_watched_say_so():
    row = VENDORS["brandwatch"] | {"Url": "https://www.instagram.com/p/1", "Page Type": "instagram"}
    (rejected,) = table("brandwatch", row).rejected
    assert rejected.reason == "unknown_platform"


def test_a_listening_row_whose_time_is_of_another_form_is_refused():
    (rejected,) = table("meltwater", VENDORS["meltwater"] | {"Date": "hier"}).rejected
    assert rejected.reason == "bad_time"


@pytest.mark.parametrize("written", ["16-Sep-2024 08:00AM", "2024-09-16 08:00:00"])
def test_the_times_of_meltwater_are_read(written):
    page = table("meltwater", VENDORS["meltwater"] | {"Date": written})
    assert only(page).created_at == EIGHT
    assert page.other == {"times_without_zone": 1}


def test_a_4cat_table_is_read_by_its_unix_time():
    row = {
        "id": X_ID, "thread_id": X_ID, "timestamp": "2024-09-16 08:00:00", "body": "Bonjour",
        "unix_timestamp": "1726473600", "author": "compte_invente", "is_retweet": "no",
        "is_reply": "yes", "like_count": "4", "urls": "https://journal.example/a",
    }  # fmt: skip
    page = table("fourcat_x_csv", row)
    assert (only(page).kind, only(page).created_at, page.other) == ("reply", EIGHT, {})


@pytest.mark.parametrize(
    "value",
    [
        CAPTURE,
        {**GRAPHQL, "__import_meta": {"timestamp_collected": 1726480000000}},
        CAPTURE | {"data": {"__typename": "TweetWithVisibilityResults", "tweet": GRAPHQL}},
        {"data": {"search": {"entries": [{"tweet_results": {"result": GRAPHQL}}]}}},
        CAPTURE | {"data": {k: v for k, v in GRAPHQL.items() if k != "__typename"}},
    ],
)
def test_a_post_of_the_website_is_read_in_each_of_its_wrappers(value):
    assert recognise(value) == "x_graphql"
    item = only(parse_part(value, "x_graphql"))
    assert (item.platform_id, item.account_id, item.created_at) == (X_ID, "501", EIGHT)
    assert item.engagement == EngagementItem(likes=4, shares=2, views=90)
    assert (item.urls, item.captions) == (("https://journal.example/a",), ("Des sacs",))


def test_a_long_post_of_the_website_is_read_whole():
    note = {"note_tweet_results": {"result": {"text": "Bonjour à tous " * 30, "entity_set": {}}}}
    item = only(parse_part(CAPTURE | {"data": GRAPHQL | {"note_tweet": note}}, "x_graphql"))
    assert item.text == "Bonjour à tous " * 30


def test_a_tombstone_is_counted_and_refuses_nothing():
    page = parse_part(CAPTURE | {"data": {"__typename": "TweetTombstone"}}, "x_graphql")
    assert (page.posts, page.rejected, page.other) == ((), (), {"tombstones": 1})


def test_a_repost_on_the_website_takes_the_whole_text_of_its_original():
    original = GRAPHQL | {"rest_id": "1838000000000000009", "edit_control": {}}
    outer = LEGACY | {
        "full_text": "RT @compte_invente: Bonj…",
        "retweeted_status_result": {"result": original},
    }
    page = parse_part(CAPTURE | {"data": GRAPHQL | {"legacy": outer}}, "x_graphql")
    item = only(page)
    assert (item.kind, item.reposted_platform_id) == ("repost", "1838000000000000009")
    assert item.text == LEGACY["full_text"]
    assert [item.platform_id for item in page.posts if item.context] == ["1838000000000000009"]


@pytest.mark.parametrize("value", [{"statuses": [STATUS]}, STATUS])
def test_statuses_of_api_v1_are_read(value):
    assert recognise(value) == "x_v1"
    assert only(parse_part(value, "x_v1")).engagement == EngagementItem(likes=4, shares=2)


def test_a_status_that_says_it_is_cut_is_marked_so():
    cut = {k: v for k, v in STATUS.items() if k != "full_text"} | {"text": "B…", "truncated": True}
    assert only(parse_part(cut, "x_v1")).truncated is True


def test_an_archived_repost_is_told_by_its_text():
    tweet = {"id_str": X_ID, "full_text": "RT @a_b: Bonj…", "created_at": LEGACY["created_at"]}
    item = only(parse_part({"tweet": tweet}, "x_archive"))
    assert (item.kind, item.truncated, item.account_id) == ("repost", True, None)


@pytest.mark.parametrize(
    ("post_id", "moment"),
    [
        ("1578522194770296832", datetime(2022, 10, 7, 23, 6, 33, tzinfo=UTC)),
        ("20", None),
        ("29700859246", None),
        ("9" * 19, datetime(2086, 5, 23, tzinfo=UTC)),
        ("9" * 20, None),
        ("١٢٣", None),
    ],
)
def test_the_id_of_a_post_tells_its_second(post_id, moment):
    found = moment_in_id(post_id)
    assert (found and found.date()) == (moment and moment.date())


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://www.facebook.com/100/posts/200", ("100", "200")),
        ("https://m.facebook.com/radio/posts/200/", (None, "200")),
        ("https://www.facebook.com/radio/posts/pfbid0Ab12", (None, "pfbid0Ab12")),
        ("https://www.facebook.com/groups/300/permalink/400", ("300", "400")),
        ("https://www.facebook.com/100/photos/a.5/600/?type=3", ("100", "600")),
        ("https://www.facebook.com/permalink.php?story_fbid=7&id=8", ("8", "7")),
        ("https://www.facebook.com/watch/?v=9", (None, "9")),
        ("https://www.facebook.com/reel/12", (None, "12")),
        ("https://facebook.com.evil.example/1/posts/2", (None, None)),
        ("http://[broken", (None, None)),
        (None, (None, None)),
    ],
)
def test_facebook_addresses_tell_page_and_post(address, place):
    assert facebook_place(address) == place


def test_only_addresses_of_x_tell_x_posts():
    assert x_post_id("https://x.com/a/status/12?s=20") == "12"
    assert x_post_id("https://journal.example/a/status/12") is None
    assert len(web_id("https://journal.example/" + "a" * 300) or "") == 64


# --- whole files -------------------------------------------------------------------------------


@pytest.fixture
def run(engine, keyring, now) -> Callable[..., FileReport]:
    def run(path: Path, **options: object) -> FileReport:
        watchlist = Watchlist("v1", (), (), (), frozenset())
        (report,) = importing(
            [path], engine=engine, keyring=keyring, watchlist=watchlist, now=now, **options
        )
        return report

    return run


TABLE_ROWS = [
    ("twarc_csv", TWARC),
    ("crowdtangle_csv", PAGE_LAYOUT),
    ("crowdtangle_csv", GROUP_LAYOUT),
    ("crowdtangle_csv", OLD_LAYOUT),
    ("content_library_csv", LIBRARY),
    ("facepager_csv", FACEPAGER_POST),
    ("brandwatch", VENDORS["brandwatch"]),
    ("talkwalker", VENDORS["talkwalker"]),
]


@pytest.mark.parametrize(("name", "row"), TABLE_ROWS)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_an_export_is_known_by_its_headers_wherever_they_stand(run, tmp_path, name, row, delimiter):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([["Export inventé"], [], [*row], [*row.values()]])
    path = tmp_path / "a.csv"
    path.write_text(out.getvalue(), encoding="utf-8-sig")
    report = run(path)
    assert (report.format, report.posts_new, report.error) == (name, 1, None)


@pytest.mark.parametrize(("name", "row"), TABLE_ROWS)
def test_an_export_may_be_a_workbook(run, tmp_path, name, row):
    book = openpyxl.Workbook()
    book.create_sheet("Vide", 0)
    sheet = book.worksheets[1]
    for line in (["Export inventé"], [], [*row], [*row.values()]):
        sheet.append(line)
    book.save(tmp_path / "a.xlsx")
    report = run(tmp_path / "a.xlsx")
    assert (report.format, report.posts_new, report.error) == (name, 1, None)


def test_numbers_of_a_workbook_that_have_lost_digits_are_no_ids(run, engine, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["id", "created_at", "text", "platform"])
    book.active.append([1838123456789012480, "2024-09-16T08:00:00Z", "Bonjour", "x"])
    book.active.append([123456789012345, "2024-09-16T08:00:00Z", "Bonjour", "x"])
    book.active.append(["1838123456789012480", "2024-09-16T08:00:00Z", "Bonjour", "x"])
    book.save(tmp_path / "a.xlsx")
    report = run(tmp_path / "a.xlsx")
    assert (report.posts_new, report.quarantined) == (2, 1)


def test_a_broken_workbook_is_told(run, tmp_path):
    book = openpyxl.Workbook()
    book.save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"][:40]
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    assert "the workbook cannot be read" in (run(tmp_path / "b.xlsx").error or "")


def test_a_cassette_is_read_answer_by_answer(run, tmp_path):
    body = json.dumps({"data": [{"id": X_ID, "text": "Bonjour"}], "meta": {"result_count": 1}})
    answer = {"body": {"string": body}, "headers": {"date": ["Mon, 16 Sep 2024 08:00:00 GMT"]}}
    broken = {"body": {"string": "<html>"}, "headers": {}}
    cassette = {
        "interactions": [{"request": {}, "response": answer}, {"request": {}, "response": broken}],
        "version": 1,
    }
    for name, content in (("a.yaml", yaml.safe_dump(cassette)), ("a.json", json.dumps(cassette))):
        (tmp_path / name).write_text(content)
        report = run(tmp_path / name)
        assert (report.format, report.records, report.quarantined) == ("vcr_cassette", 2, 1)


def test_a_format_may_be_asked_for_and_is_refused_when_it_is_another(run, tmp_path):
    path = tmp_path / "a.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([[*TWARC], [*TWARC.values()]])
    assert run(path, file_format="twarc_csv").posts_new == 1
    for other in ("brandwatch", "x_graphql", "vcr_cassette"):
        assert run(path, file_format=other).error == f"is no {other} file"

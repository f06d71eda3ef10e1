import gzip
import io
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from config.errors import ConfigError, UsageError
from config.watchlist import Watchlist
from crawlers.importers.commands import remarks
from crawlers.importers.run import FileReport, import_files
from models import CrawlRun, Engagement, Payload, Post, PostCollection, Quarantine

FIXTURES = Path(__file__).parents[2] / "fixtures"
WATCHLIST = Watchlist(
    version="v1",
    x_queries=(),
    facebook_pages=(),
    registered_accounts=(),
    allowed_handles=frozenset(),
)
CSV = (
    "id,created_at,text,platform\n"
    "12,2024-09-16T08:00:00Z,Bonjour à tous,facebook\n"
    "13,2024-09-16 09:00,Sans fuseau,x\n"
)
Import = Callable[..., list[FileReport]]


@pytest.fixture
def run(engine, keyring, now) -> Import:
    def run(*paths: Path | str, **options: object) -> list[FileReport]:
        options = {"now": now} | options
        return import_files(paths, engine=engine, keyring=keyring, watchlist=WATCHLIST, **options)

    return run


def one(reports: list[FileReport]) -> FileReport:
    (report,) = reports
    assert report.records == report.posts_new + report.posts_known + report.quarantined
    return report


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def row_counts(engine: Engine) -> dict[str, int]:
    tables = ("post", "post_version", "engagement", "share", "payload", "quarantine", "account")
    with engine.connect() as connection:
        return {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in (*tables, "post_collection", "platform_id")
        }


@pytest.mark.parametrize(
    ("file", "format", "counts"),
    [
        ("x/search_post_words.json", "x_v2_response", (8, 5, 1, 2)),
        ("x/search_tweet_words.json", "x_v2_response", (8, 5, 1, 2)),
        ("x/flat.jsonl", "x_v2_flat", (3, 3, 0, 0)),
        ("facebook/feed.json", "graph_feed", (6, 4, 0, 2)),
        ("facebook/comments.json", "graph_comments", (4, 4, 0, 0)),
    ],
)
def test_each_format_is_recognised_and_balances(run, file, format, counts):
    report = one(run(FIXTURES / file))
    assert report.format == format
    assert report.error is None
    found = (report.records, report.posts_new, report.posts_known, report.quarantined)
    assert found == counts


def test_importing_again_knows_every_post_and_doubles_no_row(run, engine, now):
    files = sorted(FIXTURES.rglob("*.json*"))
    run(*files)
    before = row_counts(engine)
    for report in run(*files, now=now.replace(year=2025)):
        assert report.posts_new == 0
        assert report.records == report.posts_known + report.quarantined
    assert row_counts(engine) == before


def test_an_included_post_that_many_lines_carry_is_one_record(run):
    # Both lines of the file refer to the same post.
    assert one(run(FIXTURES / "x" / "flat.jsonl")).records == 3


def test_engagement_is_of_the_moment_the_file_was_retrieved(run, engine, tmp_path):
    body = json.loads((FIXTURES / "x" / "search_post_words.json").read_text())
    body["__twarc"] = {"retrieved_at": "2024-09-17T00:00:00+00:00"}
    run(write(tmp_path, "a.jsonl", json.dumps(body)))
    with Session(engine) as session:
        moments = {e.polled_at.isoformat() for e in session.exec(select(Engagement))}
    assert moments == {"2024-09-17T00:00:00+00:00"}


def test_raw_and_flattened_lines_may_stand_in_one_file(run, tmp_path):
    raw = json.dumps(json.loads((FIXTURES / "x" / "search_post_words.json").read_text()))
    flat = (FIXTURES / "x" / "flat.jsonl").read_text()
    report = one(run(write(tmp_path, "mixed.jsonl", f"{raw}\n{flat}")))
    assert (report.format, report.records) == ("x_v2_response", 11)


def test_an_array_of_responses_is_read(run, tmp_path):
    body = json.loads((FIXTURES / "x" / "search_post_words.json").read_text())
    report = one(
        run(write(tmp_path, "array.json", json.dumps([body, {"meta": {"result_count": 0}}])))
    )
    assert (report.format, report.records, report.quarantined) == ("x_v2_response", 8, 2)


def test_a_line_that_is_no_json_is_one_quarantined_record(run, engine, tmp_path):
    lines = (FIXTURES / "x" / "flat.jsonl").read_text().split("\n")
    path = write(tmp_path, "cut.jsonl", "\n".join([lines[0], lines[1][:40], "5", "", '{"a": 1}']))
    report = one(run(path))
    assert (report.records, report.quarantined, report.error) == (5, 3, None)
    with Session(engine) as session:
        found = [(q.reason, q.path) for q in session.exec(select(Quarantine))]
    assert found == [
        ("malformed_json", "line 2"),
        ("malformed_json", "line 3"),
        ("missing_id", "line 1.data[0]"),
    ]


def test_a_line_separator_inside_a_text_ends_no_line(run, tmp_path):
    post = {"id": "1", "created_at": "2024-09-16T08:00:00Z", "text": "a\u2028b"}
    content = json.dumps(post, ensure_ascii=False) + "\n" + json.dumps(post | {"id": "2"})
    assert one(run(write(tmp_path, "a.jsonl", content))).posts_new == 2


def test_gzip_and_a_byte_order_mark_are_no_obstacle(run, tmp_path):
    content = b"\xef\xbb\xbf" + (FIXTURES / "x" / "flat.jsonl").read_bytes()
    assert one(run(write(tmp_path, "a.jsonl.gz", gzip.compress(content)))).posts_new == 3


def test_a_dash_reads_standard_input(run, monkeypatch):
    content = (FIXTURES / "facebook" / "feed.json").read_bytes()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    report = one(run("-"))
    assert (report.path, report.format, report.records) == ("-", "graph_feed", 6)


def test_a_folder_is_walked_in_order_without_hidden_files_and_maps(run, tmp_path):
    folder = tmp_path / "files"
    (folder / "a").mkdir(parents=True)
    shutil.copy(FIXTURES / "facebook" / "feed.json", folder / "b.json")
    shutil.copy(FIXTURES / "x" / "flat.jsonl", folder / "a" / "z.jsonl")
    write(folder, ".cache", "x")
    write(folder, "b.columns.yaml", "x")
    assert [Path(r.path).name for r in run(folder)] == ["z.jsonl", "b.json"]


def test_a_folder_without_a_file_is_reported(run, tmp_path):
    (tmp_path / "empty" / "inner").mkdir(parents=True)
    write(tmp_path / "empty", ".hidden", "x")
    report = one(run(tmp_path / "empty"))
    assert report.error == "is a folder without any file to import"
    assert report.path == str(tmp_path / "empty")


def test_a_link_in_a_folder_that_leads_nowhere_is_reported(run, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.json").symlink_to(tmp_path / "gone.json")
    (folder / "b.jsonl").symlink_to(FIXTURES / "x" / "flat.jsonl")
    gone, found = run(folder)
    assert gone.error == "is a link that leads nowhere (No such file or directory)"
    assert found.posts_new == 3


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.json", b"", "is empty"),
        ("a.json", b" \n ", "is empty"),
        ("a.json", b'{"data": [', "is not JSON (line 1, column 11"),
        ("a.json", b'{\n "data": [\n  {"id": "1"}\n', "is not JSON"),
        ("a.json.zst", b"{}", "holds no zstd data"),
        ("a.zip", b"PK\x03\x04\x00", "the zip data is cut or damaged"),
        ("a.pdf", b"%PDF-1.7", "is a PDF; export it as JSON or CSV"),
        ("a.json.gz", gzip.compress(b"{}")[:-9], "the gzip data is cut or damaged"),
        ("a.json.gz", b"{}", "holds no gzip data"),
        ("a.xlsx", b"PK\x03\x04\x00", "the zip data is cut or damaged"),
        ("a.json", b'{"hello": 1}', "no known format"),
        ("a.json", b"[1, 2]", "no known format"),
        ("a.json", b"[" * 100_000, "is not JSON"),
        ("a.txt", b"Bonjour", "no known format"),
        ("a.csv", b"a,b\n1,2\n", "no known format"),
        ("a.csv", CSV.replace("Bonjour", '"Bonjour').encode(), "in the row of line 2"),
        ("a.csv", b"sep=,\n" + CSV.replace("Sans", '"Sans').encode(), "in the row of line 4"),
    ],
)
def test_a_file_that_cannot_be_read_says_so_and_leaves_nothing(
    run, engine, tmp_path, name, content, problem
):
    path = write(tmp_path, name, content)
    report = one(run(path))
    assert (report.format, report.records) == ("unrecognised", 0)
    assert report.error is not None
    assert problem in report.error
    assert "\n" not in report.error
    with Session(engine) as session:
        assert session.exec(select(CrawlRun)).all() == session.exec(select(Payload)).all() == []


def test_the_other_files_are_imported_when_one_is_missing(run, tmp_path):
    missing, found = run(tmp_path / "none.json", FIXTURES / "facebook" / "feed.json")
    assert missing.error == "cannot be read (No such file or directory)"
    assert found.records == 6


def test_what_is_no_post_is_counted_apart(run, tmp_path):
    content = {
        "page.json": {"id": "501", "name": "Radio", "category": "Média", "fan_count": 3},
        "error.json": {"error": {"code": 100, "type": "E", "message": "m"}},
        "counts.json": {"data": [{"start": "a", "end": "b", "tweet_count": 3}]},
        "gone.jsonl": {"id": "1", "action": "delete", "created_at": "2024-01-01T00:00:00Z"},
    }
    others = {}
    for name, body in content.items():
        report = one(run(write(tmp_path, name, json.dumps(body))))
        assert (report.records, report.error) == (0, None)
        others[name] = (report.format, report.other)
    assert others == {
        "page.json": ("graph_feed", {"pages": 1}),
        "error.json": ("graph_feed", {"errors": 1}),
        "counts.json": ("x_v2_response", {"counts": 1}),
        "gone.jsonl": ("x_v2_response", {"compliance": 1}),
    }


def test_a_run_is_recorded_with_its_counts(run, engine, now):
    run(FIXTURES / "x" / "search_post_words.json")
    with Session(engine) as session:
        (crawl_run,) = session.exec(select(CrawlRun)).all()
        collected = session.exec(select(PostCollection)).all()
        acquired = {post.acquisition for post in session.exec(select(Post))}
    assert (crawl_run.source, crawl_run.status) == ("import:x_v2_response", "done")
    assert (crawl_run.started_at, crawl_run.finished_at) == (now, now)
    assert (crawl_run.posts_new, crawl_run.posts_known, crawl_run.quarantined) == (5, 1, 2)
    assert {row.source for row in collected} == acquired == {"import:x_v2_response"}


def test_a_table_with_common_headers_is_imported(run, tmp_path):
    report = one(run(write(tmp_path, "a.csv", CSV)))
    assert (report.format, report.posts_new, report.quarantined) == ("generic_csv", 1, 1)


def test_a_semicolon_table_in_french_is_imported(run, tmp_path):
    content = (
        'Identifiant;Date;Texte;Réseau\r\n12;2024-09-16T08:00:00Z;"Deux\r\nlignes";Facebook\r\n\r\n'
    )
    report = one(run(write(tmp_path, "a.csv", content)))
    assert (report.format, report.posts_new, report.quarantined) == ("generic_csv", 1, 0)


@pytest.mark.parametrize(
    ("told", "delimiter"), [("sep=;", ";"), ("SEP=;\r", ";"), ("sep=\t", "\t"), ("sep=^", "^")]
)
def test_the_delimiter_that_a_first_line_tells_is_used(run, tmp_path, told, delimiter):
    rows = "id;created_at;text;platform\n12;2024-09-16T08:00:00Z;a, b, c, d, e;x\n"
    content = f"\ufeff{told}\n" + rows.replace(";", delimiter)
    report = one(run(write(tmp_path, "a.csv", content)))
    assert (report.format, report.posts_new, report.error) == ("generic_csv", 1, None)


def test_posts_of_impossible_times_are_quarantined(run, engine, tmp_path, now):
    times = {
        "1": "1970-01-01T00:00:00Z",
        "2": "2003-12-31T23:59:59Z",
        "3": "2004-01-01T00:00:00Z",
        "4": (now + timedelta(days=1)).isoformat(),
        "5": (now + timedelta(days=1, seconds=1)).isoformat(),
    }
    rows = "".join(f"{post},{time},Bonjour,x\n" for post, time in times.items())
    path = write(tmp_path, "a.csv", "id,created_at,text,platform\n" + rows)
    for counts in ((5, 2, 0, 3), (5, 0, 2, 3)):
        report = one(run(path))
        found = (report.records, report.posts_new, report.posts_known, report.quarantined)
        assert found == counts
    with Session(engine) as session:
        held = [(q.reason, q.path) for q in session.exec(select(Quarantine))]
    assert held == [("impossible_time", f"posts[{n}]") for n in (0, 1, 4)]


MAP = """
platform: facebook
time_zone: Africa/Bamako
columns:
  id: Numéro
  created_at: Quand
  text: Quoi
"""
MAPPED = "Numéro,Quand,Quoi\n1,2024-09-16 08:00,Bonjour\n"


def test_a_map_beside_a_table_is_used(run, tmp_path):
    write(tmp_path, "a.columns.yaml", MAP)
    report = one(run(write(tmp_path, "a.csv", MAPPED)))
    assert (report.format, report.posts_new) == ("generic_csv", 1)


def test_a_map_may_be_given_by_name_and_be_json(run, tmp_path):
    columns = {"id": "Numéro", "created_at": "Quand", "text": "Quoi"}
    body = json.dumps({"platform": "x", "time_zone": "UTC", "columns": columns})
    chosen = write(tmp_path, "map.json", body)
    report = one(run(write(tmp_path, "a.csv", MAPPED), column_map=chosen))
    assert report.posts_new == 1


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("platform: facebook", "", "platform is missing"),
        ("platform: facebook", "platform: instagram", "write one of facebook, web, x"),
        ("Africa/Bamako", "Bamako", "write a zone as Africa/Bamako"),
        ("  text: Quoi", "", "text is missing"),
        ("  text:", "  txet:", "did you mean 'text'?"),
    ],
)
def test_a_wrong_map_is_told_with_its_line(run, tmp_path, old, new, problem):
    chosen = write(tmp_path, "map.yaml", MAP.replace(old, new))
    with pytest.raises(ConfigError, match=r"map\.yaml:\d+: ") as caught:
        run(write(tmp_path, "a.csv", MAPPED), column_map=chosen)
    assert problem in str(caught.value)


def test_a_map_that_names_an_absent_column_is_told(run, tmp_path):
    write(tmp_path, "a.columns.yaml", MAP.replace("Quoi", "Texte"))
    report = one(run(write(tmp_path, "a.csv", MAPPED)))
    assert report.error is not None
    assert "the column 'Texte' (for text) is not in the header" in report.error


def test_a_wrong_map_beside_one_table_does_not_stop_the_others(run, tmp_path):
    write(tmp_path, "a.columns.yaml", "platform: [")
    bad, good = run(write(tmp_path, "a.csv", MAPPED), FIXTURES / "x" / "flat.jsonl")
    assert bad.error is not None
    assert good.posts_new == 3


def test_a_format_may_be_asked_for(run):
    feed = FIXTURES / "facebook" / "feed.json"
    assert one(run(feed, file_format="graph_comments")).format == "graph_comments"


def test_a_file_that_is_not_of_the_asked_format_is_refused(run):
    report = one(run(FIXTURES / "x" / "flat.jsonl", file_format="graph_feed"))
    assert report.error is not None
    assert "is no graph_feed file" in report.error


def test_an_unknown_format_is_wrong_use(run):
    with pytest.raises(UsageError, match="unknown format 'xml'"):
        run(FIXTURES, file_format="xml")


def test_the_report_is_plain_values(run, tmp_path):
    report = one(run(write(tmp_path, "a.csv", CSV)))
    assert report.as_dict() == {
        "path": str(tmp_path / "a.csv"),
        "format": "generic_csv",
        "records": 2,
        "posts_new": 1,
        "posts_known": 0,
        "quarantined": 1,
        "other": {},
        "refused": (
            {
                "reason": "naive_time",
                "records": 1,
                "detail": "the time has no zone; give time_zone in a column map",
            },
        ),
    }
    assert "error" in one(run(tmp_path / "none")).as_dict()


def test_why_records_were_quarantined_is_told_once_for_each_reason(run, tmp_path):
    rows = "".join(f"{n},2024-09-16,Trop vague {n},x\n" for n in range(700))
    header = "id,created_at,text,platform\n"
    path = write(tmp_path, "a.csv", f"{header}{rows}1.8E+18,2024-09-16T08:00:00Z,Arrondi,x\n")
    again = [list(remarks(one(run(path)))) for _ in range(2)]

    assert again[0] == again[1] == [
        f"vigie: {path}: 700 of 701 records quarantined as naive_time: the time has no zone; "
        "give time_zone in a column map",
        f"vigie: {path}: 1 of 701 records quarantined as bad_id: a spreadsheet has rounded the id; "
        "export ids as text",
    ]  # fmt: skip


def test_a_row_of_a_listing_names_what_else_was_there(run):
    row = one(run(FIXTURES / "x" / "search_post_words.json")).as_row()
    assert (row["records"], row["other"]) == (8, "1 errors, 2 media, 1 places, 3 users")

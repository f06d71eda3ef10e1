"""The watched folder, and kept payloads that are read again after an update."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select, update

from config.errors import InputError
from config.settings import Settings
from config.watchlist import Watchlist
from crawlers.importers.documents import Reading
from crawlers.importers.inbox import import_inbox, summary, watch
from crawlers.importers.remapping import RemapReport, remap
from crawlers.importers.reports import FileReport
from crawlers.importers.run import Importer, import_files
from crawlers.parsers import x_posts
from crawlers.parsers.items import ParsedPage, RejectedRecord
from crawlers.parsers.records import RecordError
from crawlers.parsers.version import PARSER_VERSION
from crawlers.parsers.x import parse_x_response
from crawlers.storage import Collection, FetchedPage, PageStore
from models import CrawlRun, Engagement, Payload, Post, PostCollection, Quarantine
from pipelines.doctor import examine

WATCHLIST = Watchlist("v1", (), (), (), frozenset())
POST = {"id": "1", "created_at": "2024-09-16T08:00:00Z", "text": "Bonjour", "author_id": "5"}


def line(number: int, **fields: object) -> str:
    return json.dumps(POST | {"id": str(number)} | fields) + "\n"


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


@pytest.fixture
def importer(engine, keyring, now) -> Importer:
    return Importer(engine, keyring, WATCHLIST, now, Reading())


def put(folder: Path, name: str, content: str, written: datetime) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    os.utime(path, (written.timestamp(), written.timestamp()))
    return path


@pytest.fixture
def place(folder, now) -> Callable[..., Path]:
    def place(name: str, content: str, seconds_ago: int = 3600) -> Path:
        moment = datetime.fromtimestamp(now.timestamp() - seconds_ago, now.tzinfo)
        return put(folder, name, content, moment)

    return place


def test_finished_files_are_imported_once_and_left_where_they_are(folder, importer, place):
    path = place("a.jsonl", line(1))
    (report,) = import_inbox(folder, importer)
    assert (report.path, report.posts_new) == (str(path), 1)
    assert import_inbox(folder, importer) == []
    assert path.read_text() == line(1)


@pytest.mark.parametrize(
    ("name", "age"),
    [("a.jsonl.part", 3600), ("a.crdownload", 3600), (".hidden", 3600), ("a.jsonl", 59)],
)
def test_files_that_are_still_being_written_are_left_alone(folder, importer, place, name, age):
    place(name, line(1), age)
    assert import_inbox(folder, importer) == []


def test_the_same_content_under_another_name_is_known(folder, importer, place, engine):
    place("a.jsonl", line(1))
    import_inbox(folder, importer)
    place("copy/b.jsonl", line(1))
    assert import_inbox(folder, importer) == []
    with Session(engine) as session:
        assert len(session.exec(select(CrawlRun)).all()) == 3


def test_a_file_that_has_changed_is_read_again(folder, importer, place):
    place("a.jsonl", line(1))
    import_inbox(folder, importer)
    place("a.jsonl", line(1) + line(2))
    (report,) = import_inbox(folder, importer)
    assert (report.posts_new, report.posts_known) == (1, 1)


def test_doctor_lists_the_files_that_could_not_be_read_until_they_are_gone(
    folder, importer, place, tmp_path, monkeypatch, engine
):
    bad, good = place("posts_de_moussa.csv", "a,b\n1,2\n"), place("a.jsonl", line(1))
    assert summary(import_inbox(folder, importer)) == (
        "2 files, 1 new posts; 1 could not be read, see `vigie doctor`"
    )
    settings = Settings(_env_file=None, inbox=folder, home=tmp_path, database_url=str(engine.url))

    def listed() -> list[str]:
        return [found.message for found in examine(settings) if found.subject == "inbox"]

    (message,) = listed()
    assert message.startswith("posts_de_moussa.csv: its columns are not known")
    with Session(engine) as session:
        stored = [run.model_dump_json() for run in session.exec(select(CrawlRun))]
    assert not any("moussa" in one for one in stored)
    bad.unlink()
    assert listed() == []
    assert good.exists()


def test_a_missing_folder_is_told(tmp_path, importer):
    with pytest.raises(InputError, match="is not there; make it or set VIGIE_INBOX"):
        import_inbox(tmp_path / "none", importer)


def test_watching_tells_only_when_something_came(folder, importer, place):
    told: list[list[FileReport]] = []
    waits = iter([lambda: place("b.jsonl", line(2)), lambda: None])

    def wait() -> None:
        step = next(waits, None)
        if step is None:
            raise KeyboardInterrupt
        step()

    place("a.jsonl", line(1))
    with pytest.raises(KeyboardInterrupt):
        watch(folder, lambda: replace(importer), told.append, wait)
    assert [len(reports) for reports in told] == [1, 1]


# --- read again --------------------------------------------------------------------------------


@pytest.fixture
def again(engine, keyring, now) -> Callable[[], RemapReport]:
    return lambda: remap(engine, keyring, WATCHLIST, now=now)


@pytest.fixture
def refusing(monkeypatch) -> Callable[[], None]:
    """An older program that could not read posts of one kind; calling it brings the update."""
    whole = x_posts.read_post

    def old(record, includes, *, context):
        if isinstance(record, dict) and record.get("lang") == "bm":
            raise RecordError("unknown_language", "cannot be read yet")
        return whole(record, includes, context=context)

    monkeypatch.setattr("crawlers.parsers.x.read_post", old)
    return lambda: monkeypatch.setattr("crawlers.parsers.x.read_post", whole)


def test_records_that_can_be_read_now_leave_the_quarantine_without_the_file(
    engine, keyring, now, tmp_path, refusing, again
):
    path = tmp_path / "a.jsonl"
    path.write_text(line(1) + line(2, lang="bm") + "{broken\n")
    import_files([path], engine=engine, keyring=keyring, watchlist=WATCHLIST, now=now)
    path.unlink()
    refusing()
    assert again() == RemapReport(1, released=1, posts_new=1, posts_known=1, quarantined=1)
    with Session(engine) as session:
        assert session.exec(select(Quarantine.reason)).all() == ["malformed_json"]
        queries = {row.query_id for row in session.exec(select(PostCollection))}
        assert len(queries) == 1
        assert len(session.exec(select(Post)).all()) == 2


def test_payloads_read_by_older_parsers_are_read_once_more(engine, keyring, now, tmp_path, again):
    path = tmp_path / "a.jsonl"
    path.write_text(line(1))
    import_files([path], engine=engine, keyring=keyring, watchlist=WATCHLIST, now=now)
    assert again().payloads == 0
    with Session(engine) as session:
        session.exec(update(Payload).values(parser_version=PARSER_VERSION - 1))
        session.commit()
    assert again() == RemapReport(1, posts_known=1)
    assert again().payloads == 0


def test_a_table_is_read_again_with_the_map_it_came_with(engine, keyring, now, tmp_path, again):
    path, columns = tmp_path / "a.csv", tmp_path / "map.yaml"
    path.write_text("Numéro,Quand,Quoi\n1,2024-09-16 08:00,Bonjour\n2,hier,Bonsoir\n")
    columns.write_text(
        "platform: facebook\ntime_zone: Africa/Bamako\n"
        "columns:\n  id: Numéro\n  created_at: Quand\n  text: Quoi\n"
    )
    import_files(
        [path], engine=engine, keyring=keyring, watchlist=WATCHLIST, now=now, column_map=columns
    )
    assert again() == RemapReport(1, posts_known=1, quarantined=1)


@pytest.mark.parametrize(("source", "collects"), [("x_search", True), ("x_lookup", False)])
def test_a_crawled_page_read_again_adds_no_counts_and_no_collection(
    engine, keyring, now, again, source, collects
):
    post = POST | {"public_metrics": {"like_count": 3}}
    body = json.dumps({"data": [post], "meta": {"result_count": 1}}).encode()
    page = FetchedPage("x", "/2/tweets", body, now)
    with Session(engine) as session:
        session.add(CrawlRun(id=1, source=source, started_at=now))
        session.flush()
        polled_at = now - timedelta(minutes=1)
        under = Collection(source, "aid", "v1", polled_at, "x_api_v2", 1, collects=collects)
        PageStore(session, keyring, WATCHLIST).store(
            page, parse_x_response(json.loads(body)), under
        )
        session.exec(update(Payload).values(parser_version=0))
        session.commit()

    assert again() == RemapReport(1, posts_known=1)
    with Session(engine) as session:
        assert len(session.exec(select(Engagement)).all()) == 1
        collected = [row.query_id for row in session.exec(select(PostCollection))]
    assert collected == (["aid"] if collects else [])


@pytest.mark.parametrize(
    ("source", "acquisition"),
    [("x_search", "x_api_v2"), ("facebook_pages", "graph_api"), ("import:x_v2", "import:x_v2")],
)
def test_a_post_released_from_the_quarantine_was_obtained_as_its_page_was(
    engine, keyring, now, again, source, acquisition
):
    body = json.dumps({"data": [POST], "meta": {"result_count": 1}}).encode()
    unread = ParsedPage(rejected=(RejectedRecord("unknown_language", "data[0]", "not read"),))
    with Session(engine) as session:
        session.add(CrawlRun(id=1, source=source, started_at=now))
        session.flush()
        under = Collection(source, "aid", "v1", now, acquisition, 1)
        PageStore(session, keyring, WATCHLIST).store(
            FetchedPage("x", "/2/tweets", body, now), unread, under
        )
        session.commit()
    assert again() == RemapReport(1, released=1, posts_new=1)
    with Session(engine) as session:
        assert session.exec(select(Post.acquisition)).all() == [acquisition]


def test_payloads_whose_time_is_over_are_left_alone(engine, keyring, now, tmp_path, again):
    path = tmp_path / "a.jsonl"
    path.write_text(line(1) + "{broken\n")
    import_files([path], engine=engine, keyring=keyring, watchlist=WATCHLIST, now=now)
    with Session(engine) as session:
        session.exec(update(Payload).values(ciphertext=None))
        session.commit()
    assert again() == RemapReport()

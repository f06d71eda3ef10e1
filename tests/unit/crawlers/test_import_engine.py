"""Large, packed, broken and interrupted files: nothing lost, nothing twice, limits kept."""

import gzip
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd
from PIL import Image, ImageDraw
from sqlalchemy import event
from sqlmodel import Session, func, select

from config.keyring import Keyring
from config.watchlist import Watchlist
from crawlers.importers.advice import NO_FORMAT
from crawlers.importers.chunks import Gathering
from crawlers.importers.opening import MIB, Limits
from crawlers.importers.run import FileReport, import_files
from models import CrawlRun, Payload, Post, PostVersion, Quarantine
from models.database import make_engine

ROOT = Path(__file__).parents[3]
WATCHLIST = Watchlist("v1", (), (), (), frozenset())
HEADER = "id,created_at,text,platform\n"
Import = Callable[..., list[FileReport]]


@pytest.fixture
def run(engine, keyring, now) -> Import:
    def run(*paths: Path | str, **options: object) -> list[FileReport]:
        return import_files(
            paths, engine=engine, keyring=keyring, watchlist=WATCHLIST, now=now, **options
        )

    return run


def flat(number: int, **fields: object) -> dict[str, object]:
    post = {"id": str(number), "created_at": "2024-09-16T08:00:00Z", "text": f"Message {number}"}
    return post | {"author_id": str(number % 7 + 1)} | fields


def lines_of(count: int) -> str:
    return "".join(json.dumps(flat(n)) + "\n" for n in range(1, count + 1))


def rows_of(count: int) -> str:
    return HEADER + "".join(
        f"{n},2024-09-16T08:00:00Z,Message {n},facebook\n" for n in range(1, count + 1)
    )


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def counted(engine, table) -> int:
    with Session(engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()


@pytest.mark.parametrize(
    ("name", "content"), [("a.jsonl", lines_of(1100)), ("a.csv", rows_of(1100))]
)
def test_many_records_share_one_payload_and_each_post_leads_to_its_own(
    run, engine, keyring, tmp_path, name, content
):
    (report,) = run(write(tmp_path, name, content))
    assert (report.posts_new, report.quarantined) == (1100, 0)
    assert counted(engine, Payload) == 5
    with Session(engine) as session:
        for version in session.exec(select(PostVersion)).all()[::97]:
            payload = session.get_one(Payload, version.payload_id)
            assert version.text.encode() in keyring.decrypt_payload(payload.ciphertext)


@pytest.mark.parametrize(("name", "content"), [("a.jsonl", lines_of(900)), ("a.csv", rows_of(900))])
def test_an_import_that_dies_between_two_batches_is_finished_by_running_it_again(
    run, engine, tmp_path, name, content
):
    path = write(tmp_path, name, content)
    commits = 0

    def die(_connection):
        nonlocal commits
        commits += 1
        if commits == 4:
            raise KeyboardInterrupt

    event.listen(engine, "commit", die)
    with pytest.raises(KeyboardInterrupt):
        run(path)
    event.remove(engine, "commit", die)
    stored = counted(engine, Post)
    assert 0 < stored < 900

    (report,) = run(path)
    assert (report.records, report.posts_new, report.posts_known) == (900, 900, 0)
    assert counted(engine, Post) == 900
    with Session(engine) as session:
        (only,) = session.exec(select(CrawlRun)).all()
    assert (only.status, only.posts_new) == ("done", 900)

    (again,) = run(path)
    assert (again.posts_new, again.posts_known) == (0, 900)


def test_a_file_cut_in_the_middle_keeps_what_was_read_and_says_so(run, engine, tmp_path):
    packed = gzip.compress(lines_of(60_000).encode(), compresslevel=1)
    (report,) = run(write(tmp_path, "a.jsonl.gz", packed[: len(packed) // 2]))
    assert report.format == "unrecognised"
    assert report.error == "the gzip data is cut or damaged; fetch the file again"
    assert counted(engine, Post) == 0


def test_rows_before_a_broken_one_are_stored(run, engine, tmp_path):
    (report,) = run(write(tmp_path, "a.csv", rows_of(600) + '601,2024-09-16T08:00:00Z,"a"b,x\n'))
    assert report.error is not None
    assert "in the row of line 602" in report.error
    assert report.error.endswith("the 500 records before it are stored")
    assert (report.records, counted(engine, Post)) == (500, 500)


def test_a_file_begun_with_the_wrong_columns_is_read_from_its_start_with_the_right_ones(
    run, engine, tmp_path
):
    rows = [f"{n},2024-09-16T08:00:00Z,Titre,Message {n}\n" for n in range(1, 601)]
    broken = "".join(["Numéro,Quand,Entête,Corps\n", *rows, '601,2024-09-16T08:00:00Z,"a"b,x\n'])
    path = write(tmp_path, "a.csv", broken)
    for column in ("Entête", "Corps"):
        columns = write(
            tmp_path,
            f"{column}.yaml",
            f"platform: facebook\ncolumns:\n  id: Numéro\n  created_at: Quand\n  text: {column}\n",
        )
        (report,) = run(path, column_map=columns)
        assert report.records == 500

    with Session(engine) as session:
        texts = set(session.exec(select(Post.text)))
    assert texts == {f"Message {n}" for n in range(1, 501)}


@pytest.mark.parametrize(
    ("suffix", "pack"), [(".gz", gzip.compress), (".zst", zstd.compress), ("", lambda body: body)]
)
def test_packed_lines_are_read_as_they_are(run, tmp_path, suffix, pack):
    (report,) = run(write(tmp_path, f"a.jsonl{suffix}", pack(lines_of(3).encode())))
    assert (report.format, report.posts_new) == ("x_v2_flat", 3)


def test_each_member_of_a_zip_has_a_report_and_none_is_written(run, tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../outside.jsonl", lines_of(2))
        archive.writestr("b/table.csv", rows_of(3))
        archive.writestr("picture.jpg", b"\xff\xd8\xff")
        archive.writestr("__MACOSX/._b", b"x")
    before = {*tmp_path.parent.rglob("outside*")}
    reports = run(path)
    assert [(r.format, r.posts_new) for r in reports] == [("x_v2_flat", 2), ("generic_csv", 3)]
    assert [r.path.partition(":")[2] for r in reports] == ["../../outside.jsonl", "b/table.csv"]
    assert {*tmp_path.parent.rglob("outside*")} == before


def test_of_an_account_archive_only_the_posts_are_read(run, tmp_path):
    path = tmp_path / "archive.zip"
    tweet = {"id_str": "1838000000000000001", "full_text": "Bonjour",
             "created_at": "Tue Sep 17 08:00:00 +0000 2024"}  # fmt: skip
    posts = f"window.YTD.tweets.part0 = {json.dumps([{'tweet': tweet}], indent=1)}"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/manifest.js", "window.__THAR_CONFIG = {}")
        archive.writestr("data/account.js", "window.YTD.account.part0 = [{}]")
        archive.writestr("data/tweets.js", posts)
    (report,) = run(path)
    assert (report.format, report.posts_new, report.error) == ("x_archive", 1, None)


@pytest.mark.parametrize("kind", ["gz", "zst", "zip"])
def test_a_bomb_is_refused_by_its_ratio_and_by_its_size(run, engine, tmp_path, monkeypatch, kind):
    monkeypatch.setattr("crawlers.importers.opening.SMALL", MIB)
    body = b" " * (4 * MIB)
    path = tmp_path / f"bomb.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.jsonl", body)
    else:
        path.write_bytes((gzip.compress if kind == "gz" else zstd.compress)(body))
    (by_ratio,) = run(path)
    assert "more than 200 times its size, as a bomb does" in by_ratio.error
    (by_size,) = run(path, limits=Limits(ratio=10**9, total=MIB))
    assert "unpacks to more than 1 MiB; raise VIGIE_IMPORT_MAX_MIB" in by_size.error
    assert counted(engine, CrawlRun) == 0


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "windows-1252"),
    ],
)
def test_any_usual_encoding_is_read_and_an_unusual_one_is_told(
    run, engine, tmp_path, encoding, told
):
    table = f"{HEADER}1,2024-09-16T08:00:00Z,Été à l’hôpital,x\n"
    (report,) = run(write(tmp_path, "a.csv", table.encode(encoding)))
    assert (report.posts_new, report.encoding, report.error) == (1, told, None)
    with Session(engine) as session:
        assert session.exec(select(Post.text)).all() == ["Été à l’hôpital"]


def test_a_few_cut_characters_do_not_make_a_text_another_encoding(run, engine, tmp_path):
    table = f"{HEADER}1,2024-09-16T08:00:00Z,{'é' * 60}😀,x\n".encode()
    cut = table.replace("😀".encode(), "😀".encode()[:2])
    (report,) = run(write(tmp_path, "a.csv", cut))
    assert (report.posts_new, report.encoding) == (1, "utf-8, 2 broken bytes")
    with Session(engine) as session:
        assert session.exec(select(Post.text)).one().startswith("é" * 60 + "\ufffd")


def test_a_long_array_on_one_line_is_read_element_by_element(run, engine, tmp_path, monkeypatch):
    monkeypatch.setattr("crawlers.importers.json_parts.FIRST_READ", 1000)
    path = write(tmp_path, "a.json", json.dumps([flat(n) for n in range(1, 701)]))
    (report,) = run(path)
    assert (report.format, report.posts_new) == ("x_v2_flat", 700)
    assert counted(engine, Payload) == 3


def test_the_elements_before_the_break_of_an_array_are_stored(run, engine, tmp_path):
    whole = json.dumps([flat(n) for n in range(1, 11)])
    (report,) = run(write(tmp_path, "a.json", whole[:-30]))
    assert (report.posts_new, report.quarantined) == (9, 1)
    with Session(engine) as session:
        assert session.exec(select(Quarantine.reason)).all() == ["malformed_json"]


def test_large_files_of_lines_are_never_read_whole(run, tmp_path, monkeypatch):
    monkeypatch.setattr("crawlers.importers.json_parts.WHOLE", 100)
    (report,) = run(write(tmp_path, "a.jsonl", "{broken\n" + lines_of(20)))
    assert (report.posts_new, report.quarantined) == (20, 1)


def test_a_line_beyond_the_limit_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.setattr("crawlers.importers.json_parts.WHOLE", 100)
    long_line = json.dumps(flat(99, text="x" * 3 * MIB))
    path = write(tmp_path, "a.jsonl", lines_of(300) + long_line + "\n")
    (report,) = run(path, limits=Limits(line=MIB))
    assert report.error == "a line is longer than 1 MiB; the 250 records before it are stored"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("interactions:\n", "is a cassette of more than 1 MiB; take it apart"),
        ("notes:\ninteractions:\n", NO_FORMAT),
    ],
    ids=["cassette", "another text"],
)
def test_a_cassette_is_read_up_to_the_limit_and_no_other_text_is(run, tmp_path, content, error):
    path = write(tmp_path, "a.yaml", content + "# ..............\n" * 2**17)
    (report,) = run(path, limits=Limits(line=MIB))
    assert report.error == error


def test_a_header_may_stand_below_other_rows(run, tmp_path):
    above = "Export du 16/09/2024,,,\nTableau,Mali,,\n,,,\n"
    (report,) = run(write(tmp_path, "a.csv", above + rows_of(2)))
    assert (report.format, report.posts_new, report.quarantined) == ("generic_csv", 2, 0)


def test_missing_columns_are_named_with_a_map_that_works_once_completed(run, tmp_path):
    path = write(tmp_path, "posts.csv", "Numero;Horodatage;Messages\n7;2024-09-16 08:00;Bonjour\n")
    (report,) = run(path)
    assert "lacks columns for platform, id, text" in report.error
    assert "headers seen: Numero, Horodatage, Messages" in report.error
    assert "text: perhaps 'Messages'" in report.error
    assert 'id: "?"' in report.advice
    advice = report.advice.replace('id: "?"', "id: Numero")
    write(tmp_path, "posts.columns.yaml", advice)
    (mended,) = run(path)
    assert (mended.error, mended.posts_new) == (None, 1)


def test_the_map_shows_how_times_in_another_order_are_read(run, tmp_path):
    path = write(tmp_path, "posts.csv", "Numero;Horodatage;Messages\n7;16/09/2024 08:00;Bonjour\n")
    (report,) = run(path)
    advice = report.advice.replace('id: "?"', "id: Numero").replace("#time_format", "time_format")
    write(tmp_path, "posts.columns.yaml", advice)

    (mended,) = run(path)

    assert (mended.error, mended.posts_new) == (None, 1)


def test_a_first_row_of_data_is_not_repeated_as_headers(run, tmp_path):
    (report,) = run(write(tmp_path, "a.csv", "12,@moussa_t,https://x.example/1,+223 76 00 00 00\n"))
    assert "moussa" not in f"{report.error}{report.advice}"
    assert "headers seen: none" in report.error


def test_a_full_disk_is_told_and_the_store_stays_whole(tmp_path):
    """The system limits the size of files, as a full disk does; nothing else differs."""
    home = tmp_path / "home"
    posts = write(tmp_path, "a.jsonl", lines_of(20_000))
    environment = {"VIGIE_HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}

    def vigie(*words: str, blocks: int | None = None) -> subprocess.CompletedProcess[str]:
        limit = f"ulimit -f {blocks}; " if blocks else ""
        command = f'{limit}exec "{sys.executable}" -m cli "$@"'
        return subprocess.run(
            ["bash", "-c", command, "vigie", *words],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert vigie("init").returncode == 0
    full = vigie("import", str(posts), "--json", blocks=3000)
    assert full.returncode == 1
    (line,) = full.stderr.splitlines()
    assert "the disk is full" in line
    assert "free some room and import again" in line
    (report,) = json.loads(full.stdout)["files"]
    engine = make_engine(f"sqlite:///{home / 'vigie.sqlite'}")
    assert counted(engine, Post) == report["posts_new"] > 0

    again = vigie("import", str(posts), "--json")
    assert again.returncode == 0
    (report,) = json.loads(again.stdout)["files"]
    assert (report["posts_new"], counted(engine, Post)) == (20_000, 20_000)
    engine.dispose()


def test_progress_never_goes_back_and_ends_at_the_whole(run, tmp_path):
    shares: list[float] = []
    run(
        write(tmp_path, "a.jsonl", lines_of(900)),
        progress=lambda _name, share: shares.append(share),
    )
    assert shares == sorted(shares)
    assert len(shares) == -(-900 // Gathering.most_parts)
    assert shares[-1] > 0.99


def test_standard_input_may_be_packed(run, monkeypatch):
    class Stdin:
        buffer = io.BytesIO(gzip.compress(lines_of(2).encode()))

    monkeypatch.setattr("sys.stdin", Stdin)
    (report,) = run("-")
    assert (report.path, report.posts_new) == ("-", 2)


def test_posts_are_the_same_on_every_database(any_engine, tmp_path, now):
    path = write(tmp_path, "a.jsonl", lines_of(600))
    keyring = Keyring(tmp_path / "keys", seed="tests")
    for expected in ((600, 0), (0, 600)):
        (report,) = import_files(
            [path], engine=any_engine, keyring=keyring, watchlist=WATCHLIST, now=now
        )
        assert (report.posts_new, report.posts_known) == expected


def drawn(number: int) -> bytes:
    picture = Image.new("RGB", (120, 90), "white")
    ImageDraw.Draw(picture).polygon([(number * 9, 5), (110, 80), (5, 20 + number * 5)], "navy")
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_pictures_beside_a_file_leave_a_print_and_are_not_kept(run, engine, tmp_path, packed):
    posts = "".join(json.dumps(flat(n)) + "\n" for n in (100001, 100002))
    files = {"a.jsonl": posts.encode(), "media/100001-photo.png": drawn(3)}
    path = tmp_path / "a.jsonl"
    if packed:
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        (tmp_path / "media").mkdir()
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
    run(path)

    with Session(engine) as session:
        prints = [len(post.media_prints) for post in session.exec(select(Post))]
        bodies = [payload.size for payload in session.exec(select(Payload))]
    assert sorted(prints) == [0, 1]
    assert bodies == [len(posts.strip())]


def test_a_saved_graph_answer_is_kept_without_the_token_of_whoever_asked(
    run, engine, keyring, tmp_path
):
    address = "https://graph.facebook.com/v26.0/1/feed?access_token=SECRETTOKEN123&after=x"
    node = {"id": "1_2", "created_time": "2024-09-16T08:00:00+0000", "message": "Bonjour"}
    body = {"data": [node], "paging": {"next": address}}
    run(write(tmp_path, "feed.json", json.dumps(body)))

    with Session(engine) as session:
        (payload,) = session.exec(select(Payload))
    kept = keyring.decrypt_payload(payload.ciphertext)
    assert b"SECRETTOKEN123" not in kept
    assert b"after=x" in kept

import gzip
import io
from datetime import UTC, datetime
from types import SimpleNamespace

import polars as pl
import pytest

from config.errors import InputError
from pipelines.coordination import shares as module
from pipelines.coordination.shares import read_shares

HEADER = "object_id,account_id,content_id,timestamp_share\n"


def read(tmp_path, text, name="shares.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_shares(path)


def test_columns_may_stand_in_any_order_beside_others(tmp_path):
    shares = read(tmp_path, "note,timestamp_share,content_id,account_id,object_id\nx,5,c,a,o\n")
    assert shares.accounts.to_list() == ["a"]
    assert shares.objects.to_list() == ["o"]
    assert shares.contents.to_list() == ["c"]
    assert shares.moment.tolist() == [5_000_000]


def test_ids_stay_the_text_they_are_written_as(tmp_path):
    shares = read(tmp_path, HEADER + "1,007,c1,0\n1.0,7,c2,0\n")
    assert shares.accounts.to_list() == ["007", "7"]
    assert shares.objects.to_list() == ["1", "1.0"]


def test_codes_follow_the_order_of_code_points(tmp_path):
    shares = read(tmp_path, HEADER + "o,é,c1,0\no,Z,c2,0\no,a,c3,0\n")
    assert shares.accounts.to_list() == ["Z", "a", "é"]
    assert shares.account.tolist() == [2, 0, 1]


def test_numbers_and_rfc_3339_times_may_be_mixed(tmp_path):
    shares = read(
        tmp_path,
        HEADER
        + "o,a,1,1720000000\no,a,2,2024-07-03T09:46:40Z\no,a,3,2024-07-03T11:46:40.5+02:00\n",
    )
    assert shares.moment.tolist() == [
        1_720_000_000_000_000,
        1_720_000_000_000_000,
        1_720_000_000_500_000,
    ]


@pytest.mark.parametrize("time", ["", "soon", "nan", "inf", "2024-07-03 09:46:40"])
def test_a_row_without_a_usable_time_is_set_aside(tmp_path, time):
    shares = read(tmp_path, HEADER + f"o,a,1,{time}\no,b,2,-3.25\n")
    assert shares.usable.tolist() == [False, True]
    assert shares.moment[1] == -3_250_000


def test_a_row_without_one_of_its_ids_is_set_aside(tmp_path):
    shares = read(tmp_path, HEADER + ',a,1,0\no,,2,0\no,a,"",0\no,a,4,0\n')
    assert shares.usable.tolist() == [False, False, False, True]
    assert shares.object_.tolist() == [-1, 0, 0, 0]


def test_milliseconds_stay_exact(tmp_path):
    shares = read(tmp_path, HEADER + "o,a,1,1720000000.001\no,a,2,1720000000.002\n")
    assert shares.moment[1] - shares.moment[0] == 1_000


@pytest.mark.parametrize("time", ["1725870600000", "1725870600000000", "1e300"])
def test_times_in_milliseconds_are_refused(tmp_path, time):
    with pytest.raises(InputError, match="timestamp_share looks like milliseconds; it wants sec"):
        read(tmp_path, HEADER + f"o,a,1,{time}\no,b,2,{time}\n")


def test_whole_milliseconds_of_parquet_are_refused(tmp_path):
    frame = pl.DataFrame({"object_id": ["o"], "account_id": ["a"], "content_id": ["c"]})
    path = tmp_path / "shares.parquet"
    frame.with_columns(timestamp_share=pl.Series([1_725_870_600_000])).write_parquet(path)
    with pytest.raises(InputError, match="looks like milliseconds"):
        read_shares(path)


def test_an_id_that_is_no_number_is_unknown(tmp_path):
    frame = pl.DataFrame({"object_id": ["o", "o"], "content_id": ["c", "d"]}).with_columns(
        account_id=pl.Series([float("nan"), 7.0]), timestamp_share=pl.Series([0, 1])
    )
    frame.write_parquet(tmp_path / "shares.parquet")
    shares = read_shares(tmp_path / "shares.parquet")
    assert shares.usable.tolist() == [False, True]
    assert len(shares.accounts) == 1


def test_a_column_that_is_there_twice_is_named(tmp_path):
    header = HEADER.strip() + ",account_id\n"
    with pytest.raises(InputError, match="the column account_id is there twice"):
        read(tmp_path, header + "o,a,1,0,b\n")


def test_empty_headers_at_the_end_are_no_columns(tmp_path):
    assert len(read(tmp_path, HEADER.strip() + ",,\no,a,1,0,,\n")) == 1


def test_gzip_and_parquet_give_the_same_shares_as_csv(tmp_path):
    frame = pl.DataFrame(
        {"object_id": [1, 2], "account_id": [3, 4], "content_id": [5, 6]}
    ).with_columns(timestamp_share=pl.Series([0.5, None]))
    text = frame.write_csv()
    frame.write_parquet(tmp_path / "shares.parquet")
    found = [
        read(tmp_path, text),
        read(tmp_path, gzip.compress(text.encode()), "shares.csv.gz"),
        read_shares(tmp_path / "shares.parquet"),
    ]
    assert {tuple(shares.accounts) for shares in found} == {("3", "4")}
    assert {tuple(shares.moment.tolist()) for shares in found} == {(500_000, 0)}
    assert {tuple(shares.usable.tolist()) for shares in found} == {(True, False)}


def test_a_datetime_column_of_parquet_needs_a_time_zone(tmp_path):
    frame = pl.DataFrame({"object_id": ["o"], "account_id": ["a"], "content_id": ["c"]})
    moment = datetime(2024, 7, 3, tzinfo=UTC)
    frame.with_columns(timestamp_share=pl.Series([moment])).write_parquet(
        tmp_path / "aware.parquet"
    )
    naive = pl.Series([moment.replace(tzinfo=None)])
    frame.with_columns(timestamp_share=naive).write_parquet(tmp_path / "naive.parquet")
    assert read_shares(tmp_path / "aware.parquet").moment.tolist() == [1_719_964_800_000_000]
    with pytest.raises(InputError, match="RFC 3339"):
        read_shares(tmp_path / "naive.parquet")


def test_standard_input_is_read_for_a_dash(monkeypatch):
    stream = SimpleNamespace(buffer=io.BytesIO((HEADER + "o,a,c,0\n").encode()))
    monkeypatch.setattr(module.sys, "stdin", stream)
    assert len(read_shares("-")) == 1


def test_a_missing_column_is_named_beside_those_found(tmp_path):
    with pytest.raises(InputError, match=r"no column account_id; found: object_id, user, "):
        read(tmp_path, "object_id,user,content_id,timestamp_share\no,a,c,0\n")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        HEADER.encode() + b"o,a,c,0,too,many\n",
        HEADER.encode() + b"o,\xff\xfe,c,0\n",
        b"PAR1 but nothing more",
        gzip.compress(HEADER.encode())[:-9],
        b"\x1f\x8b\x08\x00nonsense nonsense nonsense",
    ],
)
def test_a_file_that_is_no_table_is_one_clear_line_without_its_content(tmp_path, content):
    with pytest.raises(InputError, match=r"shares\.csv: ") as caught:
        read(tmp_path, content)
    assert "\n" not in str(caught.value)
    assert "nonsense" not in str(caught.value)


def test_times_that_are_all_unreadable_are_an_error(tmp_path):
    with pytest.raises(InputError, match="timestamp_share"):
        read(tmp_path, HEADER + "o,a,1,yesterday\no,b,2,\n")


def test_a_header_alone_is_an_empty_table(tmp_path):
    assert len(read(tmp_path, HEADER)) == 0


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.csv"):
        read_shares(tmp_path / "nowhere.csv")

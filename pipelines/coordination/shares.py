"""Shares (who put which object out, in which post, when): read from files, coded as integers."""

import gzip
import re
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from polars.exceptions import PolarsError

from config.errors import InputError
from pipelines.coordination.parameters import MICROSECONDS

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

ID_COLUMNS: Final = ("object_id", "account_id", "content_id")
TIME_COLUMN: Final = "timestamp_share"
COLUMNS: Final = (*ID_COLUMNS, TIME_COLUMN)
STDIN: Final = "-"
# More seconds than 3000 years from 1970: so large are milliseconds (since 1973), and finer units.
LATEST_TIME: Final = 1e11
# How Polars renames the second column of a name.
SECOND_OF_NAME: Final = re.compile(r"(.+)_duplicated_\d+")


@dataclass(frozen=True)
class Shares:
    """Shares in input order; codes index the names, which are sorted by code point.

    account, object_, content: one code a row, -1 where the id is null.
    moment: microseconds; only rows with `usable` have one.
    own_object: rows whose object is their own content.
    """

    accounts: pl.Series
    objects: pl.Series
    contents: pl.Series
    account: Codes
    object_: Codes
    content: Codes
    moment: Codes
    usable: Flags
    own_object: Flags

    def __len__(self) -> int:
        return len(self.account)

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "Shares":
        """Code a frame of text ids and `timestamp_share` in microseconds (Int64, null: unknown)."""
        accounts, account = _coded(frame["account_id"])
        objects, object_ = _coded(frame["object_id"])
        contents, content = _coded(frame["content_id"])
        own = (frame["object_id"] == frame["content_id"]).fill_null(value=False)
        return cls(
            accounts=accounts,
            objects=objects,
            contents=contents,
            account=account,
            object_=object_,
            content=content,
            moment=frame[TIME_COLUMN].fill_null(0).to_numpy().astype(np.int64),
            usable=~frame.select(pl.any_horizontal(pl.col(*COLUMNS).is_null()))
            .to_series()
            .to_numpy(),
            own_object=own.to_numpy(),
        )


def read_shares(source: Path | str) -> Shares:
    """Shares of a CSV, gzipped CSV or Parquet file; `-` reads standard input.

    Columns may stand in any order and beside others. Ids of any type are read as text, an empty id
    is unknown. Times are seconds (whole or not) or RFC 3339; they are kept to the microsecond.
    InputError when the file is no table, a column is missing or there twice, no time can be read
    or times are in milliseconds.
    """
    name = "standard input" if source == STDIN else str(source)
    frame = _read_table(_content(source, name), name)
    for column in COLUMNS:
        if column not in frame.columns:
            found = ", ".join(frame.columns) or "none"
            raise InputError(
                f"{name}: there is no column {column}; found: {found}; needed: {', '.join(COLUMNS)}"
            )
    return Shares.of(
        frame.select(
            *(_identifier(frame[column], name) for column in ID_COLUMNS),
            _microseconds(frame[TIME_COLUMN], name),
        )
    )


def _content(source: Path | str, name: str) -> bytes:
    try:
        content = sys.stdin.buffer.read() if source == STDIN else Path(source).read_bytes()
        return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{name}: the gzip data is cut off or damaged; copy it again") from error
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror})") from error


def _read_table(content: bytes, name: str) -> pl.DataFrame:
    if not content.strip():
        raise InputError(f"{name}: is empty; needed is a table with {', '.join(COLUMNS)}")
    try:
        if content.startswith(b"PAR1"):
            return pl.read_parquet(BytesIO(content))
        frame = pl.read_csv(BytesIO(content), infer_schema=False)
    except (PolarsError, OSError) as error:
        # The reader's own message may quote the data, which must not reach a log.
        raise InputError(
            f"{name}: is no readable table; needed is CSV in UTF-8 with a header and as many "
            "fields on every line, or Parquet"
        ) from error
    _refuse_doubled(frame.columns, name)
    return frame


def _refuse_doubled(columns: Sequence[str], name: str) -> None:
    for column in columns:
        renamed = SECOND_OF_NAME.fullmatch(column)
        if renamed and renamed[1] in columns:
            raise InputError(f"{name}: the column {renamed[1]} is there twice; keep one of them")


def _identifier(column: pl.Series, name: str) -> pl.Series:
    if column.dtype.is_float():
        column = column.fill_nan(None)
    try:
        text = column.cast(pl.String)
    except PolarsError as error:
        raise InputError(
            f"{name}: column {column.name} has type {column.dtype}, which is no id; write text"
        ) from error
    return text.set(text == "", None)


def _microseconds(column: pl.Series, name: str) -> pl.Series:
    """Times as microseconds, null where unknown; InputError when none of those given is a time."""
    if column.dtype.is_numeric():
        moments = _from_seconds(column.cast(pl.Float64), name)
    elif column.dtype == pl.String:
        moments = _from_text(column, name)
    elif isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone is not None:
        moments = column.dt.epoch("us")
    elif column.dtype == pl.Null:
        moments = column.cast(pl.Int64)
    else:
        raise _no_time(column, name)
    if moments.null_count() == len(column) > column.null_count():
        raise _no_time(column, name)
    return moments


def _no_time(column: pl.Series, name: str) -> InputError:
    return InputError(
        f"{name}: no value of column {TIME_COLUMN} ({column.dtype}) is a time; write seconds or "
        "RFC 3339 with an offset, for example 2024-09-09T08:30:00Z"
    )


def _from_text(column: pl.Series, name: str) -> pl.Series:
    text = column.str.strip_chars()
    seconds = _from_seconds(text.cast(pl.Float64, strict=False), name)
    dates = text.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
    return seconds.zip_with(seconds.is_not_null(), dates.dt.epoch("us"))


def _from_seconds(seconds: pl.Series, name: str) -> pl.Series:
    finite = seconds.is_finite().fill_null(value=False)
    known = seconds.zip_with(finite, pl.Series([None], dtype=pl.Float64))
    if (known.abs() > LATEST_TIME).any():
        raise InputError(
            f"{name}: column {TIME_COLUMN} looks like milliseconds; it wants seconds, "
            "so divide it by 1000"
        )
    # Whole seconds and their fraction apart: the product of both would lose the last digits.
    whole = known.floor()
    fraction = ((known - whole) * MICROSECONDS).round()
    return whole.cast(pl.Int64) * MICROSECONDS + fraction.cast(pl.Int64)


def _coded(column: pl.Series) -> tuple[pl.Series, Codes]:
    names = column.drop_nulls().unique().sort()
    codes = column.cast(pl.Enum(names)).to_physical().cast(pl.Int64).fill_null(-1)
    return names, codes.to_numpy()

"""Writing edges and summary: both appear whole, under their names, or not at all."""

import gzip
import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import polars as pl

from config.errors import InputError, UsageError
from pipelines.outputs import publish, standard_output

STDOUT: Final = "-"
EDGE_FORMATS: Final = (".csv", ".csv.gz", ".parquet")


@dataclass(frozen=True)
class Outputs:
    """Where edges and summary go; None: no summary file."""

    edges: Path | str
    summary: Path | str | None

    @classmethod
    def checked(cls, edges: Path | str, summary: Path | str | None) -> "Outputs":
        """Outputs that can be written; UsageError otherwise, before any work is done."""
        if edges == summary == STDOUT:
            raise UsageError("edges and summary cannot both go to standard output")
        if summary is not None and _is_same(edges, summary):
            raise UsageError(f"{edges}: edges and summary need two names")
        if edges != STDOUT and not str(edges).endswith(EDGE_FORMATS):
            formats = ", ".join(EDGE_FORMATS)
            raise UsageError(f"{edges}: the format of edges is unknown; end the name in {formats}")
        for name in (edges, summary):
            if name is not None and name != STDOUT:
                _check_place(Path(name))
        return cls(edges, summary)

    def publish(self, edges: bytes, summary: str) -> None:
        """Write files under temporary names, then rename all; `-` is printed afterwards."""
        content = [(self.edges, edges), (self.summary, summary.encode())]
        files = [
            (Path(name), data) for name, data in content if name is not None and name != STDOUT
        ]
        try:
            publish(files)
        except OSError as error:
            raise InputError(f"{error.filename}: cannot be written ({error.strerror})") from error
        for name, data in content:
            if name == STDOUT:
                with standard_output() as stream:
                    stream.buffer.write(data)
                    stream.buffer.flush()


def table_bytes(table: pl.DataFrame, name: str) -> bytes:
    """A table in the format that its file name asks for, CSV for `-`; equal tables, equal bytes."""
    buffer = BytesIO()
    if name.endswith(".parquet"):
        table.write_parquet(buffer, compression="zstd")
        return buffer.getvalue()
    table.write_csv(buffer)
    if not name.endswith(".gz"):
        return buffer.getvalue()
    packed = BytesIO()
    # No name and no time in the gzip header: the bytes depend on the table only.
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as stream:
        stream.write(buffer.getvalue())
    return packed.getvalue()


def _is_same(first: Path | str, second: Path | str) -> bool:
    # Not Path.resolve, which raises for links that lead in a circle.
    return os.path.realpath(first) == os.path.realpath(second)


def _check_place(path: Path) -> None:
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no such folder; make it first")
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name a file in it")

"""Adding many rows at once, at little more than the driver's own cost.

SQLAlchemy spends more time on the parameters of a row than SQLite on the row. Here each column's
own converter is applied, and the driver gets plain tuples.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from models.types import UtcDateTime, metadata

Convert = Callable[[Any], Any]
ConvertAll = Callable[[Sequence[Any]], list[Any]]
MOMENTS = 2_048  # kept in their written form: a post's stands in several of its rows


def bulk_insert(
    connection: Connection, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Add the rows, each with a value for every column, in the caller's transaction."""
    if not rows:
        return
    table = metadata().tables[str(model.__tablename__)]
    if connection.dialect.name != "sqlite":
        connection.execute(insert(table), rows)
        return
    statement, converters = _prepared(table, connection.dialect)
    columns = [_column(rows, column.name, converters) for column in table.columns]
    connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))


def _column(
    rows: Sequence[Mapping[str, Any]], name: str, converters: Mapping[str, ConvertAll]
) -> list[Any]:
    values = [row[name] for row in rows]
    convert = converters.get(name)
    return values if convert is None else convert(values)


def _converted(convert: Convert, values: Sequence[Any]) -> list[Any]:
    """Each value converted, equal ones only once (most rows of a page share their moments)."""
    known: dict[Any, Any] = {}
    converted = []
    for value in values:
        key = value if value.__hash__ is not None else str(value)
        if key not in known:
            known[key] = convert(value)
        converted.append(known[key])
    return converted


@lru_cache(maxsize=64)
def _prepared(table: Table, dialect: Dialect) -> tuple[str, Mapping[str, ConvertAll]]:
    names = [column.name for column in table.columns]
    statement = insert(table).compile(dialect=dialect, column_keys=names)
    converters = {
        column.name: convert
        for column in table.columns
        if (convert := _converter(column.type, dialect)) is not None
    }
    return str(statement), converters


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> ConvertAll | None:
    if isinstance(kind, UtcDateTime):
        written = _written_moment(dialect)
        return lambda values: list(map(written, values))
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    return None if convert is None else partial(_converted, convert)


@lru_cache(maxsize=8)
def _written_moment(dialect: Dialect) -> Convert:
    convert = UtcDateTime().dialect_impl(dialect).bind_processor(dialect)
    assert convert is not None
    return lru_cache(maxsize=MOMENTS)(convert)

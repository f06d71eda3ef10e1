"""Adding many rows at once, at little more than the driver's own cost.

SQLAlchemy spends more time on the parameters of a row than SQLite on the row. Here each column's
own converter is applied, and the driver gets plain tuples.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert
from sqlmodel import SQLModel

from models.types import metadata

Convert = Callable[[Any], Any]


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
    rows: Sequence[Mapping[str, Any]], name: str, converters: Mapping[str, Convert]
) -> list[Any]:
    values = [row[name] for row in rows]
    convert = converters.get(name)
    return values if convert is None else _converted(values, convert)


def _converted(values: Sequence[Any], convert: Convert) -> list[Any]:
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
def _prepared(table: Table, dialect: Dialect) -> tuple[str, Mapping[str, Convert]]:
    names = [column.name for column in table.columns]
    statement = insert(table).compile(dialect=dialect, column_keys=names)
    converters = {
        column.name: convert
        for column in table.columns
        if (convert := column.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    return str(statement), converters

"""What a database keeps of removed content beside its tables, and how that is cleared."""

from sqlite3 import OperationalError
from typing import Final

from sqlalchemy import Engine, text

_TABLES: Final = (
    "account, co_share_edge, engagement, mention, payload, place_mention, platform_id, post, "
    "post_version, prediction, share, transcript"
)


def clear_traces(engine: Engine) -> bool:
    """Clear the write-ahead log of SQLite, or the dead rows of PostgreSQL; False when in use.

    SQLite overwrites what it frees (secure_delete), but a page that was rebuilt can keep an old
    copy of a row in its unused part, so the file is written anew; and the log holds pages of
    before until it is cut. What is in use now is cleared at the next run.
    """
    if engine.name == "sqlite":
        return _cut_log(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"VACUUM {_TABLES}"))
    return True


def _cut_log(engine: Engine) -> bool:
    # Not through the engine's own connections: they are always inside a transaction.
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        try:
            cursor.execute("VACUUM")
        except OperationalError:  # somebody reads or writes
            return False
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (busy, *_) = cursor.fetchone() or (1,)
        cursor.close()
    finally:
        connection.close()
    return not busy

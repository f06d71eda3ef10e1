"""Watchlists that were in force, so that a later reader knows what a version asked."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from config.errors import ConfigError
from config.watchlist import RegisteredAccount, Watchlist, XQuery
from models.types import UtcDateTime


class WatchlistVersion(SQLModel, table=True):
    """One version of the watchlist: its queries as asked, with the reason of each change."""

    __tablename__ = "watchlist_version"

    version: str = Field(primary_key=True, max_length=32)
    first_used_at: datetime = Field(sa_type=UtcDateTime)
    content: str = Field(description="Canonical JSON: query id, text, reason, since_version.")


def remember_version(session: Session, watchlist: Watchlist, now: datetime) -> None:
    """Keep what a watchlist asks, the first time that it is used."""
    row = WatchlistVersion(
        version=watchlist.version, first_used_at=now, content=content_of(watchlist)
    )
    if session.get(WatchlistVersion, row.version) is not None:
        return
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Another crawl that began at the same moment has kept it.
        return


def content_of(watchlist: Watchlist) -> str:
    """What a version is kept as: queries with their parts, and the register without ids or names.

    Equal watchlists give equal text.
    """
    parts: dict[str, dict[str, str]] = {query.query_id: {} for query in watchlist.x_queries}
    for part in watchlist.x_parts():
        parts[part.query_id][part.part_id] = part.version
    content = {
        "queries": [
            {**_query(query), "parts": parts[query.query_id]} for query in watchlist.x_queries
        ],
        "register_version": watchlist.register.version,
        "register": [_entry(entry) for entry in watchlist.register.entries],
        "x_tier": watchlist.x_tier,
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def refuse_unannounced(session: Session, watchlist: Watchlist, path: Path) -> None:
    """ConfigError where a query's wording changed without a new since_version and reason."""
    earlier = [query for content in _contents(session) for query in content["queries"]]
    for query in watchlist.x_queries:
        _check_query(query, [old for old in earlier if old["query_id"] == query.query_id], path)


def asked_together(session: Session) -> dict[str, set[frozenset[str]]]:
    """By query id: the sets of parts that were asked together, each for the whole query."""
    found: dict[str, set[frozenset[str]]] = {}
    for content in _contents(session):
        for query in content["queries"]:
            found.setdefault(query["query_id"], set()).add(frozenset(query["parts"]))
    return found


@dataclass(frozen=True)
class AskedWhole:
    """One wording of a query, and the wordings of the parts it was asked in."""

    version: str
    parts: frozenset[tuple[str, str]]  # part id and its version


def wordings_asked(session: Session) -> dict[str, list[AskedWhole]]:
    """By query id: its wordings with their parts, each once, the newest first."""
    found: dict[str, dict[AskedWhole, None]] = {}
    for content in reversed([*_contents(session)]):
        for query in content["queries"]:
            whole = AskedWhole(query["version"], frozenset(query["parts"].items()))
            found.setdefault(query["query_id"], {})[whole] = None
    return {query_id: list(wholes) for query_id, wholes in found.items()}


def _contents(session: Session) -> Iterable[Any]:
    rows = session.exec(select(WatchlistVersion).order_by(col(WatchlistVersion.first_used_at)))
    return [json.loads(row.content) for row in rows]


def _query(query: XQuery) -> dict[str, Any]:
    return {
        "query_id": query.query_id,
        "since_version": query.since_version,
        "reason": query.reason,
        "history": query.history,
        "version": query.version,
        "text": query.text,
    }


def _entry(entry: RegisteredAccount) -> dict[str, str | None]:
    return {
        "register_id": entry.register_id,
        "platform": entry.platform,
        "source_type": entry.source_type,
        "agency_id": entry.agency_id,
        "language": entry.language,
        "followers_band": entry.followers_band,
        "since": entry.since,
        "until": entry.until,
    }


def _check_query(query: XQuery, earlier: list[Any], path: Path) -> None:
    if not earlier or earlier[-1]["version"] == query.version:
        return
    last = earlier[-1]["since_version"]
    if query.since_version <= last:
        raise ConfigError(
            path,
            None,
            f"the wording of {query.query_id} is not the one that came into force on {last}",
            f"give it a since_version after {last} and say in `reason` why it changed",
        )
    if query.reason == earlier[-1]["reason"]:
        raise ConfigError(
            path,
            None,
            f"{query.query_id} changed on {query.since_version} and its reason did not",
            "say in `reason` why, and move the old one to `history`",
        )

"""What the watchlist asks, and whether it may be used."""

from typing import Any

from config.settings import Settings
from config.watchlist import load_watchlist
from models.database import make_engine, read_session, require_current_schema, schema_revision
from models.watchlist_version import refuse_unannounced


def query_rows(settings: Settings) -> list[dict[str, Any]]:
    """Every part that is asked, with its length, its wording's version and its text."""
    watchlist = load_watchlist(settings.watchlist, x_tier=settings.x_tier)
    return [
        {
            "query": part.query_id,
            "since_version": watchlist.x_query(part.query_id).since_version,
            "query_version": watchlist.x_query(part.query_id).version,
            "part": part.part_id,
            "length": len(part.text),
            "version": part.version,
            "text": part.text,
        }
        for part in watchlist.x_parts()
    ]


def check_watchlist(settings: Settings) -> str:
    """One line on a watchlist that is right; ConfigError for one that is not."""
    watchlist = load_watchlist(settings.watchlist, x_tier=settings.x_tier)
    engine = make_engine(settings.store_url)
    if schema_revision(engine) is not None:
        require_current_schema(engine)
        with read_session(engine) as session:
            refuse_unannounced(session, watchlist, settings.watchlist)
    engine.dispose()
    return (
        f"{settings.watchlist}: right; version {watchlist.version}, "
        f"queries {len(watchlist.x_queries)} (parts asked {len(watchlist.x_parts())}), "
        f"pages {len(watchlist.facebook_pages)}, register {watchlist.register.version} "
        f"(entries {len(watchlist.register.entries)})"
    )

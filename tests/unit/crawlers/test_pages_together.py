"""Pages stored together leave what the same pages leave when each is written at once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select
from sqlmodel import Session

from config.keyring import Keyring
from config.watchlist import Watchlist
from crawlers.parsers.items import EngagementItem, GoneItem, ParsedPage, PostItem
from crawlers.pending_rows import ORDER
from crawlers.storage import Collection, FetchedPage, PageStore
from models import Account, Payload

NOW = datetime(2024, 9, 16, 10, tzinfo=UTC)
WATCHLIST = Watchlist(
    version="v1",
    x_queries=(),
    facebook_pages=(),
    registered_accounts=(),
    allowed_handles=frozenset(),
)
TABLES = (*reversed(ORDER), Account, Payload)


def item(number: int, text: str = "Le riz est arrivé", *, hour: int = 8, **more: Any) -> PostItem:
    return PostItem(
        platform="x",
        platform_id=str(number),
        kind="post",
        created_at=datetime(2024, 9, 16, hour, tzinfo=UTC),
        text=text,
        account_id="9001",
        engagement=EngagementItem(likes=number),
        **more,
    )


def page(*posts: PostItem, gone: tuple[GoneItem, ...] = ()) -> ParsedPage:
    return ParsedPage(posts=posts, gone=gone)


def stored(
    session: Session, keyring: Keyring, pages: Sequence[ParsedPage], *, together: bool
) -> dict[str, list[tuple[Any, ...]]]:
    """What the pages leave, then forgotten again; secrets differ from time to time."""
    store = PageStore(session, keyring, WATCHLIST, together=together)
    for number, parsed in enumerate(pages):
        moment = NOW + timedelta(hours=number)
        under = Collection("x_search", "aide", "v1", moment, "api")
        store.store(FetchedPage("x", "/2", str(number).encode(), moment), parsed, under)
    store.write_rest()
    left = {
        table.__tablename__: sorted(
            (
                tuple(getattr(row, name) for name in told)
                for row in session.execute(select(table)).scalars()
            ),
            key=repr,
        )
        for table in TABLES
        for told in [
            [name for name in table.model_fields if name not in {"ciphertext", "id", "payload_id"}]
        ]
    }
    session.expunge_all()
    for table in TABLES:
        session.execute(delete(table))
    return left


@pytest.mark.parametrize(
    "pages",
    [
        [page(item(3), item(1)), page(item(2))],
        [page(item(1)), page(item(1))],
        [page(item(1)), page(item(1, "Le riz n'est pas arrivé", edit_number=2))],
        [page(item(1, hour=9)), page(item(2, hour=7)), page(item(3, hour=8))],
        [page(item(1)), page(gone=(GoneItem("1", "deleted"),)), page(item(1))],
        [page(item(1), item(2)), page(item(3)), page(item(2, hour=7, state="withheld"))],
    ],
    ids=["other_posts", "again", "edited", "earlier_each_time", "gone_and_back", "moved"],
)
def test_pages_stored_together_leave_what_each_alone_leaves(
    any_engine: Engine, keyring: Keyring, pages: list[ParsedPage]
):
    with Session(any_engine, expire_on_commit=False) as session:
        alone = stored(session, keyring, pages, together=False)
        assert alone["post"]
        assert stored(session, keyring, pages, together=True) == alone


def test_posts_stored_together_are_sure_to_be_there_once_the_rest_is_written(
    any_engine: Engine, keyring: Keyring
):
    with Session(any_engine, expire_on_commit=False) as session:
        store = PageStore(session, keyring, WATCHLIST, together=True)
        under = Collection("x_search", "aide", "v1", NOW, "api")
        counts = store.store(FetchedPage("x", "/2", b"", NOW), page(item(1)), under)
        assert counts.posts_new == 1
        store.write_rest()
        assert len(session.execute(select(Account.pseudonym)).all()) == 1
        assert len(session.execute(select(ORDER[0])).all()) == 1

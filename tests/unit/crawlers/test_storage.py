import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text, update
from sqlmodel import Session, select

from config.keyring import Keyring
from config.watchlist import RegisteredAccount, Watchlist
from crawlers.parsers.items import (
    EngagementItem,
    GoneItem,
    ParsedPage,
    PostItem,
    RejectedRecord,
    UserItem,
)
from crawlers.storage import Collection, FetchedPage, PageStore, StoreCounts
from models import (
    Account,
    Engagement,
    Payload,
    PlatformId,
    Post,
    PostCollection,
    PostState,
    PostVersion,
    Quarantine,
    Share,
)
from models.compliance import add_opt_out
from models.database import make_engine, migrate

POLL = datetime(2024, 9, 16, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
EDITS = {n: datetime(2024, 9, 16, 8, n, tzinfo=UTC) for n in (1, 2)}
UNDER = Collection(
    source="x_search", query_id="aide", query_version="v1", polled_at=POLL, acquisition="api"
)
WATCHLIST = Watchlist(
    version="v1",
    x_queries=(),
    facebook_pages=(),
    registered_accounts=(
        RegisteredAccount("facebook", "501", "radio-test", "Radio Test", "local_media", None),
    ),
    allowed_handles=frozenset({"aidesahel"}),
)
LONG_TEXT = "Les vivres sont arrivés ce matin à Gao"


@pytest.fixture
def session(any_engine: Engine) -> Iterator[Session]:
    with Session(any_engine, expire_on_commit=False) as session:
        yield session


def item(**changes: object) -> PostItem:
    base = PostItem(
        platform="x",
        platform_id="1101",
        kind="post",
        created_at=datetime(2024, 9, 16, 8, tzinfo=UTC),
        text=LONG_TEXT,
        account_id="9001",
        engagement=EngagementItem(likes=2),
    )
    return replace(base, **changes)


def store(
    session: Session,
    keyring: Keyring,
    *items: PostItem,
    body: bytes = b"{}",
    rejected: tuple[RejectedRecord, ...] = (),
    received_at: datetime = POLL,
    gone: tuple[GoneItem, ...] = (),
    after: int = 0,
    **under: object,
) -> StoreCounts:
    under = {"polled_at": POLL + after * HOUR, **under}
    page = FetchedPage("x", "/2/tweets/search/recent", body, received_at)
    parsed = ParsedPage(posts=items, rejected=rejected, gone=gone)
    counts = PageStore(session, keyring, WATCHLIST).store(page, parsed, replace(UNDER, **under))
    session.commit()
    return counts


def remove_text(session: Session) -> None:
    """What a deletion does to the text of the only post."""
    session.exec(update(Post).values(text="", text_removed="deleted"))
    session.exec(update(PostVersion).values(text=""))


def rows(session: Session, table: type) -> list:
    return list(session.exec(select(table)))


def test_a_new_post_is_stored_with_all_that_belongs_to_it(session, keyring):
    counts = store(session, keyring, item(urls=("https://a.example/x?utm_source=t",)))
    assert counts == StoreCounts(posts_new=1)
    (post,) = rows(session, Post)
    assert post.urls == ["https://a.example/x"]
    assert post.account == keyring.pseudonym("x", "9001", post.created_at)
    assert post.source_type == "other"
    assert [v.text for v in rows(session, PostVersion)] == [LONG_TEXT]
    assert [e.likes for e in rows(session, Engagement)] == [2]
    assert sorted(s.object_kind for s in rows(session, Share)) == ["text", "url"]
    assert [c.query_id for c in rows(session, PostCollection)] == ["aide"]


def test_ids_are_opened_only_with_the_keys(session, keyring):
    store(session, keyring, item(), body=b'{"data": "as received"}')
    (vault,) = rows(session, PlatformId)
    assert keyring.decrypt_platform_id(vault.ciphertext) == "1101"
    (payload,) = rows(session, Payload)
    assert keyring.decrypt_payload(payload.ciphertext) == b'{"data": "as received"}'
    assert "1101" not in rows(session, Post)[0].model_dump_json()
    assert "9001" not in rows(session, Account)[0].model_dump_json()


def test_a_known_post_gets_a_snapshot_per_poll_and_no_second_row(session, keyring):
    store(session, keyring, item())
    again = item(engagement=EngagementItem(likes=5))
    assert store(session, keyring, again, polled_at=POLL + HOUR) == StoreCounts(posts_known=1)
    assert store(session, keyring, again, polled_at=POLL + HOUR) == StoreCounts(posts_known=1)
    assert [e.likes for e in rows(session, Engagement)] == [2, 5]
    assert len(rows(session, PostVersion)) == len(rows(session, PostCollection)) == 1


def test_a_post_met_twice_on_one_page_is_one_post(session, keyring):
    assert store(session, keyring, item(), item()) == StoreCounts(posts_new=1, posts_known=1)


def test_an_edited_text_becomes_a_version(session, keyring):
    store(session, keyring, item())
    store(session, keyring, item(text="Corrigé"), polled_at=POLL + HOUR)
    assert rows(session, Post)[0].text == "Corrigé"
    assert {v.text for v in rows(session, PostVersion)} == {LONG_TEXT, "Corrigé"}


def test_an_older_source_adds_its_version_but_does_not_undo_an_edit(session, keyring):
    store(session, keyring, item(text="Corrigé", state="withheld"))
    store(session, keyring, item(), polled_at=POLL - HOUR)
    (post,) = rows(session, Post)
    assert (post.text, post.state) == ("Corrigé", "withheld")
    assert len(rows(session, PostVersion)) == 2


def edition(number: int) -> tuple[PostItem, bytes]:
    text = f"Les vivres numéro {number} sont arrivés ce matin"
    record = {"id": str(1100 + number), "edit_history_post_ids": ["1101", "1102"][:number]}
    url = f"https://a.example/{number}"
    media = ("photo",) * (number - 1)
    return (
        item(text=text, urls=(url,), media=media, edit_number=number, created_at=EDITS[number]),
        json.dumps({"data": [record]}).encode(),
    )


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
@pytest.mark.parametrize("later", [HOUR, -HOUR])
def test_the_newest_edit_wins_in_whatever_order_edits_come_in(session, keyring, order, later):
    for number, polled_at in zip(order, (POLL, POLL + later), strict=True):
        post, body = edition(number)
        store(session, keyring, post, body=body, polled_at=polled_at)
    (post,) = rows(session, Post)
    newest = edition(2)[0]
    assert (post.text, post.urls, post.media) == (newest.text, [*newest.urls], ["photo"])
    shared = sorted((s.object_kind, s.shared_at) for s in rows(session, Share))
    assert shared == [(kind, EDITS[n]) for kind in ("text", "url") for n in (1, 2)]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_the_newest_of_two_edits_on_one_page_wins(session, keyring, order):
    store(session, keyring, *(edition(number)[0] for number in order))
    assert rows(session, Post)[0].text == edition(2)[0].text


def test_the_newest_edit_stays_when_its_payload_has_expired(session, keyring):
    newer, body = edition(2)
    store(session, keyring, newer, body=body)
    rows(session, Payload)[0].ciphertext = None
    store(session, keyring, edition(1)[0], polled_at=POLL + HOUR)
    assert rows(session, Post)[0].text == newer.text


def test_a_post_that_is_not_shown_any_more_changes_its_state_once(session, keyring):
    store(session, keyring, item())
    for hours in (1, 2):
        store(session, keyring, gone=(GoneItem("1101", "deleted", "Not Found"),), after=hours)
    (post,) = rows(session, Post)
    assert (post.state, post.state_since, post.text) == ("deleted", POLL + HOUR, LONG_TEXT)
    (change,) = rows(session, PostState)
    assert (change.since, change.state, change.reason) == (POLL + HOUR, "deleted", "Not Found")


def test_a_post_that_is_gone_and_was_never_met_leaves_nothing(session, keyring):
    store(session, keyring, gone=(GoneItem("1101", "deleted"),))
    assert (rows(session, Post), rows(session, PostState)) == ([], [])


def test_a_post_that_appears_again_has_its_text_back(session, keyring):
    store(session, keyring, item())
    store(session, keyring, gone=(GoneItem("1101", "protected"),), after=1)
    remove_text(session)
    store(session, keyring, item(), after=2)
    (post,) = rows(session, Post)
    assert (post.state, post.state_since, post.text) == ("visible", POLL + 2 * HOUR, LONG_TEXT)
    assert [version.text for version in rows(session, PostVersion)] == [LONG_TEXT]
    assert [change.state for change in rows(session, PostState)] == ["protected", "visible"]


def test_an_old_export_brings_no_removed_text_back(session, keyring):
    store(session, keyring, item())
    store(session, keyring, gone=(GoneItem("1101", "deleted"),), after=2)
    remove_text(session)
    store(session, keyring, item(), polled_at=POLL - HOUR)
    (post,) = rows(session, Post)
    assert (post.state, post.text) == ("deleted", "")


def test_a_withheld_post_is_a_state_from_its_first_meeting_on(session, keyring):
    store(session, keyring, item(state="withheld"))
    store(session, keyring, item(), after=1)
    assert [(c.state, c.since) for c in rows(session, PostState)] == [
        ("withheld", POLL),
        ("visible", POLL + HOUR),
    ]


@pytest.mark.parametrize("order", [(True, False), (False, True)], ids=["cut first", "whole first"])
def test_a_whole_text_wins_over_a_cut_one_in_either_order(session, keyring, order):
    for hours, cut in enumerate(order):
        text = "Les vivres sont arr…" if cut else LONG_TEXT
        store(session, keyring, item(text=text, truncated=cut, context=not cut), after=hours)
    (post,) = rows(session, Post)
    assert (post.text, post.truncated) == (LONG_TEXT, False)


def test_captions_are_kept_and_masked(session, keyring):
    store(session, keyring, item(captions=("Photo de @fanta_k77 devant le CSCom",)))
    assert rows(session, Post)[0].captions == ["Photo de @… devant le CSCom"]


def test_a_comment_its_page_hides_is_marked(session, keyring):
    store(session, keyring, item(hidden=False))
    store(session, keyring, item(hidden=True), after=1)
    assert rows(session, Post)[0].hidden is True


def test_the_id_of_a_post_that_is_linked_to_is_kept_under_a_key(session, keyring):
    link = "https://x.com/fanta_k77/status/1234567890123456789"
    store(session, keyring, item(text=f"Voir {link}", urls=(link,)))
    (post,) = rows(session, Post)
    assert post.urls == [f"https://x.com/i/status/{keyring.post_id('x', '1234567890123456789')}"]
    assert post.text == "Voir https://x.com/i/status/…"


def test_names_of_accounts_that_the_watchlist_names_stay(session, keyring):
    users = (
        UserItem("9003", "AideSahel", ("AideSahel", "Aide Sahel Mali")),
        UserItem("9001", "fanta_k77", ("fanta_k77", "Fanta Kéita")),
    )
    told = tuple(name for user in users for name in user.names)
    parsed = ParsedPage(
        (item(text="Aide Sahel Mali, Fanta Kéita", private_names=told),), users=users
    )
    page = FetchedPage("x", "/2/tweets/search/recent", b"{}", POLL)
    PageStore(session, keyring, WATCHLIST).store(page, parsed, UNDER)
    assert rows(session, Post)[0].text == "Aide Sahel Mali, [nom]"


def test_the_name_behind_the_registered_page_of_a_person_is_masked(session, keyring):
    entry = RegisteredAccount("x", "9001", "activist-1", None, "activist", None)
    watchlist = replace(WATCHLIST, registered_accounts=(entry,))
    users = (UserItem("9001", "fanta_k77", ("fanta_k77", "Fanta Kéita")),)
    parsed = ParsedPage(
        (item(text="Fanta Kéita parle", account_id="9001", private_names=users[0].names),),
        users=users,
    )
    page = FetchedPage("x", "/2/tweets/search/recent", b"{}", POLL)
    PageStore(session, keyring, watchlist).store(page, parsed, UNDER)
    (post,) = rows(session, Post)
    assert (post.text, post.source_type) == ("[nom] parle", "activist")


@pytest.mark.parametrize(
    ("since", "source_type", "venue"),
    [("2024-09-01", "local_media", "radio-test"), ("2024-10-01", "other", None)],
)
def test_author_and_venue_have_the_type_of_the_day_of_the_post(
    session, keyring, since, source_type, venue
):
    entry = RegisteredAccount(
        "facebook", "501", "radio-test", "Radio Test", "local_media", None, since=since
    )
    page = FetchedPage("facebook", "feed", b"{}", POLL)
    written = item(platform="facebook", account_id="501", venue_platform_id="501")
    watchlist = replace(WATCHLIST, registered_accounts=(entry,))
    PageStore(session, keyring, watchlist).store(page, ParsedPage((written,)), UNDER)
    (post,) = rows(session, Post)
    assert (post.source_type, post.venue) == (source_type, venue)


def test_a_context_post_is_under_no_query_until_a_query_brings_it(session, keyring):
    store(session, keyring, item(context=True))
    assert rows(session, PostCollection) == []
    assert store(session, keyring, item()).posts_known == 1
    assert len(rows(session, PostCollection)) == 1


def test_context_does_not_change_the_text_of_a_post(session, keyring):
    store(session, keyring, item(text="Corrigé"))
    store(session, keyring, item(context=True), polled_at=POLL + HOUR)
    assert rows(session, Post)[0].text == "Corrigé"


def test_names_told_anywhere_on_the_page_are_masked_everywhere_on_it(session, keyring):
    author = item(private_names=("Fanta Kéita", "fanta_k77"))
    other = item(
        platform_id="2",
        text="Fanta Kéita (@fanta_k77, @AideSahel) l'a dit, tél. 76 12 34 56",
        urls=("https://blog.example/fanta_k77",),
    )
    store(session, keyring, author, other)
    texts = {post.text for post in rows(session, Post)}
    assert "[nom] (@…, @AideSahel) l'a dit, tél. [tél.]" in texts
    assert all(post.urls == [] for post in rows(session, Post))


def test_an_unknown_author_stays_unknown_and_shares_nothing(session, keyring):
    store(session, keyring, item(account_id=None))
    (post,) = rows(session, Post)
    assert (post.account, post.source_type) == (None, None)
    assert rows(session, Share) == rows(session, Account) == []


def test_a_registered_page_gives_its_type_to_what_it_says_and_carries(session, keyring):
    own = item(platform="facebook", platform_id="501_1", account_id="501", venue_platform_id="501")
    store(session, keyring, own)
    (post,) = rows(session, Post)
    assert (post.source_type, post.venue, post.venue_type) == (
        "local_media",
        "radio-test",
        "local_media",
    )


def test_a_repost_shares_its_original_under_a_key_and_not_the_text(session, keyring):
    store(session, keyring, item(kind="repost", reposted_platform_id="77"))
    (share,) = rows(session, Share)
    assert (share.object_kind, share.object_id) == ("repost", keyring.post_id("x", "77"))


def test_short_texts_are_no_shared_objects(session, keyring):
    store(session, keyring, item(text="Merci"))
    assert rows(session, Share) == []


def test_parents_and_roots_are_keyed_as_posts_are(session, keyring):
    store(session, keyring, item(parent_platform_id="5", root_platform_id="4"))
    (post,) = rows(session, Post)
    assert (post.parent_id, post.root_id) == (keyring.post_id("x", "5"), keyring.post_id("x", "4"))


@pytest.mark.parametrize(
    ("text", "media", "kind", "form"),
    [
        ("", ("photo",), "post", "photo"),
        ("", ("video", "photo"), "post", "video"),
        (" ", (), "post", "no_text"),
        ("a", ("photo",), "post", None),
        ("", (), "repost", None),
    ],
)
def test_what_nobody_has_read_is_said(session, keyring, text, media, kind, form):
    store(session, keyring, item(text=text, media=media, kind=kind))
    assert rows(session, Post)[0].not_read == form


def test_the_first_post_of_an_account_is_the_earliest_met(session, keyring):
    earlier = item(platform_id="2", created_at=item().created_at - HOUR)
    store(session, keyring, item(), earlier)
    assert rows(session, Account)[0].first_posted_at == earlier.created_at


def test_a_refused_record_goes_to_quarantine_with_its_reason(session, keyring):
    rejected = RejectedRecord("no_text", "data[3]", "text is absent", fields=("id",))
    assert store(session, keyring, rejected=(rejected,)) == StoreCounts(quarantined=1)
    (entry,) = rows(session, Quarantine)
    assert (entry.reason, entry.path, entry.fields) == ("no_text", "data[3]", ["id"])
    assert entry.payload_id == rows(session, Payload)[0].id


def test_records_are_all_that_was_met():
    counts = StoreCounts(1, 2, 3) + StoreCounts(1, 0, 0)
    assert (counts.records, counts) == (7, StoreCounts(2, 2, 3))


def test_a_body_imported_again_is_not_kept_twice(session, keyring):
    rejected = (RejectedRecord("no_text", "data[3]", "text is absent"),)
    for _ in range(2):
        store(session, keyring, item(), rejected=rejected, source="import:x_v2_flat")
    assert len(rows(session, Payload)) == len(rows(session, Quarantine)) == 1


def test_a_body_that_has_expired_is_kept_anew_in_its_place_when_it_is_imported_again(
    session, keyring
):
    store(session, keyring, item(), source="import:x_v2_flat", body=b"[1]")
    rows(session, Payload)[0].ciphertext = None
    store(session, keyring, item(), source="import:x_v2_flat", body=b"[1]")
    session.expire_all()
    (payload,) = rows(session, Payload)
    assert keyring.decrypt_payload(payload.ciphertext) == b"[1]"


def withdraw(session: Session, keyring: Keyring) -> None:
    """What an author's wish does to the only post."""
    session.exec(update(Post).values(text="", text_removed="opt_out", account=None))
    session.exec(update(PostVersion).values(text=""))


def refuse(session: Session, keyring: Keyring) -> None:
    """What an author's wish does before any of its posts has come."""
    add_opt_out(session, "x", keyring.opt_out_hash("x", "9001"), POLL)


@pytest.mark.parametrize("wish", [withdraw, refuse])
def test_a_file_with_a_post_not_to_be_kept_adds_nothing_when_it_is_imported_again(
    session, keyring, wish
):
    rejected = (RejectedRecord("no_text", "data[3]", "text is absent"),)
    told = {"rejected": rejected, "source": "import:x_v2_flat"}
    store(session, keyring, item(), **told)
    wish(session, keyring)
    for _ in range(2):
        store(session, keyring, item(), **told)
    session.expire_all()
    (payload,) = rows(session, Payload)
    assert payload.ciphertext is None
    assert len(rows(session, Quarantine)) == 1


@pytest.mark.parametrize("wish", [withdraw, refuse])
def test_a_payload_read_again_loses_its_body_when_it_holds_a_post_not_to_be_kept(
    session, keyring, wish
):
    store(session, keyring, item(), body=b"[1]")
    wish(session, keyring)
    (payload,) = rows(session, Payload)
    PageStore(session, keyring, WATCHLIST).store_again(payload, ParsedPage((item(),)), UNDER)
    session.commit()
    session.expire_all()
    (payload,) = rows(session, Payload)
    assert (payload.ciphertext, payload.size) == (None, 3)


def test_a_payload_read_again_keeps_other_writers_waiting(postgres_url, keyring):
    engine = make_engine(postgres_url)
    migrate(engine)
    with Session(engine) as session:
        store(session, keyring, item())
        (payload,) = rows(session, Payload)
        PageStore(session, keyring, WATCHLIST).store_again(payload, ParsedPage((item(),)), UNDER)
        with engine.begin() as other:
            assert other.scalar(text("SELECT pg_try_advisory_xact_lock(8440318)")) is False
    engine.dispose()


def test_nothing_of_a_page_stays_when_the_caller_does_not_commit(session, keyring):
    page = FetchedPage("x", "/2/tweets/search/recent", b"{}", POLL)
    PageStore(session, keyring, WATCHLIST).store(page, ParsedPage(posts=(item(),)), UNDER)
    session.rollback()
    assert rows(session, Post) == rows(session, Payload) == []

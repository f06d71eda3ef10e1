"""The rows of a page's posts: what is known is read once, what is new is written in bulk.

A page of a hundred posts would otherwise be some thousand statements.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel

from config.keyring import Keyring, quarter_of
from config.vocabulary import UNREGISTERED
from config.watchlist import RegisteredAccount, Watchlist
from crawlers.drafts import Draft, text_columns, text_identity
from crawlers.known_posts import (
    CHANGING,
    VISIBLE,
    KnownPost,
    Meeting,
    known_accounts,
    known_posts,
    was_told,
)
from crawlers.parsers.items import EngagementItem, GoneItem, PostItem
from crawlers.pending_rows import ORDER, PendingRows
from crawlers.row_changes import (
    CHANGE_ACCOUNT,
    CHANGE_ORIGIN,
    CHANGE_POST,
    CHANGE_VERSION,
    MOVE_SHARE,
)
from models import (
    ADDED_BY_HAND,
    Account,
    Engagement,
    PlatformId,
    Post,
    PostCollection,
    PostState,
    PostVersion,
    Share,
)
from models.bulk import bulk_insert
from models.post import WITHDRAWN


class PostWriter:
    """Turns the drafts of one page into rows, which it hands over to be written."""

    def __init__(
        self,
        session: Session,
        keyring: Keyring,
        watchlist: Watchlist,
        meeting: Meeting,
        pending: PendingRows,
    ) -> None:
        self._session = session
        self._pending = pending
        self._keyring = keyring
        self._watchlist = watchlist
        self._meeting = meeting
        self._known: dict[str, KnownPost] = {}
        self._accounts: dict[str, datetime] = {}
        self._rows: dict[type[SQLModel], list[dict[str, Any]]] = {
            table: [] for table in (Account, *ORDER)
        }
        self._moved_shares: list[dict[str, Any]] = []
        self._earlier_accounts: dict[str, datetime] = {}
        self._texts: list[dict[str, Any]] = []
        self._origins: list[dict[str, Any]] = []
        self.met_withdrawn = False  # the page tells of a post that must not be told of

    def write(self, drafts: Sequence[Draft], gone: Sequence[tuple[str, GoneItem]]) -> list[bool]:
        """Hand over the drafts and the posts known to be gone; says of each draft if it was new."""
        ids = {draft.post_id for draft in drafts} | {post_id for post_id, _ in gone}
        self._pending.let_be_read(ids)
        self._known = known_posts(self._session, ids, self._meeting)
        authors = {draft.account for draft in drafts if draft.account is not None}
        self._accounts = known_accounts(self._session, authors)
        new = [self._meet(draft) for draft in drafts]
        for post_id, item in gone:
            if (known := self._known.get(post_id)) is None:
                continue
            if item.state != VISIBLE:
                self._change_state(known, item.state, item.reason)
            elif not was_told(self._session, post_id, item.reason):
                self._add_state(post_id, known.row["state"], item.reason)
        self._hand_over()
        return new

    # --- one meeting --------------------------------------------------------------------------

    def _meet(self, draft: Draft) -> bool:
        known = self._known.get(draft.post_id)
        if known is None:
            known = self._known[draft.post_id] = self._add_post(draft)
        elif not known.takes_text(self._meeting):
            return self._meet_tombstone(known, draft)
        else:
            self._meet_again(known, draft)
        self._add_version(known, draft)
        self._add_shares(known, draft)
        if draft.item.engagement is not None:
            self._add_engagement(known, draft.post_id, draft.item.engagement)
        if not draft.item.context:
            self._add_collection(known, draft.post_id)
        was_new, known.is_new = known.is_new, False
        return was_new

    def _meet_again(self, known: KnownPost, draft: Draft) -> None:
        newest = known.last_seen is None or self._meeting.polled_at >= known.last_seen
        if known.lost_its_text and newest:
            self._take_text(known, draft)
        elif self._wins(known, draft, newest=newest):
            if any(known.row[name] != value for name, value in text_identity(draft)):
                self._take_text(known, draft)
            if draft.item.hidden is not None and draft.item.hidden != known.row["hidden"]:
                known.row["hidden"], known.changed = draft.item.hidden, True
        if newest:
            self._change_state(known, draft.item.state, None)

    def _meet_tombstone(self, known: KnownPost, draft: Draft) -> bool:
        """A known post whose text is not to be kept: only its counts, unless it is withdrawn."""
        if known.row["text_removed"] in WITHDRAWN:
            self.met_withdrawn = True
        elif draft.item.engagement is not None:
            self._add_engagement(known, draft.post_id, draft.item.engagement)
        return False

    def _wins(self, known: KnownPost, draft: Draft, *, newest: bool) -> bool:
        """Whether this text replaces the one in force: whole over cut, by edit, then by time."""
        item = draft.item
        if item.truncated != known.row["truncated"]:
            return not item.truncated
        number, in_force = item.edit_number, known.row["edit_number"]
        if number is not None and in_force is not None and number != in_force:
            return bool(number > in_force)
        return newest and not item.context

    def _take_text(self, known: KnownPost, draft: Draft) -> None:
        if known.lost_its_text and self._session.get(PlatformId, draft.post_id) is None:
            self._rows[PlatformId].append(self._vault_row(draft))
        known.row.update(text_columns(draft))
        known.changed = True
        if known.row["acquisition"].startswith(ADDED_BY_HAND):
            # The platform's own word takes the place of what a person told of the post.
            origin = self._origin(draft)
            known.row["acquisition"], known.account = origin["acquisition"], origin["account"]
            self._origins.append({f"b_{name}": v for name, v in origin.items()})

    def _change_state(self, known: KnownPost, state: str, reason: str | None) -> None:
        row, polled_at = known.row, self._meeting.polled_at
        since = row["state_since"]
        if state == row["state"] or (since is not None and polled_at <= since):
            return
        row["state"], row["state_since"] = state, polled_at
        known.changed = True
        self._add_state(row["id"], state, reason)

    def _add_state(self, post_id: str, state: str, reason: str | None) -> None:
        self._rows[PostState].append(
            {
                "post_id": post_id,
                "since": self._meeting.polled_at,
                "state": state,
                "reason": reason,
                "source": self._meeting.source,
            }
        )

    def _add_post(self, draft: Draft) -> KnownPost:
        item, under = draft.item, self._meeting
        hidden_from_start = item.state != VISIBLE
        row: dict[str, Any] = {
            **self._origin(draft),
            "platform": item.platform,
            "state": item.state,
            "state_since": under.polled_at if hidden_from_start else None,
            "hidden": item.hidden,
            **text_columns(draft),
        }
        self._rows[Post].append(row)
        if hidden_from_start:
            self._add_state(draft.post_id, item.state, None)
        self._rows[PlatformId].append(self._vault_row(draft))
        return KnownPost(row=row, account=row["account"], is_new=True)

    def _origin(self, draft: Draft) -> dict[str, Any]:
        """The columns that say where a post comes from; only a post added by hand changes them."""
        item, under = draft.item, self._meeting
        account, source_type = self._account(draft)
        venue = self._entry(item, item.venue_platform_id)
        return {
            "id": draft.post_id,
            "kind": item.kind,
            "parent_id": self._related(draft, item.parent_platform_id),
            "root_id": self._related(draft, item.root_platform_id),
            "venue": venue.register_id if venue else None,
            "venue_type": venue.source_type if venue else None,
            "account": account,
            "source_type": source_type,
            "created_at": item.created_at,
            "platform_language": item.language,
            "acquisition": under.acquisition,
            "may_train": under.may_train,
        }

    def _vault_row(self, draft: Draft) -> dict[str, Any]:
        return {
            "post_id": draft.post_id,
            "platform": draft.item.platform,
            "ciphertext": self._keyring.encrypt_platform_id(draft.item.platform_id),
        }

    def _related(self, draft: Draft, platform_id: str | None) -> str | None:
        if platform_id is None:
            return None
        if platform_id == draft.item.platform_id:
            return draft.post_id
        return self._keyring.post_id(draft.item.platform, platform_id)

    def _entry(self, item: PostItem, platform_id: str | None) -> RegisteredAccount | None:
        """What the register says of an account on the day of the post."""
        return self._watchlist.register_entry(item.platform, platform_id, item.created_at)

    def _account(self, draft: Draft) -> tuple[str | None, str | None]:
        """Pseudonym and type of the author; both None when the platform did not say who."""
        item, pseudonym = draft.item, draft.account
        if pseudonym is None:
            return None, None
        entry = self._entry(item, item.account_id)
        source_type = entry.source_type if entry else UNREGISTERED
        first = self._accounts.get(pseudonym)
        if first is None:
            self._rows[Account].append(
                {
                    "pseudonym": pseudonym,
                    "platform": item.platform,
                    "quarter": quarter_of(item.created_at),
                    "source_type": source_type,
                    "first_posted_at": item.created_at,
                }
            )
            self._accounts[pseudonym] = item.created_at
        elif item.created_at < first:
            self._accounts[pseudonym] = self._earlier_accounts[pseudonym] = item.created_at
        return pseudonym, source_type

    def _add_version(self, known: KnownPost, draft: Draft) -> None:
        there = known.versions.get(draft.text_hash)
        key = {"post_id": draft.post_id, "text_hash": draft.text_hash}
        if there is None:
            self._rows[PostVersion].append(
                {
                    **key,
                    "text": draft.text,
                    "seen_at": self._meeting.polled_at,
                    "payload_id": self._meeting.payload_id,
                }
            )
        elif not there and draft.text and known.row["text"] == draft.text:
            # Its text had been removed with the post, which is shown again.
            self._texts.append(
                {"b_post": draft.post_id, "b_hash": draft.text_hash, "b": draft.text}
            )
        known.versions[draft.text_hash] = bool(draft.text)
        if known.last_seen is None:
            known.last_seen = self._meeting.polled_at

    def _add_shares(self, known: KnownPost, draft: Draft) -> None:
        """Add what this text of the post shares; whatever the order of edits, all are kept."""
        if known.account is None:
            return
        shared_at = draft.item.created_at
        for kind, value in draft.objects:
            before = known.shares.get((kind, value))
            if before is None:
                self._rows[Share].append(
                    {
                        "post_id": draft.post_id,
                        "object_kind": kind,
                        "object_id": value,
                        "account": known.account,
                        "shared_at": shared_at,
                    }
                )
            elif shared_at < before:
                self._moved_shares.append(
                    {"b_post": draft.post_id, "b_kind": kind, "b_object": value, "b": shared_at}
                )
            known.shares[kind, value] = min(shared_at, before or shared_at)

    def _add_engagement(self, known: KnownPost, post_id: str, counts: EngagementItem) -> None:
        # One snapshot per post and poll: a page met again after a crash does not add another.
        if known.polled:
            return
        known.polled = True
        self._rows[Engagement].append(
            {
                "post_id": post_id,
                "polled_at": self._meeting.polled_at,
                "observed_at": self._meeting.received_at,
                "likes": counts.likes,
                "comments": counts.comments,
                "shares": counts.shares,
                "quotes": counts.quotes,
                "views": counts.views,
                "bookmarks": counts.bookmarks,
                "reactions": dict(counts.reactions) if counts.reactions is not None else None,
                "mark": self._meeting.mark,
                "payload_id": self._meeting.payload_id,
            }
        )

    def _add_collection(self, known: KnownPost, post_id: str) -> None:
        if known.collected or not self._meeting.collects:
            return
        known.collected = True
        under = self._meeting
        self._rows[PostCollection].append(
            {
                "post_id": post_id,
                "source": under.source,
                "query_id": under.query_id,
                "query_version": under.query_version,
                "first_collected_at": under.received_at,
            }
        )

    # --- writing ------------------------------------------------------------------------------

    def _hand_over(self) -> None:
        added = {row["id"] for row in self._rows[Post]}
        changed = [
            {f"b_{name}": known.row[name] for name in ("id", *CHANGING)}
            for post_id, known in self._known.items()
            if known.changed and post_id not in added
        ]
        self._session.flush()  # the payload that the rows point to
        self._write_accounts()
        self._pending.take(
            self._known,
            self._rows,
            (
                (CHANGE_POST, changed),
                (CHANGE_ORIGIN, self._origins),
                (CHANGE_VERSION, self._texts),
                (MOVE_SHARE, self._moved_shares),
            ),
        )

    def _write_accounts(self) -> None:
        """Write the authors at once: the next page reads who is known, and since when."""
        connection = self._session.connection()
        bulk_insert(connection, Account, self._rows.pop(Account))
        if earlier := [{"b_id": k, "b": v} for k, v in self._earlier_accounts.items()]:
            connection.execute(CHANGE_ACCOUNT, earlier)

"""From a fetched page to the store: payload, posts, versions, engagement, shares, quarantine.

Everything of one page is written in the caller's transaction, together with the crawl's
checkpoint, so that a crash keeps the page wholly or not at all. Account ids become pseudonyms
and names are masked here, before anything is written.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, text, update
from sqlmodel import Session, col, select

from config.keyring import Keyring
from config.watchlist import Watchlist
from crawlers.drafts import Drafter
from crawlers.known_posts import Meeting
from crawlers.parsers.items import ParsedPage, RejectedRecord
from crawlers.parsers.masking import Masker
from crawlers.parsers.version import PARSER_VERSION
from crawlers.pending_rows import PendingRows
from crawlers.post_rows import PostWriter
from crawlers.refusals import without_opted_out
from models import Payload, Quarantine
from models.compliance import opted_out

IMPORT = "import:"  # sources of files begin with it
# PostgreSQL lets several write at once; two pages that hold one new post must not.
WRITER_LOCK = text("SELECT pg_advisory_xact_lock(8440318)")


@dataclass(frozen=True)
class FetchedPage:
    """A body as received, and where it came from (never an address with a token)."""

    platform: str
    endpoint: str
    body: bytes
    received_at: datetime


@dataclass(frozen=True)
class Collection:
    """Under what a page was collected."""

    source: str  # x_search, facebook_pages, import:FORMAT (see IMPORT)
    query_id: str
    query_version: str
    polled_at: datetime
    acquisition: str
    run_id: int | None = None
    may_train: bool = False
    mark: str | None = None  # which planned snapshot of the counts this is
    collects: bool = True  # False: known posts are looked up, none is brought in


@dataclass(frozen=True)
class StoreCounts:
    """What became of the records of a page: records = new + known + quarantined."""

    posts_new: int = 0
    posts_known: int = 0
    quarantined: int = 0
    opted_out: int = 0  # dropped: no records of ours

    @property
    def records(self) -> int:
        """Post-like records met."""
        return self.posts_new + self.posts_known + self.quarantined

    def __add__(self, other: "StoreCounts") -> "StoreCounts":
        return StoreCounts(
            self.posts_new + other.posts_new,
            self.posts_known + other.posts_known,
            self.quarantined + other.quarantined,
            self.opted_out + other.opted_out,
        )


class PageStore:
    """Writes parsed pages into a session, for one keyring and one watchlist.

    With `together` the posts of its pages are only sure to be written by `write_rest`.
    """

    def __init__(
        self, session: Session, keyring: Keyring, watchlist: Watchlist, *, together: bool = False
    ) -> None:
        self._pending = PendingRows(session)
        self._together = together
        self.session = session
        self.keyring = keyring
        self.watchlist = watchlist

    def store(self, page: FetchedPage, parsed: ParsedPage, under: Collection) -> StoreCounts:
        """Store one page; the caller commits."""
        self._one_writer_at_a_time()
        kept, dropped = without_opted_out(parsed, opted_out(self.session, self.keyring))
        payload_id, known_payload = self._store_payload(page, under)
        writer = self._writer(page, under, payload_id)
        new = self._store_posts(writer, page, parsed, kept)
        self._quarantine(parsed.rejected, page, under, payload_id, known=known_payload)
        if dropped or writer.met_withdrawn:
            self._drop_body(payload_id)
        elif known_payload:
            self._give_body_back(payload_id, page.body)
        return StoreCounts(sum(new), len(new) - sum(new), len(parsed.rejected), dropped)

    def store_again(self, payload: Payload, parsed: ParsedPage, under: Collection) -> StoreCounts:
        """Store what a kept payload holds by today's parsers; its quarantine is made anew."""
        assert payload.id is not None
        self._one_writer_at_a_time()
        page = FetchedPage(payload.platform, payload.endpoint, b"", payload.received_at)
        self.session.connection().execute(
            delete(Quarantine).where(col(Quarantine.payload_id) == payload.id)
        )
        kept, dropped = without_opted_out(parsed, opted_out(self.session, self.keyring))
        writer = self._writer(page, under, payload.id)
        new = self._store_posts(writer, page, parsed, kept)
        self._quarantine(parsed.rejected, page, under, payload.id, known=False)
        payload.parser_version = PARSER_VERSION
        self.session.add(payload)
        self.session.flush()
        if dropped or writer.met_withdrawn:
            self._drop_body(payload.id)
        return StoreCounts(sum(new), len(new) - sum(new), len(parsed.rejected), dropped)

    def write_rest(self) -> None:
        """Write what is left of pages that were stored together."""
        self._pending.write()

    def _one_writer_at_a_time(self) -> None:
        if self.session.get_bind().dialect.name == "postgresql":
            self.session.connection().execute(WRITER_LOCK)

    def _writer(self, page: FetchedPage, under: Collection, payload_id: int) -> PostWriter:
        meeting = Meeting(
            source=under.source,
            query_id=under.query_id,
            query_version=under.query_version,
            acquisition=under.acquisition,
            may_train=under.may_train,
            polled_at=under.polled_at,
            received_at=page.received_at,
            payload_id=payload_id,
            from_platform=not under.source.startswith(IMPORT),
            mark=under.mark,
            collects=under.collects,
        )
        return PostWriter(self.session, self.keyring, self.watchlist, meeting, self._pending)

    def _store_posts(
        self, writer: PostWriter, page: FetchedPage, told: ParsedPage, kept: ParsedPage
    ) -> list[bool]:
        """Write the posts to keep; every name the page told is masked in them."""
        masker = Masker(self._private_names(told), self.watchlist.allowed_handles)
        drafter = Drafter(self.keyring, masker)
        gone = [(self.keyring.post_id(page.platform, g.platform_id), g) for g in told.gone]
        new = writer.write([drafter.draft(item) for item in kept.posts], gone)
        if not self._together:
            self.write_rest()
        return new

    def _drop_body(self, payload_id: int) -> None:
        # The body holds a post that is not to be kept; hash and size remain.
        same = col(Payload.id) == payload_id
        self.session.connection().execute(update(Payload).where(same).values(ciphertext=None))

    def _give_body_back(self, payload_id: int, body: bytes) -> None:
        # What has expired may be kept anew once somebody imports it again.
        lost = (col(Payload.id) == payload_id, col(Payload.ciphertext).is_(None))
        if self.session.exec(select(Payload.id).where(*lost)).first() is not None:
            held = {
                "ciphertext": self.keyring.encrypt_payload(body),
                "parser_version": PARSER_VERSION,
            }
            self.session.connection().execute(update(Payload).where(*lost).values(held))

    def _private_names(self, parsed: ParsedPage) -> list[str]:
        """Names to mask on a page: all but those of accounts the register or watchlist names."""
        # Posts of one response share one tuple of names.
        groups = {id(item.private_names): item.private_names for item in parsed.posts}
        told = set().union(*groups.values())
        for user in parsed.users:
            listed = (user.handle or "").casefold() in self.watchlist.allowed_handles
            # The page of a person is registered without its name, which is masked as any other.
            entry = self.watchlist.register_entry("x", user.account_id)
            if listed or (entry is not None and entry.name is not None):
                told.difference_update(user.names)
        return sorted(told)

    def _store_payload(self, page: FetchedPage, under: Collection) -> tuple[int, bool]:
        """The id of the page's payload, and whether it was stored before."""
        digest = hashlib.sha256(page.body).hexdigest()
        if under.source.startswith(IMPORT):
            earlier = self._imported_payload(page, digest)
            if earlier is not None:
                return earlier, True
        payload = Payload(
            crawl_run_id=under.run_id,
            platform=page.platform,
            endpoint=page.endpoint,
            received_at=page.received_at,
            sha256=digest,
            size=len(page.body),
            parser_version=PARSER_VERSION,
            ciphertext=self.keyring.encrypt_payload(page.body),
        )
        self.session.add(payload)
        self.session.flush()
        assert payload.id is not None
        return payload.id, False

    def _imported_payload(self, page: FetchedPage, digest: str) -> int | None:
        """The same body of an earlier import; one that is still kept goes first."""
        return self.session.exec(
            select(Payload.id)
            .where(Payload.sha256 == digest, Payload.endpoint == page.endpoint)
            .where(Payload.received_at == page.received_at)
            .order_by(col(Payload.ciphertext).is_(None), col(Payload.id))
        ).first()

    def _quarantine(
        self,
        rejected: Sequence[RejectedRecord],
        page: FetchedPage,
        under: Collection,
        payload_id: int,
        *,
        known: bool,
    ) -> None:
        if not rejected:
            return
        paths = select(Quarantine.path).where(Quarantine.payload_id == payload_id)
        before = set(self.session.exec(paths)) if known else set()
        for record in rejected:
            if record.path in before:
                continue
            before.add(record.path)
            self.session.add(
                Quarantine(
                    payload_id=payload_id,
                    crawl_run_id=under.run_id,
                    reason=record.reason,
                    path=record.path,
                    detail=record.detail,
                    fields=sorted(record.fields) or None,
                    created_at=page.received_at,
                )
            )
        self.session.flush()

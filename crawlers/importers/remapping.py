"""Reading kept payloads again after an update: records that can now be read leave the quarantine.

The files are not needed: a payload holds what the platform sent, as long as its retention lasts.
"""

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from sqlalchemy import Engine, func
from sqlmodel import Session, col, or_, select

from config.errors import InputError
from config.keyring import Keyring
from config.watchlist import Watchlist
from crawlers.importers.detect import FORMATS
from crawlers.importers.documents import Reading, Recognised, recognise_body
from crawlers.importers.sieve import CLOCK_DIFFERENCE, Sieve
from crawlers.parsers.generic_csv import ColumnMap
from crawlers.parsers.records import joined
from crawlers.parsers.version import PARSER_VERSION
from crawlers.sources import SPIDERS
from crawlers.storage import IMPORT, Collection, PageStore, StoreCounts
from models import CrawlRun, Engagement, Payload, PostCollection, PostVersion, Quarantine
from models.database import open_session

UNKNOWN_QUERY: Final = "unknown"
LOOKS_UP: Final = ("x_lookup",)  # sources that ask for known posts and bring none in


@dataclass(frozen=True)
class RemapReport:
    """What came of reading payloads again."""

    payloads: int = 0
    released: int = 0  # records that left the quarantine
    posts_new: int = 0
    posts_known: int = 0
    quarantined: int = 0  # records that stay
    unreadable: int = 0  # payloads of a shape that is still not known

    def as_dict(self) -> dict[str, int]:
        """The counts as plain values."""
        return asdict(self)

    def as_text(self) -> str:
        """The counts in one line."""
        return (
            f"{self.payloads} payloads read again: {self.released} records left the quarantine, "
            f"{self.quarantined} stay; {self.posts_new} new posts, {self.posts_known} known"
            + (f"; {self.unreadable} payloads cannot be read yet" if self.unreadable else "")
        )

    def plus(self, counts: StoreCounts, released: int) -> "RemapReport":
        """The report with one more payload."""
        return replace(
            self,
            payloads=self.payloads + 1,
            released=self.released + released,
            posts_new=self.posts_new + counts.posts_new,
            posts_known=self.posts_known + counts.posts_known,
            quarantined=self.quarantined + counts.quarantined,
        )


def remap(
    engine: Engine,
    keyring: Keyring,
    watchlist: Watchlist,
    *,
    now: datetime,
    zone: tzinfo = UTC,
) -> RemapReport:
    """Read again every payload that holds quarantined records or was read by older parsers.

    Each payload is one transaction: an interrupted run goes on with those that are left.
    """
    report = RemapReport()
    with open_session(engine) as session:
        waiting = session.exec(
            select(Payload.id)
            .where(col(Payload.ciphertext).is_not(None))
            .where(
                or_(
                    col(Payload.parser_version) < PARSER_VERSION,
                    col(Payload.id).in_(select(Quarantine.payload_id)),
                )
            )
            .order_by(col(Payload.id))
        ).all()
    for payload_id in waiting:
        with open_session(engine) as session:
            payload = session.get_one(Payload, payload_id)
            again = _Again(session, keyring, watchlist, payload, now, zone)
            try:
                counts, released = again.store()
            except InputError:
                report = replace(report, unreadable=report.unreadable + 1)
                continue
            report = report.plus(counts, released)
    return report


@dataclass(frozen=True)
class _Again:
    """One payload that is read again."""

    session: Session
    keyring: Keyring
    watchlist: Watchlist
    payload: Payload
    now: datetime
    zone: tzinfo

    def store(self) -> tuple[StoreCounts, int]:
        """Store what it holds; gives the counts and how many records left the quarantine."""
        assert self.payload.ciphertext is not None
        body = self.keyring.decrypt_payload(self.payload.ciphertext)
        run = self.session.get(CrawlRun, self.payload.crawl_run_id)
        chunks = [*self._recognised(body, run).chunks]
        parsed = chunks[0].parsed if len(chunks) == 1 else joined(c.parsed for c in chunks)
        parsed = Sieve(self.now + CLOCK_DIFFERENCE).records(parsed)
        moment = chunks[0].retrieved_at if chunks else None
        before = self._in_quarantine()
        store = PageStore(self.session, self.keyring, self.watchlist)
        counts = store.store_again(self.payload, parsed, self._under(run, moment))
        return counts, max(before - self._in_quarantine(), 0)

    def _recognised(self, body: bytes, run: CrawlRun | None) -> Recognised:
        columns = run.stats.get("columns") if run else None
        reading = Reading(columns=ColumnMap(**columns) if columns else None, zone=self.zone)
        try:
            return recognise_body(body, reading)
        except InputError:
            # It may have been imported as a format that was asked for by name.
            asked = self.payload.endpoint.removeprefix(IMPORT)
            if asked not in FORMATS:
                raise
            return recognise_body(body, replace(reading, format=asked, columns=None))

    def _in_quarantine(self) -> int:
        return self.session.exec(
            select(func.count())
            .select_from(Quarantine)
            .where(Quarantine.payload_id == self.payload.id)
        ).one()

    def _under(self, run: CrawlRun | None, moment: datetime | None) -> Collection:
        source = run.source if run else self.payload.endpoint
        met = self._met_before(source)
        return Collection(
            source=source,
            query_id=_imported_query(run) or (met.query_id if met else UNKNOWN_QUERY),
            query_version=run.query_version if run else self.watchlist.version,
            polled_at=moment or self._polled_at() or self.payload.received_at,
            acquisition=SPIDERS[source].acquisition if source in SPIDERS else source,
            run_id=run.id if run else None,
            collects=source not in LOOKS_UP,
        )

    def _polled_at(self) -> datetime | None:
        """The poll the payload came in, so that its counts are no second snapshot."""
        told = [
            self.session.exec(select(moment).where(payload_id == self.payload.id)).first()
            for moment, payload_id in (
                (col(Engagement.polled_at), col(Engagement.payload_id)),
                (col(PostVersion.seen_at), col(PostVersion.payload_id)),
            )
        ]
        return next((moment for moment in told if moment is not None), None)

    def _met_before(self, source: str) -> PostCollection | None:
        """Under what the other posts of the payload were collected."""
        return self.session.exec(
            select(PostCollection)
            .join(PostVersion, col(PostVersion.post_id) == col(PostCollection.post_id))
            .where(PostVersion.payload_id == self.payload.id, PostCollection.source == source)
            .order_by(PostCollection.query_id)
        ).first()


def _imported_query(run: CrawlRun | None) -> str | None:
    digest: Any = run.stats.get("sha256") if run and run.source.startswith(IMPORT) else None
    return str(digest)[:16] if digest else None

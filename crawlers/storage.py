"""From a fetched page to the store: payload, posts, versions, engagement, shares, quarantine.

Everything of one page is written in the caller's transaction, together with the crawl's
checkpoint, so that a crash keeps the page wholly or not at all. Account ids become pseudonyms
and names are masked here, before anything is written.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, func, select

from config.keyring import Keyring, quarter_of
from config.vocabulary import UNREGISTERED
from config.watchlist import Watchlist
from crawlers.parsers import fingerprints
from crawlers.parsers.items import EngagementItem, ParsedPage, PostItem, RejectedRecord
from crawlers.parsers.links import status_id, storable_url
from crawlers.parsers.masking import mask_text, tells_name
from crawlers.parsers.x import edits_in
from models import (
    Account,
    Engagement,
    Payload,
    PlatformId,
    Post,
    PostCollection,
    PostVersion,
    Quarantine,
    Share,
)

IMPORT = "import:"  # sources of files begin with it


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


@dataclass(frozen=True)
class StoreCounts:
    """What became of the records of a page: records = new + known + quarantined."""

    posts_new: int = 0
    posts_known: int = 0
    quarantined: int = 0

    @property
    def records(self) -> int:
        """Post-like records met."""
        return self.posts_new + self.posts_known + self.quarantined

    def __add__(self, other: "StoreCounts") -> "StoreCounts":
        return StoreCounts(
            self.posts_new + other.posts_new,
            self.posts_known + other.posts_known,
            self.quarantined + other.quarantined,
        )


@dataclass(frozen=True)
class _Writing:
    """One page while it is written."""

    page: FetchedPage
    under: Collection
    payload: Payload
    names: Sequence[str]
    known: dict[str, Post]
    edits: dict[str, int | None] = field(default_factory=dict)  # number of the text in force


class PageStore:
    """Writes parsed pages into a session, for one keyring and one watchlist."""

    def __init__(self, session: Session, keyring: Keyring, watchlist: Watchlist) -> None:
        self.session = session
        self.keyring = keyring
        self.watchlist = watchlist
        self._edits: dict[int, Mapping[str, int]] = {}

    def store(self, page: FetchedPage, parsed: ParsedPage, under: Collection) -> StoreCounts:
        """Store one page; the caller commits."""
        payload = self._store_payload(page, under)
        writing = _Writing(
            page,
            under,
            payload,
            names=self._private_names(parsed),
            known=self._known_posts(parsed.posts),
        )
        tally: Counter[str] = Counter()
        for item in parsed.posts:
            new = self._store_post(item, writing)
            tally["new" if new else "known"] += 1
        for rejected in parsed.rejected:
            self._quarantine(rejected, writing)
        self.session.flush()
        return StoreCounts(tally["new"], tally["known"], len(parsed.rejected))

    def _private_names(self, parsed: ParsedPage) -> list[str]:
        """Names to mask on a page: all but those of accounts the register or watchlist names."""
        told = {name for item in parsed.posts for name in item.private_names}
        for user in parsed.users:
            listed = (user.handle or "").casefold() in self.watchlist.allowed_handles
            entry = self.watchlist.register_entry("x", user.account_id)
            if listed or (entry is not None and entry.name is not None):
                told.difference_update(user.names)
        return sorted(told)

    def _store_payload(self, page: FetchedPage, under: Collection) -> Payload:
        digest = hashlib.sha256(page.body).hexdigest()
        if under.source.startswith(IMPORT):
            earlier = self._imported_payload(page, digest)
            if earlier is not None:
                return earlier
        payload = Payload(
            crawl_run_id=under.run_id,
            platform=page.platform,
            endpoint=page.endpoint,
            received_at=page.received_at,
            sha256=digest,
            size=len(page.body),
            ciphertext=self.keyring.encrypt_payload(page.body),
        )
        self.session.add(payload)
        self.session.flush()
        return payload

    def _imported_payload(self, page: FetchedPage, digest: str) -> Payload | None:
        """The same body of an earlier import, unless its content has been deleted since."""
        return self.session.exec(
            select(Payload)
            .where(Payload.sha256 == digest, Payload.endpoint == page.endpoint)
            .where(Payload.received_at == page.received_at, col(Payload.ciphertext).is_not(None))
            .order_by(col(Payload.id))
        ).first()

    def _known_posts(self, items: Sequence[PostItem]) -> dict[str, Post]:
        ids = {self.keyring.post_id(i.platform, i.platform_id) for i in items}
        found: dict[str, Post] = {}
        for chunk in _chunks(sorted(ids), 500):
            rows = self.session.exec(select(Post).where(col(Post.id).in_(chunk)))
            found.update({post.id: post for post in rows})
        return found

    def _store_post(self, item: PostItem, writing: _Writing) -> bool:
        """Add the post unless it is known; say whether it was new."""
        post_id = self.keyring.post_id(item.platform, item.platform_id)
        text = mask_text(
            item.text, names=writing.names, allowed_handles=self.watchlist.allowed_handles
        )
        post = writing.known.get(post_id)
        is_new = post is None
        if post is None:
            post = self._add_post(post_id, item, text, writing)
        elif self._wins(item, post, text, writing):
            self._update_post(post, item, text, writing)
        self._add_shares(post, item, text, writing)
        self._add_version(post, text, writing)
        if item.engagement is not None:
            self._add_engagement(post_id, item.engagement, writing)
        if not item.context:
            self._add_collection(post_id, writing)
        return is_new

    def _add_post(self, post_id: str, item: PostItem, text: str, writing: _Writing) -> Post:
        post = self._new_post(post_id, item, text, writing)
        writing.known[post_id] = post
        self.session.add(post)
        self.session.add(
            PlatformId(
                post_id=post_id,
                platform=item.platform,
                ciphertext=self.keyring.encrypt_platform_id(item.platform_id),
            )
        )
        self.session.flush()
        writing.edits[post_id] = item.edit_number
        return post

    def _wins(self, item: PostItem, post: Post, text: str, writing: _Writing) -> bool:
        """Whether this text replaces the one in force: by number of edit, then by time."""
        if item.edit_number is not None and fingerprints.text_hash(text) != post.text_hash:
            in_force = self._edit_in_force(post, item, writing)
            if in_force is not None and in_force != item.edit_number:
                return item.edit_number > in_force
        return not item.context and self._is_newest(post, writing.under.polled_at)

    def _edit_in_force(self, post: Post, item: PostItem, writing: _Writing) -> int | None:
        """Which edit the stored text is, read from its payload; None once that is deleted."""
        if post.id not in writing.edits:
            version = self.session.get(PostVersion, (post.id, post.text_hash))
            edits = self._edits_of(version.payload_id if version else None)
            writing.edits[post.id] = edits.get(item.platform_id)
        return writing.edits[post.id]

    def _edits_of(self, payload_id: int | None) -> Mapping[str, int]:
        if payload_id is not None and payload_id not in self._edits:
            payload = self.session.get(Payload, payload_id)
            ciphertext = payload.ciphertext if payload else None
            body = self.keyring.decrypt_payload(ciphertext) if ciphertext else b""
            self._edits[payload_id] = edits_in(body)
        return {} if payload_id is None else self._edits[payload_id]

    def _update_post(self, post: Post, item: PostItem, text: str, writing: _Writing) -> None:
        if fingerprints.text_hash(text) != post.text_hash:
            post.text = text
            post.text_hash = fingerprints.text_hash(text)
            post.message_hash = fingerprints.message_hash(text)
            post.urls = self._storable_urls(item, writing.names)
            post.media = list(item.media)
            post.not_read = item.form_not_read
            writing.edits[post.id] = item.edit_number
        post.state = item.state

    def _is_newest(self, post: Post, polled_at: datetime) -> bool:
        """Whether nothing later is known of the post (an old export may come in at any time)."""
        last = self.session.exec(
            select(func.max(PostVersion.seen_at)).where(PostVersion.post_id == post.id)
        ).one()
        return last is None or polled_at >= last

    def _new_post(self, post_id: str, item: PostItem, text: str, writing: _Writing) -> Post:
        account, source_type = self._account(item)
        venue = self.watchlist.register_entry(
            item.platform, item.venue_platform_id, item.created_at
        )
        return Post(
            id=post_id,
            platform=item.platform,
            kind=item.kind,
            parent_id=self._related(item, item.parent_platform_id),
            root_id=self._related(item, item.root_platform_id),
            venue=venue.register_id if venue else None,
            venue_type=venue.source_type if venue else None,
            account=account,
            source_type=source_type,
            created_at=item.created_at,
            text=text,
            text_hash=fingerprints.text_hash(text),
            message_hash=fingerprints.message_hash(text),
            platform_language=item.language,
            urls=self._storable_urls(item, writing.names),
            media=list(item.media),
            not_read=item.form_not_read,
            state=item.state,
            acquisition=writing.under.acquisition,
            may_train=writing.under.may_train,
        )

    def _account(self, item: PostItem) -> tuple[str | None, str | None]:
        """Pseudonym and type of the author; both None when the platform did not say who."""
        if item.account_id is None:
            return None, None
        entry = self.watchlist.register_entry(item.platform, item.account_id, item.created_at)
        source_type = entry.source_type if entry else UNREGISTERED
        pseudonym = self.keyring.pseudonym(item.platform, item.account_id, item.created_at)
        account = self.session.get(Account, pseudonym)
        if account is not None:
            account.first_posted_at = min(account.first_posted_at, item.created_at)
        else:
            self.session.add(
                Account(
                    pseudonym=pseudonym,
                    platform=item.platform,
                    quarter=quarter_of(item.created_at),
                    source_type=source_type,
                    first_posted_at=item.created_at,
                )
            )
            self.session.flush()
        return pseudonym, source_type

    def _related(self, item: PostItem, platform_id: str | None) -> str | None:
        return None if platform_id is None else self.keyring.post_id(item.platform, platform_id)

    def _add_shares(self, post: Post, item: PostItem, text: str, writing: _Writing) -> None:
        """Add what this text of the post shares; whatever the order of edits, all are kept."""
        if post.account is None:
            return
        objects = fingerprints.shared_objects(text, self._storable_urls(item, writing.names))
        if item.reposted_platform_id is not None:
            # Keyed as posts are: a plain hash of a platform id could be searched for.
            objects = {o for o in objects if o[0] == "url"}
            objects.add(("repost", self.keyring.post_id(item.platform, item.reposted_platform_id)))
        for kind, value in sorted(objects):
            known = self.session.get(Share, (post.id, kind, value))
            if known is not None:
                known.shared_at = min(known.shared_at, item.created_at)
                continue
            self.session.add(
                Share(
                    post_id=post.id,
                    object_kind=kind,
                    object_id=value,
                    account=post.account,
                    shared_at=item.created_at,
                )
            )

    def _storable_urls(self, item: PostItem, names: Sequence[str]) -> list[str]:
        found = {storable for url in item.urls if (storable := storable_url(url)) is not None}
        return sorted({self._keyed(url) for url in found if not tells_name(url, names)})

    def _keyed(self, url: str) -> str:
        """The address with the id of a post under a key, as the ids of posts are."""
        if (status := status_id(url)) is None:
            return url
        platform = "x" if "//x.com/" in status[0] else "facebook"
        return status[0] + self.keyring.post_id(platform, status[1])

    def _add_version(self, post: Post, text: str, writing: _Writing) -> None:
        key = (post.id, fingerprints.text_hash(text))
        if self.session.get(PostVersion, key) is None:
            self.session.add(
                PostVersion(
                    post_id=post.id,
                    text_hash=key[1],
                    text=text,
                    seen_at=writing.under.polled_at,
                    payload_id=writing.payload.id,
                )
            )

    def _add_engagement(self, post_id: str, counts: EngagementItem, writing: _Writing) -> None:
        # One snapshot per post and poll: a page met again after a crash does not add another.
        if self.session.get(Engagement, (post_id, writing.under.polled_at)) is not None:
            return
        self.session.add(
            Engagement(
                post_id=post_id,
                polled_at=writing.under.polled_at,
                observed_at=writing.page.received_at,
                likes=counts.likes,
                comments=counts.comments,
                shares=counts.shares,
                quotes=counts.quotes,
                views=counts.views,
                bookmarks=counts.bookmarks,
                reactions=dict(counts.reactions) if counts.reactions is not None else None,
                payload_id=writing.payload.id,
            )
        )

    def _add_collection(self, post_id: str, writing: _Writing) -> None:
        under = writing.under
        key = (post_id, under.source, under.query_id)
        if self.session.get(PostCollection, key) is None:
            self.session.add(
                PostCollection(
                    post_id=post_id,
                    source=under.source,
                    query_id=under.query_id,
                    query_version=under.query_version,
                    first_collected_at=writing.page.received_at,
                )
            )

    def _quarantine(self, rejected: RejectedRecord, writing: _Writing) -> None:
        assert writing.payload.id is not None
        same = select(Quarantine).where(
            Quarantine.payload_id == writing.payload.id, Quarantine.path == rejected.path
        )
        if self.session.exec(same).first() is not None:
            return
        self.session.add(
            Quarantine(
                payload_id=writing.payload.id,
                crawl_run_id=writing.under.run_id,
                reason=rejected.reason,
                path=rejected.path,
                detail=rejected.detail,
                fields=sorted(rejected.fields) or None,
                created_at=writing.page.received_at,
            )
        )


def _chunks(values: Sequence[str], size: int) -> list[Sequence[str]]:
    return [values[i : i + size] for i in range(0, len(values), size)]

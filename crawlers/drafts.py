"""A parsed post made fit for the store: ids keyed, names masked, fingerprints taken. Pure.

Nothing that leads to a person is written from a draft: `PostWriter` takes the author's pseudonym.
"""

from collections.abc import Iterable
from typing import Any

from config.keyring import Keyring
from crawlers.parsers import fingerprints
from crawlers.parsers.frozen import frozen
from crawlers.parsers.items import PostItem
from crawlers.parsers.links import status_id, storable_url
from crawlers.parsers.masking import Masker

SharedObject = tuple[str, str]  # kind (url, text or repost) and fingerprint


@frozen
class Draft:
    """One post as it may be stored, beside the item it comes from."""

    item: PostItem
    post_id: str
    account: str | None  # pseudonym of the author; None when the platform did not say who
    text: str
    text_hash: str
    message_hash: str
    urls: list[str]
    captions: list[str]
    objects: tuple[SharedObject, ...]  # sorted; what the post puts before its public


class Drafter:
    """Makes the drafts of one page."""

    def __init__(self, keyring: Keyring, masker: Masker) -> None:
        self._keyring = keyring
        self._masker = masker

    def draft(self, item: PostItem) -> Draft:
        """The draft of one item."""
        text = self._masker.mask(item.text) if item.text else ""
        message = fingerprints.normalised_message(text)
        message_hash = self._sealed(fingerprints.object_hash(message))
        urls = self._storable_urls(item.urls) if item.urls else []
        return Draft(
            item=item,
            post_id=self._keyring.post_id(item.platform, item.platform_id),
            account=self._account(item),
            text=text,
            text_hash=self._sealed(fingerprints.text_hash(text)),
            message_hash=message_hash,
            urls=urls,
            captions=[self._masker.mask(caption) for caption in item.captions],
            objects=self._objects(item, message, message_hash, urls),
        )

    def _account(self, item: PostItem) -> str | None:
        if item.account_id is None:
            return None
        return self._keyring.pseudonym(item.platform, item.account_id, item.created_at)

    def related(self, item: PostItem, platform_id: str | None) -> str | None:
        """The key of a post that an item names, None when it names none."""
        return None if platform_id is None else self._keyring.post_id(item.platform, platform_id)

    def _objects(
        self, item: PostItem, message: str, message_hash: str, urls: Iterable[str]
    ) -> tuple[SharedObject, ...]:
        objects = {("url", self._sealed(fingerprints.object_hash(url))) for url in urls}
        if item.reposted_platform_id is not None:
            # Keyed as posts are: a plain hash of a platform id could be searched for.
            key = self._keyring.post_id(item.platform, item.reposted_platform_id)
            objects.add(("repost", key))
        elif fingerprints.is_comparable(message):
            objects.add(("text", message_hash))
        return tuple(sorted(objects))

    def _sealed(self, fingerprint: str) -> str:
        # Fingerprints outlive the text: a plain one could be tried against a text.
        return self._keyring.fingerprint(fingerprint)

    def _storable_urls(self, urls: Iterable[str]) -> list[str]:
        found = {storable for url in urls if (storable := storable_url(url)) is not None}
        return sorted({self._keyed(url) for url in found if not self._masker.tells_name(url)})

    def _keyed(self, url: str) -> str:
        """The address with the id of a post under a key, as the ids of posts are."""
        if (status := status_id(url)) is None:
            return url
        platform = "x" if "//x.com/" in status[0] else "facebook"
        return status[0] + self._keyring.post_id(platform, status[1])


def text_identity(draft: Draft) -> tuple[tuple[str, Any], ...]:
    """What tells this text of a post from another one."""
    item = draft.item
    return (
        ("text_hash", draft.text_hash),
        ("truncated", item.truncated),
        ("edit_number", item.edit_number),
    )


def text_columns(draft: Draft) -> dict[str, Any]:
    """The columns of a post that belong to its text."""
    item = draft.item
    return {
        "text": draft.text,
        "text_hash": draft.text_hash,
        "message_hash": draft.message_hash,
        "urls": draft.urls,
        "media": list(item.media),
        "captions": draft.captions,
        "media_prints": list(item.media_prints),
        "not_read": item.form_not_read,
        "edit_number": item.edit_number,
        "truncated": item.truncated,
        "text_removed": None,
    }

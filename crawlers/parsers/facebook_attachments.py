"""What is attached to a Graph API post or comment: media, links, captions."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from crawlers.parsers.fields import as_dict, as_list, as_text
from crawlers.parsers.links import canonical_url
from crawlers.parsers.masking import LINK_TAIL, WEB_ADDRESS

MEDIA_KINDS: Final = {
    "photo": "photo",
    "album": "photo",
    "profile_media": "photo",
    "cover_photo": "photo",
    "sticker": "photo",
    "video": "video",
    "video_inline": "video",
    "video_autoplay": "video",
    "video_share_youtube": "video",
    "animated_image": "animated_gif",
    "animated_image_share": "animated_gif",
    "animated_image_video": "animated_gif",
    "audio": "audio",
    "music": "audio",
    "link": "link_card",
    "share": "link_card",
    "event": "event",
}
PHOTO_TYPES: Final = ("photo", "cover_photo", "profile_media")
OWN_MEDIA: Final = {"photo", "video", "animated_gif", "audio"}
# The title of a picture is the name of its album, that of a shared post whose it is.
TITLED: Final = {"video", "audio", "event"}
ALT_TEXT_NAMES: Final = ("alt_text", "alt_text_custom")

Record = Mapping[str, Any]


def attachments_of(record: Record) -> tuple[Record, ...]:
    """All attachments of a post, with those inside an album."""
    found: list[Record] = []
    for attachment in map(as_dict, as_list(as_dict(record.get("attachments")).get("data"))):
        inner = as_dict(attachment.get("subattachments"))
        found += [attachment, *map(as_dict, as_list(inner.get("data")))]
    return tuple(found)


def media_of(record: Record, attachments: Iterable[Record]) -> tuple[str, ...]:
    """Kinds of media, from the attachments or else from a bare picture."""
    kinds = {kind for attachment in attachments if (kind := _media_kind(attachment))}
    if not kinds and (record.get("full_picture") or record.get("picture")):
        kinds = {"photo"}
    return tuple(sorted(kinds))


def urls_of(message: str, attachments: Iterable[Record]) -> tuple[str, ...]:
    """Addresses linked to: those in the text and attached ones, not the post's own pictures."""
    urls = [match.group(0).rstrip(LINK_TAIL) for match in WEB_ADDRESS.finditer(message)]
    for attachment in attachments:
        if _media_kind(attachment) not in OWN_MEDIA:
            urls.extend(_addresses(attachment)[:1])
    return tuple(dict.fromkeys(canonical for url in urls if (canonical := canonical_url(url))))


def captions_of(message: str, attachments: Iterable[Record]) -> tuple[str, ...]:
    """Titles, descriptions and alt texts that say more than the message does."""
    told = [text.strip() for attachment in attachments for text in _texts(attachment)]
    return tuple(dict.fromkeys(text for text in told if text and text not in message))


def tagged_descriptions(attachments: Iterable[Record]) -> Iterable[tuple[Record, str]]:
    """Each tag inside the description of an attachment, with that description."""
    for attachment in attachments:
        text = as_text(attachment.get("description")) or ""
        for tag in map(as_dict, as_list(attachment.get("description_tags"))):
            yield tag, text


def is_photo(attachment: Record) -> bool:
    """Whether an attachment is one photo, not an album of them."""
    return attachment.get("type") in PHOTO_TYPES


def _media_kind(attachment: Record) -> str | None:
    for name in ("media_type", "type"):
        if kind := MEDIA_KINDS.get(str(attachment.get(name))):
            return kind
    return None


def _addresses(attachment: Record) -> list[str]:
    """Addresses of one attachment, the one without a link shim first."""
    target = as_dict(attachment.get("target")).get("url")
    found = (attachment.get("unshimmed_url"), target, attachment.get("url"))
    return [url for value in found if (url := as_text(value))]


def _texts(attachment: Record) -> list[str]:
    media = as_dict(attachment.get("media"))
    values = [attachment.get("title")] if _has_own_title(attachment) else []
    values.append(attachment.get("description"))
    for place in (attachment, media, as_dict(media.get("image"))):
        values += [place.get(name) for name in ALT_TEXT_NAMES]
    return [text for value in values if (text := as_text(value))]


def _has_own_title(attachment: Record) -> bool:
    kind = _media_kind(attachment)
    return kind in TITLED or (kind == "link_card" and not _leads_to_facebook(attachment))


def _leads_to_facebook(attachment: Record) -> bool:
    canonical = next((c for url in _addresses(attachment) if (c := canonical_url(url))), "")
    host = urlsplit(canonical).hostname or ""
    return not host or host == "facebook.com" or host.endswith(".facebook.com")

"""What Facebook says a photo shows: asked of the photo itself, kept as a caption of its post."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from crawlers.parsers.facebook_attachments import ALT_TEXT_NAMES, attachments_of, is_photo
from crawlers.parsers.fields import as_dict, as_id, as_list, as_text
from crawlers.parsers.items import ParsedPage, PostItem


def photos_in(body: Mapping[str, Any]) -> dict[str, str]:
    """The photos of a page of posts: id of the photo, id of its post."""
    return {
        photo: post_id
        for record in map(as_dict, as_list(body.get("data")))
        if (post_id := as_id(record.get("id"))) is not None
        for photo in _photos_of(record)
    }


def alt_texts(body: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The texts of an answer that holds photos by id; photos without any are left out."""
    found = {photo: _texts(as_dict(node)) for photo, node in body.items()}
    return {photo: texts for photo, texts in found.items() if texts}


def captioned(parsed: ParsedPage, captions: Mapping[str, tuple[str, ...]]) -> ParsedPage:
    """The page with further captions of its posts, by the id of the post."""
    posts = tuple(_captioned(post, captions.get(post.platform_id, ())) for post in parsed.posts)
    return replace(parsed, posts=posts)


def _captioned(post: PostItem, texts: tuple[str, ...]) -> PostItem:
    return replace(post, captions=tuple(dict.fromkeys((*post.captions, *texts))))


def _photos_of(record: Mapping[str, Any]) -> Iterator[str]:
    for attachment in attachments_of(record):
        photo = as_id(as_dict(attachment.get("target")).get("id"))
        if photo is not None and is_photo(attachment):
            yield photo


def _texts(node: Mapping[str, Any]) -> tuple[str, ...]:
    told = [text.strip() for name in ALT_TEXT_NAMES if (text := as_text(node.get(name)))]
    return tuple(dict.fromkeys(text for text in told if text))

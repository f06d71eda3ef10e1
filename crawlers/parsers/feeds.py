"""RSS and Atom feeds of media sites to items: one post per entry."""

from calendar import timegm
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import feedparser

from crawlers.parsers.fields import as_id, as_text, is_telling_name
from crawlers.parsers.items import ParsedPage, PostItem, UnreadablePayload
from crawlers.parsers.records import Collected, RecordError

# Where an entry says when it came out, the most telling first.
TIMES = ("published_parsed", "created_parsed", "updated_parsed")
BLOCKS = frozenset({"p", "br", "div", "li", "h1", "h2", "h3", "h4", "tr", "blockquote"})


def parse_feed(body: bytes, *, feed_id: str | None = None) -> ParsedPage:
    """The entries of a feed, as posts of the platform `web` by the site with the register's id.

    Raises UnreadablePayload when the body is no feed. An entry without an id has the address it
    leads to as its id; one without a time is refused, since no week could be said for it.
    """
    try:
        # As a stream: bytes alone could be taken for the name of a file to open.
        feed = feedparser.parse(BytesIO(body), sanitize_html=True, resolve_relative_uris=False)
    except (ValueError, LookupError) as error:
        raise UnreadablePayload("its encoding cannot be read") from error
    if not feed.get("version"):
        raise UnreadablePayload("not an RSS or Atom feed")
    collected = Collected()
    for number, entry in enumerate(feed.entries):
        try:
            collected.posts.append(_read_entry(entry, feed_id))
        except RecordError as error:
            collected.refuse(error, f"entries[{number}]", dict(entry))
    return collected.page()


def _read_entry(entry: Any, feed_id: str | None) -> PostItem:
    link = as_text(entry.get("link"))
    entry_id = as_id(entry.get("id")) or as_id(link)
    if entry_id is None:
        raise RecordError("missing_id", "the entry has neither an id nor a link, or a too long one")
    text = "\n\n".join(part for part in (_plain(entry.get("title")), _body(entry)) if part)
    if not text:
        raise RecordError("no_text", "the entry has neither a title nor a text")
    author = as_text(entry.get("author"))
    return PostItem(
        platform="web",
        platform_id=entry_id,
        kind="post",
        created_at=_time(entry),
        text=text,
        account_id=feed_id,
        venue_platform_id=feed_id,
        urls=(link,) if link else (),
        media=_media(entry),
        private_names=(author,) if author and is_telling_name(author) else (),
    )


def _time(entry: Any) -> datetime:
    """The moment in UTC; feedparser gives it as a tuple in UTC."""
    for name in TIMES:
        # Its own `get` would take one of these times for another, with a warning.
        if (found := dict.get(entry, name)) is not None:
            try:
                return datetime.fromtimestamp(timegm(found), UTC)
            except (ValueError, OverflowError) as error:
                raise RecordError("bad_time", f"{name} is no moment") from error
    raise RecordError("missing_time", "the entry does not say when it was published")


def _body(entry: Any) -> str:
    """The longest text the entry has: its content, or else its summary."""
    contents = [_plain(content.get("value")) for content in entry.get("content", ())]
    return max([*contents, _plain(entry.get("summary"))], key=len)


def _media(entry: Any) -> tuple[str, ...]:
    kinds = {"image": "photo", "video": "video", "audio": "audio"}
    enclosed = [*entry.get("enclosures", ()), *entry.get("media_content", ())]
    types = (str(one.get("type") or one.get("medium") or "") for one in enclosed)
    found = {kind for told in types if (kind := kinds.get(told.partition("/")[0]))}
    return tuple(sorted(found))


def _plain(html: object) -> str:
    """The words of a piece of HTML, one line per block."""
    words = _Words()
    words.feed(as_text(html) or "")
    words.close()
    lines = (" ".join(line.split()) for line in "".join(words.parts).splitlines())
    return "\n".join(line for line in lines if line)


class _Words(HTMLParser):
    """Gathers the text of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 (HTMLParser's)
        """A block begins a line."""
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Words."""
        self.parts.append(data)

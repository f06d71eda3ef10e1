"""The site's feed over HTTP, as RSS 2.0 and as Atom, for clients that ask whether it changed."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crawlers.sandbox.answers import Answer, html_answer
from crawlers.sandbox.elements import FeedItem
from crawlers.sandbox.feed_story import read_feed
from crawlers.sandbox.sending import http_date, sent
from crawlers.sandbox.stage import Stage

ATOM: Final = "http://www.w3.org/2005/Atom"
AUTHORITY: Final = "tag:radio-paroles.example,2024:"

Site = Mapping[str, Any]
Writer = Callable[[Site, Sequence[FeedItem], datetime], Element]


def feed_routes(stage: Stage) -> list[Route]:
    """The addresses of the two feeds."""
    return [
        Route("/feeds/rss.xml", _handler(stage, _rss, "application/rss+xml")),
        Route("/feeds/atom.xml", _handler(stage, _atom, "application/atom+xml")),
    ]


def shown_items(stage: Stage) -> list[FeedItem]:
    """The newest items at this moment, newest first; older ones have left the feed."""
    published = [one for one in stage.world.feed_items if one.published <= stage.now]
    return published[::-1][: stage.feed_length]


def _handler(stage: Stage, write: Writer, kind: str) -> Callable[[Request], object]:
    async def handle(request: Request) -> Response:
        stage.note_request(request.url.path, request.url.query)
        fault = stage.faults.take(request.url.path)
        if fault is not None and fault.replaces:
            return sent(stage, html_answer(fault.status))
        answer = _answer(stage, write, kind)
        if _is_known(request, answer):
            answer = replace(answer, body=b"", status=304)
        return sent(stage, answer, fault)

    return handle


def _answer(stage: Stage, write: Writer, kind: str) -> Answer:
    items = shown_items(stage)
    changed = max((_changed(one, stage.now) for one in items), default=stage.world.start)
    body = tostring(write(read_feed(), items, stage.now), encoding="utf-8", xml_declaration=True)
    tag = hashlib.sha256(body).hexdigest()[:20]
    headers = {"etag": f'"{tag}"', "last-modified": http_date(changed)}
    return Answer(body, headers=headers, media_type=f"{kind}; charset=utf-8")


def _is_known(request: Request, answer: Answer) -> bool:
    known_tags = request.headers.get("if-none-match")
    if known_tags is not None:
        tags = {tag.strip().removeprefix("W/") for tag in known_tags.split(",")}
        return bool(tags & {"*", answer.headers["etag"]})
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        asked = parsedate_to_datetime(since)
    except ValueError:
        return False  # HTTP wants a date that cannot be read to be ignored
    return parsedate_to_datetime(answer.headers["last-modified"]) <= asked.astimezone(UTC)


def _rss(site: Site, items: Sequence[FeedItem], now: datetime) -> Element:
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    for name, text in (("title", site["title"]), ("link", site["site"])):
        SubElement(channel, name).text = text
    SubElement(channel, "description").text = site["subtitle"]
    SubElement(channel, "language").text = "fr"
    for one in items:
        item = SubElement(channel, "item")
        SubElement(item, "title").text = one.title
        SubElement(item, "link").text = one.link
        SubElement(item, "guid", isPermaLink="false").text = one.item_id
        SubElement(item, "pubDate").text = http_date(one.published).replace("GMT", "+0000")
        if summary := one.summary_at(now):
            SubElement(item, "description").text = summary
    return root


def _atom(site: Site, items: Sequence[FeedItem], now: datetime) -> Element:
    root = Element("feed", xmlns=ATOM)
    SubElement(root, "id").text = AUTHORITY + "feed"
    SubElement(root, "title").text = site["title"]
    SubElement(root, "subtitle").text = site["subtitle"]
    SubElement(root, "link", rel="alternate", href=site["site"])
    changed = [_changed(one, now) for one in items]
    SubElement(root, "updated").text = max(changed, default=now).isoformat()
    for one in items:
        entry = SubElement(root, "entry")
        SubElement(entry, "id").text = AUTHORITY + one.item_id
        SubElement(entry, "title").text = one.title
        SubElement(entry, "link", rel="alternate", href=one.link)
        SubElement(entry, "published").text = one.published.isoformat()
        SubElement(entry, "updated").text = _changed(one, now).isoformat()
        if summary := one.summary_at(now):
            SubElement(entry, "summary", type="html").text = summary
    return root


def _changed(item: FeedItem, now: datetime) -> datetime:
    return item.edit.at if item.edit and item.edit.at <= now else item.published

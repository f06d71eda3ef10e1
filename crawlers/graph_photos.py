"""A page of Facebook posts that waits for what its photos show."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from crawlers.graph_requests import MOST_IDS
from crawlers.parsers.facebook_photos import alt_texts, captioned
from crawlers.parsers.items import ParsedPage
from crawlers.storage import FetchedPage
from crawlers.verdicts import json_object


@dataclass(frozen=True)
class FeedPage:
    """A page of posts, the photos of its new posts, and what was said of some of them."""

    page: FetchedPage
    parsed: ParsedPage
    photos: Mapping[str, str]  # still to be asked: id of the photo, id of its post
    beside: tuple[FetchedPage, ...] = ()  # kept together with the page

    @property
    def asked(self) -> tuple[str, ...]:
        """The photos to ask next."""
        return tuple(self.photos)[:MOST_IDS]

    def told(self, answer: FetchedPage) -> "FeedPage":
        """The page with what an answer says of the photos asked."""
        texts = alt_texts(json_object(answer.body) or {})
        captions: dict[str, tuple[str, ...]] = {}
        for photo in self.asked:
            post = self.photos[photo]
            captions[post] = (*captions.get(post, ()), *texts.get(photo, ()))
        parsed = captioned(self.parsed, captions)
        return replace(self.not_told(), parsed=parsed, beside=(*self.beside, answer))

    def not_told(self) -> "FeedPage":
        """The page without the photos asked, of which nothing was said."""
        left = tuple(self.photos)[MOST_IDS:]
        return replace(self, photos={photo: self.photos[photo] for photo in left})

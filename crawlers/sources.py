"""The sources Vigie can crawl: one spider each. A new source is one line here."""

from typing import Final

from config.errors import UsageError
from crawlers.spiders.facebook_pages import FacebookPagesSpider
from crawlers.spiders.polling import PollingSpider
from crawlers.spiders.x_search import XSearchSpider

_ALL: Final[tuple[type[PollingSpider], ...]] = (XSearchSpider, FacebookPagesSpider)
SPIDERS: Final[dict[str, type[PollingSpider]]] = {spider.name: spider for spider in _ALL}


def spider_of(source: str) -> type[PollingSpider]:
    """The spider of a source; UsageError for a source we do not have."""
    if source not in SPIDERS:
        raise UsageError(f"{source!r} is no source; write one of {', '.join(SPIDERS)}, or status")
    return SPIDERS[source]

"""The sources Vigie can crawl: one spider each. A new source is one line here."""

from typing import Final

from config.errors import UsageError
from crawlers.spiders.facebook_pages import FacebookPagesSpider
from crawlers.spiders.media_feeds import MediaFeedsSpider
from crawlers.spiders.polling import ApiSpider
from crawlers.spiders.x_archive import XArchiveSpider
from crawlers.spiders.x_compliance import XComplianceSpider
from crawlers.spiders.x_counts import XCountsSpider
from crawlers.spiders.x_lookup import XLookupSpider
from crawlers.spiders.x_quotes import XQuotesSpider
from crawlers.spiders.x_reposts import XRepostsSpider
from crawlers.spiders.x_search import XSearchSpider
from crawlers.spiders.x_timelines import XTimelinesSpider
from crawlers.spiders.x_usage import XUsageSpider

_ALL: Final[tuple[type[ApiSpider], ...]] = (
    XSearchSpider,
    XArchiveSpider,
    XCountsSpider,
    XTimelinesSpider,
    XLookupSpider,
    XRepostsSpider,
    XQuotesSpider,
    XUsageSpider,
    XComplianceSpider,
    FacebookPagesSpider,
    MediaFeedsSpider,
)
SPIDERS: Final[dict[str, type[ApiSpider]]] = {spider.name: spider for spider in _ALL}


def spider_of(source: str) -> type[ApiSpider]:
    """The spider of a source; UsageError for a source we do not have."""
    if source not in SPIDERS:
        raise UsageError(
            f"{source!r} is no source; write one of {', '.join(SPIDERS)}, status or recall"
        )
    return SPIDERS[source]

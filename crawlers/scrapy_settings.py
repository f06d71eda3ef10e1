"""Scrapy's settings for one crawl: one request in flight, no side doors, quiet logs."""

from typing import Any, Final

from config.settings import Settings

USER_AGENT: Final = "Vigie/0.1 (collects public posts about aid for aggregate statistics)"
MAX_PAGE_BYTES: Final = 20 * 1024 * 1024

# The whole of Scrapy that runs. What its own lists would add opens a port (remote control runs
# any code it is sent), writes to the home folder, retries at once, follows redirects with the
# token, drops long addresses, or takes half a second to import.
_EXTENSIONS: Final = ("corestats.CoreStats", "logcount.LogCount")
_DOWNLOADER_MIDDLEWARES: Final = {
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "crawlers.middlewares.TokenMiddleware": 450,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "crawlers.middlewares.AnswerMiddleware": 550,
    "crawlers.budget_guard.BudgetMiddleware": 560,  # after every wait: the day may have changed
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
}
_HTTP_HANDLER: Final = "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"


def scrapy_settings(settings: Settings) -> dict[str, Any]:
    """The settings of a crawl process; no token is among them, because Scrapy logs them."""
    return {
        **_ORDER,
        **_CLOSED_DOORS,
        "DOWNLOAD_DELAY": settings.request_delay,
        "DOWNLOAD_TIMEOUT": settings.request_timeout,
        "LOG_LEVEL": settings.log_level,
    }


_ORDER: Final[dict[str, Any]] = {
    # One after the other: the next page is asked only when the one before is kept.
    "CONCURRENT_ITEMS": 1,
    "CONCURRENT_REQUESTS": 1,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "DOWNLOAD_DELAY_JITTER": 0,
    "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
    "ITEM_PIPELINES": {"crawlers.item_pipelines.PagePipeline": 100},
    "DOWNLOADER_MIDDLEWARES_BASE": _DOWNLOADER_MIDDLEWARES,
    "SPIDER_MIDDLEWARES_BASE": {"scrapy.spidermiddlewares.start.StartSpiderMiddleware": 25},
    "EXTENSIONS_BASE": {f"scrapy.extensions.{name}": 0 for name in _EXTENSIONS},
    "DOWNLOAD_HANDLERS_BASE": {"http": _HTTP_HANDLER, "https": _HTTP_HANDLER},
}

_CLOSED_DOORS: Final[dict[str, Any]] = {
    "AUTOTHROTTLE_ENABLED": False,
    "COOKIES_ENABLED": False,
    "HTTPCACHE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "ROBOTSTXT_OBEY": False,  # an API has none
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "DOWNLOAD_MAXSIZE": MAX_PAGE_BYTES,
    "DOWNLOAD_FAIL_ON_DATALOSS": True,
    "DNS_TIMEOUT": 20,
    "USER_AGENT": USER_AGENT,
    "DEFAULT_REQUEST_HEADERS": {"Accept": "application/json"},
    # The log is set up by crawlers.crawl_log.
    "LOG_ENABLED": False,
    "LOG_INSTALL_ROOT_HANDLER": False,
    "LOG_FORMATTER": "crawlers.crawl_log.SilentItems",
    "STATS_DUMP": False,
}

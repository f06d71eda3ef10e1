"""Scrapy's settings for one crawl: one request in flight, no side doors, quiet logs."""

from typing import Any, Final

from config.settings import Settings

USER_AGENT: Final = "Vigie/0.1 (collects public posts about aid for aggregate statistics)"
MAX_PAGE_BYTES: Final = 20 * 1024 * 1024
TIMEOUT_SECONDS: Final = 60

# Not used here. Some would open a port (remote control runs any code it is sent), write files
# to the home folder, retry at once, follow redirects with the token, or drop long addresses.
_UNUSED_EXTENSIONS: Final = (
    "closespider.CloseSpider",
    "feedexport.FeedExporter",
    "logstats.LogStats",
    "memdebug.MemoryDebugger",
    "memusage.MemoryUsage",
    "remote_control.RemoteControl",
    "spiderstate.SpiderState",
    "telnet.TelnetConsole",
    "throttle.AutoThrottle",
)
_UNUSED_DOWNLOADER_MIDDLEWARES: Final = (
    "cookies.CookiesMiddleware",
    "httpauth.HttpAuthMiddleware",
    "httpcache.HttpCacheMiddleware",
    "offsite.OffsiteMiddleware",
    "redirect.MetaRefreshMiddleware",
    "redirect.RedirectMiddleware",
    "retry.RetryMiddleware",
    "robotstxt.RobotsTxtMiddleware",
)
_UNUSED_SPIDER_MIDDLEWARES: Final = (
    "depth.DepthMiddleware",
    "referer.RefererMiddleware",
    "urllength.UrlLengthMiddleware",
)


def scrapy_settings(settings: Settings) -> dict[str, Any]:
    """The settings of a crawl process; no token is among them, because Scrapy logs them."""
    return {
        **_ORDER,
        **_CLOSED_DOORS,
        "DOWNLOAD_DELAY": settings.request_delay,
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
    "DOWNLOADER_MIDDLEWARES": {
        **{f"scrapy.downloadermiddlewares.{n}": None for n in _UNUSED_DOWNLOADER_MIDDLEWARES},
        "crawlers.middlewares.TokenMiddleware": 450,
        "crawlers.middlewares.AnswerMiddleware": 550,
    },
    "SPIDER_MIDDLEWARES": {
        f"scrapy.spidermiddlewares.{n}": None for n in _UNUSED_SPIDER_MIDDLEWARES
    },
    "EXTENSIONS": {f"scrapy.extensions.{n}": None for n in _UNUSED_EXTENSIONS},
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
    "DOWNLOAD_TIMEOUT": TIMEOUT_SECONDS,
    "DNS_TIMEOUT": 20,
    "USER_AGENT": USER_AGENT,
    "DEFAULT_REQUEST_HEADERS": {"Accept": "application/json"},
    # The log is set up by crawlers.crawl_log.
    "LOG_ENABLED": False,
    "LOG_FORMATTER": "crawlers.crawl_log.SilentItems",
    "STATS_DUMP": False,
}

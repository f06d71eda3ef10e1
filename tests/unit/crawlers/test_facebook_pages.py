import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.statscollectors import MemoryStatsCollector
from twisted.python.failure import Failure

from config.settings import Settings
from config.watchlist import FacebookPage, Watchlist
from crawlers.checkpoints import Poll, Window
from crawlers.context import CrawlContext
from crawlers.coverage import Thread
from crawlers.spiders.facebook_pages import FacebookPagesSpider, OpenThread, Position
from crawlers.spiders.polling import QueryRefused, RunStopped

NOW = datetime(2024, 9, 23, 6, tzinfo=UTC)
WINDOW = Window(datetime(2024, 9, 16, tzinfo=UTC), NOW)
PAGES = tuple(
    FacebookPage(page_id, name, name, "local_media", None, "fr", None)
    for page_id, name in (("10001", "radio"), ("10002", "mairie"))
)


def poll(page="radio", **more):
    return Poll("facebook_pages", page, "v1", NOW, WINDOW, **more)


@pytest.fixture
def spider(engine, keyring):
    context = CrawlContext(
        settings=Settings(
            facebook_base_url="https://graph.example/",
            facebook_token="secret",
            facebook_lookback_days=14,
        ),
        watchlist=Watchlist("v1", (), PAGES, (), frozenset()),
        keyring=keyring,
        engine=engine,
        run_id=1,
        now=NOW,
    )
    crawler = Crawler(FacebookPagesSpider)
    crawler.stats = MemoryStatsCollector(crawler)
    spider = FacebookPagesSpider.from_crawler(crawler, context=context)
    spider.polls.extend([poll("mairie")])
    spider.poll = poll()
    return spider


def post(number, comments, day=20):
    summary = {} if comments is None else {"comments": {"summary": {"total_count": comments}}}
    return {
        "id": f"10001_{number}",
        "message": "Distribution de vivres",
        "created_time": f"2024-09-{day:02}T10:00:00+0000",
        **summary,
    }


def comment(number):
    return {
        "id": f"10001_1_{number}",
        "message": "Merci",
        "created_time": "2024-09-20T12:00:00+0000",
    }


def edge(*nodes, after=None):
    token_address = "https://graph.example/v26.0/x?access_token=secret&after=evil"
    cursors = {"cursors": {"before": "b", "after": after or "last"}}
    paging = {**cursors, **({"next": token_address} if after else {})}
    return {"data": list(nodes), "paging": paging}


def answer(spider, content):
    """What the callback of the request now due yields for a body."""
    request = spider.request()
    body = json.dumps(content).encode()
    return list(request.callback(Response(request.url, body=body)))


def path(request):
    return urlsplit(request.url).path


def params(request):
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def test_the_feed_is_asked_from_some_days_before_the_window(spider):
    request = spider.request()
    asked = params(request)
    assert path(request) == "/v26.0/10001/feed"
    assert int(asked["since"]) == int((WINDOW.start - timedelta(days=14)).timestamp())
    assert int(asked["until"]) == int(WINDOW.end.timestamp())


def test_neither_the_token_nor_the_next_address_is_ever_asked(spider):
    _, request = answer(spider, edge(post(1, 0), after="c2"))
    assert "secret" not in request.url
    assert params(request)["after"] == "c2"
    assert path(request) == "/v26.0/10001/feed"


def test_threads_of_a_feed_page_come_before_the_next_feed_page(spider):
    item, request = answer(spider, edge(post(1, 3), post(2, 0), post(3, 2), after="c2"))
    assert item.result is None
    assert path(request) == "/v26.0/10001_1/comments"
    assert params(request)["filter"] == "stream"
    _, request = answer(spider, edge(comment(1)))
    assert path(request) == "/v26.0/10001_3/comments"
    _, request = answer(spider, edge(comment(2)))
    assert path(request) == "/v26.0/10001/feed"
    assert params(request)["after"] == "c2"


def test_a_long_thread_is_followed_by_its_own_cursor_and_closed_at_its_end(spider):
    answer(spider, edge(post(1, 3)))
    item, request = answer(spider, edge(comment(1), after="k2"))
    assert item.threads == ()
    assert params(request)["after"] == "k2"
    item, _ = answer(spider, edge(comment(2)))
    assert item.threads == (Thread("10001_1", 3),)


def test_the_last_thread_ends_the_window_and_the_next_page_is_asked(spider):
    answer(spider, edge(post(1, 1)))
    item, request = answer(spider, edge(comment(1)))
    assert item.result.status == "complete"
    assert path(request) == "/v26.0/10002/feed"


def test_a_post_without_comments_is_covered_without_a_request(spider):
    item, request = answer(spider, edge(post(1, 0)))
    assert item.threads == (Thread("10001_1", 0),)
    assert item.result.status == "complete"
    assert path(request) == "/v26.0/10002/feed"


def test_an_unknown_number_of_comments_is_asked_for(spider):
    _, request = answer(spider, edge(post(1, None)))
    assert path(request) == "/v26.0/10001_1/comments"


def test_posts_of_the_days_before_are_kept_and_not_counted_in_the_window(spider):
    item, _ = answer(spider, edge(post(1, 0, day=20), post(2, 0, day=10)))
    assert len(item.parsed.posts) == 2
    assert item.poll.posts == 1


def test_an_empty_feed_page_with_a_next_one_is_not_the_end(spider):
    item, request = answer(spider, edge(after="c2"))
    assert item.result is None
    assert params(request)["after"] == "c2"


def test_the_same_cursor_twice_ends_the_feed_as_partial(spider):
    answer(spider, edge(post(1, 0), after="c2"))
    item, _ = answer(spider, edge(post(2, 0), after="c2"))
    assert (item.result.status, item.result.reason) == ("partial", "repeated_cursor")
    assert spider.context.refused == {"radio": "repeated_cursor"}


def test_a_refused_thread_is_closed_and_the_page_goes_on(spider):
    answer(spider, edge(post(1, 3), post(2, 4)))
    refusal = Failure(QueryRefused("refused: graph_100"))
    item, request = spider.request().errback(refusal)
    assert (item.page, item.result) == (None, None)
    assert item.threads == (Thread("10001_1", 3),)
    assert path(request) == "/v26.0/10001_2/comments"
    assert spider.crawler.stats.get_value("vigie/threads_refused") == 1


def test_a_refused_page_is_recorded_as_failed_and_the_others_go_on(spider):
    item, request = spider.request().errback(Failure(QueryRefused("permission: graph_10")))
    assert (item.result.status, item.result.reason) == ("failed", "permission: graph_10")
    assert path(request) == "/v26.0/10002/feed"
    assert spider.context.refused == {"radio": "permission: graph_10"}


def test_a_limit_in_the_middle_of_a_thread_keeps_the_thread_open(spider):
    answer(spider, edge(post(1, 3)))
    stopped = Failure(RunStopped("rate_limited", "rate_limited:soon"))
    assert list(spider.request().errback(stopped)) == []
    assert spider.position.threads == (OpenThread("10001_1", 3),)
    assert spider.context.ending.status == "rate_limited"


def test_a_position_survives_its_checkpoint():
    position = Position("c2", False, False, (OpenThread("10001_1", None, "k"), OpenThread("2", 4)))
    assert Position.from_json(json.loads(json.dumps(position.as_json()))) == position
    assert Position.from_json(None) == Position()

import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.statscollectors import MemoryStatsCollector
from twisted.python.failure import Failure

from config.queries.wording import Alternative, Wording
from config.settings import Settings
from config.watchlist import Watchlist, XQuery
from crawlers.checkpoints import Poll, Window
from crawlers.context import CrawlContext
from crawlers.pages import PageItem
from crawlers.spiders.polling import QueryRefused, RunStopped
from crawlers.spiders.x_search import XSearchSpider, search_params

NOW = datetime(2024, 9, 23, 6, tzinfo=UTC)
QUERIES = (
    XQuery("aid-fr", "(humanitaire OR ong) mali", "", "2024-01-01"),
    XQuery("aid-en", "aid mali", "", "2024-01-01"),
)
WINDOW = Window(datetime(2024, 9, 17, tzinfo=UTC), datetime(2024, 9, 23, 5, 59, 30, tzinfo=UTC))


def poll(query_id="aid-fr", **more):
    return Poll("x_search", query_id, "v1", NOW, WINDOW, **more)


@pytest.fixture
def spider(engine, keyring):
    context = CrawlContext(
        settings=Settings(x_base_url="https://x.example", x_bearer_token="secret"),
        watchlist=Watchlist("v1", QUERIES, (), (), frozenset()),
        keyring=keyring,
        engine=engine,
        run_id=1,
        now=NOW,
    )
    crawler = Crawler(XSearchSpider)
    crawler.stats = MemoryStatsCollector(crawler)
    spider = XSearchSpider.from_crawler(crawler, context=context)
    spider.polls.extend([poll("aid-en")])
    spider.poll = poll()
    return spider


def body(*ids, token=None, **more):
    posts = [
        {"id": str(i), "text": "Bonjour", "created_at": "2024-09-20T10:00:00.000Z"} for i in ids
    ]
    meta = {"result_count": len(posts), **({"next_token": token} if token else {})}
    return {**({"data": posts} if posts else {}), "meta": meta, **more}


def parse(spider, content):
    response = Response("https://x.example/2", body=json.dumps(content).encode())
    return list(spider.parse(response))


def asked(request):
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


@pytest.mark.parametrize("vocabulary", ["post", "tweet"])
def test_every_parameter_is_legal_in_its_version_of_the_api(vocabulary, shared_dir):
    version = {"post": "2.167", "tweet": "2.166"}[vocabulary]
    path = shared_dir / "payloads" / "specs" / f"x_openapi_{version}.json"
    spec = json.loads(path.read_text())
    operation = spec["paths"]["/2/tweets/search/recent"]["get"]
    legal = {}
    for entry in operation["parameters"]:
        name = entry.get("$ref", "").rsplit("/", 1)[-1]
        known = spec["components"]["parameters"][name] if name else entry
        legal[known["name"]] = known["schema"]
    params = search_params(
        QUERIES[0], poll(position={"next_token": "t"}), vocabulary=vocabulary, page_size=100
    )
    assert params.keys() <= legal.keys()
    for name, value in params.items():
        if legal[name].get("type") == "array":
            assert set(value.split(",")) <= set(legal[name]["items"]["enum"]), name


def test_a_window_is_asked_in_whole_seconds_of_utc():
    params = search_params(QUERIES[0], poll(), vocabulary="post", page_size=50)
    assert params["start_time"] == "2024-09-17T00:00:00Z"
    assert params["end_time"] == "2024-09-23T05:59:30Z"
    assert params["max_results"] == "50"
    assert "next_token" not in params


def test_the_token_is_no_part_of_the_address(spider):
    assert "secret" not in spider.request().url


def test_a_page_with_a_token_is_kept_and_then_the_next_one_is_asked(spider):
    item, request = parse(spider, body(1, 2, token="t2"))
    assert isinstance(item, PageItem)
    assert (item.poll.posts, item.poll.pages, item.result) == (2, 1, None)
    assert item.poll.position == {"next_token": "t2"}
    assert isinstance(request, Request)
    assert asked(request)["next_token"] == "t2"


def test_an_empty_page_with_a_token_is_not_the_end(spider):
    item, request = parse(spider, body(token="t2"))
    assert item.result is None
    assert asked(request)["next_token"] == "t2"


def test_a_window_without_posts_is_complete_although_data_is_absent(spider):
    item, request = parse(spider, body())
    assert item.result.status == "complete"
    assert item.poll.posts == 0
    assert asked(request)["query"] == "aid mali"


def test_the_last_page_of_the_last_query_asks_nothing_more(spider):
    spider.polls.clear()
    (item,) = parse(spider, body(1))
    assert item.result.status == "complete"


def test_the_same_token_twice_ends_the_window_as_partial(spider):
    spider.poll = poll(position={"next_token": "t2"})
    item, request = parse(spider, body(1, token="t2"))
    assert (item.result.status, item.result.reason) == ("partial", "repeated_next_token")
    assert asked(request)["query"] == "aid mali"
    assert spider.context.refused == {"aid-fr": "repeated_next_token"}


def test_included_posts_are_kept_and_not_counted_as_received(spider):
    quoted = {"id": "9", "text": "Avant", "created_at": "2024-09-01T10:00:00.000Z"}
    item, _ = parse(spider, body(1, includes={"posts": [quoted]}))
    assert len(item.parsed.posts) == 2
    assert item.poll.posts == 1


def test_partial_errors_of_a_page_are_counted(spider):
    errors = [{"title": "Not Found Error", "type": "https://api.x.com/2/problems/x"}]
    parse(spider, body(1, errors=errors))
    assert spider.crawler.stats.get_value("vigie/partial_errors") == 1


def test_a_refused_query_is_recorded_as_failed_and_the_next_one_is_asked(spider):
    spider.polls.appendleft(poll("aid-fr"))
    item, request = spider.refused(Failure(QueryRefused("http_400: Invalid Request")))
    assert (item.page, item.result.status) == (None, "failed")
    assert item.result.reason == "http_400: Invalid Request"
    assert asked(request)["query"] == "aid mali"
    assert not spider.polls


def test_a_query_refused_after_some_pages_is_partial(spider):
    spider.poll = poll(pages=3, posts=250)
    item, _ = spider.refused(Failure(QueryRefused("http_400: x")))
    assert (item.result.status, item.poll.posts) == ("partial", 250)


def test_a_stopped_run_records_nothing_and_asks_nothing(spider):
    assert list(spider.refused(Failure(RunStopped("rate_limited", "rate_limited:soon")))) == []
    assert spider.context.ending.reason == "rate_limited:soon"


def test_an_answer_of_another_kind_is_kept_in_quarantine_and_ends_the_query(spider):
    item, request = parse(spider, {"hello": "world"})
    assert item.page.body == b'{"hello": "world"}'
    assert [r.reason for r in item.parsed.rejected] == ["unreadable_page"]
    assert item.result.status == "failed"
    assert asked(request)["query"] == "aid mali"


def test_a_run_stops_at_its_page_limit_with_the_poll_unfinished(spider):
    settings = spider.context.settings.model_copy(update={"x_max_pages_per_run": 2})
    spider.context = replace(spider.context, settings=settings)
    spider.crawler.stats.set_value("response_received_count", 2)
    (item,) = parse(spider, body(1, token="t2"))
    assert item.result is None
    assert spider.context.ending.reason.startswith("page_limit: 2 pages")


def test_the_contents_of_an_item_stay_out_of_its_representation(spider):
    item, _ = parse(spider, body(1))
    assert "Bonjour" not in repr(item)


def test_a_part_keeps_its_version_when_another_part_changes():
    def long(*more):
        terms = (*more, *(f"organisation{n}" for n in range(60)))
        wording = Wording(tuple(map(Alternative, terms)), ("Mali",))
        query = XQuery("aid", wording.text, "", "2024-01-01", wording)
        return Watchlist("v1", (query,), (), (), frozenset())

    def versions(watchlist):
        asked = XSearchSpider.queries_of(watchlist)
        return {part: XSearchSpider.version_of(watchlist, part) for part in asked}

    before, after = versions(long()), versions(long("Zakat Foundation"))
    assert len(before) > 2
    assert sum(after.get(part) != version for part, version in before.items()) == 1

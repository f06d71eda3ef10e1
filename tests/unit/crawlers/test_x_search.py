import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.statscollectors import MemoryStatsCollector
from sqlmodel import Session, select
from twisted.python.failure import Failure

from config.queries.wording import Alternative, Wording
from config.settings import Settings
from config.watchlist import Watchlist, XQuery
from crawlers.checkpoints import Poll, Window
from crawlers.context import CrawlContext, Ending
from crawlers.coverage import WindowResult, record_window
from crawlers.pages import PageItem
from crawlers.run import _finish
from crawlers.spiders.polling import QueryRefused, RunStopped
from crawlers.spiders.x_search import XSearchSpider
from crawlers.spiders.x_windows import MOST_RESTARTS, SPLIT_PAGES, Place
from models import Coverage, CrawlRun

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
    request = spider.request()
    response = Response(request.url, body=json.dumps(content).encode(), request=request)
    return list(spider.parse(response))


def asked(request):
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def place(token=None, oldest=None, restarts=0):
    return Place(WINDOW.start, token, oldest, restarts).as_json()


def id_of(moment, number=0):
    """A post id that X would give at a moment."""
    return str((int(moment.timestamp() * 1000) - 1_288_834_974_657 << 22) + number)


def test_a_window_is_asked_in_whole_seconds_of_utc(spider):
    params = asked(spider.request())
    assert params["end_time"] == "2024-09-23T05:59:30Z"
    assert params["max_results"] == "100"
    assert "next_token" not in params


def test_the_ten_minutes_before_a_window_are_asked_with_it(spider):
    assert asked(spider.request())["start_time"] == "2024-09-16T23:50:00Z"


def test_no_more_is_asked_than_recent_search_answers(spider):
    floor = datetime(2024, 9, 16, 6, 1, tzinfo=UTC)
    spider.poll = replace(spider.poll, window=Window(floor, WINDOW.end))
    assert asked(spider.request())["start_time"] == "2024-09-16T06:01:00Z"


def test_all_pages_of_a_window_are_asked_from_the_same_moment(spider):
    _, following = parse(spider, body(1, token="t2"))
    spider.context = replace(spider.context, now=NOW.replace(day=25))
    assert asked(spider.request())["start_time"] == asked(following)["start_time"]


def test_posts_of_the_overlap_are_kept_and_not_counted_in_the_window(spider):
    late = {"id": "7", "text": "Tard", "created_at": "2024-09-16T23:55:00.000Z"}
    item, _ = parse(spider, {"data": [late], "meta": {"result_count": 1}})
    assert [post.platform_id for post in item.parsed.posts] == ["7"]
    assert item.poll.posts == 0


def test_the_token_is_no_part_of_the_address(spider):
    assert "secret" not in spider.request().url


def test_a_page_with_a_token_is_kept_and_then_the_next_one_is_asked(spider):
    item, request = parse(spider, body(1, 2, token="t2"))
    assert isinstance(item, PageItem)
    assert (item.poll.posts, item.poll.pages, item.result) == (2, 1, None)
    assert item.poll.position["next_token"] == "t2"
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
    spider.poll = poll(position=place("t2"))
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


def test_windows_left_when_a_run_ends_are_recorded_whatever_their_query_met_before(spider):
    with Session(spider.context.engine) as session:
        session.add(CrawlRun(id=1, source="x_search", started_at=NOW))
        session.flush()
        record_window(session, spider.poll, WindowResult("failed", "a refusal of its own"), 1)
        session.commit()
    later = Window(WINDOW.end, NOW)
    spider.polls.appendleft(replace(poll(), window=later))
    spider.crawler.spider = spider
    spider.context.refused["aid-fr"] = "repeated_next_token"
    _finish(spider.context, "x_search", Ending("partial", "rate_limited:soon"), spider.crawler)
    with Session(spider.context.engine) as session:
        rows = session.exec(select(Coverage)).all()
    assert {(row.query_id, row.window_start, row.reason) for row in rows} == {
        ("aid-fr", WINDOW.start, "a refusal of its own"),
        ("aid-fr", later.start, "rate_limited:soon"),
        ("aid-en", WINDOW.start, "rate_limited:soon"),
    }


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


# --- dividing a window --------------------------------------------------------------------------

MIDDLE = datetime(2024, 9, 20, 12, tzinfo=UTC)
AFTER_MIDDLE = datetime(2024, 9, 20, 12, 0, 1, tzinfo=UTC)


def with_oldest(content, moment):
    content["meta"]["oldest_id"] = id_of(moment)
    return content


def test_a_window_of_too_many_pages_is_divided_at_its_oldest_post(spider):
    spider.poll = poll(pages=SPLIT_PAGES - 1, position=place("t24"))
    item, request = parse(spider, with_oldest(body(1, token="t25"), MIDDLE))
    assert (item.poll.window, item.result.status) == (Window(AFTER_MIDDLE, WINDOW.end), "complete")
    rest = item.then
    assert (rest.window, rest.position, rest.pages) == (Window(WINDOW.start, AFTER_MIDDLE), None, 0)
    assert asked(request)["end_time"] == "2024-09-20T12:00:01Z"
    assert "next_token" not in asked(request)


def test_a_window_whose_posts_are_all_of_one_second_is_not_divided(spider):
    spider.poll = poll(pages=SPLIT_PAGES - 1, position=place("t24"))
    last_second = WINDOW.end.replace(second=29)
    item, request = parse(spider, with_oldest(body(1, token="t25"), last_second))
    assert (item.result, item.then) == (None, None)
    assert asked(request)["next_token"] == "t25"


def test_a_repeated_token_divides_the_window_where_posts_have_come(spider):
    spider.poll = poll(pages=1, position=place("t2"))
    item, request = parse(spider, with_oldest(body(1, token="t2"), MIDDLE))
    assert item.result.status == "complete"
    assert item.then.window.end == AFTER_MIDDLE
    assert asked(request)["end_time"] == "2024-09-20T12:00:01Z"
    assert spider.crawler.stats.get_value("vigie/repeated_tokens") == 1


def refuse(spider, cause, server_time=None):
    refusal = QueryRefused("http_400: Invalid Request", cause, server_time)
    return list(spider.refused(Failure(refusal)))


def test_an_expired_token_goes_on_with_what_is_older_than_the_posts_received(spider):
    spider.poll = poll(pages=3, posts=250, position=place("t4", MIDDLE))
    item, request = refuse(spider, "token")
    assert (item.poll.window, item.result.status) == (Window(AFTER_MIDDLE, WINDOW.end), "complete")
    assert (item.poll.posts, item.then.window) == (250, Window(WINDOW.start, AFTER_MIDDLE))
    assert asked(request)["end_time"] == "2024-09-20T12:00:01Z"


def test_an_expired_token_before_any_post_begins_the_window_again(spider):
    spider.poll = poll(pages=1, position=place("t2"))
    (request,) = refuse(spider, "token")
    assert "next_token" not in asked(request)
    assert spider.poll.window == WINDOW


def test_a_window_is_begun_again_only_so_often(spider):
    spider.poll = poll(pages=1, position=place("t2", restarts=MOST_RESTARTS))
    item, _ = refuse(spider, "token")
    assert (item.result.status, item.result.reason) == ("partial", "http_400: Invalid Request")


# --- clocks ------------------------------------------------------------------------------------


def test_a_window_that_ends_too_late_by_their_clock_ends_earlier(spider):
    (request,) = refuse(spider, "end_time", NOW.replace(hour=5, minute=58))
    assert asked(request)["end_time"] == "2024-09-23T05:57:30Z"
    assert spider.poll.window.start == WINDOW.start


def test_a_window_that_begins_too_early_by_their_clock_begins_later_and_the_rest_is_lost(spider):
    early = Window(datetime(2024, 9, 16, 6, 1, tzinfo=UTC), WINDOW.end)
    spider.poll = replace(spider.poll, window=early)
    item, request = refuse(spider, "start_time", NOW.replace(minute=5))
    cut = datetime(2024, 9, 16, 6, 6, 1, tzinfo=UTC)
    assert (item.poll.window, item.result.status) == (Window(early.start, cut), "failed")
    assert item.then.window == Window(cut, early.end)
    assert asked(request)["start_time"] == "2024-09-16T06:06:01Z"


def test_a_window_their_clock_has_not_reached_is_left_for_the_next_run(spider):
    spider.poll = replace(spider.poll, window=Window(NOW.replace(minute=1), NOW.replace(minute=2)))
    (request,) = refuse(spider, "end_time", NOW)
    assert asked(request)["query"] == "aid mali"


def test_a_window_refused_although_their_clock_allows_it_is_given_up(spider):
    item, _ = refuse(spider, "end_time", NOW.replace(hour=8))
    assert item.result.status == "failed"


# --- vocabulary --------------------------------------------------------------------------------


def test_unknown_words_are_asked_again_in_the_other_vocabulary(spider):
    (request,) = refuse(spider, "vocabulary")
    assert "tweet.fields" in asked(request)
    item, following = parse(spider, body(1, token="t2"))
    assert "tweet.fields" in asked(following)
    assert item.poll.memory == {"vocabulary_instead_of": "post"}
    assert spider.crawler.stats.get_value("vigie/x_vocabulary") == "tweet"


def test_words_refused_in_both_vocabularies_give_the_query_up_in_the_one_of_the_settings(spider):
    refuse(spider, "vocabulary")
    item, request = refuse(spider, "vocabulary")
    assert item.result.status == "failed"
    assert "post.fields" in asked(request)


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

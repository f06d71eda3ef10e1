import json
from dataclasses import replace
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
from crawlers.comments import Thread
from crawlers.context import CrawlContext
from crawlers.graph_threads import MOST_DETOURS
from crawlers.page_posts import ShortThreads
from crawlers.spiders.facebook_pages import FacebookPagesSpider
from crawlers.spiders.polling import QueryRefused, RunStopped
from models.database import make_engine

TOKEN = "EAABsecret|token"
NOW = datetime(2024, 9, 23, 6, tzinfo=UTC)
WINDOW = Window(datetime(2024, 9, 16, tzinfo=UTC), NOW)
PAGES = tuple(
    FacebookPage(page_id, name, name, "local_media", None, "fr", None)
    for page_id, name in (("10001", "radio"), ("10002", "mairie"))
)


def poll(page="radio", **more):
    return Poll("facebook_pages", page, "v1", NOW, WINDOW, **more)


@pytest.fixture
def spider(tmp_path, keyring):
    context = CrawlContext(
        settings=Settings(
            facebook_base_url="https://graph.example/",
            facebook_token=TOKEN,
            facebook_lookback_days=14,
        ),
        watchlist=Watchlist("v1", (), PAGES, (), frozenset()),
        keyring=keyring,
        engine=make_engine(f"sqlite:///{tmp_path / 'unused.sqlite'}"),
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


def comment(number, answers=0, parent=None):
    above = {"parent": {"id": f"1_{parent}"}} if parent else {}
    return {
        "id": f"1_{number}",
        "message": "Merci",
        "created_time": "2024-09-20T12:00:00+0000",
        "like_count": 0,
        "comment_count": answers,
        **above,
    }


def edge(*nodes, after=None, total=None, order="chronological"):
    token_address = f"https://graph.example/v26.0/x?access_token={TOKEN}&after=evil"
    cursors = {"cursors": {"before": "b", "after": after or "last"}}
    paging = {**cursors, **({"next": token_address} if after else {})}
    summary = {} if total is None else {"summary": {"order": order, "total_count": total}}
    return {"data": list(nodes), "paging": paging, **summary}


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
    assert TOKEN not in request.url
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
    item, _ = answer(spider, edge(comment(2), total=3))
    assert item.threads == (Thread("10001_1", 3, "chronological", whole=True),)


def test_the_last_thread_ends_the_window_and_the_next_page_is_asked(spider):
    answer(spider, edge(post(1, 1)))
    item, request = answer(spider, edge(comment(1)))
    assert item.result.status == "complete"
    assert path(request) == "/v26.0/10002/feed"


def test_a_post_without_comments_is_covered_without_a_request(spider):
    item, request = answer(spider, edge(post(1, 0)))
    assert item.threads == (Thread("10001_1", 0, whole=True),)
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


def test_a_feed_that_stays_where_it_is_is_asked_again_and_cut_off_in_the_end(spider):
    for _ in range(1 + MOST_DETOURS):
        item, request = answer(spider, edge(post(1, 0), after="c2"))
        assert item.result is None
        assert params(request)["after"] == "c2"
    item, _ = answer(spider, edge(post(1, 0), after="c2"))
    assert (item.result.status, item.result.reason) == ("partial", "repeated_cursor")
    assert spider.context.refused == {"radio": "repeated_cursor"}


def test_a_page_that_is_asked_again_is_counted_once(spider):
    for cursor in ("c2", "c2", "c3"):
        answer(spider, edge(post(1, 0), after=cursor))
    item, _ = answer(spider, edge(post(2, 0)))
    assert item.poll.posts == 3


def refuse(spider, reason):
    """What the errback of the request now due yields for a refusal."""
    return list(spider.request().errback(Failure(QueryRefused(reason))))


def stat(spider, name):
    return spider.crawler.stats.get_value(f"vigie/{name}")


def gone_of(item):
    return [(gone.platform_id, gone.state, gone.reason) for gone in item.parsed.gone]


BAD = "bad_request: graph_100: a field"
EXPIRED = "cursor_expired: graph_100: the place"
MISSING = "gone: graph_100/33: it does not exist"
FORBIDDEN = "permission: graph_10: the app lacks a permission"
TOO_MUCH = "too_much_data: graph_1: too large"


def test_the_version_is_part_of_every_address(spider):
    answer(spider, edge(post(1, 3)))
    for request in (spider.request(), *refuse(spider, MISSING)[1:]):
        assert path(request).startswith("/v26.0/")


def test_counts_of_reactions_are_asked_by_type(spider):
    fields = params(spider.request())["fields"]
    for name in ("LIKE", "LOVE", "CARE", "HAHA", "WOW", "SAD", "ANGRY"):
        asked = f"reactions.type({name}).limit(0).summary(total_count).as({name.lower()})"
        assert asked in fields


def test_a_page_is_kept_without_its_token(spider):
    item, _ = answer(spider, edge(post(1, 0), after="c2"))
    assert TOKEN.encode() not in item.page.body
    assert b"access_token=removed&after=evil" in item.page.body


def test_time_paging_is_followed_by_its_moment_and_token(spider):
    body = edge(post(1, 0))
    address = f"https://graph.example/x?access_token={TOKEN}&until=1726000000&__paging_token=enc_9"
    body["paging"] = {"next": address}
    item, request = answer(spider, body)
    asked = params(request)
    assert item.result is None
    assert (asked["until"], asked["__paging_token"]) == ("1726000000", "enc_9")
    assert asked["since"] == str(int((WINDOW.start - timedelta(days=14)).timestamp()))
    assert "after" not in asked


def test_a_next_page_whose_place_is_not_told_is_not_taken_for_the_end(spider):
    body = edge(post(1, 0))
    body["paging"] = {"next": f"https://graph.example/x?access_token={TOKEN}"}
    for _ in range(MOST_DETOURS):
        item, _ = answer(spider, body)
        assert item.result is None
    item, _ = answer(spider, body)
    assert (item.result.status, item.result.reason) == ("partial", "unknown_cursor")


def test_cursors_that_go_round_in_a_circle_end_the_feed_as_partial(spider):
    for cursor in ("c2", "c3"):
        answer(spider, edge(after=cursor))
    item, _ = answer(spider, edge(after="c2"))
    assert (item.result.status, item.result.reason) == ("partial", "repeated_cursor")


@pytest.mark.parametrize("reason", [EXPIRED, BAD])
def test_a_feed_whose_cursor_has_expired_is_asked_from_its_start_once(spider, reason):
    answer(spider, edge(post(1, 0), after="c2"))
    (request,) = refuse(spider, reason)
    assert "after" not in params(request)
    assert stat(spider, "cursors_expired") == 1
    answer(spider, edge(post(1, 0), after="c9"))
    item, request = refuse(spider, reason)
    assert (item.result.status, item.result.reason) == ("partial", "cursor_expired")
    assert path(request) == "/v26.0/10002/feed"
    assert spider.context.ending is None


def test_a_thread_whose_cursor_has_expired_is_asked_from_its_start(spider):
    answer(spider, edge(post(1, 3)))
    answer(spider, edge(comment(1), after="k2"))
    (request,) = refuse(spider, EXPIRED)
    assert path(request) == "/v26.0/10001_1/comments"
    assert "after" not in params(request)
    item, _ = answer(spider, edge(comment(1), comment(2), comment(3), total=3))
    assert item.threads[0].whole


def test_a_page_that_refuses_its_feed_is_asked_for_its_published_posts(spider):
    (request,) = refuse(spider, FORBIDDEN)
    assert path(request) == "/v26.0/10001/published_posts"
    (request,) = refuse(spider, FORBIDDEN)
    assert path(request) == "/v26.0/10001/posts"
    item, _ = answer(spider, edge(post(1, 0)))
    assert item.page.endpoint == "posts"
    assert item.result.status == "complete"
    assert stat(spider, "asked_by/radio") == "posts"


def test_a_field_that_is_not_taken_is_left_out(spider):
    (request,) = refuse(spider, BAD)
    assert path(request) == "/v26.0/10001/feed"
    assert ".as(love)" not in params(request)["fields"]
    assert stat(spider, "asked_by/radio") == "feed, fewer fields"


def test_a_feed_that_is_too_large_is_asked_in_smaller_pages(spider):
    (request,) = refuse(spider, TOO_MUCH)
    assert params(request)["limit"] == "50"
    assert spider.context.refused == {}


def test_a_feed_that_is_too_large_in_any_size_is_given_up(spider):
    for _ in range(6):
        *_, request = refuse(spider, TOO_MUCH)
    assert path(request) == "/v26.0/10002/feed"
    assert spider.context.refused == {"radio": TOO_MUCH}


def test_a_page_that_refuses_every_edge_is_recorded_as_failed_and_the_others_go_on(spider):
    refuse(spider, FORBIDDEN)
    refuse(spider, FORBIDDEN)
    item, request = refuse(spider, FORBIDDEN)
    assert (item.result.status, item.result.reason) == ("failed", FORBIDDEN)
    assert path(request) == "/v26.0/10002/feed"
    assert spider.context.refused == {"radio": FORBIDDEN}


def test_a_refused_thread_is_closed_as_not_whole_and_the_page_goes_on(spider):
    answer(spider, edge(post(1, 3), post(2, 4)))
    item, request = refuse(spider, FORBIDDEN)
    assert (item.page, item.result) == (None, None)
    assert item.threads == (Thread("10001_1", 3, whole=False),)
    assert gone_of(item) == []
    assert path(request) == "/v26.0/10001_2/comments"
    assert stat(spider, "threads_refused") == 1


def test_a_thread_whose_post_is_gone_tells_so(spider):
    answer(spider, edge(post(1, 3)))
    item, _ = refuse(spider, MISSING)
    assert gone_of(item) == [("10001_1", "unavailable", "graph_100/33")]
    assert not item.threads[0].whole


def test_a_thread_that_cannot_be_read_is_closed_and_kept_in_quarantine(spider):
    answer(spider, edge(post(1, 3), post(2, 4)))
    item, request = answer(spider, {"hello": 1})
    assert [rejected.reason for rejected in item.parsed.rejected] == ["unreadable_page"]
    assert not item.threads[0].whole
    assert path(request) == "/v26.0/10001_2/comments"


def test_answers_that_the_whole_list_left_out_are_asked_of_their_comment(spider):
    answer(spider, edge(post(1, 4)))
    stream = edge(comment(1, answers=2), comment(2), comment(3, parent=1), total=4)
    item, request = answer(spider, stream)
    assert item.threads == ()
    assert path(request) == "/v26.0/1_1/comments"
    assert params(request)["filter"] == "toplevel"
    item, _ = answer(spider, edge(comment(3, answers=1), comment(4), total=2))
    assert {p.parent_platform_id for p in item.parsed.posts} == {"1_1"}
    assert {p.root_platform_id for p in item.parsed.posts} == {"10001_1"}
    assert path(spider.request()) == "/v26.0/1_3/comments"
    item, _ = answer(spider, edge(comment(5)))
    assert [p.parent_platform_id for p in item.parsed.posts] == ["1_3"]
    assert item.threads == (Thread("10001_1", 4, "chronological", whole=True),)
    assert stat(spider, "threads_asked_apart") == 2


def test_every_comment_stands_on_its_page(spider):
    answer(spider, edge(post(1, 2)))
    item, _ = answer(spider, edge(comment(1, answers=1), comment(2, parent=1), total=2))
    assert {p.venue_platform_id for p in item.parsed.posts} == {"10001"}


def test_a_limit_in_the_middle_of_a_thread_keeps_the_thread_open(spider):
    answer(spider, edge(post(1, 3)))
    stopped = Failure(RunStopped("rate_limited", "rate_limited:soon"))
    assert list(spider.request().errback(stopped)) == []
    assert [thread.post_id for thread in spider.position.threads] == ["10001_1"]
    assert spider.context.ending.status == "rate_limited"


def test_a_known_post_that_the_feed_does_not_show_is_asked_for_by_its_id(spider):
    spider.known["radio"] = ("10001_1", "10001_2")
    item, request = answer(spider, edge(post(1, 0)))
    assert item.result is None
    assert path(request) == "/v26.0/10001_2"
    item, request = answer(spider, post(2, 1))
    assert [p.platform_id for p in item.parsed.posts] == ["10001_2"]
    assert path(request) == "/v26.0/10001_2/comments"
    assert stat(spider, "posts_left_out_by_feed") == 1
    item, _ = answer(spider, edge(comment(1), total=1))
    assert item.result.status == "complete"


def test_a_known_post_that_does_not_exist_any_more_is_gone(spider):
    spider.known["radio"] = ("10001_2",)
    answer(spider, edge(post(1, 0)))
    item, request = refuse(spider, MISSING)
    assert gone_of(item) == [("10001_2", "unavailable", "graph_100/33")]
    assert (item.result.status, item.result.reason) == ("complete", None)
    assert path(request) == "/v26.0/10002/feed"


@pytest.mark.parametrize("reason", [FORBIDDEN, "temporary: graph_2: x (tried 5 times)", TOO_MUCH])
def test_a_known_post_that_cannot_be_told_is_not_taken_for_gone(spider, reason):
    spider.known["radio"] = ("10001_2",)
    answer(spider, edge(post(1, 0)))
    item, _ = refuse(spider, reason)
    assert gone_of(item) == []


def test_a_known_post_that_cannot_be_read_is_kept_in_quarantine(spider):
    spider.known["radio"] = ("10001_2",)
    answer(spider, edge(post(1, 0)))
    item, _ = answer(spider, {"hello": 1})
    assert [rejected.reason for rejected in item.parsed.rejected] == ["unreadable_page"]
    assert item.result.status == "complete"


def test_more_lost_posts_than_shown_ones_are_blamed_on_the_token(spider):
    spider.known["radio"] = tuple(f"10001_{n}" for n in range(2, 9))
    answer(spider, edge(post(1, 0)))
    lost = [gone_of(refuse(spider, MISSING)[0]) for _ in range(7)]
    assert [bool(gone) for gone in lost] == [True] * 3 + [False] * 4
    assert (stat(spider, "posts_gone"), stat(spider, "gone_doubted")) == (3, 4)


def test_what_a_feed_cut_off_did_not_show_is_not_looked_for(spider):
    spider.known["radio"] = ("10001_2",)
    for cursor in ("c2", "c3", "c2"):
        item, request = answer(spider, edge(post(1, 0), after=cursor))
    assert item.result.reason == "repeated_cursor"
    assert path(request) == "/v26.0/10002/feed"


def test_an_old_thread_that_is_short_is_asked_before_the_feed(spider):
    spider.short["radio"] = ShortThreads(due=(("10001_77", 9),))
    assert path(spider.request()) == "/v26.0/10001_77/comments"
    item, request = answer(spider, edge(comment(1), total=9))
    assert item.threads == (Thread("10001_77", 9, "chronological", whole=True),)
    assert path(request) == "/v26.0/10001/feed"


def test_a_window_of_the_past_asks_neither_known_posts_nor_earlier_days(spider):
    spider.known["radio"], spider.short["radio"] = ("10001_2",), ShortThreads(due=(("9_9", 9),))
    past = Window(NOW - timedelta(days=60), NOW - timedelta(days=40))
    spider.poll = replace(poll(), window=past)
    request = spider.request()
    assert path(request) == "/v26.0/10001/feed"
    assert int(params(request)["since"]) == int(past.start.timestamp())
    item, _ = answer(spider, edge(post(1, 0)))
    assert (item.result.status, item.result.reason) == ("partial", "ranked_history")
    assert spider.context.refused == {}


def with_photo(number, *photos):
    target = "https://www.facebook.com/10001/photos"
    inside = [{"type": "photo", "target": {"id": photo, "url": target}} for photo in photos]
    return post(number, 0) | {"attachments": {"data": inside}}


def test_what_the_photos_of_new_posts_show_is_asked_before_the_page_is_kept(spider):
    spider.known["radio"] = ("10001_2",)
    (request,) = answer(spider, edge(with_photo(1, "71", "72"), with_photo(2, "73"), post(3, 0)))
    assert path(request) == "/v26.0/"
    assert params(request) == {"ids": "71,72", "fields": "alt_text,alt_text_custom"}
    told = {"71": {"alt_text": "des sacs", "id": "71"}, "72": {"alt_text_custom": "un camion"}}
    body = json.dumps(told).encode()
    item, _ = request.callback(Response(request.url, body=body), **request.cb_kwargs)
    assert [p.captions for p in item.parsed.posts] == [("des sacs", "un camion"), (), ()]
    assert (item.page.endpoint, [p.endpoint for p in item.beside]) == ("feed", ["photos"])
    assert item.poll.pages == 1


def test_many_photos_are_asked_in_several_requests(spider):
    many = [str(n) for n in range(120)]
    (request,) = answer(spider, edge(with_photo(1, *many)))
    asked = []
    while path(request) == "/v26.0/":
        asked += params(request)["ids"].split(",")
        body = Response(request.url, body=b"{}")
        item, request = [None, *request.callback(body, **request.cb_kwargs)][-2:]
    assert asked == many
    assert len(item.beside) == 3


def test_photos_that_are_refused_leave_their_posts_as_they_are(spider):
    (request,) = answer(spider, edge(with_photo(1, "71")))
    failure = Failure(QueryRefused("gone: graph_803: it does not exist"))
    failure.request = request
    item, _ = request.errback(failure)
    assert [p.captions for p in item.parsed.posts] == [()]
    assert item.result.status == "complete"
    assert stat(spider, "photos_refused") == 1


def test_the_allowance_used_and_the_version_served_are_figures_of_the_run(spider):
    headers = {"X-App-Usage": '{"call_count": 41}', "facebook-api-version": "v27.0"}
    request = spider.request()
    body = json.dumps(edge(post(1, 0))).encode()
    list(request.callback(Response(request.url, body=body, headers=headers)))
    assert stat(spider, "usage_percent") == 41
    assert stat(spider, "version_served") == "v27.0"

import asyncio
import random
from datetime import UTC, datetime

import pytest
from scrapy import Request
from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    IgnoreRequest,
)
from scrapy.http import Response

from config.settings import Settings
from config.watchlist import Watchlist
from crawlers.context import CrawlContext
from crawlers.graph_verdicts import judge_graph
from crawlers.middlewares import MAX_TRIES, AnswerMiddleware, Patience, TokenMiddleware
from crawlers.spiders.polling import Platform, QueryRefused, RunStopped
from crawlers.verdicts import judge_file, judge_x

NOW = 1_700_000_000.0
URL = "https://api.example/2/tweets/search/recent?query=aide"


class Desk:
    """An AnswerMiddleware with a clock that moves only when it sleeps."""

    def __init__(self, engine, keyring, judge=judge_x, max_wait=60.0):
        self.time = NOW
        self.stop_at = NOW + 1e9
        self.naps = []
        self.counted = []
        self.context = CrawlContext(
            settings=Settings(),
            watchlist=Watchlist("v1", (), (), (), frozenset()),
            keyring=keyring,
            engine=engine,
            run_id=1,
            now=datetime(2024, 9, 23, tzinfo=UTC),
        )
        platform = Platform("x", "https://api.example", "VIGIE_X_BASE_URL", "secret", judge)
        patience = Patience(
            max_wait,
            1.0,
            random.Random(1),
            may_go_on=lambda: self.time < self.stop_at,
            clock=lambda: self.time,
            sleep=self.sleep,
        )
        self.middleware = AnswerMiddleware(self.context, platform, patience, self.counted.append)

    async def sleep(self, seconds):
        self.naps.append(seconds)
        self.time += seconds

    @property
    def slept(self):
        return round(sum(self.naps), 6)

    def ask(self, request=None):
        return asyncio.run(self.middleware.process_request(request or Request(URL)))

    def answer(self, status=200, body=b"{}", request=None, **headers):
        response = Response(
            URL,
            status=status,
            body=body,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        return asyncio.run(self.middleware.process_response(request or Request(URL), response))

    def fail(self, error, request=None):
        return asyncio.run(self.middleware.process_exception(request or Request(URL), error))


@pytest.fixture
def desk(engine, keyring):
    return Desk(engine, keyring)


def test_the_token_is_a_header_of_requests_to_its_own_platform_only():
    middleware = TokenMiddleware("https://api.example", "secret")
    own, other = Request(URL), Request("https://api.example.evil.test/2/tweets")
    middleware.process_request(own)
    middleware.process_request(other)
    assert own.headers["Authorization"] == b"Bearer secret"
    assert "Authorization" not in other.headers
    assert "secret" not in own.url + repr(own)


def test_a_readable_page_passes(desk):
    got = desk.answer(body=b'{"meta": {"result_count": 0}}')
    assert isinstance(got, Response)
    assert desk.slept == 0


def test_a_short_limit_is_waited_for_and_the_same_request_asked_again(desk):
    got = desk.answer(429, x_rate_limit_reset=str(int(NOW) + 20))
    assert isinstance(got, Request)
    assert got.url == URL
    assert desk.slept == 21.0


def test_a_long_limit_ends_the_run_with_the_time_it_lifts(desk):
    with pytest.raises(RunStopped) as stopped:
        desk.answer(429, x_rate_limit_reset=str(int(NOW) + 900))
    assert stopped.value.status == "rate_limited"
    assert stopped.value.reason == "rate_limited:2023-11-14T22:28:21Z"
    assert desk.slept == 0


def test_a_used_up_window_holds_the_next_request_not_the_page(desk):
    page = desk.answer(x_rate_limit_remaining="0", x_rate_limit_reset=str(int(NOW) + 30))
    assert isinstance(page, Response)
    desk.ask()
    desk.ask()
    assert desk.slept == 31.0


def test_a_used_up_window_that_lifts_late_ends_the_run_before_the_next_request(desk):
    desk.answer(x_rate_limit_remaining="0", x_rate_limit_reset=str(int(NOW) + 300))
    with pytest.raises(RunStopped, match="rate_limited:2023-11-14T22:18:21Z"):
        desk.ask()


def test_a_nearly_used_up_app_allowance_ends_the_run_before_the_next_request(engine, keyring):
    desk = Desk(engine, keyring, judge=judge_graph)
    desk.answer(x_app_usage='{"call_count": 82}')
    with pytest.raises(RunStopped, match="82 %"):
        desk.ask()


def test_a_page_that_eats_up_the_allowance_slows_the_next_request_down(engine, keyring):
    desk = Desk(engine, keyring, judge=judge_graph)
    desk.answer(x_app_usage='{"call_count": 70}')
    desk.ask()
    desk.ask()
    assert desk.slept == 15.0
    assert desk.counted == ["vigie/slowdowns"]


def test_what_never_works_for_one_object_is_refused_alone(engine, keyring):
    desk = Desk(engine, keyring, judge=judge_graph)
    request, body = Request(URL), b'{"error": {"code": 2, "type": "OAuthException"}}'
    for _ in range(MAX_TRIES - 1):
        request = desk.answer(500, body, request=request)
    with pytest.raises(QueryRefused, match=r"temporary: graph_2.*\(tried 5 times\)"):
        desk.answer(500, body, request=request)


def test_back_off_doubles_with_jitter_and_gives_up_after_the_last_try(desk):
    request = Request(URL)
    for number in range(MAX_TRIES - 1):
        before = desk.slept
        request = desk.answer(503, b"<html>", request=request)
        assert 2**number / 2 <= desk.slept - before <= 2**number
    with pytest.raises(RunStopped, match=r"http_503 \(tried 5 times\)"):
        desk.answer(503, b"<html>", request=request)
    assert desk.counted == ["vigie/retries"] * (MAX_TRIES - 1)


def test_back_off_is_the_same_for_the_same_seed(engine, keyring):
    slept = []
    for _ in range(2):
        desk = Desk(engine, keyring)
        desk.answer(500)
        slept.append(desk.slept)
    assert slept[0] == slept[1]


def test_a_server_that_always_limits_does_not_hold_a_run_for_ever(desk):
    request = Request(URL)
    for _ in range(MAX_TRIES - 1):
        request = desk.answer(429, request=request, x_rate_limit_reset=str(int(desk.time) + 2))
    with pytest.raises(RunStopped) as stopped:
        desk.answer(429, request=request, x_rate_limit_reset=str(int(desk.time) + 2))
    assert stopped.value.status == "rate_limited"


def test_an_unreachable_host_is_named_with_the_setting_to_check(desk):
    request = Request(URL)
    for _ in range(MAX_TRIES - 1):
        request = desk.fail(DownloadConnectionRefusedError("no"), request)
    with pytest.raises(RunStopped, match=r"https://api\.example did not answer.*VIGIE_X_BASE_URL"):
        desk.fail(DownloadConnectionRefusedError("no"), request)


def test_a_page_that_is_too_large_is_refused_at_once(desk):
    with pytest.raises(QueryRefused, match="too_large"):
        desk.fail(DownloadCancelledError("big"))
    assert desk.slept == 0


def test_a_refused_query_is_told_apart_from_a_stopped_run(desk):
    with pytest.raises(QueryRefused, match="http_400: Invalid Request"):
        desk.answer(400, b'{"title": "Invalid Request"}')
    with pytest.raises(RunStopped, match="VIGIE_X_BEARER_TOKEN"):
        desk.answer(401)


def test_a_wait_ends_when_the_crawl_is_told_to_stop(desk):
    desk.stop_at = NOW + 3
    with pytest.raises(RunStopped, match="stopped: shutdown") as stopped:
        desk.answer(429, x_rate_limit_reset=str(int(NOW) + 50))
    assert stopped.value.status == "partial"
    assert desk.slept == 3.0


def test_an_error_of_our_own_is_left_alone(desk):
    assert desk.fail(KeyError("bug")) is None


def test_no_request_leaves_once_the_run_has_ended(desk):
    desk.context.end("failed", "store: a page could not be kept")
    with pytest.raises(IgnoreRequest):
        desk.ask()


class Watcher:
    """What somebody who watches the run is told."""

    def __init__(self):
        self.told = []

    def waiting(self, now, until, reason):
        self.told.append(("waiting", (until - now).total_seconds(), reason))

    def running(self, _now):
        self.told.append(("running",))


def test_a_wait_can_be_seen_from_outside_while_it_lasts(desk):
    desk.context.progress = Watcher()
    desk.answer(429, b"{}", x_rate_limit_reset=str(int(NOW) + 20))
    assert desk.context.progress.told == [("waiting", 21.0, "rate limit"), ("running",)]


def test_a_back_off_can_be_seen_from_outside(desk):
    desk.context.progress = Watcher()
    desk.answer(503, b"")
    assert [entry[0] for entry in desk.context.progress.told] == ["waiting", "running"]
    assert desk.context.progress.told[0][2] == "http_503"


def test_a_limit_that_lifts_too_late_is_remembered_by_the_run(desk):
    with pytest.raises(RunStopped):
        desk.answer(429, b"{}", x_rate_limit_reset=str(int(NOW) + 900))
    assert desk.context.limited_until == datetime.fromtimestamp(NOW + 901, UTC)


def test_a_request_may_ask_for_a_pause_before_it(desk):
    desk.ask(Request(URL, meta={"pause": 7.0}))
    assert desk.slept == 7.0


def test_a_request_may_bring_its_own_judge(desk):
    request = Request(URL, meta={"judge": judge_file})
    assert desk.answer(200, b"no JSON", request=request).body == b"no JSON"


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("Mon, 23 Sep 2024 06:00:00 GMT", datetime(2024, 9, 23, 6, tzinfo=UTC)),
        ("Mon, 23 Sep 2024 06:00:00 -0000", datetime(2024, 9, 23, 6, tzinfo=UTC)),
        ("soon", None),
        (None, None),
    ],
)
def test_a_refusal_brings_the_clock_of_the_platform(desk, told, moment):
    headers = {"Date": told} if told else {}
    body = b'{"title": "No", "errors": [{"parameters": {"end_time": ["x"]}}]}'
    with pytest.raises(QueryRefused) as caught:
        desk.answer(400, body, **headers)
    assert (caught.value.cause, caught.value.server_time) == ("end_time", moment)

import json
from urllib.request import Request

import pytest
from asking import send

from crawlers.parsers.x import parse_x_response
from crawlers.sandbox.prerendered import PAGE, Pages, Prerendered
from crawlers.sandbox.x_vocabulary import POST, TWEET


@pytest.fixture(scope="module")
def pages():
    return Pages(posts=2345, seed=7)


def all_of(pages, words=POST):
    return [json.loads(pages.page(number, words)) for number in range(len(pages))]


@pytest.mark.parametrize("words", [POST, TWEET])
def test_every_post_comes_once_newest_first(pages, words):
    told = all_of(pages, words)
    ids = [int(one["id"]) for page in told for one in page["data"]]
    assert len(told) == 24
    assert len(set(ids)) == len(ids) == pages.posts
    assert ids == sorted(ids, reverse=True)
    assert [page["meta"]["result_count"] for page in told] == [*[PAGE] * 23, 45]


def test_tokens_lead_from_page_to_page_and_the_last_has_none(pages):
    tokens = [page["meta"].get("next_token") for page in all_of(pages)]
    assert tokens == [*(f"p{number}" for number in range(1, 24)), None]


@pytest.mark.parametrize("words", [POST, TWEET])
def test_a_page_is_read_by_the_parser_of_x_without_remainder(pages, words):
    for page in (pages.page(0, words), pages.page(23, words)):
        parsed = parse_x_response(json.loads(page))
        assert not parsed.rejected
        assert len(parsed.posts) == json.loads(page)["meta"]["result_count"]
        assert all(post.account_id for post in parsed.posts)


def test_no_two_texts_are_the_same(pages):
    texts = [one["text"] for page in all_of(pages) for one in page["data"]]
    assert len(set(texts)) == pages.posts


@pytest.mark.parametrize("posts", [1, 99, 100, 101])
def test_the_number_of_posts_is_exact(posts):
    told = all_of(Pages(posts, seed=7))
    assert sum(len(page["data"]) for page in told) == posts


def test_a_page_behind_the_last_is_empty(pages):
    assert json.loads(pages.page(24, POST)) == {"meta": {"result_count": 0}}


def test_the_same_seed_gives_the_same_bytes(pages):
    other = Pages(posts=2345, seed=7)
    assert [other.page(n, POST) for n in (0, 7, 23)] == [pages.page(n, POST) for n in (0, 7, 23)]


def test_a_process_of_its_own_serves_all_pages_on_one_address():
    with Prerendered(posts=250) as served:
        found, token = 0, ""
        while token is not None:
            more = f"&next_token={token}" if token else ""
            address = f"{served.url}/2/tweets/search/recent?query=a&post.fields=id{more}"
            _, _, page = send(Request(address))
            found += len(page["data"])
            token = page["meta"].get("next_token")
    assert found == served.expected_posts == 250

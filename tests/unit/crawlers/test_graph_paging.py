import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.parsers.facebook import comment_summary, parse_graph_comments
from crawlers.parsers.graph_paging import UNKNOWN_POSITION, next_position, position_params

ADDRESS = "https://graph.facebook.com/v26.0/4/posts?access_token=SECRET&pretty=0&fields=id"


def paging(address=None, after=None):
    cursors = {"cursors": {"before": "b", "after": after}} if after else {}
    return {"data": [], "paging": {**cursors, **({"next": address} if address else {})}}


@pytest.mark.parametrize(
    ("body", "params"),
    [
        (paging(ADDRESS + "&after=c2", after="c2"), {"after": "c2"}),
        (paging(ADDRESS + "&after=QVFIU=="), {"after": "QVFIU=="}),
        (
            paging(ADDRESS + "&until=1624385168&since&__paging_token=enc_1&__previous"),
            {"until": "1624385168", "__paging_token": "enc_1"},
        ),
        (paging(ADDRESS + "&offset=25"), {"offset": "25"}),
    ],
)
def test_the_position_of_the_next_page_is_asked_without_its_token(body, params):
    position = next_position(body)
    assert position is not None
    assert "SECRET" not in position
    assert position_params(position) == params


@pytest.mark.parametrize("body", [{}, {"paging": {}}, paging(after="c2"), {"paging": 3}])
def test_without_an_address_there_is_no_next_page(body):
    assert next_position(body) is None


@pytest.mark.parametrize("address", [ADDRESS, ADDRESS + "&cursor=9", "https://[bad/?after=1"])
def test_an_address_without_a_known_position_is_not_taken_for_the_end(address):
    assert next_position(paging(address)) == UNKNOWN_POSITION


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_any_cursor_is_asked_as_it_came(cursor):
    if cursor.partition("=")[0] not in {"until", "__paging_token", "offset", "page"}:
        assert position_params(cursor) == {"after": cursor}


def test_the_recorded_pages_of_both_styles_have_a_position(shared_dir):
    folder = shared_dir / "payloads" / "real" / "facebook"
    by_time = json.loads((folder / "pyfb_feed_fields_p1.json").read_text())
    by_cursor = json.loads((folder / "pyfb_feeds_default_p1.json").read_text())
    assert position_params(next_position(by_time) or "").keys() == {"until", "__paging_token"}
    assert position_params(next_position(by_cursor) or "").keys() == {"after"}


def test_a_page_of_comments_says_how_many_there_are_and_in_which_order(shared_dir):
    folder = shared_dir / "payloads" / "real" / "facebook"
    body = json.loads((folder / "pyfb_comments_p1.json").read_text())
    summary = comment_summary(body)
    assert (summary.total, summary.order) == (18, "chronological")
    assert len(parse_graph_comments(body, post_id=None, page_id=None).posts) == 10


@pytest.mark.parametrize(
    ("summary", "told"),
    [
        ({"total_count": 3, "order": "ranked"}, (3, "ranked")),
        ({"total_count": 0, "order": "reverse_chronological"}, (0, "chronological")),
        ({"total_count": "3", "order": "shuffled"}, (None, None)),
        (None, (None, None)),
    ],
)
def test_a_summary_that_says_nothing_leaves_it_unknown(summary, told):
    found = comment_summary({"data": [], "summary": summary})
    assert (found.total, found.order) == told

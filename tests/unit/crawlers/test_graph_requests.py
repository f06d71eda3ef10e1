import itertools
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from crawlers.checkpoints import Window
from crawlers.graph_requests import (
    FEED_EDGES,
    REACTION_TYPES,
    Manner,
    address,
    comment_params,
    feed_params,
    photo_params,
)
from crawlers.sandbox.graph_fields import parse_fields

PERIOD = Window(datetime(2024, 9, 2, tzinfo=UTC), datetime(2024, 9, 23, tzinfo=UTC))
MANNERS = [Manner(*parts) for parts in itertools.product(range(3), (False, True), (None, 9))]


@pytest.mark.parametrize("manner", MANNERS, ids=str)
def test_fields_are_well_formed_in_every_manner(manner):
    for fields in (manner.feed_fields, manner.comment_fields):
        names = [field.alias for field in parse_fields(fields)]
        assert len(names) == len(set(names))
        assert "id" in names


@pytest.mark.parametrize("manner", MANNERS, ids=str)
def test_comments_always_come_with_the_counts_that_tell_they_were_met(manner):
    names = {field.name for field in parse_fields(manner.comment_fields)}
    assert {"like_count", "comment_count", "parent", "created_time"} <= names


def test_every_reaction_is_counted_under_its_own_name():
    aliases = {field.alias for field in parse_fields(Manner().feed_fields)}
    assert {name.lower() for name in REACTION_TYPES} | {"reactions"} <= aliases
    assert (
        not aliases
        & {name.lower() for name in REACTION_TYPES}
        & {field.alias for field in parse_fields(Manner(lean=True).feed_fields)}
    )


def test_the_edges_of_a_page_are_tried_in_order():
    assert [Manner(edge).feed_edge for edge in range(3)] == list(FEED_EDGES)


@pytest.mark.parametrize(("size", "limit"), [(None, "100"), (25, "25"), (400, "100")])
def test_a_page_is_never_larger_than_the_deployment_wants(size, limit):
    assert feed_params(PERIOD, None, Manner(size=size), page_size=100)["limit"] == limit


def test_the_position_goes_before_the_end_of_the_window():
    params = feed_params(PERIOD, "until=1726000000&__paging_token=p", Manner(), page_size=100)
    assert (params["until"], params["__paging_token"]) == ("1726000000", "p")
    assert params["since"] == str(int(PERIOD.start.timestamp()))


@pytest.mark.parametrize(("whole", "levels"), [(True, "stream"), (False, "toplevel")])
def test_a_thread_is_asked_with_all_levels_and_a_comment_with_its_answers(whole, levels):
    params = comment_params("c2", Manner(), replies_of_post=whole, page_size=50)
    assert (params["filter"], params["order"], params["summary"]) == (
        levels,
        "chronological",
        "true",
    )
    assert (params["after"], params["limit"]) == ("c2", "50")


def test_an_address_holds_version_and_parameters_and_nothing_unquoted():
    made = address("https://graph.example", "v26.0", "501_1/comments", {"after": "a&b=c"})
    parts = urlsplit(made)
    assert parts.path == "/v26.0/501_1/comments"
    assert parse_qs(parts.query) == {"after": ["a&b=c"]}


def test_photos_are_asked_together_by_their_ids():
    assert photo_params(["7", "8"]) == {"ids": "7,8", "fields": "alt_text,alt_text_custom"}

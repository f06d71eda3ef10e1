"""Whatever a payload holds, reading it never raises and the counts balance."""

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.watchlist import Watchlist
from crawlers.importers.detect import recognise
from crawlers.importers.run import import_files
from crawlers.parsers.facebook import parse_graph_comments, parse_graph_feed
from crawlers.parsers.items import UnreadablePayload
from crawlers.parsers.x import parse_x_flat, parse_x_response

FIXTURES = Path(__file__).parents[2] / "fixtures"
BODIES = [
    json.loads((FIXTURES / name).read_text())
    for name in ("x/search_post_words.json", "facebook/feed.json", "facebook/comments.json")
] + [json.loads((FIXTURES / "x" / "flat.jsonl").read_text().split("\n")[0])]
WATCHLIST = Watchlist("v1", (), (), (), frozenset())

# Surrogates and NUL come in from broken exports; json.loads gives them as they are.
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["", "1101", "\x00", "\ud800", "2024-09-16T08:00:00Z", "9999-12-31T23:59:59-14:00"]),  # noqa: E501
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["id", "type", "data", "text", "é\ud800"]), inner, max_size=3),  # noqa: E501
    max_leaves=6,
)  # fmt: skip


def spots(value: Any, path: tuple = ()) -> list[tuple]:
    """The paths of everything inside a JSON value."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()  # fmt: skip  # noqa: E501
    return [p for key, inner in entries for p in ((*path, key), *spots(inner, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """One of our payloads with a few values replaced or taken out."""
    body = copy.deepcopy(draw(st.sampled_from(BODIES)))
    for _ in range(draw(st.integers(1, 4))):
        places = spots(body)
        if not places:
            break
        *way, last = draw(st.sampled_from(places))
        holder = body
        for step in way:
            holder = holder[step]
        if draw(st.booleans()):
            holder[last] = draw(anything)
        else:
            del holder[last]
    return body


@given(mutated() | anything)
@settings(max_examples=300, deadline=None)
def test_parsers_refuse_records_and_never_raise(body):
    for parse in (
        parse_x_response,
        parse_x_flat,
        lambda value: parse_graph_feed(value, page_id=None),
        lambda value: parse_graph_comments(value, post_id=None, page_id=None),
    ):
        try:
            page = parse(body)
        except UnreadablePayload:
            continue
        for item in page.posts:
            item.text.encode()
            item.platform_id.encode()
            assert item.platform_id
            assert item.created_at.tzinfo is not None
        assert all(n > 0 for n in page.other.values())
    recognise(body)


@given(body=mutated())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_an_import_of_anything_balances(body, engine, keyring, now, tmp_path):
    path = tmp_path / "mutated.json"
    path.write_text(json.dumps(body))
    (report,) = import_files([path], engine=engine, keyring=keyring, watchlist=WATCHLIST, now=now)
    assert report.records == report.posts_new + report.posts_known + report.quarantined
    assert (report.format == "unrecognised") == (report.error is not None)


@given(content=st.binary(max_size=200))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_are_imported_or_refused(content, engine, keyring, now, tmp_path):
    path = tmp_path / "any"
    path.write_bytes(content)
    (report,) = import_files([path], engine=engine, keyring=keyring, watchlist=WATCHLIST, now=now)
    assert report.records == report.posts_new + report.posts_known + report.quarantined

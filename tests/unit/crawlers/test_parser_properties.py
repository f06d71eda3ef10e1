"""Whatever becomes of a payload, a parser returns posts or raises its own error, nothing else.

Every recorded payload and one synthetic payload of each other format is damaged in many ways:
values of wrong types, deletions, huge numbers, lone surrogates, nonsense inside nonsense, cut
ends, flipped bytes. Seeded, so that a failure can be met again.
"""

import copy
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import InputError
from crawlers.importers.chunks import PARSERS, parse_part
from crawlers.importers.detect import JSON_FORMATS, TABLES, recognise
from crawlers.importers.documents import Reading, recognise_body
from crawlers.parsers.items import ParsedPage, UnreadablePayload
from crawlers.parsers.tables import TableContext, parse_table
from synthetic_exports import (
    CAPTURE,
    FACEPAGER_POST,
    LIBRARY,
    PAGE_LAYOUT,
    STATUS,
    TWARC,
    VENDORS,
    X_ID,
)

SHARED = Path(__file__).resolve().parents[4] / "shared" / "payloads" / "real"
FIXTURES = Path(__file__).parents[2] / "fixtures"
CASES = 10_000
NONSENSE: list[Any] = [
    None, True, False, 0, -1, 10**25, -(10**40), 1.5, float("inf"), float("nan"), "", " ", "\x00",
    "\ud800", "é" * 300, "2024-09-16T08:00:00Z", "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00Z",
    "Mon Feb 31 25:61:61 +9999 2024", [], {}, [[]], [None], {"id": {"id": []}}, {"data": [{}]},
    {"\ud800": 1}, [{"type": ["retweeted"], "id": {}}], "http://[", "https://x.com/a/status/1" * 9,
    "1e999", "١٢٣", "99999999999999999999", 10**18, "-0", "1,2,3",
    {"result": {"tweet": {"tweet": 1}}},
]  # fmt: skip
ROWS = {
    "twarc_csv": TWARC,
    "crowdtangle_csv": PAGE_LAYOUT,
    "crowdtangle_links": {
        "Source": "Page", "Followers": "1", "Date": "Thu Jan 14 2021 20:32:05 GMT+0000",
        "Interactions": "1", "Post Type": "Facebook", "Link": "https://www.facebook.com/1/posts/2",
    },
    "content_library_csv": LIBRARY,
    "exportcomments": {
        "Name (click to view profile)": "Compte Inventé", "Profile ID": "ID: 5", "Likes": "1",
        "Date": "2024-09-16 08:00:00", "Comment": "Merci", "(view source)": "view",
    },
    "facepager_csv": FACEPAGER_POST,
    **VENDORS,
    "fourcat_x_csv": {
        "id": X_ID, "thread_id": X_ID, "timestamp": "2024-09-16 08:00:00", "body": "Bonjour",
        "is_retweet": "no", "unix_timestamp": "1726473600",
    },
    "fourcat_facebook_csv": {
        "id": "1", "body": "Bonjour", "timestamp": "2024-09-16 08:00:00", "is_in_group": "no",
        "group_name": "",
    },
}  # fmt: skip


def checked(page: ParsedPage) -> None:
    """A page that can be stored."""
    for item in page.posts:
        item.text.encode()
        item.platform_id.encode()
        assert item.platform_id
        assert item.created_at.tzinfo is not None
        assert all(isinstance(url, str) for url in item.urls)
        "".join((*item.private_names, *item.captions, *item.media)).encode()
    for rejected in page.rejected:
        assert rejected.reason
        "".join((rejected.path, rejected.detail, *rejected.fields)).encode()
    assert all(n > 0 for n in page.other.values())


def parsed(value: Any, format: str) -> None:
    try:
        checked(parse_part(value, format))
    except UnreadablePayload:
        return


def read(body: bytes) -> None:
    """A file of these bytes, read as the importer reads it."""
    try:
        for chunk in recognise_body(body, Reading()).chunks:
            checked(chunk.parsed)
    except InputError:
        return


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container of a JSON value with each of its keys."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            found.append((holder, key))
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])
    return found


def damage(value: Any, chance: random.Random) -> Any:
    """The value with a few of its parts replaced, taken out or doubled."""
    value = copy.deepcopy(value)
    for _ in range(chance.randint(1, 6)):
        spots = places(value) if isinstance(value, dict | list) else []
        if not spots:
            return chance.choice(NONSENSE)
        holder, key = chance.choice(spots)
        if chance.random() < 0.25:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(chance.choice(NONSENSE))
    return value


def trimmed(value: Any) -> Any:
    """The value with lists of at most three elements, so that damage meets every kind of field."""
    if isinstance(value, dict):
        return {key: trimmed(inner) for key, inner in value.items()}
    return [trimmed(inner) for inner in value[:3]] if isinstance(value, list) else value


def json_bodies() -> Iterator[tuple[str, Any]]:
    """Recorded payloads, our fixtures and one synthetic value per format, with their formats."""
    files = [*sorted(SHARED.rglob("*.json*")), *sorted(FIXTURES.rglob("*.json*"))]
    for file in files:
        text = file.read_text(encoding="utf-8")
        values = (
            [text] if file.suffix == ".json" else [line for line in text.split("\n") if line][:2]
        )
        for value in map(json.loads, values):
            if (format := recognise(value)) in PARSERS:
                yield format, trimmed(value)
    yield "x_graphql", CAPTURE
    yield "x_v1", STATUS
    yield "x_archive", {"tweet": STATUS}


BODIES = list(json_bodies())


def test_every_format_has_a_payload_to_damage():
    assert {*JSON_FORMATS} - {"vcr_cassette", "crowdtangle_json"} <= {name for name, _ in BODIES}
    assert ROWS.keys() == TABLES.keys()


def damaged_values(chance: random.Random, cases: int) -> None:
    for _ in range(cases):
        format, body = chance.choice(BODIES)
        value = damage(body, chance)
        recognise(value)
        # Each parser also meets what another one's payloads are made of.
        parsed(value, format if chance.random() < 0.8 else chance.choice([*PARSERS]))


def damaged_rows(chance: random.Random, cases: int) -> None:
    for _ in range(cases):
        name = chance.choice([*ROWS])
        row: dict[str, str | None] = dict(ROWS[name])
        for header in chance.sample([*row], chance.randint(1, 3)):
            found = chance.choice(NONSENSE)
            row[header] = found if isinstance(found, str) else json.dumps(found)
        above = ((chance.choice(["Link: http://[", "Source URL"]), "https://[", "x"),)
        checked(parse_table(TABLES[name], [row], TableContext(above, UTC)))


def damaged_bytes(chance: random.Random, cases: int, files: list[bytes]) -> None:
    for _ in range(cases):
        body = bytearray(chance.choice(files))
        if chance.random() < 0.3:
            del body[chance.randrange(len(body)) :]
        for _ in range(chance.randint(0, 8)):
            if body:
                body[chance.randrange(len(body))] = chance.choice(
                    [chance.randrange(256), 34, 10, 44]
                )
        text = bytes(body).decode("utf-8", "replace").encode()
        read(text)


def small_files() -> list[bytes]:
    """Recorded files and fixtures, cut to a size that is read ten thousand times."""
    paths = [*SHARED.rglob("*"), *FIXTURES.rglob("*")]
    texts = sorted(p for p in paths if p.suffix in {".json", ".jsonl", ".csv", ".yaml"})
    return [path.read_bytes()[:6000] for path in texts]


@pytest.mark.parametrize(
    ("damaged", "share"),
    [
        (damaged_values, 0.55),
        (damaged_rows, 0.25),
        (lambda chance, cases: damaged_bytes(chance, cases, small_files()), 0.2),
    ],
    ids=["values", "rows", "bytes"],
)
def test_ten_thousand_damaged_payloads_raise_nothing_of_their_own(
    damaged: Callable[[random.Random, int], None], share: float
):
    damaged(random.Random(7), int(CASES * share))


anything = st.recursive(
    st.sampled_from(NONSENSE) | st.text(max_size=6) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),  # noqa: E501
    max_leaves=5,
)  # fmt: skip


@st.composite
def payloads(draw: st.DrawFn, format: str) -> Any:
    """A payload of a format with some of its fields drawn anew."""
    value = copy.deepcopy(draw(st.sampled_from([b for name, b in BODIES if name == format])))
    for _ in range(draw(st.integers(0, 3))):
        spots = places(value)
        if not spots:
            break
        holder, key = spots[draw(st.integers(0, len(spots) - 1))]
        holder[key] = draw(anything)
    return value


@pytest.mark.parametrize("format", sorted({name for name, _ in BODIES}))
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_parser_reads_or_refuses_any_payload_of_its_format(format: str, data: st.DataObject):
    parsed(data.draw(payloads(format)), format)


@pytest.mark.parametrize("name", sorted(ROWS))
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_table_is_read_or_refused_whatever_its_cells_hold(name: str, data: st.DataObject):
    headers = st.sampled_from([*ROWS[name]])
    cells = data.draw(st.dictionaries(headers, st.text(max_size=12), max_size=4))
    checked(parse_table(TABLES[name], [ROWS[name] | cells], TableContext()))


@given(body=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_file_or_refused(body: bytes):
    read(body)

"""Finding the payload bodies that hold an id, however they write it."""

import json

import pytest

from pipelines.removal.bodies import Wanted

ODD = 'tag:média.example,2024:/a/b&c"1'


@pytest.mark.parametrize(
    ("ids", "body", "held"),
    [
        (["1101"], b'{"id": "1101"}', True),
        (["1101"], b'{"id": 1101}', True),
        (["1101"], b"id,text\n1101,bonjour\n", True),
        (["1101"], b"https://x.com/a/status/1101?s=20", True),
        (["1101"], b'{"id": "11011"}', False),
        (["1101"], b'{"id": "21101"}', False),
        (["1_22"], b'{"id": "1_22"}', True),
        (["1_22"], b'{"id": "1_223"}', False),
        (["1", "2"], b"[2]", True),
        ([], b"[2]", False),
        ([""], b"[2]", False),
        (["1101"], b"PK\x03\x04\x00\x00", True),
        (["1101"], "1101".encode("utf-16"), True),
        ([ODD], json.dumps({"id": ODD}).encode(), True),
        ([ODD], json.dumps({"id": ODD}, ensure_ascii=False).encode(), True),
        ([ODD], json.dumps({"id": ODD}).replace("/", "\\/").encode(), True),
        ([ODD], "<id>tag:média.example,2024:/a/b&amp;c&quot;1</id>".encode(), True),
        ([ODD], b"<id>tag:other</id>", False),
    ],
)
def test_a_body_holds_an_id_or_not(ids, body, held):
    assert Wanted.of(ids).stand_in(body) is held

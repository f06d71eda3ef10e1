import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.parsers.tokens import without_tokens

TOKEN = "EAAB7|abc-DEF_9"


@pytest.mark.parametrize(
    ("body", "clean"),
    [
        ('{"next": "https://g/?access_token=EAABx&after=c"}', "?access_token=removed&after=c"),
        (r'{"next": "https:\/\/g\/?access_token=EAABx\u0026after=c"}', r"=removed\u0026after=c"),
        ('{"next": "https://g.example/?after=c&access_token=EAABx"}', '&access_token=removed"}'),
        ('{"u": "https://h/?x=access_token%3DEAABx%26a%3D1"}', "access_token%3Dremoved%26a"),
        (r'{"s": "{\"next\": \"https://g/?access_token=EAABx\"}"}', r"access_token=removed\"}"),
        ('{"access_token": "EAABx", "id": "1"}', '{"access_token": "removed", "id": "1"}'),
        ('{"next": "https://g.example/?appsecret_proof=EAABx"}', "appsecret_proof=removed"),
    ],
)  # fmt: skip
def test_a_token_is_taken_out_and_the_rest_stays(body, clean):
    found = without_tokens(body.encode(), "").decode()
    assert clean in found
    assert "EAABx" not in found
    json.loads(found)


@pytest.mark.parametrize("spelling", [TOKEN, TOKEN.replace("|", "%7C")])
def test_the_token_of_the_deployment_is_taken_out_wherever_it_stands(spelling):
    body = json.dumps({"message": f"it was {spelling}, they say"}).encode()
    assert json.loads(without_tokens(body, TOKEN)) == {"message": "it was removed, they say"}


@pytest.mark.parametrize("token", ["", "a", "aide"])
def test_a_value_too_short_for_a_token_changes_no_text(token):
    body = b'{"message": "aide alimentaire"}'
    assert without_tokens(body, token) == body


def test_what_holds_no_token_stays_byte_for_byte(shared_dir):
    body = (shared_dir / "payloads" / "real" / "facebook" / "pyfb_single_post.json").read_bytes()
    assert without_tokens(body, TOKEN) == body


@given(st.binary())
def test_any_body_is_taken(body):
    assert TOKEN.encode() not in without_tokens(body + TOKEN.encode(), TOKEN)

from hypothesis import given
from hypothesis import strategies as st

from crawlers.parsers.fingerprints import (
    LONG_TEXT,
    is_comparable,
    message_hash,
    normalised_message,
    object_hash,
    text_hash,
)


def test_copies_of_one_message_in_another_dress_have_one_fingerprint():
    first = "L’AIDE arrive à Sévaré !! @… https://a.example/1 🙏"
    second = "l'aide   arrive a SEVARE https://b.example/2"
    assert message_hash(first) == message_hash(second)
    assert text_hash(first) != text_hash(second)


def test_another_word_is_another_message():
    assert message_hash("L'aide arrive à Gao") != message_hash("L'aide part de Gao")


def test_masked_mentions_are_no_part_of_a_message():
    assert normalised_message("@… @amadou_k merci") == "merci"


def test_short_messages_are_not_compared():
    assert not is_comparable(normalised_message("Merci, que Dieu bénisse 🙏"))
    assert is_comparable(normalised_message("Les vivres sont arrivés à Gao"))


def test_fingerprints_are_32_hex_digits():
    for digest in (text_hash(""), message_hash("a"), object_hash("https://a.example")):
        assert len(digest) == 32
        assert int(digest, 16) >= 0


@given(st.text())
def test_normalising_twice_changes_nothing(text):
    once = normalised_message(text)
    assert normalised_message(once) == once


@given(st.text(max_size=60))
def test_a_text_read_whole_has_the_message_of_one_read_in_pieces(text):
    assert normalised_message(text + " " * LONG_TEXT) == normalised_message(text)

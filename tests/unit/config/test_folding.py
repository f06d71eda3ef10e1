"""Spellings that people hold to be the same fold to the same text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.folding import fold, stands_in


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sévaré", "SEVARE"),
        ("l’aide", "l'aide"),
        ("Croix‑Rouge", "croix-rouge"),
        ("dɛmɛ jɛkuluw", "deme jekuluw"),
        ("Cœur", "COEUR"),
        ("Kızılay", "Kizilay"),
        ("Ménaka", "Me\u0301naka"),
        ("𝗢𝗡𝗚", "ONG"),
    ],
)
def test_same_but_for_case_accents_and_marks(one, other):
    assert fold(one) == fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(text):
    once = fold(text)
    assert fold(once) == once


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("ong", "une ong malienne", True),
        ("ong", "un ongle", False),
        ("distribu*", "la distribution de vivres", True),
        ("le pam", "merci, le pam est la", True),
        ("le pam", "quel pam", False),
        ("m23", "(m23)", True),
    ],
)
def test_words_stand_whole(word, text, found):
    assert stands_in((word,), text) is found

import numpy as np
import pytest

from classifiers.word_languages import (
    CLASSES,
    LONGEST_WORD,
    MODEL_FILE,
    PRIORS,
    word_chances,
    words_of,
)


def likeliest(text):
    return [CLASSES[i] for i in word_chances(words_of(text)).argmax(axis=1)]


def test_words_are_in_small_letters_without_drawn_out_ones():
    assert words_of("Merciiiii L’ONG_a K’A 12 dɔgɔ") == ["mercii", "l'ong", "a", "k'a", "dɔgɔ"]


def test_a_text_without_spaces_is_one_word_of_limited_length():
    assert words_of("ab" * 50_000) == ["ab" * (LONGEST_WORD // 2)]


def test_chances_of_each_word_sum_to_one():
    chances = word_chances(words_of("aw ni ce pour le riz thank you"))

    assert chances.shape == (8, len(CLASSES))
    np.testing.assert_allclose(chances.sum(axis=1), 1)


def test_no_words_have_no_chances():
    assert word_chances([]).shape == (0, len(CLASSES))


@pytest.mark.parametrize(
    ("text", "language"),
    [("la distribution a commencé", "fr"), ("fura ka di, a la ka nogon", "bm")],
)
def test_a_word_of_two_languages_takes_that_of_its_neighbours(text, language):
    words = words_of(text)

    assert likeliest(text)[words.index("la")] == language


def test_a_text_may_change_its_language_midway():
    found = likeliest("nous avons attendu toute la journée nka mogo si ma na dugu kono")

    assert found[:6] == ["fr"] * 6
    assert found[-6:] == ["bm"] * 6


def test_a_thousand_words_do_not_run_out_of_precision():
    assert np.isfinite(word_chances(["wari", "argent"] * 500)).all()


def test_the_priors_are_chances():
    assert sum(PRIORS) == pytest.approx(1)
    assert len(PRIORS) == len(CLASSES)


def test_the_model_is_small():
    assert MODEL_FILE.stat().st_size <= 500_000

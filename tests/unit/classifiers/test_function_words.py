import pytest

from classifiers.function_words import (
    FUNCTION_WORDS,
    is_written_in_arabic,
    told_by_function_words,
)

CODES = ("ff", "ses", "taq")


def test_two_different_words_and_a_third_of_the_text_are_needed():
    assert told_by_function_words(["yimɓe", "fof"], CODES) == "ff"
    assert told_by_function_words(["yimɓe", "yimɓe"], CODES) is None
    assert told_by_function_words(["yimɓe", "fof", "a", "b", "c", "d", "e"], CODES) is None


def test_a_tie_between_two_languages_tells_neither():
    assert told_by_function_words(["yimɓe", "fof", "zankey", "koyra"], CODES) is None


def test_no_words_and_no_lists_tell_nothing():
    assert told_by_function_words([], CODES) is None
    assert told_by_function_words(["yimɓe", "fof"], ()) is None


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("language", ["fr", "en", "bm"])
def test_the_lists_find_no_text_of_the_languages_we_read(splits, code, language):
    items = [item for item in splits.train if item.language == language]

    assert not [x.id for x in items if told_by_function_words(x.text.casefold().split(), [code])]


def test_no_word_stands_in_two_lists():
    words = [word for listed in FUNCTION_WORDS.values() for word in listed]

    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("text", "arabic"),
    [
        ("وصلت المساعدات إلى القرية", True),
        ("این کمک‌ها برای همه نیست", False),
        ("محمد علي", False),
        ("", False),
    ],
)
def test_arabic_needs_arabic_words_and_no_foreign_letters(text, arabic):
    assert is_written_in_arabic(text.split()) is arabic

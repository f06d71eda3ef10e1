import pytest

from classifiers.corpus import CORPUS_DIR
from classifiers.lexicon import build_lexicon, load_lexicon, save_lexicon, words
from classifiers.pretraining import OWN_LEXICON
from config.errors import InputError

PAIRS = [
    ("l'aide arrive", "help arrives"),
    ("l'aide manque", "help lacks"),
    ("la guerre arrive", "war arrives"),
    ("la guerre manque", "war lacks"),
    ("aide et guerre", "help and war"),
]


def test_a_word_gets_the_translation_it_always_stands_beside():
    found = {entry.word: entry for entry in build_lexicon(PAIRS)}

    assert found["aide"].count == 3
    assert max(found["aide"].translations, key=found["aide"].translations.get) == "help"
    assert max(found["guerre"].translations, key=found["guerre"].translations.get) == "war"


def test_rare_words_and_words_that_are_english_too_are_left_out():
    pairs = [*PAIRS, *[("la radio", "the radio")] * 4]

    found = {entry.word for entry in build_lexicon(pairs)}

    assert "et" not in found
    assert "radio" not in found


def test_words_are_folded_as_the_tokenizer_folds_them():
    assert words("Œuvre d'Été, ÇA VA") == ["oeuvre", "d", "ete", "ca", "va"]


def test_a_lexicon_is_read_as_it_was_written(tmp_path):
    entries = build_lexicon(PAIRS)
    save_lexicon(entries, tmp_path / "lexicon.csv")

    assert list(load_lexicon(tmp_path / "lexicon.csv")) == entries


def test_the_shipped_lexicons_are_readable_and_no_word_stands_twice_in_one():
    for path in (CORPUS_DIR / "lexicon_fr.csv", OWN_LEXICON):
        found = [entry.word for entry in load_lexicon(path)]
        assert len(found) == len(set(found)) > 100


def test_a_missing_or_broken_lexicon_is_named(tmp_path):
    (tmp_path / "broken.csv").write_text("word,count\naide,x\n", encoding="utf-8")

    for name in ("missing.csv", "broken.csv"):
        with pytest.raises(InputError, match=name):
            load_lexicon(tmp_path / name)

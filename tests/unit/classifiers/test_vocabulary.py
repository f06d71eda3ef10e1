import pytest
import torch

from classifiers.lexicon import LexiconEntry
from classifiers.vocabulary import extend
from tiny_checkpoint import SPECIAL, WORDS, tokenizer_content

CONTENT = tokenizer_content(WORDS)
BASE = CONTENT["model"]["vocab"]
ROWS = torch.arange(float(len(BASE)))[:, None].repeat(1, 2)


def row_of(vocabulary, word):
    return vocabulary.embeddings[vocabulary.tokenizer.convert_tokens_to_ids(word)]


def test_a_new_word_starts_as_the_weighted_mean_of_its_translations():
    entries = [LexiconEntry("aide", 9, {"help": 0.6, "food": 0.2})]

    vocabulary = extend(CONTENT, ROWS, entries, [])

    wanted = (0.6 * BASE["help"] + 0.2 * BASE["food"]) / 0.8
    assert row_of(vocabulary, "aide")[0] == pytest.approx(wanted)


def test_a_new_word_is_one_piece_with_or_without_its_accents():
    entries = [LexiconEntry("deplaces", 9, {"help": 1.0})]

    vocabulary = extend(CONTENT, ROWS, entries, [])

    assert vocabulary.tokenizer.tokenize("Déplacés deplaces") == ["deplaces", "deplaces"]


def test_a_base_word_keeps_its_row_and_special_tokens_come_first():
    vocabulary = extend(CONTENT, ROWS, [], ["spy"])

    assert row_of(vocabulary, "spy")[0] == BASE["spy"]
    assert vocabulary.tokenizer.convert_tokens_to_ids(list(SPECIAL)) == [0, 1, 2, 3, 4]
    assert len(vocabulary.embeddings) == len(vocabulary.tokenizer.get_vocab())


def test_a_frequent_french_word_takes_the_place_of_a_base_word_and_a_rare_one_does_not():
    frequent = [LexiconEntry("the", 50, {"rice": 1.0})]
    rare = [LexiconEntry("the", 4, {"rice": 1.0})]

    assert row_of(extend(CONTENT, ROWS, frequent, []), "the")[0] == BASE["rice"]
    assert row_of(extend(CONTENT, ROWS, rare, []), "the")[0] == BASE["the"]

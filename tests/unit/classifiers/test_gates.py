import pytest

from classifiers.gates import neighbours, vocabulary
from corpus_items import item


def test_the_nearest_training_text_of_each_test_text_is_measured():
    train = [item("1", text="Le PAM distribue du riz à Mopti"), item("2", text="La pluie tombe")]
    test = [item("3", text="Le PAM distribue du mil à Gao"), item("4", text="xyz")]

    found = neighbours(train, test)

    assert found.quantiles["1"] == pytest.approx(max(found.quantiles.values()))
    assert 0.5 < found.quantiles["1"] < 0.8
    assert sum(found.tenths.values()) == 2
    assert found.near_copies == ()


def test_a_near_copy_and_the_same_text_in_other_dress_are_named():
    train = [
        item("1", text="Le PAM distribue du riz à Mopti ce matin", parent_text="Avis à tous !")
    ]
    test = [
        item("3", text="Le PAM distribue du riz à Mopti ce soir"),
        item("4", text="avis a tous"),
    ]

    found = neighbours(train, test)

    assert found.near_copies == ("3",)
    assert found.copied == ("4",)


def test_a_vocabulary_counts_words_and_different_ones():
    found = vocabulary(["Le riz, le MIL", "l'eau 2026"])

    assert (found.texts, found.words, found.different) == (2, 5, 4)
    assert found.once == pytest.approx(3 / 4)
    assert found.per_stretch is None


def test_equal_stretches_compare_texts_of_any_amount():
    texts = ["un deux trois quatre"] * 500

    assert vocabulary(texts).per_stretch == pytest.approx(4 / 1000)
    assert vocabulary(texts * 3).per_stretch == pytest.approx(4 / 1000)

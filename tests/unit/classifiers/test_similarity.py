import math
from collections import Counter

import numpy as np
import pytest

from classifiers.similarity import char_ngram_cosine, near_pairs


def slow_cosine(a: str, b: str) -> float:
    def grams(text):
        text = f" {text.casefold()} "
        return Counter(text[i : i + 4] for i in range(len(text) - 3))

    x, y = grams(a), grams(b)
    dot = sum(x[g] * y[g] for g in x)
    return dot / math.sqrt(sum(v * v for v in x.values()) * sum(v * v for v in y.values()))


def test_the_cosine_is_that_of_the_plain_formula():
    left, right = ["Le PAM distribue", "banana banana"], ["le pam a distribué", "une banane"]

    found = char_ngram_cosine(left, right)

    wanted = [[slow_cosine(a, b) for b in right] for a in left]
    np.testing.assert_allclose(found, wanted)


def test_case_and_spacing_do_not_matter_and_short_texts_are_counted():
    assert char_ngram_cosine(["Bon  jour\nà tous"], ["bon jour à TOUS"])[0, 0] == pytest.approx(1)
    assert char_ngram_cosine(["ok"], ["ok"])[0, 0] == pytest.approx(1)


def test_near_pairs_are_those_at_or_above_the_limit():
    texts = ["des vivres pour Mopti", "des vivres pour Gao", "la pluie"]

    pairs = {(i, j) for i, j, _ in near_pairs(texts, texts, 0.6)}

    assert pairs == {(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)}

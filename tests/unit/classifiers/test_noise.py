from random import Random

from classifiers.noise import FRENCH, typed

SENTENCE = (
    "Pourquoi les enfants sont toujours dans cette file, est-ce que quelqu'un peut répondre ?"
)


def test_a_known_word_takes_one_of_its_usual_forms():
    found = {typed("pourquoi", Random(seed), rate=1.0) for seed in range(30)}

    assert found == set(FRENCH["pourquoi"])


def test_nothing_changes_at_rate_nought():
    assert typed(SENTENCE, Random(1), rate=0.0) == SENTENCE


def test_the_same_chance_gives_the_same_text():
    assert typed(SENTENCE, Random(3)) == typed(SENTENCE, Random(3))
    assert typed(SENTENCE, Random(3)) != typed(SENTENCE, Random(4))


def test_numbers_marks_and_the_number_of_words_stay():
    noisy = typed("Le 14, 300 familles : riz ? Non !", Random(2), rate=1.0)

    assert [piece for piece in noisy.split() if not piece.isalpha()] == [
        "14,",
        "300",
        ":",
        "?",
        "!",
    ]


def test_english_words_take_english_forms():
    assert typed("people", Random(1), rate=1.0, english=True) in ("ppl", "pple")


def test_texts_of_one_letter_and_no_letter_pass():
    for text in ("", "a", "é", "🙏", "l'", "'"):
        assert isinstance(typed(text, Random(1), rate=1.0), str)

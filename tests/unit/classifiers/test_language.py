import subprocess
import sys

import pytest

from classifiers.language import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Le convoi est arrivé ce matin à Douentza avec des vivres.", "fr"),
        ("The convoy reached Douentza this morning with food for the camp.", "en"),
        ("Aw ni ce, dɔgɔtɔrɔw ye baara kɛ kosɛbɛ", "bm"),
        ("An ka duguw la wari ma se mogow ma, nkalon don", "bm"),
        ("Merci pour la nourriture", "fr"),
        ("السلام عليكم ورحمة الله", "und"),
    ],
)
def test_the_language_of_a_text(text, language):
    assert detect_language(text) == language


@pytest.mark.parametrize(
    "text", ["", "   ", "🙏🙏🏾", "https://t.co/abc", "@… @WFP_Mali", "6400 ???", "ok", "\ufffd"]
)
def test_what_has_too_few_letters_is_not_told(text):
    assert detect_language(text) == "und"


def test_french_with_one_bambara_word_stays_french():
    assert detect_language("Les wari promis ne sont jamais arrivés au village") == "fr"


def test_links_handles_and_emojis_do_not_tip_the_balance():
    bare = "distribution prévue demain à la mairie"

    assert (
        detect_language(f"@who_news {bare} 🙏 https://example.org/the-new-food-programme") == "fr"
    )


def test_bambara_of_the_corpus_is_routed_to_people(corpus):
    mixed = [item for item in corpus if item.language == "bm"]

    routed = sum(detect_language(item.text) in ("bm", "und") for item in mixed)

    assert routed / len(mixed) >= 0.9


def test_french_and_english_of_the_corpus_are_told_apart(corpus):
    plain = [item for item in corpus if item.language in ("fr", "en")]

    right = sum(detect_language(item.text) == item.language for item in plain)

    assert right / len(plain) >= 0.98


def test_another_process_finds_the_same():
    texts = ["Formation Excel certifiante, inbox", "Poisoned cheque. Keep it, Brussels.", "mdr ok"]
    code = (
        f"from classifiers.language import detect_language as d; print([d(t) for t in {texts!r}])"
    )

    results = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
        for _ in range(2)
    }

    assert results == {f"{[detect_language(text) for text in texts]}\n"}

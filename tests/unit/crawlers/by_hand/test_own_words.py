import pytest

from config.errors import UsageError
from crawlers.by_hand.own_words import in_own_words, shares_a_run

TOLD = "Une photo dit que des vivres sont vendus au marché"


def test_a_sentence_in_own_words_is_kept_as_it_is():
    told = in_own_words(f"  {TOLD}\n", allowed_handles=())

    assert (told.text, told.warnings) == (TOLD, ())


@pytest.mark.parametrize(
    ("copied", "named"),
    [
        ("voir https://exemple.org/a", "a link"),
        ("voir www.exemple.org", "a link"),
        ("voir facebook.com/quelqu.un", "a link"),
        ("dit @awa_inconnue", "a handle"),
        ("appelez le 76 45 12 33", "a phone number"),
        ("écrire à awa@exemple.org", "an e-mail address"),
        ("la voiture AB-1234-CD", "a number plate"),
        ("il dit « les ONG sont toutes parties »", "a quoted sentence"),
        ("he says “they all left the town”", "a quoted sentence"),
    ],
)
def test_what_only_a_copy_holds_is_refused_and_not_repeated(copied, named):
    with pytest.raises(UsageError, match=f"the text holds .*{named}") as caught:
        in_own_words(f"{TOLD} {copied}", allowed_handles=())

    assert copied not in str(caught.value)


def test_a_term_in_quotation_marks_is_no_quotation():
    assert not in_own_words(f"{TOLD} dits « gratuits »", allowed_handles=()).warnings


def test_the_handle_of_an_organisation_may_stay():
    told = in_own_words(f"{TOLD} de @AideSahel", allowed_handles={"aidesahel"})

    assert "@AideSahel" in told.text


def test_a_full_name_is_masked_and_said():
    told = in_own_words("Le post accuse Moussa Traoré de vendre des vivres", allowed_handles=())

    assert "Traoré" not in told.text
    assert told.warnings == ("a name was masked",)


@pytest.mark.parametrize(
    ("sign", "warned"), [("#ONGdehors", "hashtag"), ("😡", "emoji"), ("mot " * 60, "words")]
)
def test_what_looks_like_a_copy_is_pointed_at(sign, warned):
    (warning,) = in_own_words(f"{TOLD} {sign}", allowed_handles=()).warnings

    assert warned in warning


@pytest.mark.parametrize("text", ["", "vivres vendus", "mot " * 151])
def test_a_text_too_short_or_too_long_says_how_many_words_it_has(text):
    with pytest.raises(UsageError, match=f"has {len(text.split())} words"):
        in_own_words(text, allowed_handles=())


def test_six_words_in_a_row_are_a_shared_run_whatever_their_dress():
    post = "INCROYABLE! Une photo dit que des vivres, au marché"

    assert shares_a_run("une photo dit que des vivres sont vendus", [post])
    assert not shares_a_run("une photo dit que les vivres sont vendus", [post])
    assert not shares_a_run("une photo", ["une photo"])

"""The linter of forbidden words finds them whatever their case and accents, and nothing else."""

import pytest

from config.glossary import load_glossary


@pytest.fixture(scope="module")
def glossary():
    return load_glossary()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("La JUNTE a dit", ["junte*"]),
        ("les juntes", ["junte*"]),
        ("un commentaire suspect", ["suspect"]),
        ("Inauthentique, dit le rapport sur les BARBUS", ["inauthenti*", "barbus"]),
        ("le GAT et un autre GAT", ["GAT"]),
        ("une question d’éthnie", ["ethni*"]),
        ("les PEULHS de la zone", ["Peulh*"]),
    ],
)
def test_forbidden_words_are_found_in_the_order_of_the_text(glossary, text, found):
    assert glossary.violations(text, "fr") == found


@pytest.mark.parametrize(
    "text",
    [
        "méfiant envers l'aide",
        "un ajout au rapport, à la tribune du tribunal",
        "Langues lues : français, anglais, bambara ; peul, songhaï et dogon non lues",
        "l'agate et les barbues du fleuve",
        "Bambara Maoudé, pays dogon",
    ],
)
def test_other_words_are_left_alone(glossary, text):
    assert glossary.violations(text, "fr") == []


def test_each_language_has_its_own_list(glossary):
    assert glossary.violations("the junta and inauthentic accounts", "en") == [
        "junta*",
        "inauthentic*",
    ]
    assert glossary.violations("suspicious of aid; Dogon languages", "en") == []

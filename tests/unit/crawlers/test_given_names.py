"""Full names that nobody tagged are masked where they begin with a common given name."""

import pytest

from crawlers.parsers.given_names import mask_full_names


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Sa maîtresse, Bakary Goundipélé, est formelle", "Sa maîtresse, *, est formelle"),
        ("merci Aïssata Ndolo Barakou !", "merci * !"),
        ("Her teacher, Boubacar Farizoura, agrees", "Her teacher, *, agrees"),
    ],
)
def test_a_given_name_with_a_family_name_is_masked(text: str, masked: str):
    assert mask_full_names(text, "*") == masked


@pytest.mark.parametrize(
    "text",
    [
        "Merci Oumar pour tout",  # a given name alone leads to nobody
        "Première Urgence Internationale à Gao",
        "Programme Alimentaire Mondial",
        "oumar le chauffeur",
    ],
)
def test_other_words_stay(text: str):
    assert mask_full_names(text, "*") == text

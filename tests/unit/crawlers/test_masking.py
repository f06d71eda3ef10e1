import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.parsers.letters import without_marks
from crawlers.parsers.masking import (
    EIGHT_DIGITS,
    LANDLINE,
    LONG_TEXT,
    PHONE,
    PLATE,
    THREE_DIGITS,
    Masker,
    mask_text,
)

NAMES = ("Aïssata Koné", "fanta_k77", "oumarbarry")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Merci @fanta_k77 !", "Merci @… !"),
        ("RT@fanta_k77: merci", "RT@…: merci"),
        ("..@@Awa.Diallo,", "..@…,"),
        ("＠fanta_k77", "@…"),
        ("voir/@fanta_k77", "voir/@…"),
        ("@" + "a" * 45, "@…"),
    ],
)
def test_handles_are_masked(text, masked):
    assert mask_text(text) == masked


def test_handles_of_organisations_may_stay():
    assert mask_text("Merci @MSF et @awa", allowed_handles={"msf"}) == "Merci @MSF et @…"


@pytest.mark.parametrize(
    "text",
    ["Aïssata Koné", "AÏSSATA KONÉ", "aissata kone", "Aïssata  Koné", "Aïssata\nKoné"],
)
def test_a_name_is_masked_in_every_spelling(text):
    assert mask_text(f"Merci {text}, vraiment", names=NAMES) == "Merci [nom], vraiment"
    decomposed = unicodedata.normalize("NFD", text)
    assert mask_text(decomposed, names=NAMES) == "[nom]"


def test_a_name_is_masked_only_as_a_word_of_its_own():
    assert mask_text("oumarbarryen, éoumarbarry", names=NAMES) == "oumarbarryen, éoumarbarry"


def test_a_plain_word_is_a_name_only_in_its_own_case():
    assert mask_text("Espoir, espoir", names=["Espoir"]) == "[nom], espoir"


def test_names_that_are_allowed_or_too_short_stay():
    assert mask_text("Save the Children", names=["Save the Children"], allowed_handles={"save the children"}) == "Save the Children"  # fmt: skip  # noqa: E501
    assert mask_text("Al est là", names=["Al"]) == "Al est là"


@pytest.mark.parametrize(
    "number",
    [
        "76123456",
        "76 12 34 56",
        "76-12-34-56",
        "76.12.34.56",
        "+223 76 12 34 56",
        "0022376123456",
        "+223 20 22 44 55",
        "22376998855",
        "223 76 99 88 55",
        "20 22 44 55",
        "44-90-12-34",
        "+33 6 12 34 56 78",
    ],
)
def test_phone_numbers_are_masked(number):
    assert mask_text(f"Appelez le {number}.") == "Appelez le [tél.]."


@pytest.mark.parametrize(
    "text",
    [
        "65 000 000 FCFA",
        "20 000 000 FCFA",
        "223 500 000 FCFA",
        "21000000",
        "le 16/09/2024",
        "le 20.09.2024",
        "le 20 21 2024",
        "12 500 ménages",
        "en 2024",
        "COVID-19",
        "1576994746135764992",
    ],
)
def test_other_numbers_stay(text):
    assert mask_text(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("tél/70123456", "tél/[tél.]"),
        ("phone=70123456", "phone=[tél.]"),
        ("Tél : 20224455", "Tél : [tél.]"),
        ("appelez au 44901234", "appelez au [tél.]"),
    ],
)
def test_a_number_after_a_sign_or_a_telephone_word_is_masked(text, masked):
    assert mask_text(text) == masked


@pytest.mark.parametrize("plate", ["AB1234CD", "ab-1234-cd", "AB 1234 CD"])
def test_plates_are_masked_however_they_are_written(plate):
    assert mask_text(f"Pick-up {plate}.") == "Pick-up [plaque]."


@pytest.mark.parametrize("name", ["🌸Awa🌸Diarra🌸", "✨ Awa Diarra ✨", "Awa | Diarra"])
@pytest.mark.parametrize("text", ["Awa Diarra", "AWA DIARRA", "Awa 🌸 Diarra"])
def test_a_name_is_found_whatever_emoji_adorn_it(name, text):
    assert mask_text(f"Merci {text} !", names=[name]) == "Merci [nom] !"


def test_one_ordinary_word_beside_an_emoji_is_masked_only_with_it():
    assert mask_text("Le Mali. Mali 🇲🇱", names=["Mali 🇲🇱"]) == "Le Mali. [nom]"


def test_plates_and_mail_addresses_are_masked():
    assert mask_text("Pick-up AB-1234-CD, awa@b.example") == "Pick-up [plaque], [courriel]"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://x.com/fanta_k77/status/12?s=20.", "https://x.com/i/status/…."),
        ("https://facebook.com/fanta.keita/posts/77", "https://facebook.com/i/…"),
        ("https://x.com/fanta_k77", "[profil]"),
        ("https://wa.me/22376998877", "[profil]"),
        ("wa.me/22376998877", "[profil]"),
        ("api.whatsapp.com/send?phone=22376998877", "[profil]"),
        ("fb.me/fanta, m.me/fanta", "[profil], [profil]"),
        ("fb.com/fanta", "[profil]"),
        ("linkedin.com/in/fanta", "[profil]"),
        ("fr.linkedin.com/in/fanta", "[profil]"),
        ("https://exemple.ml/?tel=70123456", "https://exemple.ml?tel=tel"),
        ("https://exemple.ml/?p=2024", "https://exemple.ml?p=2024"),
        ("facebook.com/fanta.keita !", "[profil] !"),
        ("https://journal.example/a-76123456?utm_source=x", "https://journal.example/a-76123456"),
        ("https://blog.example/fanta_k77/billet", "[profil]"),
    ],
)
def test_links_lose_the_account_and_keep_the_thing(text, masked):
    assert mask_text(text, names=NAMES) == masked


def test_a_name_is_found_in_a_text():
    assert Masker(NAMES).tells_name("https://blog.example/fanta_k77")
    assert not Masker(NAMES).tells_name("https://blog.example/fanta")


def test_a_page_of_many_names_is_masked_quickly():
    names = [f"Personne Numéro{n}" for n in range(600)]
    started = time.process_time()
    for number in range(200):
        mask_text(f"Un message de Personne Numéro{number} sur l'aide à Gao", names=names)
    assert time.process_time() - started < 5


@given(st.text(), st.lists(st.text(max_size=12), max_size=4))
def test_any_text_and_any_names_are_taken(text, names):
    mask_text(text, names=names)


@given(st.lists(st.sampled_from(["Aïssata", "KONÉ", "fanta_k77", "é\u0301", "\u2003", ", "])))
def test_a_text_read_whole_is_masked_as_one_read_in_pieces(pieces):
    text, tail = " ".join(pieces), " " * LONG_TEXT
    assert mask_text(text + tail, names=NAMES) == mask_text(text, names=NAMES) + tail


@given(st.text(alphabet="abé @_.\n,", max_size=60))
def test_no_listed_handle_survives(text):
    assert "fanta_k77" not in mask_text(f"{text} fanta_k77 {text}@fanta_k77", names=NAMES)


@pytest.mark.parametrize(
    ("long", "gate"),
    [(PHONE, EIGHT_DIGITS), (LANDLINE, EIGHT_DIGITS), (PLATE, THREE_DIGITS)],
    ids=["phone", "landline", "plate"],
)
@given(data=st.data())
def test_what_is_looked_at_first_spares_nothing_that_is_to_be_masked(long, gate, data):
    found = data.draw(st.from_regex(long))
    assert gate.search(found)


@given(st.text(st.characters(max_codepoint=0x24F)))
def test_latin_texts_fold_at_once(text):
    twice = unicodedata.normalize("NFKD", text).casefold()
    twice = unicodedata.normalize("NFKD", twice).casefold()
    once = unicodedata.normalize("NFKD", text).casefold()
    assert without_marks(unicodedata.normalize("NFKD", once)) == without_marks(
        unicodedata.normalize("NFKD", twice)
    )

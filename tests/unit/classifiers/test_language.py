import subprocess
import sys

import pytest

from classifiers.language import detect_language, read_language
from config.vocabulary import ROUTES

FRENCH = "Le convoi est arrivé ce matin à Douentza avec des vivres."
BAMBARA = "Aw ni ce, dɔgɔtɔrɔw ye baara kɛ kosɛbɛ"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (FRENCH, "fr"),
        ("The convoy reached Douentza this morning with food for the camp.", "en"),
        (BAMBARA, "bm"),
        ("An ka duguw la wari ma se mogow ma, nkalon don", "bm"),
        ("anka dougou la wari ma sé mogow ma dè", "bm"),
        ("Merci pour la nourriture", "fr"),
        ("slt cmt tu va ? g pas recu le riz", "fr"),
        ("thank u so much for the help", "en"),
    ],
)
def test_the_language_of_a_text(text, language):
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Mi yiɗi wallude yimɓe fof ɗo wuro am", "ff"),
        ("e nder leydi Mali yimbe fuu ana haaja wallude", "ff"),
        ("zankey goo ga kooyandi, i sinda ŋaahari", "ses"),
        ("aytedan win Azawad illa dasan fad d laz", "taq"),
        ("وصلت المساعدات إلى القرية بعد الظهر، والحمد لله", "ar"),
        ("السلام عليكم ورحمة الله", "ar"),
        ("السَّلَامُ عَلَيْكُمْ وَرَحْمَةُ اللَّهِ", "ar"),
        ("ߊ߬ ߣߌ߫ ߗߋ߫ ߸ ߡߊ߬ߟߌ", "nqo"),
        ("𞤆𞤵𞤤𞤢𞤪 𞤢𞤣𞤤𞤢𞤥", "ff"),
    ],
)
def test_other_languages_of_mali_are_told_by_their_words_or_their_script(text, language):
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("کمک‌های غذایی امروز به روستا رسید", "und-Arab"),
        ("ندا بري كا", "und-Arab"),
        ("ⵜⴰⵎⴰⵛⴰⵇ ⵏ ⵎⴰⵍⵉ", "und-Tfng"),
        ("Помощь пришла вчера в деревню", "und"),
        ("援助は昨日村に届きました", "und"),
        ("你好", "und"),
        ("እርዳታው ትናንት ደረሰ", "und"),
    ],
)
def test_a_script_alone_tells_no_language(text, code):
    reading = read_language(text)

    assert (reading.code, reading.reason, reading.has_reader) == (code, "script", False)


@pytest.mark.parametrize(
    "text",
    [
        "Los trabajadores humanitarios llegaron ayer al pueblo con comida para los niños.",
        "Muito obrigado por tudo",
        "Vielen Dank für die Hilfe",
        "Msaada ulifika jana kijijini lakini haukutosha kwa watu wote",
        "Gargaarku shalay ayuu yimid tuulada laakiin kuma filna dadka oo dhan",
        "Kayan agaji sun isa ƙauyen jiya amma ba su isa kowa da kowa ba",
        "Jàmm nga am, ndimbal mi agsi na démb ci dëkk bi waaye doyul ñépp",
        "Yardım dün köye ulaştı ama herkese yetmedi",
        "xqzt wvkp bnmq zzrt",
    ],
)
def test_a_language_we_do_not_know_is_not_guessed(text):
    reading = read_language(text)

    assert (reading.code, reading.reason, reading.has_reader) == ("und", "unclear", False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "🙏🙏🏾",
        "https://t.co/abc",
        "@… @WFP_Mali",
        "6400 ???",
        "ok",
        "\ufffd",
        r"\ud83d\ude02",
    ],
)
def test_what_has_too_few_letters_is_not_told(text):
    reading = read_language(text)

    assert (reading.code, reading.share_bambara, reading.reason) == ("und", None, "no_words")
    assert reading.has_reader


@pytest.mark.parametrize(
    "text",
    [
        "Les wari promis ne sont jamais arrivés au village",
        "Le dugutigi a dit que la distribution de wari aura lieu demain matin à la mairie",
        "Aw ni ce à toute l'équipe du PAM pour la distribution de ce matin à Gao",
        "Amadou Coulibaly et Fatoumata Traoré sont à Bandiagara, Koulikoro et Ségou",
    ],
)
def test_french_with_a_few_bambara_words_or_names_stays_french(text):
    assert detect_language(text) == "fr"


def test_a_text_is_bambara_from_a_third_of_bambara_words_on():
    mixed = "les ONG la bè wari dun, an tè fè tugun, c'est fini pour eux dans le pays"

    reading = read_language(mixed)

    assert reading.code == "bm"
    assert 0.3 <= reading.share_bambara < 0.8


def test_the_share_of_bambara_words_is_told_of_every_text_in_latin_letters():
    assert read_language(BAMBARA).share_bambara > 0.95
    assert read_language(FRENCH).share_bambara < 0.05


def test_links_handles_and_emojis_do_not_tip_the_balance():
    bare = "distribution prévue demain à la mairie"

    assert (
        detect_language(f"@who_news {bare} 🙏 https://example.org/the-new-food-programme") == "fr"
    )


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Le convoi\u200b est arriv\u00ad\u00e9 \u202ece matin\u202c", "fr"),
        ("Le\x00 convoi\x1b[31m est\x07 arrivé\r\nce matin", "fr"),
        ("𝗟𝗲 𝗰𝗼𝗻𝘃𝗼𝗶 𝗲𝘀𝘁 𝗮𝗿𝗿𝗶𝘃𝗲́ 𝗰𝗲 𝗺𝗮𝘁𝗶𝗻", "fr"),
        ("LE CONVOI EST ARRIVÉÉÉÉ CE MATIIIIIN", "fr"),
        (r"Le convoi est arriv\u00e9 ce matin \ud83d\ude4f", "fr"),
        ("A\u0300w ni ce\u0301, dɔ\u0300gɔ\u0301tɔ\u0300rɔw ye baara kɛ\u0301 kosɛ\u0300bɛ", "bm"),
    ],
)
def test_letters_in_disguise_are_read_as_what_they_are(text, plain):
    assert detect_language(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x01\x02\x7f\x9f" * 20,
        "\ud800 \udfff\ud83d",
        "\u202e\u2066\u2069\u200f" * 50,
        "\ue000\uf8ff\U0010ffff",
        "a\u0300" * 5000,
        "аbcdefgh" * 3,
        "#" * 5000,
        "@" * 5000,
        "_" * 5000,
        "''''’’’’",
        "🇲🇱" * 4000,
        r"\u" * 3000,
        r"\ud83d",
        "אבגד abcd авгд ابجد",
    ],
)
def test_no_input_ends_in_an_exception(text):
    reading = read_language(text)

    assert reading.code in ROUTES
    assert (reading.reason is None) == (not reading.code.startswith("und"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"{FRENCH} " * 1800, "fr"),
        (f"{BAMBARA} " * 2200, "bm"),
        ("x" * 100_000, "und"),
        ("السلام عليكم ورحمة الله " * 4500, "ar"),
        ("https://example.org/" * 5000, "und"),
    ],
)
def test_a_hundred_kilobytes_have_a_language_too(text, code):
    assert detect_language(text) == code


def test_of_a_very_long_text_the_start_is_read():
    start, rest = f"{FRENCH} " * 100, f"{BAMBARA} " * 1500

    assert read_language(start + rest) == read_language(start)


def test_bambara_of_the_corpus_is_recognised(splits):
    mixed = [item for item in splits.dev if item.language == "bm"]

    assert share_told(mixed, "bm") >= 0.97


@pytest.mark.parametrize("language", ["fr", "en"])
def test_french_and_english_of_the_corpus_are_told_apart(splits, language):
    plain = [item for item in splits.dev if item.language == language]

    assert share_told(plain, language) >= 0.985
    assert share_told(plain, "bm") <= 0.01


def share_told(items, code):
    return sum(detect_language(item.text) == code for item in items) / len(items)


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

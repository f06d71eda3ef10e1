import random

import pytest

from classifiers.heads import FLAG_HEADS
from classifiers.inference import FieldReading, Question, TextItem, review_reasons
from classifiers.language import LanguageReading
from classifiers.measuring import text_item
from config.vocabulary import RELEVANCE, STANCES, TARGETS, TONES

TEXTS = [
    TextItem("1", "Merci au PAM pour le riz"),
    TextItem("2", "They are spies 🕵️", kind="comment", parent_text="The agency gives food"),
    TextItem("3", "https://example.org/x"),
    TextItem("4", "mot " * 400, kind="comment", parent_text="parent " * 400),
    TextItem("5", ""),
    TextItem("6", "🙏🙏"),
]


def chance(label: str, probability: float, labels: tuple[str, ...]) -> FieldReading:
    rest = (1 - probability) / (len(labels) - 1)
    return FieldReading(label, {name: probability if name == label else rest for name in labels})


def fields(relevance="yes", stance="neutral", sure=0.9, relevant=0.9):
    return {
        "relevance": chance(relevance, relevant, RELEVANCE),
        "stance": chance(stance, sure, STANCES),
    }


def test_each_item_gets_one_reading_in_its_place(tiny):
    readings = tiny.classify(TEXTS)

    assert [reading.id for reading in readings] == ["1", "2", "3", "4", "5", "6"]
    assert {reading.classifier for reading in readings} == {"tiny@1"}


def test_labels_come_from_the_closed_lists_and_chances_sum_to_one(tiny):
    reading = tiny.classify(TEXTS)[0]
    lists = {"relevance": RELEVANCE, "stance": STANCES, "tone": TONES, "target": TARGETS}

    for field, labels in lists.items():
        found = reading.fields[field]
        assert tuple(found.probabilities) == labels
        assert sum(round(p * 10_000) for p in found.probabilities.values()) == 10_000
        assert found.probability == max(found.probabilities.values())


def test_the_chance_of_no_severity_is_that_of_not_being_suspicious(tiny):
    for reading in tiny.classify(TEXTS)[:2]:
        severity, stance = reading.fields["severity"], reading.fields["stance"]

        rest = 1 - stance.probabilities["suspicious"]
        assert severity.probabilities["none"] == pytest.approx(rest, abs=2e-4)
        assert (severity.label == "none") == (stance.label != "suspicious")
        assert sum(round(p * 10_000) for p in severity.probabilities.values()) == 10_000


def test_flags_are_answered_one_by_one(tiny):
    reading = tiny.classify(TEXTS)[0]

    for flag in FLAG_HEADS:
        assert set(reading.fields[flag].probabilities) == {"no", "yes"}


def test_a_text_unlike_the_training_texts_goes_to_a_person():
    reasons = review_reasons(fields(), LanguageReading("fr"), 0.6, novel=True)

    assert reasons == ("unlike_training",)


def test_without_a_confidence_of_ones_own_the_checkpoint_decides_who_needs_review(tiny):
    unsure = tiny.classify(TEXTS[:1])[0]
    never = tiny.classify(TEXTS[:1], review_confidence=0.01)[0]

    assert "low_confidence" in unsure.review_reasons
    assert "low_confidence" not in never.review_reasons


def test_nothing_to_read_gives_no_label_and_goes_to_a_person(tiny):
    for index in (2, 4):
        reading = tiny.classify(TEXTS)[index]
        assert (dict(reading.fields), reading.label("stance")) == ({}, None)
        assert (reading.language, reading.review_reasons) == ("und", ("no_text",))


def test_an_emoji_alone_is_read_but_has_no_language(tiny):
    reading = tiny.classify(TEXTS)[5]

    assert reading.fields
    assert "language_without_reader" in reading.review_reasons


def test_a_language_that_is_given_counts_and_an_unknown_one_is_detected(tiny):
    codes = ("bm", "ff", "und", "xx")
    items = [TextItem(code, "Le riz est arrivé ce matin", lang=code) for code in codes]

    assert [reading.language for reading in tiny.classify(items)] == ["bm", "ff", "fr", "fr"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("وصلت المساعدات إلى القرية", "ar"),
        ("Mi yiɗi wallude yimɓe fof ɗo wuro am", "ff"),
        ("Los trabajadores llegaron ayer al pueblo con comida para los niños", "und"),
        ("你好", "und"),
    ],
)
def test_a_text_in_a_language_without_reader_gets_no_label(tiny, text, language):
    (reading,) = tiny.classify([TextItem("1", text)])

    assert (reading.language, dict(reading.fields)) == (language, {})
    assert reading.review_reasons == ("language_without_reader",)


def test_an_empty_text_has_no_text_in_any_language(tiny):
    (reading,) = tiny.classify([TextItem("1", " ", lang="ar")])

    assert (reading.language, reading.review_reasons) == ("ar", ("no_text",))


def test_labels_of_bambara_are_suggestions_for_a_person(tiny):
    (reading,) = tiny.classify([TextItem("1", "Aw ni ce, dɔgɔtɔrɔw ye baara kɛ kosɛbɛ")])

    assert reading.fields
    assert "bambara_suggestion" in reading.review_reasons


def test_no_items_give_no_readings(tiny):
    assert tiny.classify([]) == []
    assert tiny.stances_about([]) == []


def test_the_parent_of_a_comment_and_the_agency_asked_about_are_read(tiny):
    alone, beside = tiny.classify(
        [TextItem("a", "d'accord"), TextItem("b", "d'accord", parent_text="the agency gives food")]
    )
    asked = tiny.stances_about([Question("rice", "agency"), Question("rice", "spy")])

    assert alone.fields != beside.fields
    assert asked[0].probabilities != asked[1].probabilities


def test_order_and_company_change_no_reading(tiny, corpus):
    check_order_and_company(tiny, [text_item(item) for item in corpus[:90]])


def test_order_and_company_change_no_reading_of_the_shipped_checkpoint(shipped, corpus):
    check_order_and_company(shipped, [text_item(item) for item in corpus[::25]])


def check_order_and_company(classifier, items):
    wanted = {reading.id: reading for reading in classifier.classify(items)}
    mixed = items[:]
    random.Random(5).shuffle(mixed)

    assert {reading.id: reading for reading in classifier.classify(mixed)} == wanted
    for item in items[::13]:
        assert classifier.classify([item]) == [wanted[item.id]]


@pytest.mark.parametrize(
    ("found", "code", "reasons"),
    [
        (fields(), "fr", ()),
        (fields(stance="suspicious"), "en", ("suspicious",)),
        (fields(sure=0.59), "fr", ("low_confidence",)),
        (fields(sure=0.6), "fr", ()),
        (fields(), "bm", ("bambara_suggestion",)),
        (fields(relevance="no"), "bm", ("bambara_suggestion",)),
        ({}, "ar", ("language_without_reader",)),
        ({}, "und", ("language_without_reader",)),
        (fields(relevant=0.5), "fr", ("relevance_unsure",)),
        (fields(relevance="cannot_tell"), "fr", ("relevance_unsure",)),
        (fields(relevance="no", stance="suspicious", sure=0.4), "fr", ()),
        (
            fields(relevance="no", relevant=0.5, stance="suspicious"),
            "und",
            ("suspicious", "relevance_unsure", "language_without_reader"),
        ),
        ({}, "fr", ("no_text",)),
    ],
)
def test_why_a_person_has_to_look(found, code, reasons):
    assert review_reasons(found, LanguageReading(code), 0.6) == reasons

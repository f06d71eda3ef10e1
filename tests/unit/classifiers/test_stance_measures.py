import pytest

from classifiers.stance_measures import (
    both_right,
    has_two_stances,
    length_of,
    measure_actors,
    measure_stance,
)
from corpus_items import answer, answers, item

KNOWN = [
    item("k1", text="merci le PAM", stance="positive"),
    item("k2", text="avis de distribution", stance="neutral"),
    item("k3", text="avis de réunion", stance="neutral"),
    item("k4", text="ONG dehors", stance="suspicious"),
]
ITEMS = [
    item("1", stance="suspicious", language="fr", narrative="SPY", hard_case="irony"),
    item("2", stance="positive", language="fr", kind="comment", parent_text="x", narrative="THX"),
    item("3", stance="suspicious", language="en", platform="x", narrative="SPY"),
    item("4", stance="neutral", language="en", text="un " * 70),
    item("5", stance="neutral", relevance="no"),
]
SAID = answers("positive", "suspicious", "suspicious", "neutral", "suspicious")


@pytest.fixture(scope="module")
def measured():
    return measure_stance(
        KNOWN,
        ITEMS,
        SAID,
        dev=KNOWN * 20,
        dev_answers=[*answers("positive", "neutral", "neutral", "suspicious")] * 20,
    )


def test_items_that_are_not_about_aid_are_left_out(measured):
    assert measured.model.accuracy.n == 4
    assert measured.model.accuracy.k == 2


def test_the_reversal_of_suspicious_and_positive_is_counted_both_ways(measured):
    assert (measured.suspicious_called_positive.k, measured.suspicious_called_positive.n) == (1, 2)
    assert (measured.positive_called_suspicious.k, measured.positive_called_suspicious.n) == (1, 1)
    assert (measured.reversed.k, measured.reversed.n) == (2, 3)


def test_each_part_of_the_items_is_scored_apart(measured):
    assert set(measured.parts) == {"language", "platform", "kind", "length", "venue", "hard case"}
    assert measured.parts["language"]["en"].accuracy.k == 2
    assert measured.parts["hard case"]["irony"].accuracy.k == 0
    assert measured.parts["length"]["over 60 words"].accuracy.n == 1


def test_the_right_stance_is_counted_by_narrative(measured):
    assert (measured.narratives["SPY"].k, measured.narratives["SPY"].n) == (1, 2)


def test_baselines_stand_beside_in_all_and_in_each_language(measured):
    assert measured.majority.accuracy.k == 1
    assert set(measured.by_language) == {"checkpoint", "majority class", "TF-IDF + regression"}
    assert set(measured.by_language["majority class"]) == {"en", "fr"}


def test_calibration_and_coverage_are_those_of_the_answers(measured):
    assert measured.calibration_error["en"] == pytest.approx(0.1)
    assert measured.calibration_error["fr"] == pytest.approx(0.9)
    assert set(measured.coverage_f1) == {"100%", "80%", "60%"}


def test_posts_and_comments_have_their_own_prevalences(measured):
    assert [at.prevalence for at in measured.field_posts] == [0.01]
    assert [at.prevalence for at in measured.field_comments] == [0.1, 0.2, 0.3]
    assert measured.field_posts[0].recall.n == 2
    assert measured.field_comments[0].recall.n == 0


def test_a_threshold_comes_from_dev_and_is_tried_on_the_part(measured):
    at = next(found for found in measured.at_risk if found.chosen.risk == 0.1)

    assert at.chosen.wrong == 0
    assert (at.accepted.k, at.accepted.n) == (4, 4)
    assert (at.wrong.k, at.wrong.n) == (2, 4)


def test_an_item_that_could_not_be_read_is_wrong_and_unsure():
    found = measure_stance(KNOWN, ITEMS[:1], [None])

    assert found.model.accuracy.k == 0
    assert found.confusion == {"suspicious": {"": 1, "suspicious": 0}}
    assert found.at_risk == []


def test_nothing_to_measure_gives_unknown_and_not_zero():
    found = measure_stance(KNOWN, [], [])

    assert found.model.macro_f1 is None
    assert found.calibration_error == {"all": None}
    assert found.field_posts[0].precision is None


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (9, "under 10 words"),
        (10, "10-25 words"),
        (25, "10-25 words"),
        (26, "26-60 words"),
        (60, "26-60 words"),
        (61, "over 60 words"),
    ],
)
def test_lengths_are_cut_where_the_goals_say(words, name):
    assert length_of("un " * words) == name


TWO = item("6", stances={"wfp": "positive", "msf": "suspicious"}, language="en")
ONE = item("7", stances={"wfp": "positive", "msf": "positive"})
AID = item("8", stances={"wfp": "positive", "aid_general": "suspicious"})


def test_two_actors_are_two_agencies_judged_differently():
    assert [has_two_stances(found) for found in (TWO, ONE, AID)] == [True, False, False]


@pytest.mark.parametrize(
    ("wfp", "msf", "right"),
    [("positive", "suspicious", True), ("positive", "positive", False), ("neutral", None, False)],
)
def test_both_answers_must_be_right(wfp, msf, right):
    about = {("6", "wfp"): answer(wfp)} | ({("6", "msf"): answer(msf)} if msf else {})

    assert both_right(TWO, about) is right


def test_a_label_copied_to_both_agencies_is_never_right_for_both():
    copied = {
        (found.id, entry.actor): answer("positive")
        for found in (TWO, ONE, AID)
        for entry in found.stances
    }

    found = measure_actors([TWO, ONE, AID], copied)

    assert (found.two_actors.k, found.two_actors.n) == (0, 1)
    assert (found.score.accuracy.k, found.score.accuracy.n) == (4, 5)
    assert set(found.two_actors_by_language) == {"en"}

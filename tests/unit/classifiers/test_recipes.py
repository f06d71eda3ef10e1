import gzip
import json

import pytest

from benchmarks.classifier import recipe_table, seed_table
from benchmarks.recipes import (
    LabelledText,
    baselines,
    read_set,
    recipe_labels,
    scores,
    train_recipe,
)
from classifiers.fitting import Recipe
from classifiers.goals import Goal
from config.errors import InputError

TRAIN = [
    LabelledText(f"{word} {n}", language, label, None)
    for n in range(12)
    for word, label in (("thanks food", "favor"), ("spy agency", "against"))
    for language in ("en", "fr")
]


def test_a_recipe_model_learns_its_train_split(tiny_encoder):
    recipe = Recipe(
        epochs=30, batch=8, encoder_rate=3e-3, noisy=0.0, loss_weights=(("label", 1.0),)
    )

    model = train_recipe(TRAIN, tiny_encoder, seed=1, recipe=recipe, progress=lambda _line: None)

    assert recipe_labels(model, TRAIN) == [row.label for row in TRAIN]


def test_languages_are_scored_apart_with_and_without_near_copies():
    rows = [*TRAIN[:2], LabelledText("rice for all", "fr", "favor", None)]

    found = scores(TRAIN, rows, ["favor"] * 3)

    assert (found["en"].accuracy.n, found["fr"].accuracy.n) == (1, 2)
    assert found["fr without near-copies"].accuracy.n == 1
    assert "en without near-copies" not in found


def test_both_baselines_stand_beside():
    found = baselines(TRAIN, TRAIN)

    assert found["TF-IDF + LR"]["all"].macro_f1 == 1.0
    assert found["majority"]["all"].accuracy.value == 0.5


def test_a_set_is_read_from_its_folder_and_a_missing_one_is_named(tmp_path):
    (tmp_path / "mine").mkdir()
    with gzip.open(tmp_path / "mine" / "val.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"text": "riz", "lang": "fr", "label": "none", "target": "aid"}))

    assert read_set(tmp_path, "mine", "val") == [LabelledText("riz", "fr", "none", "aid")]
    with pytest.raises(InputError, match="mine"):
        read_set(tmp_path, "mine", "train")


def test_checkpoints_of_several_seeds_are_judged_by_their_mean():
    seeds = [[Goal("stance", value, None, None, 82.0)] for value in (80.0, 84.0, 85.0)]

    (row,) = seed_table("own", seeds, ["a@1", "a@2", "a@3"]).rows

    assert row == ("stance", "80.0", "84.0", "85.0", "83.0", ">= 82", "yes")


def test_a_goal_that_one_checkpoint_lacks_has_no_mean():
    seeds = [[Goal("severity", value, None, None, 60.0)] for value in (70.0, None)]

    (row,) = seed_table("own", seeds, ["a@1", "a@2"]).rows

    assert row == ("severity", "70.0", "-", "-", ">= 60", "-")


def test_a_recipe_shows_its_seeds_their_mean_and_the_goal():
    right = scores(TRAIN, TRAIN, [row.label for row in TRAIN])

    table = recipe_table("mine", {"majority": right, "seed 1": right, "seed 2": right}, {"en": 71})

    row = next(row for row in table.rows if row[0] == "en")
    assert row[-2:] == ("100.0", ">= 71")

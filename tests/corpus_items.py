"""Corpus items and answers made by hand, for tests of measures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from classifiers.corpus import ActorStance, CorpusItem

PLAIN: dict[str, Any] = {
    "batch": "test/t",
    "text": "Le riz est arrivé",
    "language": "fr",
    "platform": "facebook",
    "kind": "post",
    "parent_text": None,
    "venue": "other",
    "relevance": "yes",
    "stance": "neutral",
    "stances": (),
    "tone": "neutral",
    "target": "none",
    "narrative": "NEWS",
    "severity": "none",
    "agencies": (),
    "places": (),
    "flags": (),
    "hard_case": "",
    "pair": None,
}


def item(item_id: str, **fields: Any) -> CorpusItem:
    """An item with an idea of its own; `stances` may be given as a mapping."""
    stances = fields.pop("stances", {})
    judged = tuple(ActorStance(actor, stance) for actor, stance in dict(stances).items())
    values = {**PLAIN, "idea": f"idea of {item_id}", "id": item_id, **fields, "stances": judged}
    return CorpusItem(**{**values, "text": fields.get("text", f"text of {item_id}")})


@dataclass(frozen=True)
class Answer:
    """A label and the chances of all labels."""

    label: str
    probabilities: Mapping[str, float]


def answer(label: str, chance: float = 0.9, other: str = "-") -> Answer:
    """A label of this chance; the rest of the chance goes to one other label."""
    return Answer(label, {label: chance, other: 1 - chance})


def answers(*labels: str) -> list[Answer]:
    """One sure answer for each label."""
    return [answer(label) for label in labels]

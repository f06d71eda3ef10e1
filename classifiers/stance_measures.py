"""The measures of stance on items about aid: classes, calibration, abstention, parts, the field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from classifiers.baselines import majority, tfidf_baseline
from classifiers.calibration import Threshold, threshold_at_risk
from classifiers.corpus import AID_GENERAL, CorpusItem
from classifiers.evaluation import (
    COVERAGES,
    Answer,
    Answers,
    ClassScore,
    FieldScore,
    RiskAt,
    Share,
    accuracy,
    area_under_risk,
    called,
    class_scores,
    confidences_of,
    confusion,
    expected_calibration_error,
    field_score,
    grouped,
    labels_of,
    risk_coverage,
    share,
)
from classifiers.ideas import idea_groups
from classifiers.prevalence import (
    SUSPICIOUS,
    SUSPICIOUS_COMMENTS,
    SUSPICIOUS_POSTS,
    FieldPrecision,
    suspicious_at,
)

POSITIVE: Final = "positive"
RISKS: Final = (0.05, 0.10, 0.20)
# Upper ends of the word counts of a text, with their names.
LENGTHS: Final = ((9, "under 10 words"), (25, "10-25 words"), (60, "26-60 words"))
LONGER: Final = "over 60 words"

Items = Sequence[CorpusItem]
# The answer for each item id and actor.
AnswersAbout = Mapping[tuple[str, str], Answer]


@dataclass(frozen=True)
class AtRisk:
    """A threshold chosen on dev for a stated risk, and what it does on the part measured."""

    chosen: Threshold
    accepted: Share
    wrong: Share


@dataclass(frozen=True)
class StanceMeasures:
    """Stance on the items about aid, beside its baselines."""

    model: FieldScore
    majority: FieldScore
    tfidf: FieldScore
    by_language: Mapping[str, Mapping[str, FieldScore]]
    classes: Mapping[str, ClassScore]
    confusion: Mapping[str, Mapping[str, int]]
    suspicious_called_positive: Share
    positive_called_suspicious: Share
    reversed: Share
    calibration_error: Mapping[str, float | None]
    coverage_f1: Mapping[str, float | None]
    risk_coverage: Sequence[RiskAt]
    area_under_risk: float | None
    at_risk: Sequence[AtRisk]
    parts: Mapping[str, Mapping[str, FieldScore]]
    narratives: Mapping[str, Share]
    field_posts: Sequence[FieldPrecision]
    field_comments: Sequence[FieldPrecision]


@dataclass(frozen=True)
class ActorMeasures:
    """Stance towards each agency that an item judges, and on items that judge two differently."""

    score: FieldScore
    two_actors: Share
    two_actors_by_language: Mapping[str, Share]


def length_of(text: str) -> str:
    """The length class of a text by its words."""
    words = len(text.split())
    return next((name for end, name in LENGTHS if words <= end), LONGER)


PARTS: Final[Mapping[str, Callable[[CorpusItem], str]]] = {
    "language": lambda item: item.language,
    "platform": lambda item: item.platform,
    "kind": lambda item: item.kind,
    "length": lambda item: length_of(item.text),
    "venue": lambda item: item.venue,
    "hard case": lambda item: item.hard_case or "none",
}


def measure_stance(
    known: Items, items: Items, answers: Answers, *, dev: Items = (), dev_answers: Answers = ()
) -> StanceMeasures:
    """Every measure of stance on the items that are about aid; the others are left out.

    Baselines learn from `known`, thresholds of stated risks from `dev` and its answers.
    """
    about = [pair for pair in zip(items, answers, strict=True) if pair[0].relevance == "yes"]
    kept, read = [item for item, _ in about], [answer for _, answer in about]
    truth, said, sure = [item.stance for item in kept], labels_of(read), confidences_of(read)
    groups, languages = idea_groups(kept), [item.language for item in kept]
    usual, tfidf = _baselines(known, kept)
    posts = [item.kind == "post" for item in kept]
    opposite = [called(truth, said, one, other) for one, other in _OPPOSITES]
    return StanceMeasures(
        model=field_score(truth, said, groups),
        majority=field_score(truth, usual, groups),
        tfidf=field_score(truth, tfidf, groups),
        by_language={
            "checkpoint": grouped(truth, said, languages, groups),
            "majority class": grouped(truth, usual, languages, groups),
            "TF-IDF + regression": grouped(truth, tfidf, languages, groups),
        },
        classes=class_scores(truth, said),
        confusion=confusion(truth, said),
        suspicious_called_positive=opposite[0],
        positive_called_suspicious=opposite[1],
        reversed=share(sum(one.k for one in opposite), sum(one.n for one in opposite)),
        calibration_error=_calibration(truth, said, sure, languages),
        coverage_f1={
            f"{at.coverage:.0%}": at.macro_f1 for at in risk_coverage(truth, said, sure, COVERAGES)
        },
        risk_coverage=risk_coverage(truth, said, sure),
        area_under_risk=area_under_risk(truth, said, sure),
        at_risk=at_risks(dev, dev_answers, truth, said, sure),
        parts={
            name: grouped(truth, said, [of(item) for item in kept], groups)
            for name, of in PARTS.items()
        },
        narratives=narrative_recall(kept, said),
        field_posts=suspicious_at(*_where(truth, said, posts), SUSPICIOUS_POSTS),
        field_comments=suspicious_at(
            *_where(truth, said, [not post for post in posts]), SUSPICIOUS_COMMENTS
        ),
    )


_OPPOSITES: Final = ((SUSPICIOUS, POSITIVE), (POSITIVE, SUSPICIOUS))


def narrative_recall(items: Items, said: Sequence[str]) -> dict[str, Share]:
    """Share of items with the right stance for each narrative code."""
    found: dict[str, Share] = {}
    for code in sorted({item.narrative for item in items}):
        rows = [index for index, item in enumerate(items) if item.narrative == code]
        found[code] = accuracy([items[i].stance for i in rows], [said[i] for i in rows])
    return found


def at_risks(
    dev: Items,
    dev_answers: Answers,
    truth: Sequence[str],
    said: Sequence[str],
    sure: Sequence[float],
) -> list[AtRisk]:
    """For each stated risk the threshold that dev chooses, and its error on the part measured."""
    pairs = [pair for pair in zip(dev, dev_answers, strict=True) if pair[0].relevance == "yes"]
    answers = [answer for _, answer in pairs]
    right = [i.stance == s for (i, _), s in zip(pairs, labels_of(answers), strict=True)]
    found: list[AtRisk] = []
    for risk in RISKS if pairs else ():
        chosen = threshold_at_risk(confidences_of(answers), right, risk=risk)
        kept = [
            i
            for i, c in enumerate(sure)
            if chosen.confidence is not None and c >= chosen.confidence
        ]
        wrong = sum(truth[i] != said[i] for i in kept)
        found.append(AtRisk(chosen, share(len(kept), len(truth)), share(wrong, len(kept))))
    return found


def measure_actors(items: Items, about: AnswersAbout) -> ActorMeasures:
    """Stance towards agencies; answers there are none for count as wrong.

    Two actors: items that judge two or more agencies not alike, right when each answer is. A label
    of the whole text, copied to each agency, gets none of them right.
    """
    judged = [
        (item, entry) for item in items for entry in item.stances if entry.actor != AID_GENERAL
    ]
    answers = [about.get((item.id, entry.actor)) for item, entry in judged]
    groups = idea_groups(items)
    group = {item.id: name for item, name in zip(items, groups, strict=True)}
    two = [item for item in items if has_two_stances(item)]
    right = [both_right(item, about) for item in two]
    return ActorMeasures(
        score=field_score(
            [entry.stance for _, entry in judged],
            labels_of(answers),
            [group[item.id] for item, _ in judged],
        ),
        two_actors=share(sum(right), len(right)),
        two_actors_by_language={
            language: share(
                sum(r for i, r in zip(two, right, strict=True) if i.language == language),
                sum(item.language == language for item in two),
            )
            for language in sorted({item.language for item in two})
        },
    )


def has_two_stances(item: CorpusItem) -> bool:
    """Whether the item judges two agencies and not alike; aid in general is no agency."""
    return len({entry.stance for entry in item.stances if entry.actor != AID_GENERAL}) > 1


def both_right(item: CorpusItem, about: AnswersAbout) -> bool:
    """Whether the answer about every agency of the item is right."""
    for entry in item.stances:
        answer = about.get((item.id, entry.actor))
        if entry.actor != AID_GENERAL and (answer is None or answer.label != entry.stance):
            return False
    return True


def _baselines(known: Items, kept: Items) -> tuple[list[str], list[str]]:
    relevant = [item for item in known if item.relevance == "yes"]
    if not relevant:
        return ["" for _ in kept], ["" for _ in kept]
    labels = [item.stance for item in relevant]
    tfidf = tfidf_baseline([item.text for item in relevant], labels, [item.text for item in kept])
    return majority(labels, len(kept)), tfidf


def _calibration(
    truth: Sequence[str], said: Sequence[str], sure: Sequence[float], languages: Sequence[str]
) -> dict[str, float | None]:
    found = {"all": expected_calibration_error(truth, said, sure)}
    for language in sorted(set(languages)):
        there = [index for index, name in enumerate(languages) if name == language]
        found[language] = expected_calibration_error(
            [truth[i] for i in there], [said[i] for i in there], [sure[i] for i in there]
        )
    return found


def _where(
    truth: Sequence[str], said: Sequence[str], kept: Sequence[bool]
) -> tuple[list[str], list[str]]:
    rows = [index for index, keep in enumerate(kept) if keep]
    return [truth[i] for i in rows], [said[i] for i in rows]

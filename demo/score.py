"""How well the chain did against the planted truth. This is the only reader of the truth file."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlmodel import Session, col, select

from classifiers.baselines import score_stance
from classifiers.corpus import load_splits
from config.alert_rules import BurstCondition
from demo.collection import CollectionScore, score_collection
from demo.outage import OutageScore
from models import Alert, CoordinationRun, PlatformId, Post, PostCollection, Prediction
from models.database import read_session
from pipelines.coordination.run import OBJECT_KIND
from pipelines.deployment import Deployment
from pipelines.periods import last_full_week, week_of, week_period, weeks_before

# A spike can only be told from what is usual after so many weeks.
WEEKS_TO_KNOW_USUAL: Final = 4
NOT_IN_THESE_WEEKS: Final = "not in these weeks"

Truth = Mapping[str, Any]


@dataclass(frozen=True)
class StanceScore:
    """Accuracy of stance over the relevant texts, each text once, beside two baselines."""

    n: int
    accuracy: float | None
    low: float | None
    high: float | None
    majority_accuracy: float | None
    tfidf_accuracy: float | None
    macro_f1: float | None

    def as_text(self) -> str:
        """Accuracy with its interval, then the baselines."""
        return "\n".join(
            [
                f"  stance accuracy        {_percent(self.accuracy)} ({_percent(self.low)} to "
                f"{_percent(self.high)}, n = {self.n})",
                f"    majority class       {_percent(self.majority_accuracy)}",
                f"    TF-IDF + logistic    {_percent(self.tfidf_accuracy)}",
            ]
        )


@dataclass(frozen=True)
class Score:
    """What was planted and what was found; None where the weeks asked for do not hold it."""

    posts_expected: int
    posts_collected: int
    comments_expected: int
    comments_collected: int
    duplicates: int
    network_found: bool | None
    lookalikes_flagged: int
    spike_week_found: bool | None
    stance: StanceScore
    collection: CollectionScore
    outage: OutageScore | None

    @property
    def missed(self) -> tuple[str, ...]:
        """The hard measures that do not hold."""
        holds = {
            "posts_collected": self.posts_collected == self.posts_expected,
            "comments_collected": self.comments_collected == self.comments_expected,
            "duplicates": self.duplicates == 0,
            "network_found": self.network_found is not False,
            "lookalikes_flagged": self.lookalikes_flagged == 0,
            "spike_week_found": self.spike_week_found is not False,
            "outage": self.outage is None or self.outage.came_right,
        }
        own = tuple(name for name, held in holds.items() if not held)
        return own + tuple(f"collection.{name}" for name in self.collection.missed)

    def as_dict(self) -> dict[str, Any]:
        """The score as plain values."""
        return asdict(self)

    def as_text(self) -> str:
        """The score as a person reads it."""
        return "\n".join(
            [
                "Against the planted truth",
                f"  posts collected        {self.posts_collected} of {self.posts_expected}",
                f"  comments collected     {self.comments_collected} of {self.comments_expected}",
                f"  duplicates             {self.duplicates}",
                f"  synchronised network   {_found(self.network_found)}",
                f"  look-alikes flagged    {self.lookalikes_flagged}",
                f"  spike week             {_found(self.spike_week_found)}",
                self.collection.as_text(),
                f"  planned outage         {self.outage or NOT_IN_THESE_WEEKS}",
                self.stance.as_text(),
            ]
        )


def score_demo(
    deployment: Deployment, truth_file: Path, outage: OutageScore | None, *, now: datetime
) -> Score:
    """Score the store at `now`, after the last crawl, against the truth file."""
    week = last_full_week(now)
    truth: Truth = json.loads(truth_file.read_text(encoding="utf-8"))
    ids = _PlantedIds(deployment)
    with read_session(deployment.engine) as session:
        collected = set(session.exec(select(PostCollection.post_id)))
        return Score(
            posts_expected=len(truth["posts"]),
            posts_collected=len(collected & ids.of(truth["posts"])),
            comments_expected=len(truth["comments"]),
            comments_collected=len(collected & ids.of(truth["comments"])),
            duplicates=_duplicates(session, deployment, truth),
            network_found=_network_found(session, truth, ids, week),
            lookalikes_flagged=_lookalikes_flagged(session, truth, ids),
            spike_week_found=_spike_found(session, deployment, truth),
            stance=_stance(session, deployment, truth, ids),
            collection=score_collection(deployment, truth, ids.one, now),
            outage=outage,
        )


class _PlantedIds:
    """Keyed ids of planted posts."""

    def __init__(self, deployment: Deployment) -> None:
        self._keyring = deployment.keyring

    def one(self, planted: Mapping[str, str]) -> str:
        return self._keyring.post_id(planted["platform"], planted["platform_id"])

    def of(self, planted: Iterable[Mapping[str, str]]) -> set[str]:
        return {self.one(item) for item in planted}


def _duplicates(session: Session, deployment: Deployment, truth: Truth) -> int:
    """Stored posts beyond one per planted post: the same id twice, or an edit kept as a post."""
    first_id = {
        (item["platform"], alias): item["platform_id"]
        for item in truth["items"]
        for alias in item["aliases"]
    }
    stored = Counter[tuple[str, str]]()
    for row in session.exec(select(PlatformId)):
        platform_id = deployment.keyring.decrypt_platform_id(row.ciphertext)
        stored[row.platform, first_id.get((row.platform, platform_id), platform_id)] += 1
    return stored.total() - len(stored)


def _network_found(session: Session, truth: Truth, ids: _PlantedIds, week: str) -> bool | None:
    """Whether one unexplained pattern has exactly the planted accounts."""
    planted = _accounts(session, ids.of(_network_posts(truth)))
    if not planted:
        return None
    run = session.get(CoordinationRun, f"{week}:{OBJECT_KIND}")
    found = [_accounts(session, set(one)) for one in _unexplained(run)]
    return planted in found


def _network_posts(truth: Truth) -> list[dict[str, str]]:
    platform = truth["network"]["platform"]
    return [
        {"platform": platform, "platform_id": platform_id}
        for planted in truth["network"]["objects"]
        for platform_id in planted["posts"]
    ]


def _lookalikes_flagged(session: Session, truth: Truth, ids: _PlantedIds) -> int:
    """Look-alike elements of which any post is evidence of an unexplained pattern, in any week."""
    evidence = {
        post_id
        for run in session.exec(select(CoordinationRun))
        for post_ids in _unexplained(run)
        for post_id in post_ids
    }
    return sum(bool(evidence & ids.of(one["posts"])) for one in truth["lookalikes"])


def _unexplained(run: CoordinationRun | None) -> list[list[str]]:
    """Evidence posts of each pattern that no innocent explanation fits."""
    networks = run.networks if run else []
    return [one["post_ids"] for one in networks if one["explained_by"] is None]


def _accounts(session: Session, post_ids: set[str]) -> set[str]:
    rows = session.exec(select(Post.account).where(col(Post.id).in_(sorted(post_ids))))
    return {account for account in rows if account is not None}


def _spike_found(session: Session, deployment: Deployment, truth: Truth) -> bool | None:
    """Whether a burst of the spike week was proposed as an alert."""
    spike = truth["spike_week"]
    first = week_of(datetime.fromisoformat(truth["start"]))
    if spike is None or weeks_before(spike, WEEKS_TO_KNOW_USUAL)[0] < first:
        return None
    bursts = {
        rule.rule_id
        for rule in deployment.alert_rules
        if isinstance(rule.condition, BurstCondition)
    }
    alerts = session.exec(select(Alert).where(Alert.start == week_period(spike).start))
    return any(alert.rule_id in bursts for alert in alerts)


def _stance(
    session: Session, deployment: Deployment, truth: Truth, ids: _PlantedIds
) -> StanceScore:
    """Stance of each relevant planted text once, whatever the number of its copies."""
    planted = {item["text_id"]: item for item in reversed(truth["items"])}
    relevant = {
        ids.one(item): str(item["stance"])
        for _, item in sorted(planted.items())
        if item["relevance"] == "yes"
    }
    said = _predictions(session, deployment.settings.classifier, relevant)
    order = [post_id for post_id in relevant if post_id in said]
    splits = load_splits()
    train = [*splits.train, *splits.dev]
    scored = score_stance(
        [relevant[post_id] for post_id in order],
        [said[post_id][0] for post_id in order],
        [said[post_id][1] for post_id in order],
        train_texts=[item.text for item in train],
        train_labels=[item.stance for item in train],
    )
    accuracy = scored.model.accuracy
    return StanceScore(
        n=len(order),
        accuracy=_rounded(accuracy.value),
        low=_rounded(accuracy.low),
        high=_rounded(accuracy.high),
        majority_accuracy=_rounded(scored.majority.accuracy.value),
        tfidf_accuracy=_rounded(scored.tfidf.accuracy.value),
        macro_f1=_rounded(scored.model.macro_f1),
    )


def _predictions(
    session: Session, classifier: str, post_ids: Iterable[str]
) -> dict[str, tuple[str, str]]:
    """Predicted stance and text of the posts that have one; a text that had to go has none."""
    rows = session.exec(
        select(Post.id, Prediction.stance, Post.text)
        .join(Prediction, col(Prediction.post_id) == col(Post.id))
        .where(col(Post.id).in_(sorted(post_ids)), Prediction.classifier == classifier)
        .where(col(Post.text_removed).is_(None))
    )
    return {post_id: (stance, text) for post_id, stance, text in rows if stance is not None}


def _found(value: bool | None) -> str:
    return {True: "found", False: "MISSED", None: NOT_IN_THESE_WEEKS}[value]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _percent(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1%}"

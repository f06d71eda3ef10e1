"""Which stored X posts are to be asked for again by id: snapshots, texts, shares. From the store.

What has been kept is not due any more, so these lists need no checkpoint of their own.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, SQLColumnExpression
from sqlmodel import Session, col, exists, func, or_, select

from config.keyring import Keyring
from models import Engagement, PlatformId, Post, PostCollection

X: Final = "x"
VISIBLE: Final = "visible"
CLOSED: Final = ("protected", "unavailable")
REPOST: Final = "repost"
CHUNK: Final = 500
_X_ID: Final = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True)
class Mark:
    """A planned snapshot of a post's counts: its age then, and how early or late it may be."""

    name: str
    age: timedelta
    early: timedelta
    late: timedelta

    def posted_between(self, now: datetime) -> tuple[datetime, datetime]:
        """Posts of this period are due now."""
        return now - self.age - self.late, now - self.age + self.early


MARKS: Final = (
    Mark("1h", timedelta(hours=1), timedelta(minutes=10), timedelta(hours=1)),
    Mark("24h", timedelta(hours=24), timedelta(hours=1), timedelta(hours=6)),
    Mark("7d", timedelta(days=7), timedelta(hours=6), timedelta(hours=30)),
)


def snapshots_due(session: Session, now: datetime, mark: Mark) -> list[str]:
    """Collected posts whose planned snapshot is due and not taken, the oldest first."""
    earliest, latest = mark.posted_between(now)
    taken = exists().where(
        col(Engagement.post_id) == col(Post.id), col(Engagement.mark) == mark.name
    )
    return _ids(
        session,
        _is_collected(),
        col(Post.kind) != REPOST,  # X gives the counts of the original
        col(Post.created_at) >= earliest,
        col(Post.created_at) <= latest,
        ~taken,
    )


def texts_due(
    session: Session,
    now: datetime,
    tried: Mapping[str, Sequence[Any]],
    *,
    young: timedelta,
    most_tries: int,
) -> list[str]:
    """Posts whose text is cut or missing, young enough for it to be kept, not tried too often."""
    lacking = or_(
        col(Post.truncated).is_(True), (col(Post.text) == "") & (col(Post.not_read) == "no_text")
    )
    found = _ids(session, lacking, col(Post.created_at) >= now - young)
    return [
        post_id
        for post_id in found
        if tried.get(post_id, (0,))[0] < most_tries
        and _rested(tried.get(post_id), now, timedelta(days=1))
    ]


def closed_due(
    session: Session, now: datetime, tried: Mapping[str, Sequence[Any]], *, young: timedelta
) -> list[str]:
    """Posts that were hidden with their account, to see each week whether they are back."""
    found = _ids(session, col(Post.created_at) >= now - young, states=CLOSED)
    return [p for p in found if _rested(tried.get(p), now, timedelta(days=6, hours=12))]


def _rested(tried: Sequence[Any] | None, now: datetime, pause: timedelta) -> bool:
    return tried is None or now - datetime.fromisoformat(tried[1]) >= pause


@dataclass(frozen=True)
class SpreadRule:
    """Which posts are worth asking who passed them on."""

    least: int  # passed on at least so often
    young: timedelta = timedelta(days=7)
    growth: float = 1.5  # asked again once the count has grown so much
    pause: timedelta = timedelta(hours=24)  # and not before
    most: int = 50  # posts in one run


def spread_due(
    session: Session,
    now: datetime,
    counted: SQLColumnExpression[int | None],
    rule: SpreadRule,
    asked: Mapping[str, Sequence[Any]],
) -> list[tuple[str, int]]:
    """Posts to ask, with the count known of each, the most spread first."""
    newest = (
        select(Engagement.post_id, func.max(Engagement.polled_at).label("polled_at"))
        .group_by(col(Engagement.post_id))
        .subquery()
    )
    rows = session.execute(
        select(Post.id, counted)
        .join(Engagement, col(Engagement.post_id) == col(Post.id))
        .join(
            newest,
            (newest.c.post_id == col(Engagement.post_id))
            & (newest.c.polled_at == col(Engagement.polled_at)),
        )
        .where(
            Post.platform == X,
            Post.state == VISIBLE,
            col(Post.kind) != REPOST,
            col(Post.created_at) >= now - rule.young,
            counted >= rule.least,
            _is_collected(),
        )
        .order_by(counted.desc(), col(Post.id))
    )
    due = [
        (post_id, count)
        for post_id, count in rows
        if _is_worth(asked.get(post_id), count, now, rule)
    ]
    return due[: rule.most]


def _is_worth(asked: Sequence[Any] | None, count: int, now: datetime, rule: SpreadRule) -> bool:
    if asked is None:
        return True
    at, before = asked
    rested = now - datetime.fromisoformat(at) >= rule.pause
    return bool(rested and count >= before * rule.growth)


def all_ids(session: Session) -> list[str]:
    """Every stored X post whose platform id is in the vault."""
    rows = select(PlatformId.post_id).where(PlatformId.platform == X)
    return list(session.exec(rows.order_by(col(PlatformId.post_id))))


def platform_ids(session: Session, keyring: Keyring, post_ids: Sequence[str]) -> dict[str, str]:
    """The platform's ids of posts, by ours, in the order given; what the vault lacks is absent.

    So is what cannot be an id of X (an import may bring any): one such id has a whole list refused.
    """
    found: dict[str, str] = {}
    for start in range(0, len(post_ids), CHUNK):
        rows = session.exec(
            select(PlatformId).where(col(PlatformId.post_id).in_(post_ids[start : start + CHUNK]))
        )
        found.update({r.post_id: keyring.decrypt_platform_id(r.ciphertext) for r in rows})
    return {p: found[p] for p in post_ids if p in found and _X_ID.fullmatch(found[p])}


def _is_collected() -> ColumnElement[bool]:
    # What only another post refers to is context: nobody follows its counts.
    return exists().where(col(PostCollection.post_id) == col(Post.id))


def _ids(session: Session, *conditions: Any, states: Sequence[str] = (VISIBLE,)) -> list[str]:
    rows: Iterable[str] = session.exec(
        select(Post.id)
        .where(Post.platform == X, col(Post.state).in_(states), *conditions)
        .order_by(col(Post.created_at), col(Post.id))
    )
    return list(rows)

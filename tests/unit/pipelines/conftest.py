"""A small store to count in: posts, comments, labels, coverage, one call each."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from config.watchlist import FacebookPage, Watchlist, XQuery
from models import (
    Annotation,
    CommentCoverage,
    Coverage,
    Engagement,
    Mention,
    PlaceMention,
    Post,
    PostCollection,
    Prediction,
)

CLASSIFIER = "test@1"
MONDAY = datetime(2024, 9, 16, tzinfo=UTC)  # first day of 2024-W38


class StoreBuilder:
    """Puts rows into a session; `moment` is the Monday that `day` and `weeks` count from."""

    def __init__(self, session: Session, moment: datetime = MONDAY) -> None:
        self.session = session
        self.moment = moment
        self.numbers = itertools.count(1)

    def at(self, *, weeks: int = 0, day: int = 0) -> datetime:
        return self.moment + timedelta(weeks=weeks, days=day, hours=9)

    def post(self, stance="neutral", *, weeks=0, day=0, **more) -> str:
        """A post with prediction, collected unless `collected=False`; gives its id."""
        return self._item(stance, weeks=weeks, day=day, **more)

    def comment(self, parent, stance="neutral", *, weeks=0, day=0, **more) -> str:
        """A Facebook comment under `parent`."""
        given = {"platform": "facebook", "kind": "comment", "parent_id": parent, "root_id": parent}
        return self._item(stance, weeks=weeks, day=day, **(given | more))

    def _item(
        self,
        stance,
        *,
        weeks,
        day,
        relevance="yes",
        tone="neutral",
        target="none",
        narrative=None,
        language="fr",
        agencies=(),
        places=(),
        collected=True,
        predicted=True,
        likes=None,
        views=None,
        **columns,
    ) -> str:
        number = next(self.numbers)
        post_id = columns.pop("id", f"p{number:05d}")
        given = {
            "platform": "x",
            "kind": "post",
            "created_at": self.at(weeks=weeks, day=day),
            "text": f"text {number}",
            "text_hash": f"h{number}",
            "message_hash": f"m{number}",
            "urls": [],
            "media": [],
            "acquisition": "test",
        }
        self.session.add(Post(id=post_id, **(given | columns)))
        self.session.flush()
        if collected:
            self.collect(post_id, (given | columns)["created_at"] + timedelta(hours=1))
        if predicted:
            self.predict(
                post_id,
                relevance=relevance,
                stance=stance,
                tone=tone,
                target=target,
                narrative=narrative,
                language=language,
            )
        for start, agency in enumerate(agencies):
            self.session.add(Mention(post_id=post_id, agency_id=agency, start=start, end=start + 1))
        for start, place in enumerate(places):
            self.session.add(
                PlaceMention(post_id=post_id, place_id=place, start=start, end=start + 1)
            )
        if likes is not None or views is not None:
            self.session.add(
                Engagement(
                    post_id=post_id,
                    polled_at=self.at(weeks=weeks, day=day),
                    observed_at=self.at(weeks=weeks, day=day),
                    likes=likes,
                    views=views,
                )
            )
        self.session.flush()
        return post_id

    def collect(self, post_id, moment) -> None:
        self.session.add(
            PostCollection(
                post_id=post_id,
                source="x_search",
                query_id="q1",
                query_version="v1",
                first_collected_at=moment,
            )
        )

    def predict(self, post_id, *, classifier=CLASSIFIER, **labels) -> None:
        self.session.add(
            Prediction(
                post_id=post_id,
                classifier=classifier,
                text_hash="h",
                probabilities={},
                needs_review=False,
                review_reasons=[],
                predicted_at=self.moment,
                **({"language": "fr"} | labels),
            )
        )

    def annotate(self, post_id, *, coder="A1", hours=0, **labels) -> None:
        self.session.add(
            Annotation(
                post_id=post_id,
                coder=coder,
                annotated_at=self.moment + timedelta(hours=hours),
                **labels,
            )
        )
        self.session.flush()

    def cover(
        self, source="x_search", query="q1", *, weeks=0, days=(0, 7), status="complete"
    ) -> None:
        """A window from day to day of a week."""
        start = self.moment + timedelta(weeks=weeks)
        self.session.add(
            Coverage(
                source=source,
                query_id=query,
                window_start=start + timedelta(days=days[0]),
                window_end=start + timedelta(days=days[1]),
                status=status,
                query_version="v1",
                posts=0,
            )
        )
        self.session.flush()

    def comments_of(self, post_id, *, claimed, collected) -> None:
        self.session.add(
            CommentCoverage(
                post_id=post_id, polled_at=self.moment, claimed=claimed, collected=collected
            )
        )
        self.session.flush()


@pytest.fixture
def session(engine):
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def store(session):
    return StoreBuilder(session)


@pytest.fixture
def watch():
    """Builds a watchlist of query ids and register ids of pages."""

    def build(queries=("q1",), pages=()) -> Watchlist:
        return Watchlist(
            version="w1",
            x_queries=tuple(XQuery(query, "text", "reason", "2024-01-01") for query in queries),
            facebook_pages=tuple(
                FacebookPage(f"1000{n}", page, page, "local_media", None, "fr", None)
                for n, page in enumerate(pages)
            ),
            registered_accounts=(),
            allowed_handles=frozenset(),
        )

    return build

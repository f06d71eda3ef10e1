"""A store filled as crawls and imports fill it, with a deployment around it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, SQLModel, select

from config.settings import Settings
from config.watchlist import Watchlist
from crawlers.parsers.items import EngagementItem, GoneItem, ParsedPage, PostItem
from crawlers.storage import Collection, FetchedPage, PageStore, StoreCounts
from models import Annotation, Mention, PlaceMention, Post, PostState, Prediction, Transcript
from models.database import open_session
from pipelines.deployment import Deployment

POLL = datetime(2024, 9, 16, 10, tzinfo=UTC)
DAY = timedelta(days=1)
TEXT = "Les vivres du PAM sont arrivés ce matin à Gao"
LABELS = {"relevance": "yes", "stance": "neutral", "tone": "neutral", "target": "none"}
WATCHLIST = Watchlist(
    version="v1",
    x_queries=(),
    facebook_pages=(),
    registered_accounts=(),
    allowed_handles=frozenset(),
)
CLASSIFIER = Settings.model_fields["classifier"].default


class Filled:
    """A deployment whose store is filled and read in one line each."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.engine = deployment.engine
        self.keyring = deployment.keyring

    def item(self, number: str = "1101", **changes: object) -> PostItem:
        base = PostItem(
            platform="x",
            platform_id=number,
            kind="post",
            created_at=POLL - timedelta(hours=2),
            text=TEXT,
            account_id="9001",
            urls=("https://journal.example/article",),
            captions=("un camion bâché",),
            media_prints=("00ff00ff00ff00ff",),
            engagement=EngagementItem(likes=2),
        )
        return replace(base, **changes)

    def store(
        self,
        *items: PostItem,
        body: bytes | None = None,
        at: datetime = POLL,
        gone: tuple[GoneItem, ...] = (),
        **under: object,
    ) -> StoreCounts:
        """One page; its body names the items as a response would."""
        platform = items[0].platform if items else "x"
        content = [{"id": one.platform_id, "author_id": one.account_id} for one in items]
        page = FetchedPage(
            platform,
            "search",
            json.dumps({"data": content, "at": at.isoformat()}).encode() if body is None else body,
            at,
        )
        collected = Collection("x_search", "q1", "v1", at, "api")
        with open_session(self.engine) as session:
            store = PageStore(session, self.keyring, WATCHLIST)
            return store.store(
                page, ParsedPage(posts=items, gone=gone), replace(collected, **under)
            )

    def label(self, number: str = "1101", platform: str = "x", **labels: object) -> str:
        """A reading by the classifier, an agency and a place found twice; gives the post's id."""
        post_id = self.post_id(number, platform)
        with open_session(self.engine) as session:
            post = session.get_one(Post, post_id)
            session.add(
                Prediction(
                    post_id=post_id,
                    classifier=CLASSIFIER,
                    text_hash=post.text_hash,
                    language="fr",
                    probabilities={"stance": {"neutral": 1.0}},
                    mentions=[{"agency": "wfp", "stance": "neutral", "start": 14, "end": 17}],
                    needs_review=False,
                    review_reasons=[],
                    predicted_at=POLL,
                    **(LABELS | labels),
                )
            )
            for start in (3, 14):
                session.add(Mention(post_id=post_id, agency_id="wfp", start=start, end=start + 3))
                session.add(
                    PlaceMention(post_id=post_id, place_id="ML07", start=start, end=start + 3)
                )
        return post_id

    def annotate(self, post_id: str, **labels: object) -> None:
        given = {"coder": "A1", "annotated_at": POLL}
        self.add(Annotation(post_id=post_id, **(given | labels)))

    def transcribe(self, post_id: str) -> None:
        self.add(
            Transcript(post_id=post_id, text="ce que dit la vidéo", role="A1", written_at=POLL)
        )

    def say(
        self,
        state: str,
        number: str = "1101",
        *,
        platform: str = "x",
        reason: str | None = None,
        since: datetime = POLL + DAY,
    ) -> str:
        """What a compliance job writes; gives the post's id."""
        post_id = self.post_id(number, platform)
        self.add(
            PostState(
                post_id=post_id, since=since, state=state, reason=reason, source="x_compliance"
            )
        )
        return post_id

    def add(self, row: SQLModel) -> None:
        with open_session(self.engine) as session:
            session.add(row)

    def rows(self, table: type) -> list:
        with Session(self.engine) as session:
            return list(session.exec(select(table)))

    def post(self, number: str = "1101", platform: str = "x") -> Post:
        with Session(self.engine) as session:
            return session.get_one(Post, self.post_id(number, platform))

    def post_id(self, number: str = "1101", platform: str = "x") -> str:
        return self.keyring.post_id(platform, number)

    def everything(self) -> str:
        """Every cell of every table, so that words can be looked for."""
        tables = [table.name for table in SQLModel.metadata.sorted_tables]
        with self.engine.connect() as connection:
            return repr(
                [connection.execute(text(f"SELECT * FROM {name}")).all() for name in tables]
            )

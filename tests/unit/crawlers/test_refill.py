"""Gaps: found from the windows, asked again by who can, or final with the reason."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from config.errors import UsageError
from config.settings import Settings
from crawlers import refill as refills
from crawlers.ledger import COLUMNS, SCHEMA, export_bytes, gap_rows, ledger
from crawlers.process import CrawlOutcome
from crawlers.refill import MOST_TRIES, Means, final_reason, next_try, plan_refills, sync_gaps
from crawlers.spiders.media_feeds import OLDER_THAN_FEED
from models import CountProbe, Coverage, CoverageGap, Post, PostCollection
from models.database import open_session
from models.ledger import Gap
from models.stretches import Stretch

NOW = datetime(2024, 9, 23, 6, tzinfo=UTC)
ARCHIVE = "x_archive"


def ago(**how: float) -> datetime:
    return NOW - timedelta(**how)


def cover(engine, start, end, status="complete", reason=None, source="x_search", query="aid"):
    with open_session(engine) as session:
        session.merge(
            Coverage(
                source=source,
                query_id=query,
                window_start=start,
                window_end=end,
                status=status,
                reason=reason,
                query_version="v1",
                posts=0,
            )
        )


def gap(start, end, reason="not_asked", source="x_search"):
    return Gap(source, "aid", Stretch(start, end), reason)


def stored(engine: Engine) -> list[CoverageGap]:
    with open_session(engine) as session:
        return list(
            session.exec(
                select(CoverageGap).order_by(CoverageGap.window_start, CoverageGap.query_id)
            )
        )


@pytest.mark.parametrize(
    ("one", "archive", "source", "start"),
    [
        (gap(ago(days=2), ago(days=1)), False, "x_search", ago(days=2)),
        (gap(ago(days=9), ago(days=8)), True, ARCHIVE, ago(days=9)),
        (gap(ago(days=9), ago(days=1)), False, "x_search", ago(days=7) + timedelta(minutes=1)),
        (gap(ago(days=90), ago(days=80), source="facebook_pages"), False, "facebook_pages",
         ago(days=90)),
    ],
)  # fmt: skip
def test_a_gap_is_asked_from_who_still_answers_for_it(one, archive, source, start):
    found = Means(NOW, archive).source_for(one)

    assert found is not None
    assert (found[0], found[1].start) == (source, start)


@pytest.mark.parametrize(
    ("one", "tries", "begins"),
    [
        (gap(ago(days=9), ago(days=8)), 0, "out_of_reach"),
        (gap(ago(days=2), ago(days=1), "permission: graph_10"), 0, "permission"),
        (gap(ago(days=2), ago(days=1), OLDER_THAN_FEED), 0, "older_than_feed"),
        (gap(ago(days=2), ago(days=1), "http_400"), MOST_TRIES, "asked again 5 times: http_400"),
        (gap(ago(days=2), ago(days=1), source="unknown"), 0, "out_of_reach"),
    ],
)
def test_a_gap_nobody_can_fill_is_final_and_says_why(one, tries, begins):
    reason = final_reason(one, tries, Means(NOW, archive=False))

    assert reason is not None
    assert reason.startswith(begins)


def test_a_gap_is_asked_again_after_ever_longer_pauses():
    pauses = [next_try(tries, NOW) - NOW for tries in range(1, 6)]

    assert next_try(0, None) is None
    assert [pause / timedelta(hours=1) for pause in pauses] == [6, 12, 24, 48, 48]


def test_a_gap_that_shrinks_keeps_its_tries_and_a_filled_one_is_marked(any_engine: Engine):
    means = Means(NOW, archive=False)
    cover(any_engine, ago(hours=20), ago(hours=15))
    cover(any_engine, ago(hours=10), ago(hours=5))
    with open_session(any_engine) as session:
        (row,) = sync_gaps(session, means)
        row.tries, row.tried_at = 2, ago(hours=1)
    cover(any_engine, ago(hours=15), ago(hours=12))
    with open_session(any_engine) as session:
        (row,) = sync_gaps(session, means)
        assert (row.window_start, row.tries, row.tried_at) == (ago(hours=12), 2, ago(hours=1))
        assert plan_refills([row], means) == []
    cover(any_engine, ago(hours=12), ago(hours=10))
    with open_session(any_engine) as session:
        assert sync_gaps(session, means) == []
    assert {row.filled_at for row in stored(any_engine)} == {NOW}


def test_gaps_of_one_source_are_filled_by_one_crawl_and_each_try_is_kept(
    any_engine: Engine, tmp_path: Path
):
    for query in ("aid", "health"):
        cover(any_engine, ago(hours=20), ago(hours=15), query=query)
        cover(any_engine, ago(hours=10), ago(hours=5), query=query)
    asked = []

    def crawl(one):
        asked.append((one.source, one.stretch))
        cover(any_engine, ago(hours=15), ago(hours=10))
        return CrawlOutcome("partial", "http_400", 1)

    refills.refill(any_engine, Settings(home=tmp_path, now=NOW), crawl)

    assert asked == [("x_search", Stretch(ago(hours=15), ago(hours=10)))]
    filled, still_open = stored(any_engine)
    assert (filled.query_id, filled.filled_at) == ("aid", NOW)
    assert (still_open.query_id, still_open.tries, still_open.final) == ("health", 1, None)


def test_a_source_that_may_not_start_costs_its_gaps_no_try(any_engine: Engine, tmp_path: Path):
    cover(any_engine, ago(hours=20), ago(hours=15))
    cover(any_engine, ago(hours=10), ago(hours=5))
    settings = Settings(home=tmp_path, now=NOW)

    assert refills.refill(any_engine, settings, pytest.fail, lambda _source: False) == []
    assert [row.tries for row in stored(any_engine)] == [0]


def test_nothing_is_crawled_while_no_gap_is_due(any_engine: Engine, tmp_path: Path):
    cover(any_engine, ago(hours=20), ago(hours=15))

    assert refills.refill(any_engine, Settings(home=tmp_path, now=NOW), pytest.fail) == []


def test_the_ledger_of_a_store_counts_each_post_once_and_names_the_archive(any_engine: Engine):
    cover(any_engine, ago(hours=3), ago(hours=2))
    cover(any_engine, ago(hours=2), ago(hours=1), source=ARCHIVE)
    with open_session(any_engine) as session:
        for number, kind in enumerate(["post", "reply"]):
            session.add(a_post(f"p{number}", kind))
        session.add(
            CountProbe(
                source="x_search",
                query_id="aid",
                window_start=ago(hours=2),
                window_end=ago(hours=1),
                query_version="v1",
                counted=5,
                probed_at=NOW,
            )
        )
        session.flush()
        for source in ("x_search", ARCHIVE):
            session.add(
                PostCollection(
                    post_id="p0",
                    source=source,
                    query_id="aid",
                    query_version="v1",
                    first_collected_at=NOW,
                )
            )
        session.add(
            PostCollection(
                post_id="p1",
                source=ARCHIVE,
                query_id="aid",
                query_version="v1",
                first_collected_at=NOW,
            )
        )
    with open_session(any_engine) as session:
        first, second = ledger(session, None, Stretch(ago(hours=3), ago(hours=1)), "hour")

    assert (first.source, first.state, first.posts, first.via) == ("x_search", "complete", 0,
                                                                   ("x_search",))  # fmt: skip
    assert (second.posts, second.comments, second.counted, second.via) == (1, 1, 5, (ARCHIVE,))


def a_post(post_id, kind):
    return Post(
        id=post_id,
        platform="x",
        kind=kind,
        created_at=ago(minutes=90),
        text="",
        text_hash="",
        message_hash="",
        urls=[],
        media=[],
        acquisition="x_api_v2",
    )


def test_a_part_is_received_where_the_archive_received_the_whole_query(any_engine: Engine):
    cover(any_engine, ago(hours=30), ago(hours=20), query="aid.2")
    cover(any_engine, ago(hours=10), ago(hours=5), query="aid.2")
    cover(any_engine, ago(hours=20), ago(hours=12), query="aid", source=ARCHIVE)

    with open_session(any_engine) as session:
        (row,) = sync_gaps(session, Means(NOW, archive=False))

    assert (row.query_id, row.window_start, row.window_end) == (
        "aid.2",
        ago(hours=12),
        ago(hours=10),
    )


def test_an_export_has_every_documented_column(engine: Engine):
    cover(engine, ago(hours=3), ago(hours=2))
    cover(engine, ago(hours=1), NOW)
    period = Stretch(ago(hours=3), NOW)
    with open_session(engine) as session:
        sync_gaps(session, Means(NOW, archive=False))
        rows, missing = ledger(session, None, period, "hour"), gap_rows(session, period)

    table = list(
        csv.DictReader(io.StringIO(export_bytes(rows, missing, Path("a.csv"), {}).decode()))
    )
    document = json.loads(export_bytes(rows, missing, Path("a.json"), {"by": "hour"}))

    assert [row["state"] for row in table] == ["complete", "not_asked", "complete"]
    assert list(table[0]) == list(COLUMNS) == list(document["rows"][0])
    assert (document["schema"], document["by"]) == (SCHEMA, "hour")
    assert [one["outlook"] for one in document["gaps"]] == ["open"]


def test_an_export_of_another_kind_is_wrong_use():
    with pytest.raises(UsageError, match=r"\.csv nor in \.json"):
        export_bytes([], [], Path("ledger.xlsx"), {})

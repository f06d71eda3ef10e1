from datetime import timedelta

import pytest
from sqlmodel import select

from config.agencies import load_agencies
from config.codebook import load_codebook
from config.vocabulary import PERSON_ONLY_NARRATIVES
from models import SeriesPoint
from pipelines.labels import labelled_posts
from pipelines.measures import agencies_by_type, suspicious_family
from pipelines.periods import week_period, weeks_before
from pipelines.statistics import CLOPPER_PEARSON, THREAD_BOOTSTRAP, TOO_FEW_THREADS
from pipelines.trends import TOO_FEW_ITEMS, build_week, incomplete_weeks, load_series, load_slices

WEEK = "2024-W38"
AGENCIES = load_agencies()
CODEBOOK = load_codebook()


@pytest.fixture
def build(session, watch, now):
    """Builds the week and gives its points by (measure, scope, slice)."""

    def points(*, week=WEEK, watchlist=None, min_n=20, now=now):
        built = build_week(
            session,
            week,
            classifier="test@1",
            watchlist=watchlist or watch(),
            codebook=CODEBOOK,
            agencies=AGENCIES,
            min_n=min_n,
            now=now,
        )
        return {(point.measure, point.scope, point.slice): point for point in built}

    return points


def test_posts_and_comments_are_counted_apart(store, build):
    root = store.post("positive")
    store.comment(root, "suspicious")
    store.comment(root, "suspicious")

    points = build()
    assert points["volume", "posts", "all"].count == 1
    assert points["volume", "comments", "all"].count == 2
    assert points["stance:suspicious", "posts", "all"].count == 0
    assert points["stance:suspicious", "comments", "all"].count == 2


def test_the_stances_and_the_unread_add_up_to_what_was_in_scope(store, build):
    for stance in ("neutral", "neutral", "positive", "suspicious"):
        store.post(stance)
    store.post(relevance="no")
    unread = store.post(stance=None, relevance=None, not_read="video", text="")
    store.annotate(unread, relevance="yes")

    points = build()
    stances = [points[f"stance:{name}", "posts", "all"] for name in ("neutral", "positive")]
    suspicious, not_read = (
        points["stance:suspicious", "posts", "all"],
        points["not_read", "posts", "all"],
    )
    assert [point.count for point in (*stances, suspicious, not_read)] == [2, 1, 1, 1]
    assert points["volume", "posts", "all"].count == 5
    assert suspicious.total == 4


def test_a_picture_no_person_has_read_is_not_neutral_whatever_the_machine_says(store, build):
    store.post("neutral", not_read="photo")

    points = build()
    assert points["stance:neutral", "posts", "all"].count == 0
    assert points["not_read", "posts", "all"].count == 1


def test_posts_nothing_has_read_yet_are_not_read_and_not_in_scope(store, build):
    store.post(predicted=False)

    points = build()
    assert points["volume", "posts", "all"].count == 0
    assert points["not_read", "posts", "all"].count == 1


def test_the_gate_is_counted_with_what_it_was_asked_about(store, build):
    root = store.post()
    store.post(relevance="no")
    store.post(relevance="cannot_tell")
    for relevance in ("yes", "no", "no"):
        store.comment(root, relevance=relevance)
    store.comment(store.post(relevance="no"), relevance="no")  # nobody's comment to judge

    points = build()
    posts, comments = (
        points["relevance:rejected", scope, "all"] for scope in ("posts", "comments")
    )
    assert (posts.count, posts.total) == (2, 4)
    assert (comments.count, comments.total) == (2, 3)


def test_copies_are_one_message_and_pictures_are_one_each(store, build):
    for _ in range(3):
        store.post(message_hash="same")
    for _ in range(2):
        post = store.post(stance=None, not_read="photo", text="", message_hash="empty")
        store.annotate(post, relevance="yes")

    point = build()["distinct_messages", "posts", "all"]
    assert (point.count, point.total, point.low) == (3, 5, None)


def test_engagement_is_a_sum_over_the_posts_where_it_is_known(store, build):
    store.post(likes=30)
    store.post(likes=0, views=900)
    store.post()

    points = build()
    assert (
        points["engagement", "posts", "all"].count,
        points["engagement", "posts", "all"].total,
    ) == (30, 2)
    assert (points["views", "posts", "all"].count, points["views", "posts", "all"].total) == (
        900,
        1,
    )


def test_below_min_n_there_is_no_interval_and_the_reason_is_kept(store, build):
    for _ in range(19):
        store.post()

    point = build()["stance:suspicious", "posts", "all"]
    assert (point.count, point.total, point.low, point.method) == (0, 19, None, TOO_FEW_ITEMS)


def test_a_zero_of_twenty_five_is_compatible_with_one_in_eight(store, build):
    for _ in range(25):
        store.post()

    point = build()["stance:suspicious", "posts", "all"]
    assert point.method == CLOPPER_PEARSON
    assert (point.low, point.high) == (0.0, pytest.approx(0.1372, abs=1e-4))


def test_comments_say_under_how_many_posts_and_the_longest_thread(store, build):
    for size in (13, 4, 3, 2, 1, 1):
        root = store.post(weeks=-1)
        for number in range(size):
            store.comment(root, "suspicious" if number == 0 else "neutral")

    point = build()["stance:suspicious", "comments", "all"]
    assert (point.count, point.total, point.threads, point.largest_thread) == (6, 24, 6, 13)
    assert point.method == THREAD_BOOTSTRAP
    assert point.low < 6 / 24 < point.high


def test_comments_under_four_posts_get_counts_only(store, build):
    for _ in range(4):
        root = store.post()
        for _ in range(6):
            store.comment(root)

    point = build()["stance:neutral", "comments", "all"]
    assert (point.count, point.low, point.method) == (24, None, TOO_FEW_THREADS)


def test_slices_divide_by_platform_target_source_language_and_venue(store, build):
    root = store.post(
        "suspicious", target="donor", source_type="activist", language="en", platform="facebook"
    )
    store.comment(root, venue="radio", venue_type="local_media")
    store.post(target="donor")

    points = build()
    where = (
        "platform:facebook",
        "target:donor",
        "source_type:activist",
        "language:en",
        "kind:post",
    )
    assert [points["volume", "posts", name].count for name in where] == [1, 2, 1, 1, 2]
    assert points["stance:suspicious", "posts", "platform:facebook,target:donor"].count == 1
    assert points["stance:suspicious", "posts", "platform:x,target:donor"].count == 0
    assert points["volume", "comments", "venue_type:local_media"].count == 1
    assert points["volume", "posts", "source_type:unknown"].count == 1


def test_agencies_that_count_as_aid_have_a_slice_and_others_have_none(store, build):
    others = next(a.agency_id for a in AGENCIES if not a.counts_as_aid)
    aid = next(a.agency_id for a in AGENCIES if a.counts_as_aid)
    store.post(agencies=(aid, others))
    store.post(agencies=(aid,), relevance="no")

    points = build()
    assert points["volume", "posts", f"agency:{aid}"].count == 1
    assert ("volume", "posts", f"agency:{others}") not in points


def test_families_count_suspicious_items_by_their_narrative(store, build):
    store.post("suspicious", narrative="VAX")
    store.post("neutral", narrative="VAX")
    store.post("suspicious")

    points = build()
    point = points["family:health_products", "posts", "all"]
    assert (point.count, point.total) == (1, 3)
    assert points["family:collusion_violence", "posts", "all"].count == 0


def test_only_a_week_that_every_person_read_is_not_provisional(store, build):
    first, second = store.post(), store.post()
    store.annotate(first, relevance="yes", stance="neutral")
    assert build()["stance:neutral", "posts", "all"].provisional

    store.annotate(second, relevance="yes", stance="neutral")
    assert not build()["stance:neutral", "posts", "all"].provisional


def test_a_gap_of_one_platform_marks_the_whole_and_that_platform(store, build, watch):
    store.cover()
    watchlist = watch(pages=("radio",))

    points = build(watchlist=watchlist)
    assert not points["volume", "posts", "all"].complete
    assert points["volume", "posts", "platform:facebook"].gaps == ["facebook_pages:radio:missing"]
    assert points["volume", "posts", "platform:x"].complete
    assert points["volume", "posts", "platform:x"].gaps == []


def test_a_week_counted_with_a_gap_is_named_until_it_is_counted_whole(store, build, session):
    store.cover(days=(0, 5))
    build()
    since = week_period(WEEK).start
    assert incomplete_weeks(session, since=since) == [WEEK]
    assert incomplete_weeks(session, since=since + timedelta(days=1)) == []

    store.cover(days=(5, 7))
    build()
    assert incomplete_weeks(session, since=since) == []


def test_a_week_that_is_not_over_is_incomplete_however_much_was_collected(store, build, now):
    store.cover(days=(0, 9))

    point = build(now=now - timedelta(days=2))["volume", "posts", "all"]
    assert (point.complete, point.gaps) == (False, ["not_over"])


def test_building_again_replaces_what_changed_and_drops_what_is_gone(store, build, session):
    post = store.post("suspicious", language="bm")
    store.cover()
    build()
    store.annotate(post, relevance="no")

    points = build()
    rows = session.exec(select(SeriesPoint)).all()
    assert points["stance:suspicious", "posts", "all"].count == 0
    assert len(rows) == len(points)
    assert {(row.measure, row.scope, row.slice): row.count for row in rows} == {
        key: point.count for key, point in points.items()
    }


def test_building_twice_gives_equal_rows(store, build, session):
    root = store.post("suspicious")
    for _ in range(30):
        store.comment(root)
    build()
    before = [row.model_dump() for row in session.exec(select(SeriesPoint)).all()]
    build()

    assert [row.model_dump() for row in session.exec(select(SeriesPoint)).all()] == before


def test_a_week_stays_as_it_was_when_another_is_built(store, build, session):
    store.post(weeks=-1)
    store.post()
    build(week="2024-W37")
    build()

    series = load_series(session, "volume", "posts", "all", ["2024-W37", "2024-W38"])
    assert [point.count for point in series] == [1, 1]


def test_a_series_tells_zero_from_unknown(store, build, session):
    store.cover()
    store.cover(weeks=-1)
    agency = next(a.agency_id for a in AGENCIES if a.counts_as_aid)
    store.post(agencies=(agency,))
    build(week="2024-W37")
    build()

    weeks = [*weeks_before(WEEK, 2), WEEK]
    series = load_series(session, "volume", "posts", f"agency:{agency}", weeks)
    assert series[0] is None
    assert (series[1].count, series[1].complete) == (0, True)
    assert series[2].count == 1


def test_a_zero_week_of_a_slice_carries_the_gaps_of_its_platform(store, build, session, watch):
    store.cover()
    store.post()
    build(watchlist=watch(pages=("radio",)))

    (point,) = load_series(session, "volume", "posts", "platform:x,target:donor", [WEEK])
    assert (point.count, point.complete) == (0, True)
    (point,) = load_series(session, "volume", "posts", "agency:nobody", [WEEK])
    assert (point.count, point.complete) == (0, False)


def test_the_slices_of_a_kind_are_listed(store, build, session):
    store.post(language="fr")
    store.post(language="bm")
    build()

    assert load_slices(session, "volume", "posts", "language", WEEK) == [
        "language:bm",
        "language:fr",
    ]


def test_each_point_names_the_versions_that_made_it(store, build):
    versions = build()["volume", "posts", "all"].versions

    assert versions["classifier"] == "test@1"
    assert versions["watchlist"] == "w1"
    assert versions["codebook"] == CODEBOOK.version


def test_organisations_mentioned_are_listed_by_type(store, session):
    un = next(a.agency_id for a in AGENCIES if a.type == "UN" and a.counts_as_aid)
    ingo = next(a.agency_id for a in AGENCIES if a.type == "INGO" and a.counts_as_aid)
    store.post(agencies=(un, ingo))
    store.post(agencies=(un,))
    store.post(agencies=("nobody",), relevance="no")
    items = labelled_posts(session, week_period(WEEK), "test@1")

    assert agencies_by_type(items, AGENCIES) == {"INGO": (ingo,), "UN": (un,)}


def test_a_code_that_is_not_in_the_codebook_has_no_family(store, session):
    store.post("suspicious", narrative="ZZZ")
    (item,) = labelled_posts(session, week_period(WEEK), "test@1")

    assert suspicious_family(item, CODEBOOK) is None


@pytest.mark.parametrize("code", PERSON_ONLY_NARRATIVES)
def test_an_allegation_of_abuse_is_counted_only_when_a_person_has_coded_it(store, session, code):
    by_machine = store.post("suspicious", narrative=code)
    by_person = store.post("suspicious", narrative=code)
    store.annotate(by_person, relevance="yes", stance="suspicious", narrative=code)

    items = labelled_posts(session, week_period("2024-W38"), "test@1")
    families = {item.post_id: suspicious_family(item, CODEBOOK) for item in items}

    assert families == {by_machine: None, by_person: "abuse"}

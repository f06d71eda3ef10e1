"""What needs a person is found, raised once, and cleared when it is over."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from models import CommentCoverage, CountProbe, CoverageGap, OperationsAlert, Spend
from models.database import open_session, read_session
from models.spend import SpendTotals
from pipelines.doctor import examine
from pipelines.operations import facts as operations
from pipelines.operations.alerts import Trouble, open_alerts, raise_and_clear, troubles
from pipelines.operations.daily_mail import daily_facts, daily_text
from pipelines.operations.facts import LowYield, gather, low_yield
from pipelines.operations.findings import collection_findings
from pipelines.operations.watch import watch

DAY = timedelta(days=1)


@pytest.fixture
def facts(deployment, now):
    def read():
        with read_session(deployment.engine) as session:
            return gather(session, deployment.settings, None, now)

    return read


def findings(facts):
    return [(one.level, one.subject, one.message) for one in collection_findings(facts)]


def told(facts, subject):
    return [(level, message) for level, about, message in findings(facts) if about == subject]


def test_a_page_that_always_fails_while_others_are_received_shouts_since_when(facts, cover, now):
    cover(now - 4 * DAY, now - 3 * DAY, query="page-a", source="facebook_pages")
    cover(now - 3 * DAY, now, "failed", "permission: graph_10", "facebook_pages", "page-a")
    cover(now - 4 * DAY, now, query="page-b", source="facebook_pages")

    assert told(facts(), "always fails") == [
        (
            "error",
            f"facebook_pages/page-a: nothing received since {now - 3 * DAY:%Y-%m-%d %H:%M}Z: "
            "permission: graph_10",
        )
    ]


def test_a_feed_that_does_not_reach_further_back_is_no_failure(facts, cover, now):
    cover(now - 9 * DAY, now, "partial", "ranked_history", "facebook_pages", "a")
    cover(now - 9 * DAY, now, "partial", "older_than_feed: the newest only", "media_feeds", "b")

    assert told(facts(), "always fails") == []


def test_a_page_that_is_no_longer_asked_does_not_shout(facts, cover, now):
    cover(now - 9 * DAY, now - 5 * DAY, "failed", "permission: graph_10", "facebook_pages", "a")
    cover(now - 9 * DAY, now, "failed", "http_503", "x_archive", "aid")

    assert told(facts(), "always fails") == []


def test_a_query_that_failed_for_an_hour_does_not_shout(facts, cover, now):
    cover(now - DAY, now - timedelta(hours=1))
    cover(now - timedelta(hours=1), now, "failed", "http_503")

    assert told(facts(), "always fails") == []


@pytest.mark.parametrize(
    ("received", "minimum", "found"),
    [
        (3, 3, ()),
        (2, 3, (LowYield("x_search", "aid", 2, 3),)),
        (0, 1, (LowYield("x_search", "aid", 0, 1),)),
    ],
)
def test_a_query_below_its_minimum_in_a_whole_week_is_found(
    deployment, cover, post, now, received, minimum, found
):
    cover(now - 8 * DAY, now)
    for number in range(received):
        post(f"p{number}", now - DAY)

    with read_session(deployment.engine) as session:
        assert low_yield(session, {("x_search", "aid"): minimum}, now) == found


def test_a_week_with_a_gap_says_nothing_about_yield(deployment, cover, now):
    cover(now - 8 * DAY, now - 2 * DAY)
    cover(now - DAY, now)

    with read_session(deployment.engine) as session:
        assert low_yield(session, {("x_search", "aid"): 5}, now) == ()


def test_a_query_asked_in_parts_is_judged_by_all_of_them(deployment, cover, post, now):
    for number in (1, 2):
        cover(now - 8 * DAY, now, query=f"aid.{number}")
        post(f"p{number}", now - DAY, query="aid")

    with read_session(deployment.engine) as session:
        assert low_yield(session, {("x_search", "aid"): 2}, now) == ()
        assert low_yield(session, {("x_search", "aid"): 3}, now) == (
            LowYield("x_search", "aid", 2, 3),
        )


def test_a_query_of_which_one_part_always_fails_says_nothing_about_yield(deployment, cover, now):
    cover(now - 8 * DAY, now, query="aid.2")
    cover(now - 8 * DAY, now, "failed", "http_400", query="aid.3")

    with read_session(deployment.engine) as session:
        assert low_yield(session, {("x_search", "aid"): 5}, now) == ()


def test_a_source_that_waits_says_until_when(deployment, facts, run):
    run(requests=7, stats={"rate_waits": 2})
    folder = deployment.settings.home / "status"
    folder.mkdir()
    (folder / "crawl-x_search.json").write_text(
        json.dumps({"state": "waiting", "since": "T1", "until": "T2", "pages": 3, "posts": 250})
    )
    (folder / "crawl-broken.json").write_text("{")

    ((level, message),) = told(facts(), "source")
    assert level == "ok"
    assert message.startswith("x_search: waiting until T2; since T1, 3 pages, 250 posts; last good")
    assert message.endswith("last day: 7 requests, 2 waits for a limit")


def test_a_crawl_that_was_killed_does_not_run_for_ever(deployment, facts, run):
    run(status="failed", reason="interrupted")
    folder = deployment.settings.home / "status"
    folder.mkdir()
    state = {"state": "running", "run_id": 1, "since": "T1", "pages": 3, "posts": 250}
    (folder / "crawl-x_search.json").write_text(json.dumps(state))

    ((level, message),) = told(facts(), "source")
    assert level == "warning"
    assert message.startswith("x_search: failed; interrupted")


def test_a_refused_token_needs_a_person(facts, run):
    run(status="failed", reason="token_refused: X answered 401; check VIGIE_X_BEARER_TOKEN")

    assert told(facts(), "source stopped") == [
        ("error", "x_search: token_refused: X answered 401; check VIGIE_X_BEARER_TOKEN")
    ]


def test_a_source_that_is_stopped_is_told_once_and_not_for_each_of_its_pages(
    facts, cover, run, now
):
    refused = "token_refused: graph_190: the token is not valid; renew VIGIE_FACEBOOK_TOKEN"
    run("facebook_pages", status="failed", reason=refused)
    for page in ("a", "b"):
        cover(now - 3 * DAY, now, "failed", refused, "facebook_pages", page)
    cover(now - 3 * DAY, now, "failed", "gone: graph_803", "facebook_pages", "c")

    assert [(one.kind, one.subject) for one in troubles(facts())] == [
        ("always_fails", "facebook_pages/c"),
        ("source_stopped", "facebook_pages"),
    ]


def test_spend_stands_beside_its_limits_and_beside_xs_own_count(deployment, save, now):
    save(
        Spend(source="x_search", day=f"{now:%Y-%m-%d}", endpoint="e", posts=100, usd=1.9),
        Spend(source="x_search", day=f"{now:%Y-%m}-01", endpoint="e", posts=100, usd=1.0),
        CountProbe(
            source="x_usage",
            query_id="project",
            window_start=now.replace(day=2, hour=0),
            window_end=now.replace(day=3, hour=0),
            query_version="v1",
            counted=180,
            probed_at=now,
        ),
    )
    settings = deployment.settings.model_copy(update={"x_daily_usd": 2.0})
    with read_session(deployment.engine) as session:
        found = gather(session, settings, None, now)

    assert found.money.spent == SpendTotals(1.9, 2.9, 200)
    assert told(found, "budget") == [
        ("warning", "X, day: 1.90 USD spent at most of 2.00; 0.10 left"),
        ("ok", "X, month: 2.90 USD spent at most; no limit is set"),
        (
            "ok",
            "X, month: 200 posts read of 3000000; 180 by X's own count up to "
            f"{now:%Y-%m}-03",
        ),
    ]  # fmt: skip


def test_comments_are_held_against_those_claimed_beside_what_hides_some(facts, post, save, now):
    post("known", now - DAY)
    post("untold", now - DAY)
    save(
        comments_of("known", now, claimed=10, collected=5, hidden=2, authors_known=4),
        comments_of("untold", now, ordering="ranked", hidden=0, authors_known=1),
    )

    assert told(facts(), "comments") == [
        (
            "warning",
            "5 of 10 claimed in the last 30 days (50 %); 1 threads claim no number;"
            " 5 tell their author, 2 are hidden by their page, 1 threads came ranked",
        )
    ]


def comments_of(post_id, now, *, collected=3, **more):
    return CommentCoverage(post_id=post_id, polled_at=now, collected=collected, **more)


@pytest.mark.parametrize(
    ("noted", "doctor", "french", "english"),
    [
        (
            (),
            "unknown tell their author, unknown are hidden by their page, 0 threads came ranked;"
            " of 1 threads authors and hiding are unknown",
            "auteur indiqué : nombre inconnu, masqués par leur page : nombre inconnu",
            "author told: number unknown, hidden by their page: number unknown",
        ),
        (
            ("noted",),
            "2 tell their author, 0 are hidden by their page, 0 threads came ranked;"
            " of 1 threads authors and hiding are unknown",
            "auteurs et masquage non relevés pour 1 fils",
            "authors and hiding not noted for 1 threads",
        ),
    ],
)
def test_what_was_not_noted_of_comments_is_told_as_unknown_and_never_as_none(
    deployment, facts, post, save, now, noted, doctor, french, english
):
    for post_id in ("before", *noted):
        post(post_id, now - DAY)
    save(
        comments_of("before", now, claimed=3),
        *(comments_of(one, now, claimed=3, hidden=0, authors_known=2) for one in noted),
    )

    (line,) = told(facts(), "comments")
    assert doctor in line[1]
    mail = daily_text(daily_facts(deployment, (now - DAY).date(), now=now))
    assert french in mail
    assert english in mail


def a_gap(now, found_at=None, **more):
    return CoverageGap(
        source="x_search",
        query_id="aid",
        window_start=now - 2 * DAY,
        window_end=now - DAY,
        reason="http_503",
        found_at=found_at or now,
        **more,
    )


def test_an_open_gap_is_told_and_a_final_one_needs_a_person(facts, save, now):
    save(a_gap(now))
    assert [level for level, _ in told(facts(), "gap")] == ["warning"]
    assert list(troubles(facts())) == []


def test_a_final_gap_is_raised_with_its_reason(facts, save, now):
    save(a_gap(now, final="out_of_reach: too old"))

    assert [
        (one.kind, one.detail.endswith("out_of_reach: too old")) for one in troubles(facts())
    ] == [("gap_stays", True)]


def test_a_gap_that_lies_in_how_a_source_works_needs_nobody(facts, save, now):
    gap = a_gap(now, final="ranked_history")
    gap.reason = "ranked_history"
    save(gap)

    assert list(troubles(facts())) == []
    assert len(facts().gaps) == 1


def test_a_gap_nobody_can_fill_is_not_repeated_for_ever(facts, save, now):
    save(a_gap(now, found_at=now - 8 * DAY, final="out_of_reach: too old"))

    assert list(troubles(facts())) == []
    assert len(facts().gaps) == 1


@pytest.mark.parametrize(
    ("free", "total", "found"),
    [(400_000_000, 10**12, 1), (2 * 10**9, 10**12, 0), (10**8, 10**9, 0)],
)
def test_a_disk_that_is_nearly_full_needs_a_person(facts, free, total, found):
    full = replace(facts(), disk_free=free, disk_total=total)

    assert len([one for one in troubles(full) if one.kind == "disk"]) == found


def test_a_trouble_is_raised_once_goes_on_and_is_cleared_when_over(any_engine, now):
    one, later = Trouble("disk", "home", "300 MB are left"), now + DAY
    with open_session(any_engine) as session:
        assert len(raise_and_clear(session, [one], now)[0]) == 1
        raised, cleared = raise_and_clear(session, [replace(one, detail="200 MB are left")], later)
        assert (raised, cleared) == ([], [])
        (row,) = open_alerts(session)
        assert (row.since, row.seen_at, row.detail) == (now, later, "200 MB are left")
        assert len(raise_and_clear(session, [], later)[1]) == 1
        assert open_alerts(session) == []
        assert len(raise_and_clear(session, [one], later + DAY)[0]) == 1


def test_what_is_new_is_mailed_to_the_operator_at_once_and_only_once(deployment, save, now):
    save(a_gap(now, final="out_of_reach: too old"))
    assert watch(deployment, now=now) == "1 new, 0 over, 1 going on"
    assert watch(deployment, now=now + DAY) == "0 new, 0 over, 1 going on"

    (mail,) = deployment.settings.mailbox_dir.glob("*.eml")
    assert "lacune définitive, x_search/aid" in mail.read_text(encoding="utf-8")


def test_no_file_of_a_crawl_is_needed_and_no_text_is_told(deployment, facts, post, run, now):
    post("p", now - DAY)
    run()

    assert "personne ne doit lire" not in str(findings(facts()))
    assert operations.state_files(deployment.settings.home) == {}


def test_the_doctor_tells_all_of_it_and_that_no_scheduler_runs(deployment, run, save, now):
    run(status="failed", reason="credits_depleted: X answered 402; add credits")
    save(OperationsAlert(kind="disk", subject="home", since=now, seen_at=now))
    url = deployment.engine.url.render_as_string(hide_password=False)
    settings = deployment.settings.model_copy(update={"database_url": url})
    found = {(one.level, one.subject) for one in examine(settings)}

    assert ("error", "source stopped") in found
    assert ("warning", "scheduler") in found
    assert ("ok", "budget") in found


def test_a_clock_that_is_off_is_told(facts, run):
    run(stats={"clock_skew_seconds": -600})

    ((level, message),) = told(facts(), "clock")
    assert (level, message) == (
        "warning",
        "x_search: this machine's clock is -600 s off that of the platform",
    )


def test_facts_are_of_one_moment(facts, now: datetime):
    assert facts().at == now

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from config.agencies import load_agencies
from config.alert_rules import load_alert_rules
from config.codebook import load_codebook
from config.errors import UsageError
from config.places import load_places
from models import Alert, CoordinationRun, Coverage
from pipelines.alert_facts import Registers
from pipelines.alerts import decide, list_alerts, propose_alerts
from pipelines.periods import week_period, weeks_before
from pipelines.trends import build_week

WEEK = "2024-W38"
RULES = load_alert_rules()
AGENCIES, CODEBOOK, PLACES = load_agencies(), load_codebook(), load_places()
REGISTERS = Registers.of(CODEBOOK, AGENCIES, PLACES)


def rule(rule_id):
    return next(entry for entry in RULES if entry.rule_id == rule_id)


@pytest.fixture
def quiet(store, session, watch, now):
    """Eight complete weeks with one suspicious comment in all, and the tested week complete."""
    for weeks in range(-8, 1):
        store.cover(weeks=weeks)
    old = store.post(weeks=-8)
    store.comment(old, "suspicious", weeks=-4)
    return store


@pytest.fixture
def propose(session, watch, now):
    def run(*, rules=RULES, week=WEEK, now=now):
        for name in [*weeks_before(week, 8), week]:
            build_week(
                session,
                name,
                classifier="test@1",
                watchlist=watch(),
                codebook=CODEBOOK,
                agencies=AGENCIES,
                min_n=20,
                now=now,
            )
        return propose_alerts(
            session, week, rules=rules, registers=REGISTERS, classifier="test@1", now=now
        )

    return run


def rumour(store, size=7, **more):
    """Suspicious comments about a vaccination campaign under three posts; gives their ids."""
    given = {"target": "health_campaign", "narrative": "VAX"} | more
    roots = [store.post(weeks=-1) for _ in range(3)]
    return [store.comment(roots[n % 3], "suspicious", **given) for n in range(size)]


def pattern(session, posts, **more):
    period = week_period(WEEK)
    network = {
        "platform": "x",
        "accounts": 5,
        "objects": 4,
        "explained_by": None,
        "post_ids": sorted(posts),
    }
    session.merge(
        CoordinationRun(
            id=f"{WEEK}:all",
            object_kind="all",
            start=period.end - timedelta(weeks=4),
            end=period.end,
            parameters={"time_window": 60},
            summary={"flagged_under_permutation": [0, 0]},
            networks=[network | more],
        )
    )
    session.flush()


def test_a_rumour_over_a_quiet_baseline_proposes_one_alert_with_its_facts(quiet, propose, now):
    ids = rumour(quiet, places=("konna",))
    (alert,) = propose()

    facts = alert.facts
    assert (alert.id, alert.level, alert.status) == ("24-001", "watch", "proposed")
    assert alert.rule_id == "suspicious_comments_burst"
    assert (alert.start, alert.proposed_at) == (week_period(WEEK).start, now)
    assert facts["post_ids"] == ids
    assert (facts["items"], facts["threads"], facts["read_by_person"]) == (7, 3, 0)
    assert facts["baseline"]["counts"] == [0, 0, 0, 0, 1, 0, 0, 0]
    assert facts["p_value"] < 0.01
    assert facts["family"]["family_id"] == "health_products"
    assert facts["targets"] == {"health_campaign": 7}
    assert facts["versions"]["classifier"] == "test@1"


def test_the_narrower_rule_joins_the_alert_that_says_the_same(quiet, propose):
    rumour(quiet)

    (alert,) = propose()
    assert alert.facts["slices"] == ["all", "target:health_campaign"]


def test_a_narrower_rule_of_higher_level_is_not_swallowed(quiet, propose):
    rumour(quiet)
    narrow = replace(rule("suspicious_comments_target_burst"), level="urgent")

    found = propose(rules=(rule("suspicious_comments_burst"), narrow))
    assert [alert.level for alert in found] == ["watch", "urgent"]


def test_a_rule_of_platforms_looks_at_platforms_only(quiet, propose):
    for _ in range(9):
        quiet.post("suspicious", target="donor")
    by_platform = replace(rule("suspicious_posts_burst"), slice="platform")

    (alert,) = propose(rules=(by_platform,))
    assert alert.facts["slices"] == ["platform:x"]


def test_running_again_proposes_nothing_twice(quiet, propose, session):
    rumour(quiet)

    assert len(propose()) == 1
    assert propose() == []
    assert len(session.exec(select(Alert)).all()) == 1


def test_an_ordinary_week_proposes_nothing(quiet, propose):
    rumour(quiet, size=2)

    assert propose() == []


def test_an_incomplete_week_proposes_nothing(quiet, propose, session):
    rumour(quiet)
    coverage = week_period(WEEK)
    for row in session.exec(select(Coverage)).all():
        if row.window_start == coverage.start:
            row.window_end = coverage.end - timedelta(hours=1)
    session.flush()

    assert propose() == []


def test_four_complete_weeks_are_the_least_to_know_what_is_usual(store, propose):
    for weeks in (0, -1, -2, -3):
        store.cover(weeks=weeks)
    rumour(store)
    assert propose() == []

    store.cover(weeks=-4)
    assert len(propose()) == 1


def test_what_must_only_be_referred_never_reaches_an_alert(quiet, propose):
    rumour(quiet, narrative="SEA")
    assert propose() == []

    kept = rumour(quiet)
    (alert,) = propose()
    assert sorted(alert.facts["post_ids"]) == sorted(kept)
    assert alert.facts["family"]["family_id"] == "health_products"


def test_agencies_stand_in_the_facts_by_type_only(quiet, propose):
    named = [next(a for a in AGENCIES if a.type == kind) for kind in ("UN", "INGO")]
    rumour(quiet, agencies=tuple(agency.agency_id for agency in named))

    (alert,) = propose()
    written = json.dumps(alert.facts)
    assert alert.facts["agency_types"] == {"INGO": 7, "UN": 7}
    assert not any(f'"{agency.agency_id}"' in written for agency in named)
    assert not any(agency.name in written for agency in named)


def test_places_are_counted_by_text_and_the_country_is_no_place(quiet, propose):
    town = next(place for place in PLACES if place.level == "town")
    country = next(place for place in PLACES if place.level == "adm0")
    roots = [quiet.post(weeks=-1) for _ in range(3)]
    for number in range(7):
        where = (town.place_id, country.place_id) if number < 2 else (country.place_id,)
        quiet.comment(roots[number % 3], "suspicious", places=where)

    (alert,) = propose()
    assert [(p["name"], p["items"]) for p in alert.facts["places"]] == [(town.name, 2)]
    assert alert.facts["place_not_stated"] == 5


def test_many_more_posts_than_usual_are_for_information(store, propose):
    for weeks in range(-8, 1):
        store.cover(weeks=weeks)
        for _ in range(40 if weeks == 0 else 8):
            store.post(weeks=weeks)

    (alert,) = propose()
    assert (alert.rule_id, alert.level) == ("posts_volume_burst", "info")
    assert (alert.facts["count"], alert.facts["baseline"]["median"]) == (40, 8.0)


def test_a_pattern_without_explanation_is_proposed(quiet, propose, session):
    posts = [quiet.post("suspicious", weeks=-(n % 4)) for n in range(8)]
    pattern(session, posts)

    (alert,) = propose(rules=(rule("synchronised_pattern"),))
    assert sorted(alert.facts["post_ids"]) == sorted(posts)
    assert (alert.facts["kind"], alert.facts["objects"]) == ("synchronised", 4)
    assert alert.facts["flagged_under_permutation"] == [0, 0]


@pytest.mark.parametrize("more", [{"explained_by": "press_copy"}, {"accounts": 2}, {"objects": 1}])
def test_explained_or_small_patterns_are_not_proposed(quiet, propose, session, more):
    pattern(session, [quiet.post("suspicious") for _ in range(8)], **more)

    assert propose(rules=(rule("synchronised_pattern"),)) == []


def test_a_pattern_that_is_not_about_aid_is_nobody_s_business(quiet, propose, session):
    pattern(session, [quiet.post(relevance="no") for _ in range(8)])

    assert propose(rules=(rule("synchronised_pattern"),)) == []


def test_a_pattern_on_a_platform_not_fully_collected_is_not_proposed(quiet, propose, session):
    posts = [quiet.post("suspicious", platform="facebook") for _ in range(8)]
    pattern(session, posts)

    assert propose(rules=(rule("synchronised_pattern"),)) == []


def test_a_pattern_that_goes_on_is_proposed_once(quiet, propose, session, now):
    posts = [quiet.post("suspicious", weeks=-(n % 4)) for n in range(8)]
    pattern(session, posts)
    rules = (rule("synchronised_pattern"),)
    (first,) = propose(rules=rules)
    decide(session, first.id, "rejected", role="A1", now=now)

    quiet.cover(weeks=1)
    later = [quiet.post("suspicious", weeks=1) for _ in range(3)]
    pattern(session, posts[2:] + later)
    run = session.get(CoordinationRun, f"{WEEK}:all")
    session.add(CoordinationRun(**(run.model_dump() | {"id": "2024-W39:all"})))
    session.flush()
    assert propose(rules=rules, week="2024-W39", now=now + timedelta(weeks=1)) == []


def test_numbers_run_through_a_year_and_begin_again_in_the_next(quiet, propose, session, now):
    rumour(quiet)
    (first,) = propose()
    for old in ("24-007", "23-050"):
        session.add(Alert(**(first.model_dump() | {"id": old, "dedupe_key": old})))
    first.dedupe_key = "moved"
    session.flush()

    assert [alert.id for alert in propose()] == ["24-008"]
    session.get(Alert, "24-008").dedupe_key = "moved too"
    session.flush()
    assert [alert.id for alert in propose(now=now + timedelta(days=120))] == ["25-001"]


def test_a_person_decides_under_a_role_and_the_decision_stands(quiet, propose, session, now):
    rumour(quiet)
    (alert,) = propose()

    decided = decide(session, alert.id, "validated", role="A1", now=now)
    assert (decided.status, decided.decided_by, decided.decided_at) == ("validated", "A1", now)
    again = decide(session, alert.id, "validated", role="A1", now=now + timedelta(hours=1))
    assert (again.decided_by, again.decided_at) == ("A1", now)
    for verdict in ("validated", "rejected"):
        with pytest.raises(UsageError, match="already validated"):
            decide(session, alert.id, verdict, role="A2", now=now)


@pytest.mark.parametrize("role", ["", "Jean Dupont", "j@x.org", "a" * 17])
def test_a_decision_is_signed_by_a_role_code(quiet, propose, session, now, role):
    rumour(quiet)
    (alert,) = propose()

    with pytest.raises(UsageError, match="is no role code"):
        decide(session, alert.id, "validated", role=role, now=now)


@pytest.mark.parametrize(
    ("alert_id", "verdict", "says"),
    [("24-999", "validated", "no alert '24-999'"), ("24-999", "ok", "no verdict")],
)
def test_a_wrong_decision_says_what_to_write(session, now, alert_id, verdict, says):
    with pytest.raises(UsageError, match=says):
        decide(session, alert_id, verdict, role="A1", now=now)


def test_alerts_are_listed_newest_first_and_by_status(quiet, propose, session, now):
    rumour(quiet)
    (first,) = propose()
    session.add(
        Alert(**(first.model_dump() | {"id": "24-002", "dedupe_key": "x", "status": "rejected"}))
    )
    session.flush()

    assert [alert.id for alert in list_alerts(session)] == ["24-002", "24-001"]
    assert [alert.id for alert in list_alerts(session, "proposed")] == ["24-001"]

"""The facts of a week, counted from a store."""

from datetime import UTC, datetime

import pytest

from config.errors import InputError
from pipelines.reports.model import facts_from_json
from pipelines.trends import load_series

WEEK = "2024-W38"


@pytest.fixture
def covered(world):
    """This week completely collected, nothing in it yet."""
    world.store.cover()
    world.store.cover("facebook_pages", "Radio Baobab")
    return world


def test_posts_and_comments_are_counted_apart(covered):
    post = covered.store.post(platform="facebook")
    covered.store.comment(post, "suspicious")
    facts = covered.facts()
    assert facts.figure("posts.items").value == 1
    assert facts.figure("comments.items").value == 1
    assert facts.figure("posts.suspicious").value == 0


def test_every_counted_post_of_a_figure_is_an_item_with_its_label(covered):
    post = covered.store.post("suspicious", target="donor", tone="negative", platform="x")
    facts = covered.facts()
    assert facts.figure("posts.suspicious").items == (post,)
    item = facts.items[post]
    assert (item.platform, item.kind, item.day) == ("x", "post", "2024-09-16")
    assert (item.stance, item.tone, item.target) == ("suspicious", "negative", "donor")
    assert (item.label_source, item.classifier) == ("prediction", "test@1")


def test_an_annotation_is_the_source_of_the_label_it_sets(covered):
    post = covered.store.post("neutral")
    covered.store.annotate(post, stance="suspicious", relevance="yes")
    item = covered.facts().items[post]
    assert (item.stance, item.label_source, item.classifier) == ("suspicious", "annotation", None)


def test_a_share_is_provisional_until_a_person_has_read_all_it_rests_on(covered):
    first, second = covered.store.post("neutral"), covered.store.post("neutral")
    covered.store.annotate(first, stance="neutral", relevance="yes")
    assert covered.facts().figure("posts.suspicious").provisional
    covered.store.annotate(second, stance="neutral", relevance="yes")
    assert not covered.facts().figure("posts.suspicious").provisional


def test_an_item_no_one_has_read_is_not_in_the_denominator(covered):
    covered.store.post("neutral")
    covered.store.post(not_read="audio", predicted=False)
    facts = covered.facts()
    assert facts.figure("posts.suspicious").n == 1
    assert facts.figure("posts.not_read.audio").value == 1
    assert facts.not_read_forms == ("audio",)


def test_a_share_below_the_least_denominator_may_not_be_shown(covered):
    for _ in range(20):
        covered.store.post("neutral")
    assert covered.facts(min_n=20).figure("posts.suspicious").displayable
    assert not covered.facts(min_n=21).figure("posts.suspicious").displayable


def test_zero_of_n_has_an_upper_bound(covered):
    for _ in range(25):
        covered.store.post("neutral")
    figure = covered.facts().figure("target.named_agency.posts")
    assert (figure.value, figure.n) == (0, 25)
    assert figure.high == pytest.approx(0.1372, abs=1e-4)


def test_comments_of_fewer_than_five_threads_have_no_interval(covered):
    post = covered.store.post(platform="facebook")
    for _ in range(30):
        covered.store.comment(post, "suspicious")
    figure = covered.facts().figure("comments.suspicious")
    assert (figure.value, figure.low, figure.displayable) == (30, None, False)


def test_engagement_unknown_everywhere_is_none(covered):
    covered.store.post()
    engagements = covered.facts().figure("engagements")
    assert (engagements.value, engagements.n) == (None, 0)


def test_engagement_says_for_how_many_posts_it_is_known(covered):
    covered.store.post(likes=5)
    covered.store.post(likes=7)
    covered.store.post()
    engagements = covered.facts().figure("engagements")
    assert (engagements.value, engagements.n) == (12, 2)


def test_narratives_that_no_one_has_coded_are_unknown(covered):
    covered.store.post("suspicious", narrative=None)
    facts = covered.facts()
    assert facts.theme_kind == "target"
    assert facts.figure("family.health_products.posts").value is None
    assert facts.figure("posts.attack").value is None


def test_a_coded_narrative_is_counted_in_its_family(covered):
    covered.store.post("suspicious", narrative="VAX")
    facts = covered.facts()
    assert facts.theme_kind == "family"
    assert facts.figure("family.health_products.posts").value == 1
    assert facts.figure("family.uncoded.posts").value == 0


def test_only_organisations_of_aid_are_counted_as_mentioned(covered):
    regulators = [a.agency_id for a in covered.agencies if not a.counts_as_aid]
    covered.store.post(agencies=[covered.aid[0], regulators[0]])
    assert covered.facts().figure("organisations").value == 1


def test_a_week_that_is_not_over_is_incomplete(covered):
    facts = covered.facts(now=datetime(2024, 9, 20, tzinfo=UTC))
    assert not facts.complete
    assert "week_not_over" in facts.gaps


def test_a_page_that_was_not_collected_makes_the_week_incomplete(world):
    world.store.cover()
    facts = world.facts()
    assert facts.status == "incomplete"
    assert (facts.figure("coverage.facebook_pages").value, facts.sources[1].name) == (
        0,
        "Radio Baobab",
    )


def test_patterns_are_unknown_where_no_detection_was_run(covered):
    facts = covered.facts()
    assert facts.patterns == "not_run"
    assert facts.figure("patterns").value is None


def test_explained_patterns_are_counted_apart_and_chance_stands_beside_the_flagged(covered):
    post = covered.store.post()
    covered.networks(None, "press_copy", post_ids=[post])
    facts = covered.facts()
    assert facts.figure("patterns").value == 1
    assert facts.figure("patterns.explained.press_copy").value == 1
    assert facts.figure("pairs.flagged").value == 10
    assert facts.figure("pairs.by_chance").value == pytest.approx(1 / 3)
    assert facts.figure("patterns").items == (post,)


def test_evidence_of_a_pattern_from_an_earlier_week_is_an_item_too(covered):
    post = covered.store.post(weeks=-2)
    covered.networks(None, post_ids=[post])
    assert post in covered.facts().items


def test_an_alert_of_the_week_asks_to_watch(covered):
    covered.alert(level="watch")
    assert covered.facts().status == "to_watch"


def test_a_validated_warning_is_the_status(covered):
    covered.alert(level="warning", status="validated")
    assert covered.facts().status == "alert"


def test_a_rejected_alert_is_not_in_the_report(covered):
    covered.alert(status="rejected")
    facts = covered.facts()
    assert (facts.alerts, facts.status) == ((), "usual")


def test_an_alert_for_information_leaves_the_status_usual(covered):
    covered.alert(level="info")
    assert covered.facts().status == "usual"


def test_the_rumour_of_the_told_world_is_a_rise(facts):
    assert facts.readings["comments.suspicious"] == "rise"
    assert facts.status == "to_watch"
    assert facts.burst_weeks == (WEEK,)


def test_this_week_and_the_stored_series_agree(told):
    for measure, key in (("volume", "items"), ("stance:suspicious", "suspicious")):
        for scope in ("posts", "comments"):
            [point] = load_series(told.session, measure, scope, "all", [WEEK])
            figure = told.facts().figure(f"{scope}.{key}")
            assert figure.value == point.count
            if key == "suspicious":
                assert (figure.n, figure.low, figure.high) == (point.total, point.low, point.high)


def test_equal_stores_give_equal_snapshots_whenever_they_are_made(covered):
    covered.store.post()
    first = covered.facts()
    again = covered.facts(now=datetime(2024, 12, 1, tzinfo=UTC))
    assert first.snapshot_id == again.snapshot_id


def test_a_changed_label_changes_the_snapshot(covered):
    post = covered.store.post("neutral")
    first = covered.facts()
    covered.store.annotate(post, stance="suspicious", relevance="yes")
    assert covered.facts().snapshot_id != first.snapshot_id


def test_facts_survive_their_json(facts):
    again = facts_from_json(facts.canonical_json(), "test")
    assert again.canonical_json() == facts.canonical_json()


def test_facts_hold_no_text_and_no_account(told):
    text = told.facts().canonical_json()
    assert "text 1" not in text
    assert "account" not in text


def test_json_that_is_no_snapshot_is_refused_by_name():
    with pytest.raises(InputError, match=r"other\.json is not the snapshot"):
        facts_from_json('{"week": 3}', "other.json")

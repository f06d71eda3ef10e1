import pytest
from sqlmodel import select

from models import Engagement
from pipelines.labels import labelled_posts
from pipelines.periods import week_period

WEEK = week_period("2024-W38")


@pytest.fixture
def labelled(session):
    def by_id():
        return {item.post_id: item for item in labelled_posts(session, WEEK, "test@1")}

    return by_id


def test_the_period_takes_its_first_moment_and_not_its_end(store, labelled):
    first = store.post(created_at=WEEK.start)
    store.post(created_at=WEEK.end)

    assert list(labelled()) == [first]


def test_posts_come_in_order_of_time_then_id(store, session):
    later = store.post(day=3)
    tie_b, tie_a = store.post(id="b"), store.post(id="a")

    found = [item.post_id for item in labelled_posts(session, WEEK, "test@1")]
    assert found == [tie_a, tie_b, later]


def test_a_pure_repost_says_nothing_of_its_own(store, labelled):
    store.post(kind="repost")

    assert labelled() == {}


def test_an_annotation_counts_over_the_prediction(store, labelled):
    post = store.post("suspicious")
    store.annotate(post, relevance="yes", stance="neutral")

    item = labelled()[post]
    assert (item.stance, item.provisional, item.needs_review) == ("neutral", False, False)


def test_what_the_annotation_leaves_open_stays_the_machine_s_and_provisional(store, labelled):
    post = store.post("suspicious", tone="negative")
    store.annotate(post, relevance="yes")

    item = labelled()[post]
    assert (item.stance, item.tone, item.provisional) == ("suspicious", "negative", True)


def test_the_newest_of_two_annotations_counts(store, labelled):
    post = store.post()
    store.annotate(post, coder="A2", hours=2, stance="positive")
    store.annotate(post, coder="A1", hours=1, stance="suspicious")

    assert labelled()[post].stance == "positive"


def test_only_the_classifier_asked_for_is_heard(store, labelled):
    post = store.post(predicted=False)
    store.predict(post, classifier="other@1", relevance="yes", stance="suspicious")

    item = labelled()[post]
    assert (item.stance, item.relevance, item.in_scope) == (None, None, False)


@pytest.mark.parametrize(
    ("relevance", "in_scope"), [("yes", True), ("no", False), ("cannot_tell", False), (None, False)]
)
def test_a_post_is_in_scope_when_it_is_relevant(store, labelled, relevance, in_scope):
    post = store.post(relevance=relevance)

    assert labelled()[post].in_scope is in_scope


def test_a_post_that_no_query_brought_in_is_context_only(store, labelled):
    post = store.post(collected=False)

    assert not labelled()[post].in_scope


@pytest.mark.parametrize(
    ("relevance", "in_scope"), [("yes", True), ("no", False), ("cannot_tell", True), (None, True)]
)
def test_a_comment_inherits_its_parent_s_scope_unless_off_topic(
    store, labelled, relevance, in_scope
):
    parent = store.post(weeks=-1)  # older than the week
    comment = store.comment(parent, relevance=relevance)

    item = labelled()[comment]
    assert (item.in_scope, item.parent_in_scope) == (in_scope, True)


def test_a_comment_under_a_post_out_of_scope_is_out_whatever_it_says(store, labelled):
    comment = store.comment(store.post(relevance="no"), relevance="yes")

    item = labelled()[comment]
    assert (item.in_scope, item.parent_in_scope) == (False, False)


def test_an_answer_to_an_off_topic_comment_is_out(store, labelled):
    root = store.post()
    off_topic = store.comment(root, relevance="no")
    answer = store.comment(off_topic, root_id=root)

    assert not labelled()[answer].in_scope


def test_a_reply_found_by_itself_under_an_unwatched_post_is_judged_by_itself(store, labelled):
    context = store.post(collected=False)
    aside = {"kind": "reply", "platform": "x"}
    about_aid = store.comment(context, **aside)
    unclear = store.comment(context, relevance="cannot_tell", **aside)
    orphan = store.comment("never-seen", **aside)

    items = labelled()
    assert items[about_aid].in_scope
    assert items[about_aid].parent_in_scope is None
    assert not items[unclear].in_scope
    assert items[orphan].in_scope


def test_parents_that_lead_in_a_circle_are_out_of_scope_and_end(store, labelled):
    store.comment("b", id="a")
    store.comment("a", id="b")

    assert [item.in_scope for item in labelled().values()] == [False, False]


def test_a_very_long_chain_of_replies_is_followed(store, labelled):
    parent = store.post(weeks=-1)
    for _ in range(1050):  # deeper than Python's stack
        parent = store.comment(parent, root_id="p00001", weeks=-1, predicted=False)
    last = store.comment(parent, root_id="p00001")

    assert labelled()[last].in_scope


def test_comments_stand_in_the_thread_of_their_root(store, labelled):
    root = store.post()
    comment = store.comment(root)
    answer = store.comment(comment, root_id=root)

    items = labelled()
    assert {items[name].thread_id for name in (root, comment, answer)} == {root}
    assert items[comment].is_comment
    assert not items[root].is_comment


def test_agencies_and_places_are_listed_once_each_in_order(store, labelled):
    post = store.post(agencies=("wfp", "msf", "wfp"), places=("konna", "gao"))

    item = labelled()[post]
    assert (item.agencies, item.places) == (("msf", "wfp"), ("gao", "konna"))


def test_unknown_engagement_is_unknown_and_zero_is_zero(store, labelled):
    unknown, zero, views_only = store.post(), store.post(likes=0), store.post(views=9)

    items = labelled()
    assert items[unknown].engagement is None
    assert items[zero].engagement == 0
    assert (items[views_only].engagement, items[views_only].views) == (None, 9)


def test_a_paraphrase_counts_under_the_language_of_the_post_it_tells(store, labelled):
    told = store.post(language="fr", platform_language="ff", acquisition="by_hand:press")
    found = store.post(language="fr", platform_language="ff")

    assert {post: item.language for post, item in labelled().items()} == {told: "ff", found: "fr"}


@pytest.mark.parametrize(
    ("reactions", "interactions"),
    [({"like": 4, "angry": 2, "total": 7}, 7), ({"like": 4, "angry": 2}, 6), ({"total": 7}, 7)],
)
def test_reactions_are_counted_once_whether_by_type_or_in_total(
    store, session, labelled, reactions, interactions
):
    post = store.post(likes=4)
    session.exec(select(Engagement)).one().reactions = reactions
    session.flush()

    assert labelled()[post].engagement == interactions

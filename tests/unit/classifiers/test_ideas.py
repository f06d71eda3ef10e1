from classifiers.ideas import idea_groups
from corpus_items import item


def test_one_idea_one_pair_and_one_thread_are_each_a_group():
    items = [
        item("1", idea="forage"),
        item("2", idea="Forage"),
        item("3", pair="p1"),
        item("4", pair="p1"),
        item("5", text="Avis"),
        item("6", kind="comment", parent_text="Avis"),
    ]

    assert idea_groups(items) == ["1", "1", "3", "3", "5", "5"]


def test_links_go_on_from_one_to_the_next():
    items = [
        item("1", idea="a"),
        item("2", idea="b"),
        item("3", idea="a", pair="p"),
        item("4", idea="b", pair="p"),
    ]

    assert idea_groups(items) == ["1", "1", "1", "1"]


def test_the_same_idea_of_two_batches_is_two():
    items = [item("1", idea="forage"), item("2", idea="forage", batch="test/u")]

    assert idea_groups(items) == ["1", "2"]

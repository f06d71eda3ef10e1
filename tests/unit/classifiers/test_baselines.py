from classifiers.baselines import majority, score_stance, tfidf_baseline


def test_the_majority_is_the_most_frequent_and_ties_go_by_name():
    assert majority(["b", "a", "b", "a"], 2) == ["a", "a"]
    assert majority(["b", "b", "a"], 1) == ["b"]


def test_the_baseline_learns_words():
    texts = ["merci pour le riz", "merci beaucoup", "espions dehors", "des espions partout"] * 3
    labels = ["positive", "positive", "suspicious", "suspicious"] * 3

    assert tfidf_baseline(texts, labels, ["un grand merci", "ces espions"]) == [
        "positive",
        "suspicious",
    ]


def test_a_stance_score_stands_beside_both_baselines():
    scored = score_stance(
        ["positive", "neutral"],
        ["positive", "positive"],
        ["merci", "avis"],
        train_texts=["merci bien", "avis de réunion", "avis public"],
        train_labels=["positive", "neutral", "neutral"],
    )

    assert scored.model.accuracy.value == 0.5
    assert scored.majority.accuracy.value == 0.5
    assert scored.tfidf.accuracy.n == 2


def test_with_one_label_to_learn_the_baseline_gives_it():
    assert tfidf_baseline(["merci", "avis"], ["neutral", "neutral"], ["riz"]) == ["neutral"]
    assert tfidf_baseline(["merci", "avis"], ["neutral", "positive"], []) == []

import json

import pytest

from classifiers.agreement import Labels, agreement, load_agreement, nominal_alpha
from config.errors import InputError
from corpus_items import item

LABELS = {
    "relevance": "yes",
    "label": "neutral",
    "narrative": "NEWS",
    "tone": "neutral",
    "target": "none",
    "severity": "none",
    "flags": [],
    "stances": [],
}
ITEMS = [item(f"{index}", language="fr" if index < 6 else "en") for index in range(12)]


def read(item_id, stances=(), flags=(), **fields):
    values = {name: value for name, value in LABELS.items() if isinstance(value, str)}
    return Labels(item_id, {**values, **fields}, frozenset(flags), dict(stances))


def row(found, field, language="all"):
    return next(r for r in found.rows if (r.field, r.language) == (field, language))


@pytest.mark.parametrize(
    ("first", "second", "alpha"),
    [
        # Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): parts A and B.
        ("0100000010", "1110010000", 0.095),
        ("aabbdcccedda", "babbbccceddd", 0.692),
        ("abab", "abab", 1.0),
        # Each has both values once: all pairs differ, more than by chance.
        ("ab", "ba", -0.5),
    ],
)
def test_alpha_is_that_of_the_published_examples(first, second, alpha):
    assert nominal_alpha(list(first), list(second)) == pytest.approx(alpha, abs=5e-4)


def test_a_value_that_one_coder_left_out_gives_no_pair():
    whole = nominal_alpha(list("0100000010"), list("1110010000"))
    first, second = [*"0100000010", None, "1"], [*"1110010000", "1", None]

    assert nominal_alpha(first, second) == pytest.approx(whole)


def test_where_nothing_varies_alpha_is_unknown_and_not_one():
    assert nominal_alpha(["a", "a"], ["a", "a"]) is None
    assert nominal_alpha([None], ["a"]) is None
    assert nominal_alpha([], []) is None


def test_every_field_flag_and_language_has_its_alpha():
    first = [read(i.id, label="neutral" if n % 2 else "positive") for n, i in enumerate(ITEMS)]
    second = [read("0", label="neutral"), *first[1:]]

    found = agreement(first, second, ITEMS)

    assert {r.language for r in found.rows} == {"all", "en", "fr"}
    assert row(found, "label", "en").alpha == 1.0
    assert 0 < row(found, "label", "fr").alpha < 1
    assert row(found, "label").low <= row(found, "label").alpha <= row(found, "label").high
    assert (row(found, "label").agreed.k, row(found, "label").agreed.n) == (11, 12)
    assert row(found, "irony").alpha is None


def test_only_texts_read_twice_count():
    first = [read(i.id) for i in ITEMS]

    found = agreement(first, first[:3], ITEMS)

    assert (found.n, found.of_corpus) == (3, 0.25)
    assert row(found, "tone").agreed.n == 3


def test_stances_pair_by_actor_and_lone_actors_are_counted():
    first = [read("0", {"wfp": "neutral", "msf": "positive"}), read("1", {"wfp": "suspicious"})]
    second = [read("0", {"wfp": "neutral"}), read("1", {"wfp": "positive"})]

    found = agreement(first, second, ITEMS)

    assert (
        row(found, "stance of an actor").agreed.k,
        row(found, "stance of an actor").agreed.n,
    ) == (
        1,
        2,
    )
    assert (found.judged_by_one.k, found.judged_by_one.n) == (1, 3)


def test_an_alpha_above_the_limit_is_explained():
    same = [read(i.id, label="neutral" if n % 2 else "positive") for n, i in enumerate(ITEMS)]
    mixed = [read(i.id, label="neutral") for i in ITEMS]

    assert "label (all, en, fr; 0 of 12 differ)" in agreement(same, same, ITEMS).explanation
    assert "too easy" in agreement(same, same, ITEMS).explanation
    assert agreement(same, mixed, ITEMS).explanation == ""


def write(folder, name, *lines):
    folder.mkdir(exist_ok=True)
    text = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines)
    (folder / name).write_text(text, encoding="utf-8")


def test_second_readings_are_read_beside_the_first(tmp_path):
    folder = tmp_path / "second_pass"
    write(folder, "first.jsonl", {"id": "0", **LABELS}, {"id": "1", **LABELS, "tone": "positive"})
    write(folder, "b.jsonl", {"id": "1", **LABELS, "flags": ["irony"]})
    write(folder, "a.jsonl", {"id": "0", **LABELS})

    found = load_agreement(ITEMS, folder)

    assert found.n == 2
    assert (row(found, "tone").agreed.k, row(found, "irony").agreed.k) == (1, 1)


def test_without_the_folder_there_is_no_agreement(tmp_path):
    assert load_agreement(ITEMS, tmp_path / "second_pass") is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"id": "99", **LABELS}, "a.jsonl:2: id '99' is not in the corpus"),
        ({"id": "0", **LABELS}, "a.jsonl:2: id '0' is read twice"),
        ({"id": "1", **LABELS}, "no first labels of '1'; add its line"),
        ({"id": "2", **LABELS, "label": "bad"}, "a.jsonl:2: label is 'bad'; write one of neutral"),
        ({"id": "2", **LABELS, "narrative": ""}, "narrative is missing or empty"),
        ({"id": "2", **LABELS, "flags": ["x"]}, "flags are no list of known flags"),
        ({"id": "2", **LABELS, "stances": {}}, "stances is no list"),
        ({"id": "2", **LABELS, "stances": [{"stance": "neutral"}]}, "a stance names no actor"),
        (
            {"id": "2", **LABELS, "stances": [{"actor": "wfp", "stance": "bad"}]},
            "a stance is 'bad'",
        ),
        ("{oops\n", "a.jsonl:2: not JSON"),
        ("[]\n", "a.jsonl:2: not an object"),
    ],
)
def test_a_wrong_line_is_refused_with_file_line_and_advice(tmp_path, line, said):
    write(tmp_path, "first.jsonl", {"id": "0", **LABELS}, {"id": "2", **LABELS})
    write(tmp_path, "a.jsonl", {"id": "0", **LABELS}, line)

    with pytest.raises(InputError) as error:
        load_agreement(ITEMS, tmp_path)

    assert said in str(error.value)


def test_a_folder_without_first_or_second_labels_is_refused(tmp_path):
    write(tmp_path, "a.jsonl", {"id": "0", **LABELS})
    with pytest.raises(InputError, match=r"first\.jsonl: missing"):
        load_agreement(ITEMS, tmp_path)

    (tmp_path / "a.jsonl").rename(tmp_path / "first.jsonl")
    with pytest.raises(InputError, match="no second reading there"):
        load_agreement(ITEMS, tmp_path)

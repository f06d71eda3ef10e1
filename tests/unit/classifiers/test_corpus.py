import hashlib
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from classifiers.agreement import load_agreement
from classifiers.corpus import CORPUS_DIR, corpus_hash, load_part, load_splits
from classifiers.gates import neighbours
from classifiers.similarity import near_pairs
from classifiers.stance_measures import has_two_stances
from config.agencies import load_agencies
from config.codebook import load_codebook
from config.errors import InputError

# The test part is frozen. Only a correction of a wrong label may change this, never a model.
FROZEN = "5e3445848bf98e44c5d8e942d71a12bff6d8f646c11532fa5b70317b2305c844"

LINE = {
    "id": "T-1",
    "text": "Merci au PAM",
    "language": "fr",
    "platform": "facebook",
    "kind": "post",
    "venue": "other",
    "relevance": "yes",
    "label": "positive",
    "stances": [{"actor": "wfp", "stance": "positive"}],
    "tone": "positive",
    "target": "named_agency",
    "narrative": "THX",
    "severity": "none",
    "agencies": ["wfp"],
    "places": [],
    "flags": [],
    "hard_case": "",
    "idea": "thanks for rice",
}


def write(folder: Path, *lines: object) -> Path:
    """A corpus of these lines in its train part, and one line in each other part."""
    for part in ("dev", "test"):
        (folder / part).mkdir(parents=True, exist_ok=True)
        line = json.dumps({**LINE, "id": f"T-{part}"}) + "\n"
        (folder / part / "t.jsonl").write_text(line, encoding="utf-8")
    text = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines)
    (folder / "train").mkdir(exist_ok=True)
    (folder / "train" / "t.jsonl").write_text(text, encoding="utf-8")
    return folder


def relevant(items):
    return [item for item in items if item.relevance == "yes"]


def share(items, holds):
    return sum(holds(item) for item in items) / len(items)


def test_the_corpus_has_at_least_six_thousand_texts_and_a_thousand_to_test_on(splits):
    assert len(splits.all) >= 6000
    assert len({item.text for item in splits.all}) == len(splits.all)
    assert len(splits.test) >= 1000


@pytest.mark.parametrize(("language", "wanted"), [("fr", 0.5), ("en", 0.3), ("bm", 0.2)])
def test_languages_have_the_shares_wanted_in_each_part(splits, language, wanted):
    for part in (splits.train, splits.dev, splits.test):
        found = share(part, lambda item: item.language == language)
        assert found == pytest.approx(wanted, abs=0.05)


@pytest.mark.parametrize(
    ("stance", "wanted"), [("neutral", 0.45), ("positive", 0.20), ("suspicious", 0.35)]
)
def test_stances_have_the_shares_wanted_in_each_part(splits, stance, wanted):
    for part in (splits.train, splits.dev, splits.test):
        found = share(relevant(part), lambda item: item.stance == stance)
        assert found == pytest.approx(wanted, abs=0.05)


def test_look_alikes_and_hard_cases_are_many(corpus):
    assert share(corpus, lambda item: item.relevance != "yes") >= 0.15
    assert share(relevant(corpus), lambda item: bool(item.hard_case)) >= 0.45


def test_six_hundred_minimal_pairs_have_two_labels(corpus):
    pairs = defaultdict(set)
    for item in corpus:
        if item.pair:
            pairs[item.batch, item.pair].add((item.relevance, item.stance))

    assert sum(len(labels) > 1 for labels in pairs.values()) >= 600


def test_three_hundred_texts_judge_two_agencies_differently(splits):
    assert sum(has_two_stances(item) for item in splits.all) >= 300
    assert sum(has_two_stances(item) for item in splits.test) >= 80


def test_each_narrative_code_has_twenty_test_texts(splits):
    counts = Counter(item.narrative for item in splits.test)

    rare = {c.code: counts[c.code] for c in load_codebook().codes if counts[c.code] < 20}
    assert rare == {}


def test_comments_carry_the_post_they_answer_and_texts_have_all_lengths(corpus):
    words = sorted(len(item.text.split()) for item in corpus)

    assert share(corpus, lambda item: item.kind == "comment") > 0.4
    assert words[len(words) // 20] <= 8
    assert words[-len(words) // 40] >= 60


def test_every_narrative_and_agency_of_the_corpus_is_known(corpus):
    codes = {code.code for code in load_codebook().codes}
    agencies = {agency.agency_id for agency in load_agencies()}

    assert {item.narrative for item in corpus} <= codes
    assert {agency for item in corpus for agency in item.agencies} <= agencies


def test_severity_is_told_of_suspicious_texts_alone(corpus):
    assert [
        item.id for item in corpus if (item.stance == "suspicious") != (item.severity != "none")
    ] == []


def test_no_two_texts_of_the_corpus_are_near_copies(corpus):
    texts = [item.text for item in corpus]

    near = [(corpus[i].id, corpus[j].id) for i, j, _ in near_pairs(texts, texts, 0.8) if i < j]

    assert near == []


def test_items_that_wait_for_the_next_checkpoint_keep_the_same_distance(corpus):
    waiting = [item for part in ("train", "dev") for item in load_part(CORPUS_DIR / "later" / part)]
    texts = [item.text for item in waiting]
    known = [item.text for item in corpus]

    assert len(waiting) >= 3000
    assert not {item.id for item in waiting} & {item.id for item in corpus}
    assert [(i, j) for i, j, _ in near_pairs(texts, texts, 0.8) if i < j] == []
    assert near_pairs(texts, known, 0.8) == []
    assert near_pairs(texts, world_texts(), 0.6) == []


def test_no_test_text_stands_in_training_or_near_it(splits):
    found = neighbours((*splits.train, *splits.dev), splits.test)

    assert (found.copied, found.near_copies) == ((), ())
    assert found.quantiles["1"] < 0.8


def test_no_text_of_the_demo_world_is_near_a_training_text(corpus):
    world = world_texts()
    read = [item.text for item in corpus]
    read += sorted({item.parent_text for item in corpus if item.parent_text})

    assert len(world) >= 400
    assert [(read[i], world[j]) for i, j, _ in near_pairs(read, world, 0.6)] == []


def world_texts() -> list[str]:
    folder = Path(__file__).resolve().parents[3] / "crawlers" / "sandbox" / "texts"
    found: list[str] = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            gather(json.loads(line), found)
    return found


def gather(value: object, found: list[str]) -> None:
    if isinstance(value, dict):
        found.extend(
            text for key, text in value.items() if key.startswith("text") and isinstance(text, str)
        )
        for entry in value.values():
            gather(entry, found)
    elif isinstance(value, list):
        for entry in value:
            gather(entry, found)


def test_no_batch_idea_pair_or_parent_stands_in_two_parts(splits):
    keys = [
        {
            key
            for item in part
            for key in (
                ("batch", item.batch),
                ("idea", item.batch, item.idea.casefold()),
                ("pair", item.batch, item.pair or item.id),
                ("parent", item.parent_text or item.id),
            )
        }
        for part in (splits.train, splits.dev, splits.test)
    ]

    assert not keys[0] & keys[1]
    assert not (keys[0] | keys[1]) & keys[2]


def test_the_test_part_is_the_frozen_one():
    digest = hashlib.sha256()
    for path in sorted((CORPUS_DIR / "test").glob("*.jsonl")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())

    assert digest.hexdigest() == FROZEN


def test_one_text_in_seven_was_labelled_twice(corpus):
    found = load_agreement(corpus)

    assert found is not None
    assert found.of_corpus >= 0.15


def test_two_readings_agree_as_far_as_the_guide_demands(corpus):
    found = load_agreement(corpus)
    assert found is not None
    alphas = {row.field: row.alpha for row in found.rows if row.language == "all"}

    assert alphas["label"] >= 0.70
    assert alphas["narrative"] >= 0.60


def test_the_corpus_hash_names_the_content_not_the_order(corpus):
    assert corpus_hash(corpus) == corpus_hash(corpus[::-1])
    assert corpus_hash(corpus) != corpus_hash(corpus[1:])


def test_a_correct_line_is_read_into_its_part(tmp_path):
    splits = load_splits(write(tmp_path, LINE))

    (item,) = splits.train
    assert (item.id, item.batch, item.stance) == ("T-1", "train/t", "positive")
    assert item.parent_text is None
    assert item.stances[0].actor == "wfp"
    assert [found.id for found in splits.all] == ["T-1", "T-dev", "T-test"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"label": "negative"}, "label is 'negative'; write one of neutral, positive, suspicious"),
        ({"text": " "}, "text is missing or empty"),
        ({"parent_text": "x"}, "parent_text does not fit kind"),
        ({"kind": "comment"}, "parent_text does not fit kind"),
        ({"places": "Mopti"}, "places is no list of texts"),
        ({"flags": ["anger"]}, "flag 'anger'"),
        ({"venue": "individual"}, "venue is 'individual'"),
        ({"stances": {}}, "stances is no list"),
        ({"stances": [{"actor": "msf", "stance": "neutral"}]}, "an actor not in agencies"),
        ({"stances": [{"actor": "wfp", "stance": "bad"}]}, "a stance is 'bad'"),
    ],
)
def test_a_wrong_line_is_refused_with_file_line_and_advice(tmp_path, change, said):
    write(tmp_path, LINE, {**LINE, "id": "T-2", **change})

    with pytest.raises(InputError) as error:
        load_splits(tmp_path)

    assert "train/t.jsonl:2:" in str(error.value)
    assert said in str(error.value)


def test_a_repeated_id_and_a_broken_line_are_refused(tmp_path):
    with pytest.raises(InputError, match=r":2: id 'T-1' is used twice"):
        load_splits(write(tmp_path, LINE, LINE))
    with pytest.raises(InputError, match=r":2: not JSON"):
        load_splits(write(tmp_path, LINE, "{oops\n"))
    with pytest.raises(InputError, match=r":2: not an object"):
        load_splits(write(tmp_path, LINE, "[]\n"))


def test_an_id_may_not_stand_in_two_parts(tmp_path):
    with pytest.raises(InputError, match=r"dev.t\.jsonl:1: id 'T-dev' is used twice"):
        load_splits(write(tmp_path, {**LINE, "id": "T-dev"}))


def test_a_part_without_files_is_refused(tmp_path):
    write(tmp_path, LINE)
    (tmp_path / "dev" / "t.jsonl").unlink()

    with pytest.raises(InputError, match=r"dev: no \*\.jsonl there"):
        load_splits(tmp_path)

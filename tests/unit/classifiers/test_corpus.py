import json
from pathlib import Path

import pytest

from classifiers.corpus import corpus_hash, load_corpus, split_corpus
from classifiers.similarity import near_pairs
from config.agencies import load_agencies
from config.codebook import load_codebook
from config.errors import InputError

LINE = {
    "id": "T-1",
    "text": "Merci au PAM",
    "language": "fr",
    "platform": "facebook",
    "kind": "post",
    "venue": "individual",
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
    text = "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines)
    (folder / "batch_t.jsonl").write_text(text, encoding="utf-8")
    return folder


def test_the_corpus_has_at_least_a_thousand_items_in_three_languages(corpus):
    assert len(corpus) >= 1000
    assert {item.language for item in corpus} == {"fr", "en", "bm"}


def test_every_narrative_and_agency_of_the_corpus_is_known(corpus):
    codes = {code.code for code in load_codebook().codes}
    agencies = {agency.agency_id for agency in load_agencies()}

    assert {item.narrative for item in corpus} <= codes
    assert {agency for item in corpus for agency in item.agencies} <= agencies


def test_no_two_texts_of_the_corpus_are_near_copies(corpus):
    texts = [item.text for item in corpus]

    near = [(corpus[i].id, corpus[j].id) for i, j, _ in near_pairs(texts, texts, 0.8) if i < j]

    assert near == []


def test_no_text_of_the_demo_world_is_near_a_training_text(corpus):
    world = world_texts()
    read = [item.text for item in corpus]
    read += sorted({item.parent_text for item in corpus if item.parent_text})

    assert len(world) >= 400
    assert near_pairs(read, world, 0.6) == []


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


def test_the_parts_hold_everything_once_in_the_shares_wanted(corpus):
    splits = split_corpus(corpus)
    sizes = [len(splits.train), len(splits.dev), len(splits.test)]

    ids = [item.id for part in (splits.train, splits.dev, splits.test) for item in part]

    assert sorted(ids) == sorted(item.id for item in corpus)
    shares = [size / len(corpus) for size in sizes]
    assert shares == pytest.approx([0.7, 0.1, 0.2], abs=0.02)


def test_no_idea_pair_or_parent_stands_in_two_parts(corpus):
    splits = split_corpus(corpus)
    keys = [
        {
            key
            for item in part
            for key in (
                ("idea", item.batch, item.idea.casefold()),
                ("pair", item.batch, item.pair or item.id),
                ("parent", item.parent_text or item.id),
            )
        }
        for part in (splits.train, splits.dev, splits.test)
    ]

    assert not keys[0] & keys[1]
    assert not (keys[0] | keys[1]) & keys[2]


def test_each_part_has_each_stance_in_each_language_in_its_share(corpus):
    splits = split_corpus(corpus)
    for language in ("fr", "en", "bm"):
        for stance in ("neutral", "positive", "suspicious"):
            count = [
                sum(item.language == language and item.stance == stance for item in part)
                for part in (corpus, splits.test)
            ]
            assert count[1] / count[0] == pytest.approx(0.2, abs=0.08)


def test_the_split_does_not_depend_on_the_order_of_the_items(corpus):
    assert split_corpus(corpus) == split_corpus(corpus[::-1])


def test_the_corpus_hash_names_the_content_not_the_order(corpus):
    assert corpus_hash(corpus) == corpus_hash(corpus[::-1])
    assert corpus_hash(corpus) != corpus_hash(corpus[1:])


def test_a_correct_line_is_read(tmp_path):
    (item,) = load_corpus(write(tmp_path, LINE))

    assert (item.id, item.stance, item.parent_text) == ("T-1", "positive", None)
    assert item.stances[0].actor == "wfp"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"label": "negative"}, "label is 'negative'; write one of neutral, positive, suspicious"),
        ({"text": " "}, "text is missing or empty"),
        ({"parent_text": "x"}, "parent_text does not fit kind"),
        ({"kind": "comment"}, "parent_text does not fit kind"),
        ({"places": "Mopti"}, "places is no list of texts"),
        ({"stances": [{"actor": "msf", "stance": "neutral"}]}, "an actor not in agencies"),
        ({"stances": [{"actor": "wfp", "stance": "bad"}]}, "a stance is 'bad'"),
    ],
)
def test_a_wrong_line_is_refused_with_file_line_and_advice(tmp_path, change, said):
    write(tmp_path, LINE, {**LINE, "id": "T-2", **change})

    with pytest.raises(InputError) as error:
        load_corpus(tmp_path)

    assert "batch_t.jsonl:2:" in str(error.value)
    assert said in str(error.value)


def test_a_repeated_id_and_a_broken_line_are_refused(tmp_path):
    with pytest.raises(InputError, match=r":2: id 'T-1' is used twice"):
        load_corpus(write(tmp_path, LINE, LINE))
    with pytest.raises(InputError, match=r":2: not JSON"):
        load_corpus(write(tmp_path, LINE, "{oops\n"))


def test_a_folder_without_batches_is_refused(tmp_path):
    with pytest.raises(InputError, match="no batch_"):
        load_corpus(tmp_path)

import gzip
import json
from pathlib import Path

import pytest

from classifiers.open_texts import PAIR_SETS, SentencePair, read_french, read_pairs
from config.errors import InputError


def write(path: Path, *records: dict[str, str]) -> None:
    path.parent.mkdir(parents=True)
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(record) + "\n" for record in records)


def test_pairs_of_the_sets_that_are_there_come_as_often_as_they_weigh(tmp_path):
    write(tmp_path / "tico19_enfr" / "pairs.jsonl.gz", {"fr": "la fièvre", "en": "the fever"})

    weight = next(found.weight for found in PAIR_SETS if found.name == "tico19_enfr")
    assert read_pairs(tmp_path) == [SentencePair("la fièvre", "the fever")] * weight


def test_a_folder_without_any_set_is_refused_with_their_names(tmp_path):
    with pytest.raises(InputError, match="tatoeba_enfr"):
        read_pairs(tmp_path)


def test_plain_french_is_read_and_may_be_missing(tmp_path):
    assert read_french(tmp_path) == []
    write(tmp_path / "commonvoice_fr_other" / "text.jsonl.gz", {"text": "Il pleut.", "lang": "fr"})

    assert read_french(tmp_path) == ["Il pleut."]


def test_a_file_that_is_not_gzipped_json_is_named(tmp_path):
    path = tmp_path / "pud_enfr" / "pairs.jsonl.gz"
    path.parent.mkdir()
    path.write_text("not gzipped", encoding="utf-8")

    with pytest.raises(InputError, match=r"pud_enfr/pairs\.jsonl\.gz"):
        read_pairs(tmp_path)


def test_every_set_that_teaches_a_shipped_encoder_has_a_licence_that_allows_it():
    allowed = ("CC0", "CC BY", "MIT", "BSD", "Licence Ouverte")

    for found in PAIR_SETS:
        assert found.licence.startswith(allowed)
        assert "NC" not in found.licence

from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerFast

from classifiers.encoder import ASKED, CONTEXT, TEXT, encode, load_base, padded
from classifiers.segments import segments
from classifiers.vocabulary import make_tokenizer


@pytest.fixture(scope="module")
def tokenizer(tiny_encoder: Path) -> PreTrainedTokenizerFast:
    return make_tokenizer(load_base(tiny_encoder).tokenizer)


def marked(tokenizer, row, kind):
    ids = [token for token, type_ in zip(row.ids, row.types, strict=True) if type_ == kind]
    return tokenizer.convert_ids_to_tokens(ids)


def focus(tokenizer, row):
    ids = [token for token, chosen in zip(row.ids, row.focus, strict=True) if chosen]
    return tokenizer.convert_ids_to_tokens(ids)


def test_without_an_agency_the_focus_is_the_whole_text(tokenizer):
    (row,) = encode(tokenizer, [segments("thanks for rice", parent_text="food")])

    assert focus(tokenizer, row)[0] == "thanks"
    assert focus(tokenizer, row)[-1] == "rice"
    assert "food" not in focus(tokenizer, row)
    assert ASKED not in row.types


def test_the_agency_asked_about_is_marked_wherever_it_is_named(tokenizer):
    (row,) = encode(
        tokenizer, [segments("the agency spy", parent_text="agency food", about="Agency")]
    )

    assert set(marked(tokenizer, row, ASKED)) == {"agency"}
    assert row.types.count(ASKED) == 3
    assert focus(tokenizer, row) == ["agency"]


def test_an_agency_named_only_in_the_parent_has_the_focus_there(tokenizer):
    (row,) = encode(tokenizer, [segments("spy", parent_text="the agency", about="agency")])

    first = row.ids.index(tokenizer.convert_tokens_to_ids("agency"))
    assert row.focus[first] == 1
    assert row.types[:3] == [TEXT, TEXT, TEXT]


def test_a_name_is_found_whatever_stands_between_its_words(tokenizer):
    (row,) = encode(tokenizer, [segments("the agency-ngo is here", about="agency ngo")])

    assert focus(tokenizer, row) == ["agency", "ngo"]


def test_two_agencies_of_one_text_are_two_different_inputs(tokenizer):
    text = "thanks agency , the ngo is a spy"
    one, other = encode(tokenizer, [segments(text, about="agency"), segments(text, about="ngo")])

    assert one.focus != other.focus


def test_the_context_has_a_type_of_its_own(tokenizer):
    (row,) = encode(tokenizer, [segments("rice", parent_text="food")])

    assert marked(tokenizer, row, CONTEXT) == ["food", "[SEP]"]


def test_missing_rows_hold_one_token_so_that_no_mean_is_over_nothing(tokenizer):
    rows = encode(tokenizer, [segments("rice")])

    _, mask, _, chosen = padded(rows, length=16, count=8)

    assert mask.sum(1).tolist()[1:] == [1] * 7
    assert chosen.sum(1).tolist()[1:] == [1] * 7

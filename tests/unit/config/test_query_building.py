"""Queries built from the agencies' spellings, each thing once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.agencies import Agency, Spelling
from config.queries.building import (
    Context,
    NoContextError,
    UnwrittenStemError,
    alternatives,
)
from config.queries.language import parse_query
from config.queries.matching import PostView, matches, words_of
from config.queries.wording import Alternative, Wording, clauses, shortest

ANCHORED = Context(anchored=True, anchors_suffice=frozenset(), stems={})


def spelling(text, *, exact=False, context=(), not_near=()):
    return Spelling(text, "fr", exact, tuple(context), tuple(not_near))


def agency(*spellings, agency_id="one"):
    return Agency(agency_id, "One", None, "INGO", None, (), "active", True, spellings)


def clauses_of(*spellings, terms=(), context=ANCHORED):
    return [one.text for one in alternatives([agency(*spellings)], terms, context)]


def test_spellings_that_x_takes_for_the_same_are_written_once():
    assert clauses_of(
        spelling("Médecins sans frontières"), spelling("Medecins Sans Frontieres")
    ) == ['"Médecins sans frontières"']


def test_hyphens_spaces_and_apostrophes_make_phrases():
    assert clauses_of(
        spelling("Croix-Rouge"), spelling("Croix Rouge"), spelling("SOS Villages d'Enfants")
    ) == ['"Croix-Rouge"', '"Croix Rouge"', '"SOS Villages d\'Enfants"']


def test_words_that_join_conditions_are_written_as_phrases():
    assert clauses_of(terms=["or", "And", "mil"]) == ['"or"', '"And"', "mil"]


def test_what_a_shorter_term_finds_already_is_not_written():
    assert clauses_of(spelling("MSF Mali"), spelling("MSF"), spelling("ONG MSF")) == ["MSF"]
    assert clauses_of(spelling("MSF"), spelling("MSFrance")) == ["MSF", "MSFrance"]


def test_a_handle_is_another_operator_than_its_words():
    assert clauses_of(spelling("OMS"), spelling("@OMS")) == ["OMS", "@OMS"]


def test_bambara_letters_are_written_with_and_without():
    assert clauses_of(spelling("dɛmɛ jɛkulu")) == ['"dɛmɛ jɛkulu"', '"deme jekulu"']


def test_nothing_is_written_in_nko():
    assert clauses_of(spelling("ONG"), spelling("ߏߣߜ")) == ["ONG"]


def test_an_anchor_is_context_enough_for_an_acronym():
    assert clauses_of(spelling("SCI", context=["enfant"])) == ["SCI"]


def test_an_acronym_that_is_an_ordinary_word_keeps_its_context_words():
    hi = spelling("HI", exact=True, context=["handicap", "ong"])
    assert clauses_of(hi) == ["(HI (handicap OR ong))"]
    enough = Context(anchored=True, anchors_suffice=frozenset({"one"}), stems={})
    assert clauses_of(hi, context=enough) == ["HI"]


def test_without_anchors_every_context_is_written():
    open_query = Context(anchored=False, anchors_suffice=frozenset({"one"}), stems={})
    assert clauses_of(spelling("SCI", context=["enfant", "ong"]), context=open_query) == [
        "(SCI (enfant OR ong))"
    ]


def test_without_anchors_capitals_alone_are_no_context():
    open_query = Context(anchored=False, anchors_suffice=frozenset(), stems={})
    with pytest.raises(NoContextError, match="PUI"):
        clauses_of(spelling("PUI", exact=True), context=open_query)


def test_a_homonym_is_kept_out_of_its_own_clause_only():
    nrc = spelling("NRC", not_near=["assam", "inde"])
    assert clauses_of(nrc, spelling("MSF")) == ["(NRC -assam -inde)", "MSF"]


def test_words_that_end_in_a_star_are_written_as_their_forms():
    stems = {"ration*": ("ration", "rations")}
    context = Context(anchored=True, anchors_suffice=frozenset(), stems=stems)
    assert clauses_of(spelling("PAM", exact=True, context=["ration*"]), context=context) == [
        "(PAM (ration OR rations))"
    ]


def test_a_star_without_forms_is_refused():
    with pytest.raises(UnwrittenStemError, match=r"ration\*"):
        clauses_of(spelling("PAM", exact=True, context=["ration*"]))


def test_a_term_that_counts_anywhere_needs_no_second_clause_with_context():
    alima = spelling("Alima", exact=True, context=["ong"])
    assert clauses_of(alima, spelling("ALIMA", exact=True)) == ["ALIMA"]


def test_terms_stand_beside_the_agencies():
    assert clauses_of(spelling("MSF"), terms=["vaccin", "VACCIN", "agents de santé"]) == [
        "MSF",
        "vaccin",
        '"agents de santé"',
    ]


def test_the_whole_query_holds_anchors_and_last_conditions_once():
    found = alternatives([agency(spelling("MSF"))], ["vaccin"], ANCHORED)
    wording = Wording(found, ("Mali", "Gao"), ("-is:retweet", '-"DRC Congo"'))
    assert wording.text == '(MSF OR vaccin) (Mali OR Gao) -is:retweet -"DRC Congo"'


WORDS = ("croix", "rouge", "mali", "ong")
terms = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
several = st.builds(
    Alternative,
    term=terms,
    beside=st.lists(st.sampled_from(WORDS), max_size=2, unique=True).map(tuple),
    without=st.lists(st.sampled_from(WORDS), max_size=1).map(tuple),
)


@given(
    written=st.lists(several, min_size=1, max_size=8),
    text=st.lists(st.sampled_from((*WORDS, "autre")), max_size=6).map(" ".join),
)
def test_what_is_left_out_changes_nothing_that_is_found(written, text):
    post = PostView(words_of(text))
    whole, kept = clauses(written), clauses(shortest(written))
    assert matches(parse_query(whole), post) == matches(parse_query(kept), post)

"""Long queries are asked in parts that together find what the whole finds, and stay stable."""

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from config.folding import fold
from config.queries.splitting import TooLongError, split
from config.queries.wording import Alternative, Wording
from crawlers.sandbox import queries as sandbox

LIMIT = 120
WORDS = tuple(f"{name}{n}" for name in ("ong", "aide", "vivres", "santé") for n in range(12))
PLACES = tuple(f"lieu{n}" for n in range(25))

words = st.sampled_from(WORDS)
alternative = st.builds(
    Alternative,
    term=st.one_of(words, st.lists(words, min_size=2, max_size=3).map(" ".join)),
    beside=st.lists(words, max_size=6, unique=True).map(tuple),
    without=st.lists(words, max_size=2, unique=True).map(tuple),
)
wordings = st.builds(
    Wording,
    alternatives=st.lists(alternative, min_size=1, max_size=25).map(tuple),
    anchors=st.lists(st.sampled_from(PLACES), max_size=25, unique=True).map(tuple),
    last=st.sampled_from(((), ("-is:retweet",), ("-is:retweet", "-ong1"))),
)
posts = st.lists(st.sampled_from((*WORDS, *PLACES)), max_size=10).map(" ".join)

NO_LIMIT = 100_000  # of the stand-in: the whole query may be longer than X takes


def found(query: str, text: str) -> bool:
    seen = sandbox.Searchable(
        sandbox.words_of(text), frozenset(), (), "fr", fold("x"), "1", frozenset(), frozenset()
    )
    return sandbox.matches(sandbox.parse_query(query, NO_LIMIT), seen)


def parts_of(wording):
    """The parts; a wording with one term too long for any part is not what is tested."""
    try:
        return split(wording, LIMIT)
    except TooLongError:
        reject()


def long_wording(*, alternatives=WORDS, anchors=PLACES[:4]):
    return Wording(tuple(map(Alternative, alternatives)), tuple(anchors), ("-is:retweet",))


@given(wording=wordings, texts=st.lists(posts, min_size=1, max_size=15))
def test_parts_find_exactly_what_the_whole_finds(wording, texts):
    parts = parts_of(wording)
    for text in texts:
        assert any(found(part.text, text) for part in parts) == found(wording.text, text)


@given(wording=wordings)
def test_no_part_is_longer_than_the_limit_and_no_two_share_a_number(wording):
    parts = parts_of(wording)
    assert max(len(part.text) for part in parts) <= LIMIT
    assert len({part.number for part in parts}) == len(parts)


@given(wording=wordings)
def test_the_same_query_has_the_same_parts(wording):
    assert parts_of(wording) == parts_of(wording)


def test_a_query_that_fits_is_asked_whole_under_its_own_name():
    (part,) = split(long_wording(alternatives=["ong", "aide"]), LIMIT)
    assert part.number == ""
    assert part.text == "(ong OR aide) (lieu0 OR lieu1 OR lieu2 OR lieu3) -is:retweet"


@pytest.mark.parametrize("new", ["famine", "choléra", "Zakat Foundation", "lycée"])
def test_a_new_term_changes_one_part_or_splits_it(new):
    before = {part.number: part.text for part in split(long_wording(), LIMIT)}
    after = {
        part.number: part.text for part in split(long_wording(alternatives=(new, *WORDS)), LIMIT)
    }
    changed = {number for number, text in before.items() if after.get(number) != text}
    assert len(changed) == 1
    assert len(after) - len(before) in {0, 1}


def test_the_order_of_terms_does_not_move_them_to_another_part():
    def members(wording):
        return {p.number: set(p.text.replace("(", "").split()) for p in split(wording, LIMIT)}

    assert {n: {w.strip("()") for w in ws} for n, ws in members(long_wording()).items()} == {
        n: {w.strip("()") for w in ws}
        for n, ws in members(long_wording(alternatives=WORDS[::-1])).items()
    }


def test_anchors_that_do_not_fit_are_split_as_well():
    parts = split(long_wording(anchors=PLACES), LIMIT)
    assert {part.number.count(".") for part in parts} == {2}
    assert found(long_wording(anchors=PLACES).text, "ong3 lieu24")
    assert sum(found(part.text, "ong3 lieu24") for part in parts) == 1


def test_one_term_beside_many_words_becomes_several_clauses():
    wording = Wording((Alternative("PAM", beside=WORDS),), ("Mali",), ())
    parts = split(wording, LIMIT)
    assert len(parts) > 1
    assert all("PAM" in part.text and len(part.text) <= LIMIT for part in parts)


def test_a_term_that_fits_nowhere_is_named():
    with pytest.raises(TooLongError, match="x x x"):
        split(Wording((Alternative("x " * 80),), ("Mali",), ()), LIMIT)

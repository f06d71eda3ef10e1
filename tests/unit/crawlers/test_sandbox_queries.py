import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.sandbox.queries import QueryError, Searchable, matches, parse_query, words_of

TEXT = "À Mopti, l'ONG Yèrèdon vaccine les enfants. #Mali https://t.example/ong2 @amie42"


def seen(text=TEXT, **more):
    facts = {
        "tokens": words_of(text),
        "hashtags": frozenset({"mali"}),
        "mentions": ("amie42",),
        "lang": "fr",
        "handle": "adama_kolibara7",
        "conversation_id": "12",
        "is_a": frozenset(),
        "has": frozenset({"links"}),
    }
    return Searchable(**(facts | more))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ong", True),
        ("mopti vaccine", True),
        ("mopti sikasso", False),
        ("sikasso OR mopti", True),
        ("sikasso OR mopti gao", False),
        ("(sikasso OR mopti) enfants", True),
        ('"les enfants"', True),
        ('"enfants les"', False),
        ("YEREDON", True),
        ("enfant", False),
        ("ong -mopti", False),
        ("ong -gao", True),
        ("ong2", False),
        ("#mali", True),
        ("#mopti", False),
        ("@amie42", True),
        ("mali -is:retweet", True),
        ("mali is:reply", False),
        ("mali lang:fr", True),
        ("mali lang:en", False),
        ("mali has:links", True),
        ("mali -has:links", False),
        ("from:adama_kolibara7", True),
        ("from:amie42", False),
        ("conversation_id:12", True),
        ("((ong OR gao) (mali OR niger)) -is:quote", True),
    ],
)
def test_a_query_finds_a_post_or_not(query, expected):
    assert matches(parse_query(query), seen()) is expected


def test_is_retweet_and_is_reply_speak_of_the_kind_of_post():
    assert matches(parse_query("ong is:reply"), seen(is_a=frozenset({"reply"})))
    assert not matches(parse_query("ong -is:retweet"), seen(is_a=frozenset({"retweet"})))


def test_to_finds_only_answers():
    assert matches(parse_query("to:amie42"), seen(is_a=frozenset({"reply"})))
    assert not matches(parse_query("to:amie42"), seen())


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "a" * 513,
        '"not closed',
        "(mali",
        "mali)",
        "mali OR",
        "()",
        "-(mali OR gao)",
        "is:retweet",
        "-mali",
        "mali OR -gao",
        "lang:fr",
        "mali is:verified2",
        "mali min_faves:3",
    ],
)
def test_what_x_would_refuse_is_refused(query):
    with pytest.raises(QueryError):
        parse_query(query)


@given(st.text(alphabet="ab ()-\"OR:#@é'", max_size=30))
def test_any_text_is_a_query_or_is_refused(text):
    try:
        tree = parse_query(text)
    except QueryError:
        return
    assert matches(tree, seen()) in {True, False}

"""X's search language: what is read, what is refused, and what a post answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.folding import fold
from config.queries.language import QueryError, Term, parse_query, terms_of
from config.queries.matching import PostView, found_by, matches, missed_by, unanswerable, words_of
from crawlers.sandbox import queries as sandbox


def view(text: str, **more: object) -> PostView:
    return PostView(tokens=words_of(text), **more)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("ONG Mali", "Une ong au MALI"),
        ("Sevare", "à Sévaré hier"),
        ("Sévaré", "a sevare hier"),
        ('"aide humanitaire"', "l'aide humanitaire est là"),
        ('"Croix-Rouge"', "la croix rouge"),
        ("(PAM OR MSF) Gao", "MSF à Gao"),
        ("MSF -Goma", "MSF à Gao"),
        ('MSF -"Nord Kivu"', "MSF au nord du Kivu"),
        ("a b OR c", "c"),
    ],
)
def test_a_query_finds_words_whatever_their_case_and_accents(query, text):
    assert matches(parse_query(query), view(text))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("ONG Mali", "une ong au Niger"),
        ("ONG", "les ongs"),
        ('"aide humanitaire"', "aide alimentaire et humanitaire"),
        ("MSF -Goma", "MSF à Goma"),
        ("a b OR c", "a"),
        ("Mali", "voir https://exemple.org/Mali"),
    ],
)
def test_a_query_finds_whole_words_only(query, text):
    assert not matches(parse_query(query), view(text))


def test_operators_ask_what_a_post_is():
    reply = view("ONG", is_a=frozenset({"reply"}), language="fr", hashtags=frozenset({"mali"}))
    assert matches(parse_query("ONG is:reply lang:fr #Mali -is:retweet"), reply)
    assert not matches(parse_query("ONG -is:reply"), reply)
    assert not matches(parse_query("ONG has:links"), reply)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("(a OR b", "parentheses"),
        ("a) (b", "parentheses"),
        ("a -(b OR c)", "a group is negated"),
        ("a - (b OR c)", "a group is negated"),
        ('a "b', "quote is not closed"),
        ("a or b", "lower-case"),
        ("a AND b", "lower-case"),
        ("-a", "nothing to look for"),
        ("is:reply -a", "nothing to look for"),
        ("a OR -b", "nothing to look for"),
        ("a OR", "a term is missing"),
        ("a ()", "a term is missing"),
        ("", "a term is missing"),
        ("is:happy a", "is no operator"),
        ("min_faves:3 a", "is no operator"),
        ("https://exemple.org", "is no operator"),
        ("10:30 a", "is no operator"),
        ("a - b", "holds no word"),
    ],
)
def test_what_x_would_refuse_is_refused(query, problem):
    with pytest.raises(QueryError, match=problem):
        parse_query(query)


def test_operators_that_take_quotes_and_brackets_are_read():
    tree = parse_query('ONG -url:"https://exemple.org/a" point_radius:[-3.99 17.57 25mi]')
    assert list(terms_of(tree))[1:] == [
        Term("url", "https://exemple.org/a", negated=True),
        Term("point_radius", "-3.99 17.57 25mi"),
    ]


def test_conditions_that_a_stored_post_cannot_answer_are_named():
    tree = parse_query("ONG (from:unicefmali OR lang:fr) conversation_id:12 is:verified")
    assert unanswerable(tree) == ("from:unicefmali", "conversation_id:12", "is:verified")


def test_a_match_names_the_words_that_made_it():
    tree = parse_query('(MSF OR PAM OR "aide humanitaire") (Mali OR Gao) -Goma')
    assert found_by(tree, view("L'aide humanitaire du PAM à Gao")) == (
        "PAM",
        '"aide humanitaire"',
        "Gao",
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("MSF à Niamey", "none of 2: Mali .."),
        ("MSF à Gao et Goma", "-Goma"),
        ("rien", "none of 2: MSF .."),
    ],
)
def test_a_miss_names_the_first_condition_that_does_not_hold(text, reason):
    assert missed_by(parse_query("(MSF OR PAM) (Mali OR Gao) -Goma"), view(text)) == reason


WORDS = ("ong", "Mali", "Sévaré", "croix", "rouge", "PAM")
term = st.one_of(
    st.sampled_from(WORDS),
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=3).map(lambda w: f'"{" ".join(w)}"'),
    st.sampled_from(("#Mali", "@ong_ex", '"Croix-Rouge"', "lang:fr", "is:reply", "has:links")),
)
negatable = st.builds(lambda minus, text: f"-{text}" if minus else text, st.booleans(), term)
query = st.recursive(
    negatable,
    lambda inner: st.builds(
        lambda parts, joint: f"({joint.join(parts)})",
        st.lists(inner, min_size=1, max_size=4),
        st.sampled_from((" ", " OR ")),
    ),
    max_leaves=8,
)
text = st.lists(st.sampled_from((*WORDS, "autre", "rouges")), max_size=8).map(" ".join)


@given(query=query, text=text, reply=st.booleans(), link=st.booleans(), tagged=st.booleans())
def test_the_evaluator_agrees_with_the_stand_ins(query, text, reply, link, tagged):
    is_a = frozenset({"reply"} if reply else set())
    has = frozenset({"links"} if link else set())
    hashtags = frozenset({"mali"} if tagged else set())
    ours = PostView(words_of(text), hashtags, frozenset(), "fr", is_a, has)
    theirs = sandbox.Searchable(
        sandbox.words_of(text), hashtags, (), "fr", fold("quelqu_un"), "1", is_a, has
    )
    try:
        wanted = sandbox.matches(sandbox.parse_query(query), theirs)
    except sandbox.QueryError:
        with pytest.raises(QueryError):
            parse_query(query)
        return
    assert matches(parse_query(query), ours) == wanted

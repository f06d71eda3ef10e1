import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from classify_posts import add_post, change_text
from config.agencies import Agency, Spelling, load_agencies
from config.places import Place, load_places
from models import HandEntry, Mention, PlaceMention
from pipelines.mentions import find_mentions, find_places, update_mentions

AGENCIES = load_agencies()
PLACES = load_places()


def spelling(text, *, exact=False, near=(), not_near=()):
    return Spelling(text, "any", exact, tuple(near), tuple(not_near))


def agency(agency_id, *spellings):
    return Agency(agency_id, agency_id, None, "INGO", None, (), "active", True, spellings)


def place(place_id, *spellings, near=()):
    return Place(
        place_id,
        place_id,
        "town",
        "none",
        None,
        None,
        None,
        None,
        spellings,
        bool(near),
        tuple(near),
        None,
        None,
    )


RELIEF = agency("relief", spelling("Secours à tous"), spelling("SAT", exact=True))
VISION = agency("vision", spelling("World Vision"))
CARE = agency("care", spelling("CARE", exact=True, near=("ong", "vivre*"), not_near=("skin",)))
LONG = agency("long", spelling("Secours à tous Mali"))
OWN = (RELIEF, VISION, CARE, LONG)


def named(text, agencies=OWN):
    return [
        (found.agency_id, text[found.start : found.end]) for found in find_mentions(text, agencies)
    ]


def test_case_accents_and_spacing_do_not_hide_a_name_and_positions_are_exact():
    text = "Ici… SECOURS  A\nTOUS, et « Secours à tous » 🙏"

    assert named(text) == [("relief", "SECOURS  A\nTOUS"), ("relief", "Secours à tous")]


def test_a_decomposed_accent_belongs_to_the_name():
    text = "l'Unicéf aide".replace("é", "e\u0301")

    assert named(text, AGENCIES) == [("unicef", "Unice\u0301f")]


def test_a_name_inside_a_word_does_not_count():
    assert named("SATAN, EXSAT, SAT_1 et SAT2") == []
    assert named("l'SAT, (SAT) SAT.") == [("relief", "SAT")] * 3


def test_an_exact_spelling_wants_its_case():
    assert named("il sat là") == []
    assert named("chez SAT") == [("relief", "SAT")]


def test_the_longest_name_wins_and_nothing_is_counted_twice():
    assert named("merci Secours à tous Mali") == [("long", "Secours à tous Mali")]


def test_a_name_that_needs_company_counts_only_in_it():
    assert named("CARE est là") == []
    assert named("l'ONG CARE est là") == [("care", "CARE")]
    assert named("CARE donne des vivres") == [("care", "CARE")]
    assert named("l'ONG CARE, skin care") == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("#WorldVision dehors", [("vision", "WorldVision")]),
        ("#SATdehors", [("relief", "SAT")]),
        ("#SATMali", [("relief", "SAT")]),
        ("#SAT", [("relief", "SAT")]),
        ("#SATELLITE", []),
    ],
)
def test_a_hashtag_is_read_by_its_words(text, wanted):
    assert named(text) == wanted


def test_shipped_agencies_are_found_as_people_write_them():
    text = "Le PAM a distribué des vivres avec l’UNICEF, #PAMMali, @WFP_FR; MSF,CICR"

    found = {found.agency_id for found in find_mentions(text, AGENCIES)}

    assert {"wfp", "unicef", "msf", "icrc"} <= found


def test_the_pronoun_who_is_no_agency():
    assert named("Who knows WHO is coming", AGENCIES) == []
    assert named("the WHO vaccine team", AGENCIES) == [("who", "WHO")]


def test_places_are_found_with_their_text_and_position():
    text = "De Ségou à segou-ville puis MOPTI."

    found = find_places(text, PLACES)

    assert [(one.text, text[one.start : one.end]) for one in found] == [
        ("Ségou", "Ségou"),
        ("segou", "segou"),
        ("MOPTI", "MOPTI"),
    ]


def test_an_ambiguous_place_needs_its_context():
    san = place("san", "San", near=("ville", "cercle"))

    assert find_places("san fila", (san,)) == []
    assert [one.place_id for one in find_places("la ville de San", (san,))] == ["san"]


@given(st.text(alphabet=st.sampled_from("SAT atous#éÉœŒ ɛ\u0301\u200d🙏\n'’-_xİß"), max_size=60))
def test_any_text_gives_positions_inside_it_that_do_not_overlap(text):
    found = find_mentions(text, OWN)

    ends = [0]
    for one in found:
        assert ends[-1] <= one.start < one.end <= len(text)
        ends.append(one.end)


def test_a_thousand_texts_take_less_than_two_seconds():
    text = "À Mopti le PAM et l'UNICEF distribuent des vivres, dit MSF. #ONGMali " * 3
    started = time.process_time()

    for number in range(1000):
        find_mentions(f"{text} {number}", AGENCIES)

    assert time.process_time() - started < 2


def test_rows_are_rewritten_for_the_posts_given_and_no_others(engine):
    with Session(engine) as session:
        add_post(session, "p1", "Le PAM distribue des vivres à Mopti")
        add_post(session, "p2", "MSF à Gao")
        update_mentions(session, ["p1", "p2"], AGENCIES, PLACES)
        change_text(session, "p1", "Rien ici")
        update_mentions(session, ["p1"], AGENCIES, PLACES)
        session.commit()

        mentions = session.exec(select(Mention.post_id, Mention.agency_id)).all()
        places = session.exec(select(PlaceMention.post_id)).all()

    assert mentions == [("p2", "msf")]
    assert places == ["p2"]


def test_what_a_person_told_of_a_post_counts_beside_what_its_text_names(engine, now):
    with Session(engine) as session:
        for post_id, text in {"p1": "Le PAM distribue des vivres", "p2": "MSF à Gao"}.items():
            add_post(session, post_id, text)
            session.add(
                HandEntry(
                    post_id=post_id,
                    content_key=post_id,
                    day_only=False,
                    place_id="codab1_ML05",
                    language="ff",
                    form="image",
                    agencies=["msf"],
                    basis="press",
                    added_by="a-1",
                    added_at=now,
                )
            )
        session.flush()
        for _ in range(2):
            update_mentions(session, ["p1", "p2"], AGENCIES, PLACES)

        mentions = session.exec(select(Mention.post_id, Mention.agency_id)).all()
        places = session.exec(select(PlaceMention.post_id, PlaceMention.place_id)).all()

    assert sorted(mentions) == [("p1", "msf"), ("p1", "wfp"), ("p2", "msf")]
    assert {("p1", "codab1_ML05"), ("p2", "codab1_ML05"), ("p2", "codab1_ML07")} == set(places)

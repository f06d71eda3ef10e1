"""The configuration that is shipped is whole, consistent, and keeps the rules of its own words."""

from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from config.agencies import load_agencies
from config.alert_rules import BurstCondition, PatternCondition, load_alert_rules
from config.codebook import load_codebook
from config.folding import fold
from config.glossary import load_glossary
from config.places import COD_AB, LAW_2023, load_places
from config.queries.language import parse_query
from config.queries.matching import PostView, matches, words_of
from config.queries.watched import QUERY_LIMITS
from config.vocabulary import (
    KINDS,
    PLATFORMS,
    SEVERITIES,
    SOURCE_TYPES,
    STANCES,
    TARGETS,
    TONES,
)
from config.watchlist import load_watchlist

ID_LENGTH = 32  # of the columns that hold agency and place ids


@pytest.fixture(scope="module")
def agencies():
    return {agency.agency_id: agency for agency in load_agencies()}


@pytest.fixture(scope="module")
def places():
    return {place.place_id: place for place in load_places()}


@pytest.fixture(scope="module")
def codebook():
    return load_codebook()


@pytest.fixture(scope="module")
def glossary():
    return load_glossary()


def spelling(agencies, agency_id, text):
    return next(s for s in agencies[agency_id].spellings if s.text == text)


# Agencies


def test_every_agency_of_the_study_is_there(agencies, shared_dir: Path):
    lines = (shared_dir / "domain" / "agencies.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert {line.split(",")[0] for line in lines} <= set(agencies)


def test_peacekeepers_and_regulators_do_not_count_as_aid(agencies):
    assert not agencies["minusma"].counts_as_aid
    assert not agencies["anict"].counts_as_aid
    assert agencies["ngo_generic"].counts_as_aid


@pytest.mark.parametrize(
    ("agency_id", "text"),
    [("who", "WHO"), ("pui", "PUI"), ("acted", "ACTED"), ("sida", "Sida"), ("un_generic", "UN")],
)
def test_acronyms_that_are_words_count_only_as_written(agencies, agency_id, text):
    assert spelling(agencies, agency_id, text).exact_case


@pytest.mark.parametrize(
    ("agency_id", "text", "names_it", "does_not"),
    [
        ("wfp", "PAM", "le PAM a distribué des vivres", "PAM est passée à la maison"),
        ("drc_ngo", "DRC", "DRC protection team in Mopti, Mali", "DRC: M23 near Goma, Mali reacts"),
        ("sida", "Sida", "Sida, la coopération suédoise", "Sida et paludisme au Mali"),
        ("lwf", "FLM", "la FLM, fédération luthérienne", "FLM attaque un village"),
        ("who", "WHO", "WHO reports polio cases", "WHO decides the price of fuel in Bamako?"),
        ("hi", "HI", "HI appuie les personnes en situation de handicap", "HI everyone"),
        ("iom", "IOM", "IOM Mali displacement report", "un séjour à IOM"),
    ],
)
def test_homonyms_count_in_their_context_only(agencies, agency_id, text, names_it, does_not):
    found = spelling(agencies, agency_id, text)
    assert found.counts_in(fold(names_it))
    assert not found.counts_in(fold(does_not))


def test_aid_in_general_has_spellings_in_three_languages(agencies):
    assert {s.language for s in agencies["ngo_generic"].spellings} >= {"fr", "en", "bm"}


def test_ids_fit_the_columns_that_hold_them(agencies, places):
    assert max(map(len, [*agencies, *places])) <= ID_LENGTH


# Places


def test_admin_units_have_distinct_codes_within_their_scheme(places):
    codes = defaultdict(list)
    for place in places.values():
        if place.pcode:
            codes[place.scheme].append(place.pcode)
    assert all(max(Counter(of_scheme).values()) == 1 for of_scheme in codes.values())
    assert not set(codes[COD_AB]) & set(codes[LAW_2023])


def test_each_scheme_has_its_regions(places):
    regions = Counter(place.scheme for place in places.values() if place.level == "adm1")
    assert regions == {COD_AB: 10, LAW_2023: 20}


def test_the_regions_that_two_schemes_number_apart_are_not_confused(places):
    assert places["codab1_ML10"].name == "Ménaka"
    assert places["law1_taoudenit"].pcode == "L23-09"
    assert places["law1_taoudenit"].adm1_name == "Tombouctou"


def test_a_place_keeps_the_name_of_its_new_region_beside_the_old_one(places):
    douentza = places["codab2_ML0504"]
    assert (douentza.adm1_name, douentza.adm1_2023) == ("Mopti", "Douentza")


def test_every_study_place_is_there_and_reachable_by_some_text(places, shared_dir: Path):
    lines = (shared_dir / "domain" / "places.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert {line.split(",")[0] for line in lines} <= set(places)
    reachable = {fold(text) for place in places.values() for text in place.spellings}
    town_names = {fold(p.name) for p in places.values() if p.level == "town"}
    assert town_names <= reachable


@pytest.mark.parametrize("word", ["Dire", "Fana", "Sy", "Kani", "Balle", "Diola", "TBT"])
def test_ordinary_words_name_no_place(places, word):
    unguarded = {
        fold(text) for place in places.values() if not place.ambiguous for text in place.spellings
    }
    assert fold(word) not in unguarded


def test_an_ambiguous_name_counts_in_its_context_only(places):
    koro = places["codab2_ML0505"]
    assert koro.counts_in(fold("une attaque près de Koro, région de Bandiagara"))
    assert not koro.counts_in(fold("n koro taara sugu la, a koro tɛ"))


# Watchlist


def test_every_x_query_fits_and_gives_its_reason():
    watchlist = load_watchlist()
    assert len(watchlist.x_queries) >= 3
    for query in watchlist.x_queries:
        assert len(query.reason.split()) >= 5
        date.fromisoformat(query.since_version)


@pytest.mark.parametrize("tier", QUERY_LIMITS)
@pytest.mark.parametrize("endpoint", ["recent", "all"])
def test_every_part_fits_and_keeps_reposts_out(tier, endpoint):
    for part in load_watchlist(x_tier=tier).x_parts(endpoint):
        assert len(part.text) <= QUERY_LIMITS[tier][endpoint]
        assert "-is:retweet" in part.text
        assert " Mopti " in part.text


@pytest.mark.parametrize(
    "text",
    [
        "Le PAM distribue des vivres à Mopti",
        "l'OMS annonce des vaccins au Mali",
        "medecins sans frontieres quitte Nampala, Segou",
        "La Croix Rouge malienne est à Gao",
        "les ONG au Sahel",
        "ambulance brûlée près de Douentza",
        "les vaccinateurs sont arrivés à Kayes",
        "CSRéf de Sévaré",
        "dogotoroso Bamako",
        "Tassaght est à Ménaka",
        "USAID Mali",
    ],
)
def test_what_people_write_about_aid_in_mali_is_found(text):
    post = PostView(words_of(text))
    assert any(matches(parse_query(part.text), post) for part in load_watchlist().x_parts())


@pytest.mark.parametrize(
    "text",
    [
        "Who decides the price of fuel in Bamako?",
        "un match de football à Bamako",
        "save the date, Bamako",
        "MSF à Goma",
        "les ONG au Niger",
    ],
)
def test_ordinary_words_and_other_countries_are_not_paid_for(text):
    post = PostView(words_of(text))
    assert not any(matches(parse_query(part.text), post) for part in load_watchlist().x_parts())


def test_handles_stand_without_at_sign_in_lower_case():
    handles = load_watchlist().allowed_handles
    assert "unicefmali" in handles
    assert all(handle == handle.casefold() and "@" not in handle for handle in handles)


def test_no_page_is_shipped():
    watchlist = load_watchlist()
    assert not watchlist.facebook_pages
    assert not watchlist.registered_accounts


# Codebook


def test_every_suspicious_code_is_in_exactly_one_family(codebook):
    members = Counter(code for family in codebook.families for code in family.codes)
    suspicious = {code.code for code in codebook.codes if code.group == "suspicious"}
    assert set(members) == suspicious
    assert set(members.values()) == {1}
    assert len(codebook.families) == 6


def test_every_code_has_examples_and_limits(codebook):
    for code in codebook.codes:
        assert len(code.examples) >= 2, code.code
        assert code.counts, code.code
        assert code.does_not_count, code.code


def test_no_entry_was_cut_at_a_comma(codebook):
    entries = [e for code in codebook.codes for e in (*code.counts, *code.does_not_count)]
    assert [entry for entry in entries if entry.count("(") != entry.count(")")] == []


def test_the_ladder_puts_the_more_specific_first(codebook):
    order = [code.code for code in codebook.codes]
    assert order.index("POIS") < order.index("ARMS") < order.index("SPY") < order.index("SOV")
    assert order.index("SOV") < order.index("DEP") < order.index("OTH")


def test_abuse_allegations_never_reach_an_alert(codebook):
    assert codebook.code("SEA").alert_weight == "never"
    assert codebook.family_of("SEA").family_id == "abuse"
    assert codebook.family_of("NEWS") is None


def test_suspicious_definitions_speak_of_allegations(codebook):
    for code in codebook.codes:
        if code.group == "suspicious" and code.code not in {"OTH", "MIN"}:
            assert "Allégation" in code.definition_fr, code.code
            assert "Allegation" in code.definition_en, code.code


# Alert rules


def test_there_is_a_rule_of_each_kind_and_none_is_urgent_without_a_reader():
    rules = load_alert_rules()
    assert {rule.kind for rule in rules} == {"burst", "volume_burst", "synchronised"}
    assert "urgent" not in {rule.level for rule in rules}


def test_each_kind_has_its_own_condition():
    for rule in load_alert_rules():
        wanted = PatternCondition if rule.kind == "synchronised" else BurstCondition
        assert isinstance(rule.condition, wanted)


# Glossary


def test_the_terms_fixed_for_this_product_are_used(glossary):
    assert glossary.term("suspicious", "fr") == "méfiant envers l'aide"
    assert glossary.term("level_watch", "fr") == "Vigilance"
    assert glossary.term("level_warning", "fr") == "Alerte"
    assert glossary.term("narrative", "fr") == "récit"
    assert glossary.term("post", "fr") == "publication"
    assert glossary.term("engagement", "fr") == "interactions"
    assert glossary.term("too_few", "fr") == "trop peu pour conclure"


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("platform", PLATFORMS),
        ("kind", KINDS),
        ("source", SOURCE_TYPES),
        ("stance", STANCES),
        ("tone", TONES),
        ("target", TARGETS),
        ("severity", SEVERITIES),
        ("level", ("info", "watch", "warning", "urgent")),
        ("month", range(1, 13)),
        ("weekday", range(1, 8)),
    ],
)
def test_every_word_of_a_closed_list_has_a_term(glossary, prefix, words):
    for word in words:
        assert glossary.term(f"{prefix}_{word}", "fr")
        assert glossary.term(f"{prefix}_{word}", "en")


def shown_texts(glossary, codebook, lang):
    yield from (terms[lang] for terms in glossary.terms.values())
    for entry in (*codebook.codes, *codebook.families):
        yield getattr(entry, f"name_{lang}")
        yield getattr(entry, f"definition_{lang}")
    yield from (getattr(rule, f"description_{lang}") for rule in load_alert_rules())


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_our_own_words_hold_no_forbidden_one(glossary, codebook, lang):
    found = {
        text: glossary.violations(text, lang) for text in shown_texts(glossary, codebook, lang)
    }
    assert {text: words for text, words in found.items() if words} == {}

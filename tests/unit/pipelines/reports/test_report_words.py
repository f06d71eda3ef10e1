"""What the page says: from figures only, in the words of the glossary, cautious where due."""

import re
from datetime import UTC, datetime

import pytest

from config.glossary import load_glossary
from pipelines.reports.html import render_html
from pipelines.reports.words import english, french
from pipelines.reports.words.definitions import DEFINITIONS
from pipelines.reports.words.page import weekly_page, writer
from pipelines.reports.words.text import plain
from pipelines.reports.words.typography import days, number, percent, typeset

LANGUAGES = ("fr", "en")
GLOSSARY = load_glossary()


def page_of(facts, language="fr"):
    return weekly_page(facts, language, GLOSSARY)


def changed(facts, *, status=None, readings=None, **figures):
    """The same facts with figures replaced: key with `__` for dots -> changes."""
    prefix = f"W{facts.week[-2:]}."
    table = dict(facts.figures)
    for key, changes in figures.items():
        name = prefix + key.replace("__", ".")
        table[name] = table[name].model_copy(update=changes)
    update = {"figures": table, "readings": {**facts.readings, **(readings or {})}}
    return facts.model_copy(update=update | ({"status": status} if status else {}))


def test_both_languages_have_the_same_sentences_and_words():
    assert french.SENTENCES.keys() == english.SENTENCES.keys()
    assert french.WORDS.keys() == english.WORDS.keys()


def test_both_languages_take_the_same_figures():
    def slots(text):
        return sorted(set(re.findall(r"\{([^{}|]+)", text)))

    differing = [
        key
        for key in french.SENTENCES
        if key != "key.comments.suspicious.rise"
        and slots(french.SENTENCES[key]) != slots(english.SENTENCES[key])
    ]
    assert differing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_holds_a_forbidden_word(language):
    source = french if language == "fr" else english
    place = LANGUAGES.index(language)
    texts = [*source.SENTENCES.values(), *source.WORDS.values()]
    texts += [both[place] for both in DEFINITIONS.values()]
    assert [found for text in texts if (found := GLOSSARY.violations(text, language))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_holds_a_forbidden_word(facts, language):
    page = page_of(facts, language)
    html = render_html(page, writer(facts, language, GLOSSARY))
    text = re.sub(r"<(style|svg).*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)
    assert GLOSSARY.violations(text, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_write_no_number_by_hand(language):
    """Numbers come from figures; left are parameters of the method and names of formats."""
    source = french if language == "fr" else english
    allowed = re.compile(r"95 ?%|\b13\b|\b4 (sem|weeks)")
    for key, text in source.SENTENCES.items():
        bare = allowed.sub("", re.sub(r"\{[^{}]*\}|<[a-z_]+>", "", text))
        assert not re.search(r"\d", bare), (key, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_of_the_page_names_a_figure_of_the_facts(facts, language):
    page = page_of(facts, language)
    texts = [*page.key_points, *page.actions, *page.facts, page.coverage, page.read_by]
    texts += [cell for row in page.table for cell in (row.now, row.usual, row.reading)]
    texts += [cell for row in page.themes for cell in (row.posts, row.comments, row.before)]
    named = {run.figure for text in texts for run in text if run.figure}
    assert len(named) > 40
    assert named <= facts.figures.keys()
    loose = "".join(run.text for text in texts for run in text if not run.figure)
    assert re.findall(r"\d[\d-]*", loose) == ["24-001"]


def test_agencies_are_not_named(told):
    names = [a.name for a in told.agencies if a.counts_as_aid and len(a.name) > 6]
    page = page_of(told.facts())
    html = render_html(page, writer(told.facts(), "fr", GLOSSARY))
    assert [name for name in names if name in html] == []


def test_a_zero_is_said_to_be_compatible_with_one_in_k(facts):
    zero = {"value": 0, "n": 25, "low": 0.0, "high": 0.1372, "provisional": False}
    page = page_of(changed(facts, target__named_agency__posts=zero), "en")
    assert "(0 of 25; a zero is still compatible with one in 7)" in plain(page.key_points[1])


def test_an_accused_agency_is_counted_and_not_named(facts):
    some = {"value": 2, "n": 25, "provisional": False}
    page = page_of(changed(facts, target__named_agency__posts=some), "en")
    assert "2 of 25 posts read accuse a named agency" in plain(page.key_points[1])
    assert "The name is not published" in plain(page.key_points[1])


def test_without_any_post_read_nothing_is_said_of_agencies(facts):
    page = page_of(changed(facts, target__named_agency__posts={"value": 0, "n": 0}), "en")
    assert "cannot be said" in plain(page.key_points[1])


def test_the_first_point_is_the_supported_rise_with_its_interval_and_main_target(facts):
    said = plain(page_of(facts, "en").key_points[0])
    assert re.match(r"Comments suspicious of aid are up: 14\* of 30 = 47% \(\d+–\d+\)", said)
    assert "Most often: health campaigns (9*)" in said
    assert "Alert 24-001 (Watch, proposed by a rule" in said


def test_a_rise_about_health_asks_health_teams_to_prepare(facts):
    assert "district sanitaire" in plain(page_of(facts).actions[0])


def test_a_usual_week_asks_for_nothing_but_listening(facts):
    calm = changed(
        facts,
        status="usual",
        readings=dict.fromkeys(facts.readings, "no_change"),
        patterns={"value": 0},
    ).model_copy(update={"alerts": ()})
    page = page_of(calm, "en")
    assert "No change established" in plain(page.key_points[0])
    assert [plain(action)[:9] for action in page.actions] == ["No reason", "Ask drive"]
    assert "nothing stands out" in plain(page.reason)


def test_an_incomplete_week_compares_nothing(facts):
    gap = changed(facts, status="incomplete", readings=dict.fromkeys(facts.readings, "incomplete"))
    page = page_of(gap.model_copy(update={"complete": False, "alerts": ()}), "en")
    assert "Collection was incomplete" in plain(page.key_points[0])
    assert all("not compared" in plain(row.reading) for row in page.table if row.level == 0)


def test_below_the_least_denominator_words_stand_for_a_percentage(facts):
    few = {"value": 3, "n": 12, "displayable": False, "method": "clopper-pearson"}
    row = page_of(changed(facts, comments__suspicious=few), "en").table[6]
    assert plain(row.now) == "3* of 12 (too few for a %)"


def test_too_few_threads_are_named_as_the_reason(facts):
    few = {"displayable": False, "low": None, "high": None, "method": "fewer than 5 threads"}
    row = page_of(changed(facts, comments__suspicious=few), "en").table[6]
    assert plain(row.now) == "14* of 30 (too few threads for a %)"


def test_detection_that_was_not_run_is_said_so(facts):
    page = page_of(facts.model_copy(update={"patterns": "not_run"}), "en")
    assert "has not been looked for" in plain(page.lines[2].text)


def test_the_alternative_text_of_the_chart_gives_the_numbers(facts):
    alt = page_of(facts, "en").week_chart.alt
    assert alt.startswith("W26–W38. posts: ")
    assert "27 (suspicious of aid" in alt
    assert "24?" in alt  # the week that was not fully collected


def test_unknown_is_a_word_and_never_zero(facts):
    page = page_of(changed(facts, views={"value": None, "n": 0}), "en")
    assert "Views on X: unknown (known for 0 of" in plain(page.facts[1])


def test_french_typography():
    assert typeset("Oui : « l'aide » ; 5 %", "fr") == (
        "Oui\u202f: «\u202fl’aide\u202f»\u202f; 5\u202f%"
    )


def test_french_and_english_numbers():
    assert (number(12345, "fr"), number(12345, "en")) == ("12\u202f345", "12,345")
    assert (number(1.5, "fr"), number(1.5, "en")) == ("1,5", "1.5")
    assert (percent(0.217, "fr"), percent(0.217, "en")) == ("22\u202f%", "22%")
    assert percent(0.004, "fr") == "0,4\u202f%"


FRENCH = [GLOSSARY.term(f"month_{n}", "fr") for n in range(1, 13)]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((2024, 9, 2), (2024, 9, 9), "2–8 septembre 2024"),
        ((2024, 7, 1), (2024, 7, 8), "1er–7 juillet 2024"),
        ((2024, 9, 30), (2024, 10, 7), "30 septembre – 6 octobre 2024"),
        ((2024, 12, 30), (2025, 1, 6), "30 décembre 2024 – 5 janvier 2025"),
    ],
)
def test_the_days_of_a_week(start, end, expected):
    moments = (datetime(*day, tzinfo=UTC) for day in (start, end))
    assert days(*moments, FRENCH, "fr") == expected


def test_the_plural_of_zero_is_singular_in_french_only(facts):
    none = changed(facts, comments__threads={"value": 0})
    template = "{comments.threads|plural:one,many}"
    assert plain(writer(none, "fr", GLOSSARY).write(template)) == "one"
    assert plain(writer(none, "en", GLOSSARY).write(template)) == "many"


def test_every_definition_of_a_figure_on_the_page_is_known_or_self_explaining(facts):
    shown = {"items", "suspicious", "negative_tone", "median", "suspicious_target"}
    assert shown <= DEFINITIONS.keys()
    assert all(figure.definition for figure in facts.figures.values())

"""A mistake in a configuration file is told in one line: file, line, problem, what to write."""

import shutil
from pathlib import Path

import pytest

from config.agencies import load_agencies
from config.alert_rules import load_alert_rules
from config.codebook import load_codebook
from config.errors import ConfigError
from config.glossary import load_glossary
from config.places import load_places
from config.settings import CONFIG_DIR
from config.watchlist import load_watchlist

LOADERS = {
    "agencies.csv": load_agencies,
    "agency_spellings.csv": lambda path: load_agencies(path.with_name("agencies.csv")),
    "places.csv": load_places,
    "watchlist.yaml": load_watchlist,
    "codebook.yaml": load_codebook,
    "alert_rules.yaml": load_alert_rules,
    "glossary.yaml": load_glossary,
}

QUERY = """\
x_queries:
  - query_id: one
    since_version: 2026-11-23
    reason: because
    text: {text}
"""

PAGE = """\
facebook_pages:
  - page_id: "100000000000001"
    register_id: fb-one
    name: Radio Exemple
    source_type: local_media
    agency_id:
    language: fr
    followers_band: 10k-100k
"""

RULE = """\
rules:
  - rule_id: one
    kind: burst
    level: watch
    scope: comments
    slice: all
    description_fr: a
    description_en: b
    factor: 3
    min_count: 5
    baseline_weeks: 8
    min_baseline_weeks: 4
    alpha: 0.01
"""

CODEBOOK = """\
families:
  - {family_id: other, name_fr: a, name_en: b, definition_fr: c, definition_en: d}
ladder: [OTH]
codes:
  - code: OTH
    group: suspicious
    family: other
    name_fr: a
    name_en: b
    definition_fr: c
    definition_en: d
    counts: [x]
    does_not_count: [y]
    examples: [p, q]
    alert_weight: low
"""

GLOSSARY = """\
terms:
  post: {fr: publication, en: post}
forbidden:
  fr: [junte*]
  en: [junta*]
"""

AGENCIES = """\
agency_id,name,acronym,type,sind_category,sectors,status,counts_as_aid,note
msf,Médecins Sans Frontières,MSF,INGO,INGO,health,active,yes,
who,World Health Organization,WHO,UN,UN Agency,health,active,yes,
"""

SPELLINGS = """\
agency_id,spelling,language,exact_case,needs_context,not_near,reason
msf,MSF,any,no,,,
who,WHO,en,yes,,,
"""

PLACES = """\
place_id,name,level,scheme,pcode,adm1_pcode,adm1_name,adm1_2023,spellings,ambiguous,needs_context,lat,lon,note
a,Gao,adm1,COD-AB 2021,ML07,ML07,Gao,,Gao,no,,16.9,-0.1,
b,Taoudénit,adm1,law 2023,L23-09,ML06,Tombouctou,Taoudénit,Taoudénit,no,,,,
"""

WHOLE = {
    "watchlist.yaml": QUERY.format(text="ONG Mali") + PAGE,
    "alert_rules.yaml": RULE,
    "codebook.yaml": CODEBOOK,
    "glossary.yaml": GLOSSARY,
    "agencies.csv": AGENCIES,
    "agency_spellings.csv": SPELLINGS,
    "places.csv": PLACES,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in WHOLE.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", LOADERS)
def test_the_files_these_tests_break_are_whole_before(folder, name):
    LOADERS[name](folder / name)


# file, what is replaced, by what, line of the mistake, problem, advice
BROKEN = [
    # watchlist
    ("watchlist.yaml", "x_queries:", "x_querys:", 1, "unknown key 'x_querys'", "'x_queries'"),
    ("watchlist.yaml", "reason:", "reson:", 4, "unknown key 'reson'", "did you mean 'reason'?"),
    ("watchlist.yaml", "    reason: because\n", "", 2, "reason is missing", "add `reason:`"),
    ("watchlist.yaml", "2026-11-23", "23/11/2026", 3, "'23/11/2026'", "a day as 2026-11-23"),
    ("watchlist.yaml", "2026-11-23", "2026-02-30", 3, "'2026-02-30'", "a day as 2026-11-23"),
    ("watchlist.yaml", "ONG Mali", "ONG " * 130 + "Mali", 5, "524 characters", "split it"),
    ("watchlist.yaml", "ONG Mali", "(ONG OR MSF Mali", 5, "parentheses", "close each"),
    ("watchlist.yaml", "ONG Mali", "ONG) (Mali", 5, "parentheses", "close each"),
    ("watchlist.yaml", "ONG Mali", "ONG -(Congo OR Goma)", 5, "a group is negated", "-a -b"),
    ("watchlist.yaml", "ONG Mali", 'ONG "aide', 5, "quote is not closed", "phrases"),
    ("watchlist.yaml", "ONG Mali", "ONG or MSF", 5, "lower-case `or`", "write OR"),
    ("watchlist.yaml", "ONG Mali", "-Congo -is:retweet", 5, "nothing to look for", "add a word"),
    ("watchlist.yaml", "100000000000001", "radio.exemple", 7, "page_id", "numeric id"),
    ("watchlist.yaml", "local_media", "localmedia", 10, "'localmedia'", "'local_media'"),
    ("watchlist.yaml", "local_media", "individual", 10, "source_type is 'individual'", "write one"),
    ("watchlist.yaml", "agency_id:", "agency_id: msff", 11, "agency_id is 'msff'", "'msf'"),
    ("watchlist.yaml", "language: fr", "language: french", 12, "language is 'french'", "fr"),
    ("watchlist.yaml", "10k-100k", "many", 13, "followers_band is 'many'", "10k-100k"),
    ("watchlist.yaml", "    name: Radio", "    name:\n    - Radio", 10, "not a single text", "one"),
    ("watchlist.yaml", "    name: Radio", "   name: Radio", 9, "not valid YAML", "indentation"),
    ("watchlist.yaml", "facebook_pages:", "facebook_pages: x\nx:", 7, "unknown key", "x_queries"),
    # alert rules
    ("alert_rules.yaml", "level: watch", "level: watsh", 4, "level is 'watsh'", "'watch'"),
    ("alert_rules.yaml", "kind: burst", "kind: boom", 3, "kind is 'boom'", "burst"),
    ("alert_rules.yaml", "factor: 3", "factor: three", 9, "factor is 'three'", "a number"),
    ("alert_rules.yaml", "factor: 3", "factor: 0.5", 9, "factor is 0.5", "from 1 to 100"),
    ("alert_rules.yaml", "min_count: 5", "min_count: 0", 10, "min_count is 0", "at least 1"),
    ("alert_rules.yaml", "alpha: 0.01", "alpha: 1", 13, "alpha is 1", "from 1e-09 to 0.2"),
    ("alert_rules.yaml", "alpha: 0.01", "alpha: .nan", 13, "alpha is '.nan'", "a number"),
    ("alert_rules.yaml", "baseline_weeks: 4", "baseline_weeks: 9", 12, "above", "smaller number"),
    ("alert_rules.yaml", "kind: burst", "kind: synchronised", 9, "factor has no meaning", "remove"),
    ("alert_rules.yaml", "    factor: 3\n", "    factor: 3\n    factor: 4\n", 10, "twice", "keep"),
    # codebook
    ("codebook.yaml", "family: other", "family: othr", 7, "family is 'othr'", "'other'"),
    ("codebook.yaml", "    family: other\n", "", 5, "OTH has no family", "other"),
    ("codebook.yaml", "[p, q]", "[p]", 5, "OTH has 1 examples", "write 2 or more"),
    ("codebook.yaml", "ladder: [OTH]", "ladder: [OTH, OHT]", 3, "ladder is 'OHT'", "'OTH'"),
    ("codebook.yaml", "ladder: [OTH]", "ladder: [OTH, OTH]", 3, "already used", "its own"),
    ("codebook.yaml", "ladder: [OTH]", "ladder: []", 1, "ladder is missing", "add `ladder:`"),
    ("codebook.yaml", "group: suspicious", "group: neutral", 7, "only suspicious", "remove"),
    ("codebook.yaml", "alert_weight: low", "alert_weight: huge", 15, "'huge'", "high"),
    # glossary
    ("glossary.yaml", ", en: post}", "}", 2, "en is missing", "add"),
    ("glossary.yaml", "en: post", 'en: ""', 2, "en is empty", "fill it in"),
    ("glossary.yaml", "  fr: [junte*]", "  fr: junte*", 4, "fr is not a list", "`- `"),
    ("glossary.yaml", "terms:", "termes:", 1, "unknown key 'termes'", "'terms'"),
    # agencies and their spellings
    ("agencies.csv", "acronym,type", "acronym,typ", 1, "unknown column 'typ'", "'type'"),
    ("agencies.csv", ",note\n", "\n", 1, "column note is missing", "header"),
    ("agencies.csv", "\nwho,", "\nmsf,", 3, "'msf' is already used at line 2", "its own"),
    ("agencies.csv", "health,active,yes,\nwho", "helth,active,yes,\nwho", 2, "'helth'", "'health'"),
    ("agencies.csv", "active,yes,\nwho", "active,maybe,\nwho", 2, "is 'maybe'", "yes"),
    ("agencies.csv", "Frontières,", "Frontières,,", 2, "10 cells", "double quotes"),
    ("agencies.csv", "who,World", ",World", 3, "agency_id is empty", "fill it in"),
    ("agency_spellings.csv", "who,WHO", "woh,WHO", 3, "agency_id is 'woh'", "'who'"),
    ("agency_spellings.csv", "who,WHO,en,yes", "who,msf,en,no", 3, "line 2", "needs_context"),
    ("agency_spellings.csv", "en,yes,,,", "en,yes,santé,,", 3, "no reason", "say why"),
    ("agency_spellings.csv", "en,yes,,,", "en,yes,a||b,,x", 3, "empty part", "spare `|`"),
    # places
    ("places.csv", "ML07,ML07", "ML7,ML07", 2, "'ML7' is no code of COD-AB 2021", "write it as"),
    ("places.csv", "L23-09", "ML09", 3, "'ML09' is no code of law 2023", "L23-"),
    ("places.csv", "ML06", "L23-06", 3, "'L23-06' is no code of COD-AB 2021", "ML"),
    ("places.csv", "16.9", "169", 2, "lat is 169", "from -90 to 90"),
    ("places.csv", "Taoudénit,no", "gao,no", 3, "'gao' already names", "one of"),
    ("places.csv", "Gao,no,", "Gao,yes,", 2, "do not agree", "context words"),
]  # fmt: skip


@pytest.mark.parametrize("case", BROKEN, ids=[f"{c[0]}:{c[3]} {c[4]}" for c in BROKEN])
def test_a_mistake_is_told_with_file_and_line(folder, case):
    name, whole, broken, line, problem, advice = case
    assert whole in WHOLE[name]
    (folder / name).write_text(WHOLE[name].replace(whole, broken, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as told:
        LOADERS[name](folder / name)
    message = str(told.value)
    assert message.startswith(f"{folder / name}:{line}: ")
    assert problem in message.split("; ")[0]
    assert advice in message.split("; ")[1]
    assert "\n" not in message


def test_an_agency_without_spelling_is_told_at_the_agency(folder):
    text = SPELLINGS.replace("who,WHO,en,yes,,,\n", "")
    (folder / "agency_spellings.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"agencies.csv:3: agency 'who' has no spelling; add one"):
        load_agencies(folder / "agencies.csv")


@pytest.mark.parametrize("name", LOADERS)
def test_an_empty_file_is_told(folder, name):
    (folder / name).write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"{name}:1: the file is empty; start from"):
        LOADERS[name](folder / name)


@pytest.mark.parametrize("name", LOADERS)
def test_a_file_in_another_encoding_is_told(folder, name):
    text = WHOLE[name] + "# données\n"
    (folder / name).write_bytes(text.encode("cp1252"))
    with pytest.raises(ConfigError, match=r"the file is not UTF-8; save it as UTF-8") as told:
        LOADERS[name](folder / name)
    before = text[: next(i for i, mark in enumerate(text) if ord(mark) > 127)]
    assert told.value.line == before.count("\n") + 1


@pytest.mark.parametrize("name", LOADERS)
def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake(folder, name):
    (folder / name).write_bytes(b"\xef\xbb\xbf" + WHOLE[name].replace("\n", "\r\n").encode())
    LOADERS[name](folder / name)


@pytest.mark.parametrize("name", LOADERS)
def test_a_file_that_is_not_there_is_told(folder, name):
    (folder / name).unlink()
    with pytest.raises(ConfigError, match=rf"{name}: cannot be read .*; check the path"):
        LOADERS[name](folder / name)


@pytest.mark.parametrize("text", ["- a\n- b\n", "just words\n"])
def test_a_file_of_another_shape_is_told(folder, text):
    (folder / "watchlist.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"watchlist.yaml:1: keys are expected here"):
        load_watchlist(folder / "watchlist.yaml")


def test_a_control_character_is_told_with_its_line(folder):
    (folder / "glossary.yaml").write_text(GLOSSARY + "# \x07\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"glossary.yaml:6: holds a control character; remove"):
        load_glossary(folder / "glossary.yaml")


def test_an_open_quote_in_a_table_is_told_where_its_record_begins(folder):
    text = AGENCIES.replace("World Health Organization", '"World Health Organization')
    (folder / "agencies.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"agencies.csv:3: not valid CSV .*close the quotes"):
        load_agencies(folder / "agencies.csv")


def test_lines_are_counted_over_a_cell_with_line_breaks(folder):
    text = AGENCIES.replace("yes,\nwho", 'yes,"two\nlines"\nwho').replace("UN,UN Agency", "UNO,x")
    (folder / "agencies.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"agencies.csv:4: type is 'UNO'"):
        load_agencies(folder / "agencies.csv")


def test_a_page_and_an_account_cannot_share_a_register_id(folder):
    account = (
        "registered_accounts:\n"
        "  - {platform: x, platform_id: 12, register_id: fb-one, name: A, source_type: other}\n"
    )
    (folder / "watchlist.yaml").write_text(PAGE + account, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"watchlist.yaml:10: register_id 'fb-one' is already"):
        load_watchlist(folder / "watchlist.yaml")


def test_an_unknown_term_names_the_nearest(folder):
    glossary = load_glossary(folder / "glossary.yaml")
    with pytest.raises(ConfigError, match=r"no term 'posts'; did you mean 'post'\?"):
        glossary.term("posts", "fr")


def test_shipped_files_can_be_copied_and_changed_elsewhere(tmp_path):
    for source in CONFIG_DIR.glob("*.*"):
        if source.name in LOADERS:
            shutil.copy(source, tmp_path)
    for name, load in LOADERS.items():
        assert load(tmp_path / name)

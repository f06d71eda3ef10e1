"""Queries of the watchlist that are built: what is read, what is refused, and their versions."""

import pytest

from config.errors import ConfigError
from config.watchlist import load_watchlist

TEXT = """\
anchors:
  mali: [Mali, Gao]
  sahel: [Sahel]
stems:
  "réfugié*": [réfugié, réfugiés]
x_queries:
  - query_id: aid
    since_version: 2026-11-26
    reason: because
    agencies: [msf]
    terms: [vaccin, agents de santé]
    anchors: mali
    exclude: [Kinshasa, DRC Congo]
    options: ["-is:retweet"]
    history:
      - {since_version: 2026-11-20, reason: second}
      - {since_version: 2026-11-10, reason: first}
"""


@pytest.fixture
def load(tmp_path):
    def read(text, **options):
        path = tmp_path / "watchlist.yaml"
        path.write_text(text, encoding="utf-8")
        return load_watchlist(path, **options)

    return read


def test_a_query_is_built_from_agencies_terms_anchors_and_exclusions(load):
    (query,) = load(TEXT).x_queries
    assert query.text.startswith('(MSF OR "Médecins sans frontières" OR "Doctors Without Borders"')
    assert query.text.endswith(
        ' OR vaccin OR "agents de santé") (Mali OR Gao) -is:retweet -Kinshasa -"DRC Congo"'
    )


def test_several_lists_of_anchors_are_joined(load):
    (query,) = load(TEXT.replace("anchors: mali", "anchors: [mali, sahel]")).x_queries
    assert " (Mali OR Gao OR Sahel) " in query.text


def test_all_agencies_of_a_type_are_taken_once(load):
    text = TEXT.replace("agencies: [msf]", "agencies: [amss]\n    agency_types: [NNGO]")
    (query,) = load(text.replace("stems:", 'stems:\n  "arbre*": [arbre, arbres]')).x_queries
    assert query.text.count("AMSS") == 1
    assert "TASSAGHT" in query.text


def test_history_is_kept_in_order_of_time(load):
    (query,) = load(TEXT).x_queries
    assert query.history == (("2026-11-10", "first"), ("2026-11-20", "second"))


def test_the_version_of_a_query_is_that_of_its_wording_only(load):
    (query,) = load(TEXT).x_queries
    (other,) = load(TEXT.replace("because", "for another reason")).x_queries
    (reworded,) = load(TEXT.replace("vaccin,", "vaccin, vaccins,")).x_queries
    assert query.version == other.version != reworded.version


def test_the_version_of_a_query_does_not_depend_on_the_tier(load):
    (short,) = load(TEXT).x_queries
    (long,) = load(TEXT, x_tier="enterprise").x_queries
    assert short.version == long.version


def test_the_archive_takes_longer_queries_than_recent_search(load):
    terms = ", ".join(f"mot{n:02d}" for n in range(60))
    watchlist = load(TEXT.replace("terms: [", f"terms: [{terms}, "))
    assert len(watchlist.x_parts("recent")) > len(watchlist.x_parts("all"))
    enterprise = load(TEXT.replace("terms: [", f"terms: [{terms}, "), x_tier="enterprise")
    (part,) = enterprise.x_parts("recent")
    assert part.part_id == "aid"
    assert enterprise.x_part("aid") == part


@pytest.mark.parametrize(
    ("whole", "broken", "problem"),
    [
        ("agencies: [msf]", "agencies: [mfs]", "10: agencies is 'mfs'; did you mean 'msf'"),
        ("agencies: [msf]", "agency_types: [INGOs]", "agency_types is 'INGOs'"),
        ("agencies: [msf]", "text: ONG Mali", "both text and terms are given; keep one"),
        ("anchors: mali", "anchors: malli", "no list of anchors 'malli'; write it under"),
        ('"-is:retweet"', '"-retweet"', "is no option; write one of is:"),
        ('"-is:retweet"', '"-is:repost"', "is no operator"),
        ('"-is:retweet"', '"is:reply OR has:links"', "is no option|nothing to look for"),
        ("[vaccin,", "['a \"b\"',", "is no word or phrase; write words without double quotes"),
        ("[Mali, Gao]", "[Mali, '…']", "is no word or phrase"),
        ("query_id: aid", "query_id: aid.2", "'aid.2' is not an id; .*a point is kept"),
        ("2026-11-20", "2026-11-26", "is not before since_version 2026-11-26"),
        ("agencies: [msf]", "agencies: [hi]", r"'handicap\*' has no written forms; list them"),
        ("    anchors: mali\n", "    agency_types: [NNGO]\n", "X ignores case; give the query"),
        ("vaccin,", f"{'v' * 600},", "is longer than the 512 characters X takes"),
    ],
)
def test_a_wrong_built_query_is_told(load, whole, broken, problem):
    assert whole in TEXT
    with pytest.raises(ConfigError, match=problem):
        load(TEXT.replace(whole, broken))


def test_a_query_without_anything_to_look_for_is_told(load):
    text = TEXT.replace("    agencies: [msf]\n", "").replace(
        "    terms: [vaccin, agents de santé]\n", ""
    )
    with pytest.raises(ConfigError, match="text is missing"):
        load(text)

import email
import hashlib
import re
from datetime import UTC, datetime, timedelta
from email.policy import default

import pytest
from sqlmodel import Session, select

from config.alert_rules import load_alert_rules
from config.codebook import load_codebook
from config.errors import VigieError
from config.glossary import load_glossary
from config.vocabulary import TARGETS
from models import Alert, Delivery
from pipelines.alert_messages import MAX_CHARACTERS, alert_message, confidence
from pipelines.notify import Outgoing, deliver_alerts, email_bytes

GLOSSARY = load_glossary()
RULES = load_alert_rules()
OUT = Outgoing(GLOSSARY)
VALIDATED_AT = datetime(2024, 9, 23, 7, 40, tzinfo=UTC)

FACTS = {
    "kind": "burst",
    "week": "2024-W38",
    "scope": "comments",
    "slices": ["all", "agency:wfp"],
    "description": {
        "fr": "Nettement plus de commentaires méfiants envers l'aide que d'habitude.",
        "en": "Clearly more comments suspicious of aid than usual.",
    },
    "post_ids": ["p1", "p2"],
    "items": 7,
    "threads": 3,
    "distinct_messages": 7,
    "read_by_person": 7,
    "platforms": {"facebook": 7},
    "targets": {"health_campaign": 6, "none": 1},
    "agency_types": {"UN": 1, "red_cross": 1},
    "places": [{"place_id": "konna", "name": "Konna", "region": "Mopti", "items": 2}],
    "place_not_stated": 5,
    "family": {
        "family_id": "health_products",
        "fr": "Santé et produits",
        "en": "Health and products",
        "items": 6,
    },
    "first_seen": "2024-09-17T15:40:00+00:00",
    "last_seen": "2024-09-20T08:05:00+00:00",
    "collected": "2024-09-21T02:00:00+00:00",
    "baseline": {"counts": [1, 0, 2], "weeks": 8, "median": 1.0, "low": 0, "high": 2},
}


def make_alert(alert_id="24-001", **changes):
    facts = FACTS | changes.pop("facts", {})
    given = {
        "id": alert_id,
        "dedupe_key": alert_id,
        "rule_id": "suspicious_comments_burst",
        "level": "watch",
        "status": "validated",
        "start": datetime(2024, 9, 16, tzinfo=UTC),
        "end": datetime(2024, 9, 23, tzinfo=UTC),
        "proposed_at": VALIDATED_AT - timedelta(hours=1),
        "decided_at": VALIDATED_AT,
        "decided_by": "A1",
        "facts": facts,
    }
    return Alert(**(given | changes))


def crowded():
    """Facts as long as they can be."""
    family = max(load_codebook().families, key=lambda entry: len(entry.name_fr))
    place = {"place_id": "x", "name": "Niafunké – marché de Tonka", "region": "x", "items": 11}
    return {
        "items": 111,
        "threads": 99,
        "read_by_person": 110,
        "targets": dict.fromkeys(TARGETS, 22),
        "agency_types": dict.fromkeys(("UN", "INGO", "NNGO", "donor", "health_authority", "x"), 9),
        "places": [place] * 5,
        "place_not_stated": 100,
        "family": {"fr": family.name_fr, "en": family.name_en, "items": 100},
        "baseline": {"low": 100, "high": 200},
    }


@pytest.fixture
def mailbox(tmp_path):
    return tmp_path / "mailbox"


@pytest.fixture
def stored(engine):
    """Puts alerts into the store."""

    def put(*alerts):
        with Session(engine) as session:
            session.add_all(alerts)
            session.commit()

    return put


def deliveries(engine):
    with Session(engine) as session:
        return session.exec(select(Delivery).order_by(Delivery.language)).all()


def status(engine, alert_id="24-001"):
    with Session(engine) as session:
        return session.get_one(Alert, alert_id).status


def test_the_french_message_answers_the_reader_s_questions_in_order():
    text = alert_message(make_alert(), "fr", GLOSSARY)

    heads = [line.split("  ")[0] for line in text.splitlines()[1:]]
    assert heads[:7] == ["QUOI", "OÙ", "QUI", "SÛR\u202f?", "ÂGE", "FAIRE", "SUITE"]
    assert text.startswith("VIGILANCE 24-001 · lundi 23/09 07:40")
    assert "7 commentaires sous 3 publications" in text
    assert "d’habitude 0–2/sem." in text
    assert "Konna (2)" in text
    assert "vu 17/09" in text
    assert "lundi 30/09" in text


def test_the_english_message_says_the_same_facts():
    text = alert_message(make_alert(), "en", GLOSSARY)

    heads = [line.split("  ")[0] for line in text.splitlines()[1:]]
    assert heads[:7] == ["WHAT", "WHERE", "WHO", "SURE?", "AGE", "DO", "NEXT"]
    assert text.startswith("WATCH 24-001 · Monday 23/09 07:40")
    assert "7 comments under 3 posts" in text
    assert "usually 0–2 a week" in text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_unknown_is_said_to_be_unknown(language):
    facts = {"places": [], "targets": {}, "collected": None, "agency_types": {}, "family": None}
    text = alert_message(make_alert(facts=facts), language, GLOSSARY)

    expected = {
        "fr": ["lieu non précisé", "cible inconnue", "collecté inconnu", "Passage à l’acte"],
        "en": ["place not stated", "target unknown", "collected unknown", "Anyone acting on it"],
    }
    assert all(words in text for words in expected[language])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_exercise_says_so_first(language):
    text = alert_message(make_alert(), language, GLOSSARY, exercise=True)

    assert text.startswith({"fr": "[EXERCICE] ", "en": "[EXERCISE] "}[language])


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", ["burst", "volume_burst", "synchronised"])
def test_the_fullest_message_still_fits_a_phone(language, kind):
    longest = max(RULES, key=lambda rule: len(rule.description_fr))
    description = {"fr": longest.description_fr, "en": longest.description_en}
    facts = crowded() | {"kind": kind, "description": description}
    text = alert_message(make_alert(facts=facts), language, GLOSSARY, exercise=True)

    assert len(text) <= MAX_CHARACTERS
    assert {"fr": "FAIRE", "en": "DO  "}[language] in text
    assert "24-001" in text


def test_a_rule_that_talks_too_much_is_named():
    facts = {"description": {"fr": "mot " * 200, "en": "word " * 200}}

    with pytest.raises(VigieError, match="shorten the description of rule suspicious_comments"):
        alert_message(make_alert(facts=facts), "fr", GLOSSARY)


def test_a_forbidden_word_in_a_rule_stops_the_message():
    facts = {"description": {"fr": "Publications suspectes.", "en": "Suspect posts."}}

    with pytest.raises(VigieError, match="suspectes"):
        alert_message(make_alert(facts=facts), "fr", GLOSSARY)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule_id)
def test_every_shipped_rule_makes_a_message_without_forbidden_words(language, rule):
    description = {"fr": rule.description_fr, "en": rule.description_en}
    facts = {"kind": rule.kind, "scope": rule.scope, "description": description}
    alert = make_alert(level=rule.level, rule_id=rule.rule_id, facts=facts)

    assert GLOSSARY.violations(alert_message(alert, language, GLOSSARY), language) == []


def test_french_spaces_do_not_break_before_double_marks():
    text = alert_message(make_alert(), "fr", GLOSSARY)

    assert not re.search(r" [:;!?]", text)
    assert not re.search(r"\w[;!?]", text)
    assert "'" not in text


def test_french_keeps_the_singular_for_one_and_english_too():
    facts = {"items": 1, "threads": 1, "read_by_person": 1}

    assert "1 commentaire sous 1 publication," in alert_message(
        make_alert(facts=facts), "fr", GLOSSARY
    )
    assert "1 comment under 1 post," in alert_message(make_alert(facts=facts), "en", GLOSSARY)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_agency_is_named_even_where_its_type_would_name_it(language):
    text = alert_message(make_alert(), language, GLOSSARY)

    assert not re.search(r"wfp|red.?cross|croix", text, re.IGNORECASE)


def test_volume_alone_is_no_claim_and_no_threat():
    text = alert_message(make_alert(facts={"kind": "volume_burst"}), "en", GLOSSARY)

    assert "Claim" not in text
    assert "acting" not in text


def test_an_undecided_alert_does_not_pass_for_validated():
    alert = make_alert(status="proposed", decided_at=None)

    assert "validated not yet" in alert_message(alert, "en", GLOSSARY)


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        ({}, "high"),
        ({"threads": 2}, "medium"),
        ({"read_by_person": 4}, "medium"),
        ({"read_by_person": 3}, "low"),
        ({"scope": "posts", "distinct_messages": 1}, "medium"),
    ],
)
def test_confidence_asks_for_readers_and_for_messages_apart(facts, level):
    assert confidence(FACTS | facts) == level


def test_a_validated_alert_is_delivered_in_french_and_english(engine, stored, mailbox, now):
    stored(make_alert())
    files = deliver_alerts(engine, mailbox, OUT, now=now)

    assert [path.name for path in files] == ["24-001.fr.eml", "24-001.en.eml"]
    assert sorted(path.name for path in mailbox.iterdir()) == ["24-001.en.eml", "24-001.fr.eml"]
    assert all(row.sent_at == now for row in deliveries(engine))
    assert status(engine) == "delivered"


@pytest.mark.parametrize("undecided", ["proposed", "rejected"])
def test_what_no_person_validated_is_not_delivered(engine, stored, mailbox, now, undecided):
    stored(make_alert(status=undecided))

    assert deliver_alerts(engine, mailbox, OUT, now=now) == []
    assert deliveries(engine) == []


def test_nothing_is_sent_twice(engine, stored, mailbox, now):
    stored(make_alert())
    first = deliver_alerts(engine, mailbox, OUT, now=now)
    for path in first:
        path.unlink()  # fetched by the mail program

    assert deliver_alerts(engine, mailbox, OUT, now=now + timedelta(hours=1)) == []
    assert list(mailbox.iterdir()) == []


def test_a_mailbox_that_cannot_be_written_leaves_the_message_queued(engine, stored, mailbox, now):
    stored(make_alert())
    mailbox.write_text("a file where the folder should be")
    with pytest.raises(VigieError, match="VIGIE_MAILBOX"):
        deliver_alerts(engine, mailbox, OUT, now=now)
    assert [row.sent_at for row in deliveries(engine)] == [None, None]
    assert status(engine) == "validated"

    mailbox.unlink()
    later = now + timedelta(hours=1)
    assert len(deliver_alerts(engine, mailbox, OUT, now=later)) == 2
    assert [(row.queued_at, row.sent_at) for row in deliveries(engine)] == [(now, later)] * 2


def test_a_crash_after_writing_does_not_write_again(engine, stored, mailbox, now):
    stored(make_alert())
    french, _ = deliver_alerts(engine, mailbox, OUT, now=now)
    before = french.stat().st_ino
    with Session(engine) as session:  # as if the run had died before it could say so
        for row in session.exec(select(Delivery)):
            row.sent_at = None
        session.get_one(Alert, "24-001").status = "validated"
        session.commit()

    later = now + timedelta(hours=5)
    assert len(deliver_alerts(engine, mailbox, OUT, now=later)) == 2
    assert french.stat().st_ino == before
    assert all(row.sent_at == later for row in deliveries(engine))
    assert status(engine) == "delivered"


def test_half_written_files_are_never_seen(engine, stored, mailbox, now):
    stored(make_alert())
    mailbox.mkdir()
    (mailbox / ".24-001.fr.eml.part").write_bytes(b"half")
    deliver_alerts(engine, mailbox, OUT, now=now)

    assert (mailbox / "24-001.fr.eml").read_bytes() == email_bytes(make_alert(), "fr", OUT)
    assert not (mailbox / ".24-001.fr.eml.part").exists()


def test_the_same_alert_gives_the_same_bytes_and_the_outbox_knows_their_hash(
    engine, stored, mailbox, now
):
    stored(make_alert())
    deliver_alerts(engine, mailbox, OUT, now=now)

    for row in deliveries(engine):
        body = (mailbox / f"24-001.{row.language}.eml").read_bytes()
        assert body == email_bytes(make_alert(), row.language, OUT)
        assert row.content_hash == hashlib.sha256(body).hexdigest()


def test_the_envelope_is_neutral_and_readable():
    message = email.message_from_bytes(email_bytes(make_alert(), "fr", OUT), policy=default)

    assert message["Subject"] == "Vigie 24-001"
    assert message["From"] == "Vigie <veille@vigie.invalid>"
    assert message["Date"].datetime == VALIDATED_AT
    assert message["Content-Language"] == "fr"
    text = message.get_content().replace("\r\n", "\n").rstrip("\n")
    assert text == alert_message(make_alert(), "fr", GLOSSARY)


def test_several_alerts_go_out_each_in_its_own_files(engine, stored, mailbox, now):
    stored(make_alert("24-001"), make_alert("24-002", level="urgent"))

    assert len(deliver_alerts(engine, mailbox, OUT, now=now)) == 4
    assert (mailbox / "24-002.fr.eml").read_text().count("URGENT") == 1

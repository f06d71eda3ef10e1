"""An alert as one short message for a phone. Pure: the alert in, text out.

The text holds no handle, no words of a post and no agency's name; what is not known is said to be
unknown.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from config.errors import VigieError
from config.glossary import Glossary
from models import Alert
from pipelines.alert_words import AGENCY_TYPES, OTHER_TYPE, WORDING, Wording, counted

MAX_CHARACTERS: Final = 700
INDEPENDENT: Final = 3  # threads or messages that do not merely repeat each other
# What may go when the message is too long: (names kept in a list, lines left out), in this order.
ROOM: Final[tuple[tuple[int, tuple[str, ...]], ...]] = (
    (2, ()),
    (2, ("limits",)),
    (1, ("limits",)),
    (1, ("limits", "age")),
)


def alert_message(
    alert: Alert, language: str, glossary: Glossary, *, exercise: bool = False
) -> str:
    """The message in one language, at most 700 characters.

    VigieError when the words of the rule make it too long or contain a forbidden word.
    """
    prefix = WORDING[language].exercise if exercise else ""
    text = _typeset(_fitting(alert, language, glossary, prefix), language)
    found = glossary.violations(text, language)
    if found:
        raise VigieError(
            f"alert {alert.id} would contain {', '.join(found)}; change the description of rule "
            f"{alert.rule_id}, or the name of its narrative family"
        )
    return text


def _fitting(alert: Alert, language: str, glossary: Glossary, prefix: str) -> str:
    for names, left_out in ROOM:
        lines = _lines(alert, language, glossary, names)
        text = prefix + "\n".join(lines[name] for name in lines if name not in left_out)
        if len(text) <= MAX_CHARACTERS:
            return text
    raise VigieError(
        f"the message of alert {alert.id} has {len(text)} characters, {MAX_CHARACTERS} are "
        f"allowed; shorten the description of rule {alert.rule_id}"
    )


def _lines(alert: Alert, language: str, glossary: Glossary, names: int) -> dict[str, str]:
    words = WORDING[language]
    facts = alert.facts
    written = alert.decided_at or alert.proposed_at
    validated = alert.decided_at.isoformat() if alert.decided_at else None
    return {
        "header": words.header.format(
            level=glossary.term(f"level_{alert.level}", language).upper(),
            id=alert.id,
            when=f"{_day(written, words, language, glossary)} {_time(written)}",
        ),
        "what": words.what.format(
            description=facts["description"][language], family=_family(facts, language, words)
        ),
        "where": words.where.format(places=_places(facts, words, names)),
        "who": words.who.format(
            targets=_targets(facts, language, glossary, names),
            agencies=_agencies(facts, language, names),
        ),
        "sure": _sure(facts, language, words, glossary),
        "age": words.age.format(
            first=_date(facts["first_seen"], words),
            collected=_date(facts["collected"], words),
            validated=_date(validated, words) if validated else words.not_yet,
        ),
        "do": words.do[facts["kind"]],
        "next": words.next.format(day=_day(_next_monday(written), words, language, glossary)),
        "limits": words.limits,
    }


def _family(facts: Mapping[str, Any], language: str, words: Wording) -> str:
    family = facts["family"]
    if family is None:
        return ""
    return words.family.format(name=family[language], count=family["items"], items=facts["items"])


def _places(facts: Mapping[str, Any], words: Wording, names: int) -> str:
    if not facts["places"]:
        return words.place_unknown
    named = ", ".join(
        words.place.format(name=place["name"], count=place["items"])
        for place in facts["places"][:names]
    )
    unknown = facts["place_not_stated"]
    return named + (words.some_unknown.format(count=unknown) if unknown else "")


def _targets(facts: Mapping[str, Any], language: str, glossary: Glossary, names: int) -> str:
    counts = {name: count for name, count in facts["targets"].items() if name != "none"}
    if not counts:
        return WORDING[language].target_unknown
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    return ", ".join(
        f"{glossary.term(f'target_{name}', language)} ({counts[name]})" for name in ordered[:names]
    )


def _agencies(facts: Mapping[str, Any], language: str, names: int) -> str:
    words = WORDING[language]
    types = facts["agency_types"]
    if not types:
        return words.no_agency
    ordered = sorted(types, key=lambda name: (-types[name], name))
    kinds = [AGENCY_TYPES[language].get(name, OTHER_TYPE[language]) for name in ordered]
    return words.agencies.format(types=", ".join([*dict.fromkeys(kinds)][:names]))


def _sure(facts: Mapping[str, Any], language: str, words: Wording, glossary: Glossary) -> str:
    suspicious = facts["kind"] != "volume_burst"
    return words.sure.format(
        confidence=glossary.term(f"confidence_{confidence(facts)}", language).upper(),
        spread=_spread(facts, language, words),
        read=words.read.format(count=facts["read_by_person"], items=facts["items"]),
        usual=_usual(facts, words),
        claim=words.claim if suspicious else "",
        acting=words.acting if suspicious else "",
    )


def confidence(facts: Mapping[str, Any]) -> str:
    """How sure it is that it circulates as described: high, medium or low.

    High: a person read every item, and they stand in three threads or are three messages at
    least. Medium: a person read half of them. Else low: the counts are the machine's.
    """
    items, read = facts["items"], facts["read_by_person"]
    apart = facts["threads"] if facts["scope"] == "comments" else facts["distinct_messages"]
    if read == items and apart >= INDEPENDENT:
        return "high"
    return "medium" if 2 * read >= items else "low"


def _spread(facts: Mapping[str, Any], language: str, words: Wording) -> str:
    if facts["scope"] == "comments":
        return words.under.format(
            comments=counted(facts["items"], "comments", language),
            posts=counted(facts["threads"], "posts", language),
        )
    posts = counted(facts["items"], "posts", language)
    return f"{posts}, {counted(facts['distinct_messages'], 'messages', language)}"


def _usual(facts: Mapping[str, Any], words: Wording) -> str:
    baseline = facts.get("baseline")
    if baseline is None:
        return ""
    low, high = baseline["low"], baseline["high"]
    return words.usual.format(range=f"{low}–{high}" if low != high else str(low))


def _next_monday(moment: datetime) -> datetime:
    return moment + timedelta(days=7 - moment.astimezone(UTC).weekday())


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%H:%M}"


def _day(moment: datetime, words: Wording, language: str, glossary: Glossary) -> str:
    there = moment.astimezone(UTC)
    return words.day.format(
        weekday=glossary.term(f"weekday_{there.isoweekday()}", language),
        day=there.day,
        month=there.month,
    )


def _date(value: str | None, words: Wording) -> str:
    if value is None:
        return words.unknown
    there = datetime.fromisoformat(value).astimezone(UTC)
    return words.date.format(day=there.day, month=there.month)


def _typeset(text: str, language: str) -> str:
    """French puts a no-break space before a colon, a narrow one before ; ! and ?."""
    if language != "fr":
        return text
    return re.sub(" (?=[;!?])", "\u202f", text.replace(" :", "\u00a0:")).replace("'", "’")

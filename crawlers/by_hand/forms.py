"""The two forms people fill in, by options or by questions: a post, and a sighting."""

from collections.abc import Mapping
from typing import Final

from config.codebook import Codebook
from config.errors import UsageError
from config.roles import checked_role
from crawlers.by_hand import choices
from crawlers.by_hand.addresses import addressed_post
from crawlers.by_hand.desk import Desk
from crawlers.by_hand.fields import (
    told_agency,
    told_choice,
    told_day,
    told_place,
    told_platform,
    told_time,
    told_village,
)
from crawlers.by_hand.own_words import OwnWords, in_own_words
from crawlers.by_hand.posts import ToldPost, find_post
from crawlers.by_hand.questions import Check, Question
from crawlers.by_hand.sightings import ToldSighting

NONE: Final = "none"
KINDS: Final[Mapping[str, str]] = {
    "post": "publication / post",
    "comment": "commentaire / comment",
}
_SAYS: Final = "Ce que ça dit, en vos mots / what it says, in your own words"


def post_questions(desk: Desk) -> tuple[Question, ...]:
    """What is asked about a post, in the order a person knows it."""
    return (
        _choice(
            "platform",
            "Plateforme / platform",
            choices.PLATFORMS,
            check=lambda value, _: told_platform(value),
        ),
        _choice("kind", "Type / kind", KINDS, default="post"),
        Question("time", _time_words(desk), lambda value, _: told_time(value, desk.now)),
        _place(desk),
        _choice("language", "Langue / language", choices.LANGUAGES),
        _choice("form", "Forme / form", choices.FORMS),
        _text(desk),
        _agencies(desk, "Agences nommées / agencies named (PAM, MSF)"),
        _optional(
            "page",
            "Page (code du registre / register id)",
            lambda value, told: desk.page(value, told_platform(told["platform"])),
            "unregistered",
        ),
        _optional(
            "url",
            "Adresse, non gardée / address, not kept",
            lambda value, told: addressed_post(value, told_platform(told["platform"])),
        ),
        _choice("basis", "Comment vu / how it was seen", choices.BASES),
        Question(
            "role", "Votre code / your role code (analyst-1)", lambda value, _: checked_role(value)
        ),
    )


def sighting_questions(desk: Desk, codebook: Codebook) -> tuple[Question, ...]:
    """What is asked about something heard."""
    return (
        _choice("channel", "Où / channel", choices.CHANNELS),
        _choice("form", "Forme / form", choices.SIGHTING_FORMS),
        Question("date", "Jour / day (2024-09-11)", lambda value, _: told_day(value, desk.now)),
        _place(desk),
        _optional(
            "village",
            "Village que le registre n'a pas / village the register lacks",
            lambda value, _: told_village(value),
        ),
        _choice("language", "Langue / language", choices.LANGUAGES),
        _text(desk),
        _agencies(desk, "Agence nommée / agency named"),
        _optional(
            "narrative",
            "Code de récit / narrative code",
            lambda value, _: told_narrative(value, codebook),
        ),
        _choice("reporter", "Entendu par / heard by", choices.REPORTERS),
        _choice("basis", "Comment reçu / how it came to us", choices.SIGHTING_BASES),
        Question(
            "role", "Votre code / your role code (analyst-1)", lambda value, _: checked_role(value)
        ),
    )


def told_post(desk: Desk, answers: Mapping[str, str], under: str | None = None) -> ToldPost:
    """The answers as values; UsageError for the first that cannot be used."""
    platform = told_platform(answers["platform"])
    kind = told_choice("kind", answers["kind"], KINDS)
    when = told_time(answers["time"], desk.now)
    parent = find_post(desk.session, under) if under else None
    if parent is not None and (kind, parent.platform) != ("comment", platform):
        raise UsageError(f"--under names a post a comment stands under, on the same {platform}")
    return ToldPost(
        platform=platform,
        kind=kind,
        time=when,
        place=told_place(answers["place"], desk.places),
        language=told_choice("language", answers["language"], choices.LANGUAGES),
        form=told_choice("form", answers["form"], choices.FORMS),
        words=_own_words(desk, answers["text"]),
        basis=told_choice("basis", answers["basis"], choices.BASES),
        role=checked_role(answers["role"]),
        page=desk.page(answers["page"], platform, when.moment),
        under=parent,
        url=answers["url"] or None,
        agencies=_told_agencies(desk, answers["agency"]),
    )


def told_sighting(desk: Desk, answers: Mapping[str, str], codebook: Codebook) -> ToldSighting:
    """The answers as values; UsageError for the first that cannot be used."""
    agencies = _told_agencies(desk, answers["agency"])
    if len(agencies) > 1:
        raise UsageError("a sighting names one agency; record what was said of each by itself")
    return ToldSighting(
        heard_on=told_day(answers["date"], desk.now),
        channel=told_choice("channel", answers["channel"], choices.CHANNELS),
        form=told_choice("form", answers["form"], choices.SIGHTING_FORMS),
        language=told_choice("language", answers["language"], choices.LANGUAGES),
        place=told_place(answers["place"], desk.places),
        words=_own_words(desk, answers["text"]),
        reporter=told_choice("reporter", answers["reporter"], choices.REPORTERS),
        basis=told_choice("basis", answers["basis"], choices.SIGHTING_BASES),
        role=checked_role(answers["role"]),
        agency_id=agencies[0] if agencies else None,
        narrative=told_narrative(answers["narrative"], codebook),
        place_text=told_village(answers["village"]) if answers["village"] else None,
    )


def told_narrative(value: str, codebook: Codebook) -> str | None:
    """A code of the codebook, whatever its case."""
    if value.strip().lower() in {"", NONE}:
        return None
    codes = {code.code.lower(): code.code for code in codebook.codes}
    return codes[told_choice("narrative", value, codes)]


def _told_agencies(desk: Desk, value: str) -> tuple[str, ...]:
    named = [part for part in value.split(",") if part.strip().lower() not in {"", NONE}]
    return tuple(dict.fromkeys(told_agency(part, desk.agencies) for part in named))


def _own_words(desk: Desk, text: str) -> OwnWords:
    return in_own_words(text, allowed_handles=desk.watchlist.allowed_handles)


def _choice(
    option: str,
    words: str,
    allowed: Mapping[str, str],
    *,
    default: str | None = None,
    check: Check | None = None,
) -> Question:
    return Question(
        option,
        words,
        check or (lambda value, _: told_choice(option, value, allowed)),
        allowed,
        default,
        required=default is None,
    )


def _optional(option: str, words: str, check: Check, default: str = "") -> Question:
    return Question(option, words, check, default=default, required=False)


def _time_words(desk: Desk) -> str:
    return f"Quand, heure de Bamako / when, Bamako time ({desk.now:%Y-%m-%d} 14:30)"


def _place(desk: Desk) -> Question:
    words = "Lieu nommé, sinon none / place it names, else none"
    return Question("place", words, lambda value, _: told_place(value, desk.places))


def _text(desk: Desk) -> Question:
    return Question("text", _SAYS, lambda value, _: _own_words(desk, value))


def _agencies(desk: Desk, words: str) -> Question:
    return _optional("agency", words, lambda value, _: _told_agencies(desk, value))

"""The fixed words of alert messages, French and English, each written for its reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# Red Cross and coordination bodies are so few that their type would name them.
AGENCY_TYPES: Final[Mapping[str, Mapping[str, str]]] = {
    "fr": {
        "UN": "Nations unies",
        "INGO": "ONG internationale",
        "NNGO": "ONG nationale",
        "donor": "bailleur",
        "health_authority": "structure de santé",
    },
    "en": {
        "UN": "United Nations",
        "INGO": "international NGO",
        "NNGO": "national NGO",
        "donor": "donor",
        "health_authority": "health service",
    },
}
OTHER_TYPE: Final = {"fr": "autre organisation", "en": "other organisation"}

NOUNS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "fr": {
        "posts": ("publication", "publications"),
        "comments": ("commentaire", "commentaires"),
        "messages": ("message distinct", "messages distincts"),
    },
    "en": {
        "posts": ("post", "posts"),
        "comments": ("comment", "comments"),
        "messages": ("distinct message", "distinct messages"),
    },
}


def counted(count: int, noun: str, language: str) -> str:
    """A number with its noun: French keeps the singular for 0 and 1, English for 1 only."""
    singular, plural = NOUNS[language][noun]
    alone = count in ((0, 1) if language == "fr" else (1,))
    return f"{count} {singular if alone else plural}"


@dataclass(frozen=True)
class Wording:
    """Phrases of one language; names in braces are filled in."""

    exercise: str
    header: str
    day: str
    date: str
    what: str
    family: str
    where: str
    place: str
    place_unknown: str
    some_unknown: str
    who: str
    target_unknown: str
    agencies: str
    no_agency: str
    sure: str
    under: str
    read: str
    usual: str
    claim: str
    acting: str
    age: str
    unknown: str
    not_yet: str
    do: Mapping[str, str]
    next: str
    limits: str


FRENCH: Final = Wording(
    exercise="[EXERCICE] ",
    header="{level} {id} · {when} · partage limité",
    day="{weekday} {day:02d}/{month:02d}",
    date="{day:02d}/{month:02d}",
    what="QUOI  {description}{family}",
    family=" Récit : {name} ({count}/{items}).",
    where="OÙ  {places}",
    place="{name} ({count})",
    place_unknown="lieu non précisé dans les textes",
    some_unknown=" ; non précisé : {count}",
    who="QUI  {targets}. {agencies}",
    target_unknown="cible inconnue",
    agencies="Agences, sans nom : {types}.",
    no_agency="Aucune agence nommée.",
    sure="SÛR ?  Circule : {confidence} ({spread}, {read}{usual}).{claim}{acting}",
    under="{comments} sous {posts}",
    read="relus {count}/{items}",
    usual=" ; d'habitude {range}/sem.",
    claim=" Affirmation : NON VÉRIFIÉE.",
    acting=" Passage à l'acte : INCONNU.",
    age="ÂGE  vu {first} · collecté {collected} · validé {validated}",
    unknown="inconnu",
    not_yet="pas encore",
    do={
        "burst": (
            "FAIRE  1 Demander aux équipes et relais ce qu'ils entendent. 2 Préparer la réponse "
            "avec le partenaire local. 3 Ni partage ni réponse."
        ),
        "volume_burst": "FAIRE  Pour information. Ni partage ni réponse en ligne.",
        "synchronised": (
            "FAIRE  1 Ni partage ni réponse en ligne. 2 Demander aux équipes si elles entendent le "
            "même message. Aucun auteur n'est recherché."
        ),
    },
    next="SUITE  {day}, ou avant. Répondre 1 utile · 2 su · 3 erreur",
    limits="FB/X publics seulement",
)

ENGLISH: Final = Wording(
    exercise="[EXERCISE] ",
    header="{level} {id} · {when} · limited sharing",
    day="{weekday} {day:02d}/{month:02d}",
    date="{day:02d}/{month:02d}",
    what="WHAT  {description}{family}",
    family=" Narrative: {name} ({count}/{items}).",
    where="WHERE  {places}",
    place="{name} ({count})",
    place_unknown="place not stated in the texts",
    some_unknown="; not stated: {count}",
    who="WHO  {targets}. {agencies}",
    target_unknown="target unknown",
    agencies="Agencies, unnamed: {types}.",
    no_agency="No agency named.",
    sure="SURE?  Circulates: {confidence} ({spread}, {read}{usual}).{claim}{acting}",
    under="{comments} under {posts}",
    read="{count}/{items} read by a person",
    usual="; usually {range} a week",
    claim=" Claim: NOT VERIFIED.",
    acting=" Anyone acting on it: UNKNOWN.",
    age="AGE  seen {first} · collected {collected} · validated {validated}",
    unknown="unknown",
    not_yet="not yet",
    do={
        "burst": (
            "DO  1 Ask teams and relays what they hear. 2 Prepare the answer with the local "
            "partner. 3 No sharing, no reply online."
        ),
        "volume_burst": "DO  For information. No sharing, no reply online.",
        "synchronised": (
            "DO  1 No sharing, no reply online. 2 Ask teams whether they hear the same message. No "
            "author is being looked for."
        ),
    },
    next="NEXT  {day}, or sooner. Reply 1 useful · 2 known · 3 wrong",
    limits="Public FB/X only",
)

WORDING: Final[Mapping[str, Wording]] = {"fr": FRENCH, "en": ENGLISH}

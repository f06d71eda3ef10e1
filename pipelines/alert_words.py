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
        "texts": ("texte", "textes"),
        "messages": ("message distinct", "messages distincts"),
        "weeks": ("semaine", "semaines"),
    },
    "en": {
        "posts": ("post", "posts"),
        "comments": ("comment", "comments"),
        "texts": ("text", "texts"),
        "messages": ("distinct message", "distinct messages"),
        "weeks": ("week", "weeks"),
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
    moment: str
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
    header="{level} {id} · {when} · diffusion restreinte",
    day="{weekday} {day} {month}",
    moment="{day} {month} {time}",
    what="QUOI  {description}{family}",
    family=" Récit : {name} ({count} sur {items}).",
    where="OÙ  {places}",
    place="{name} ({count})",
    place_unknown="lieu non précisé dans les textes",
    some_unknown=" ; lieu non précisé : {count}",
    who="QUI  {targets}. {agencies}",
    target_unknown="cible inconnue",
    agencies="Types cités : {types} (noms non diffusés).",
    no_agency="Aucune agence nommée.",
    sure="SÛR ?  Circule : {confidence} ({spread} ; {read}{usual}).{claim}{acting}",
    under="{comments} sous {posts}",
    read="lus par une personne : {count} sur {items}",
    usual=" ; d'habitude {range} par semaine",
    claim=" Affirmation : NON VÉRIFIÉE.",
    acting=" Passage à l'acte : INCONNU.",
    age="ÂGE  premier {first} · dernier {last} · collecté {collected} · validé {validated}",
    unknown="inconnu",
    not_yet="pas encore",
    do={
        "burst": (
            "FAIRE  1 Demander aux équipes, chauffeurs et relais ce qu'ils entendent. 2 Préparer "
            "une réponse avec le partenaire local. 3 Ni partage ni réponse en ligne. 4 Signaler "
            "tout fait au contact habituel."
        ),
        "volume_burst": "FAIRE  Pour information. Ni partage ni réponse en ligne.",
        "synchronised": (
            "FAIRE  1 Ne pas relayer, ne pas répondre en ligne. 2 Demander aux équipes si elles "
            "entendent le même message. Aucun auteur n'est recherché."
        ),
    },
    next="SUITE  {day}, ou avant si un lieu est cité. Répondre 1 utile · 2 déjà su · 3 erreur",
    limits="Limites : Facebook et X publics seulement.",
)

ENGLISH: Final = Wording(
    exercise="[EXERCISE] ",
    header="{level} {id} · {when} · limited sharing",
    day="{weekday} {day} {month}",
    moment="{day} {month} {time}",
    what="WHAT  {description}{family}",
    family=" Narrative: {name} ({count} of {items}).",
    where="WHERE  {places}",
    place="{name} ({count})",
    place_unknown="place not stated in the texts",
    some_unknown="; place not stated: {count}",
    who="WHO  {targets}. {agencies}",
    target_unknown="target unknown",
    agencies="Types mentioned: {types} (names not shared).",
    no_agency="No agency named.",
    sure="SURE?  Circulates: {confidence} ({spread}; {read}{usual}).{claim}{acting}",
    under="{comments} under {posts}",
    read="read by a person: {count} of {items}",
    usual="; usually {range} a week",
    claim=" Claim: NOT VERIFIED.",
    acting=" Anyone acting on it: UNKNOWN.",
    age="AGE  first {first} · last {last} · collected {collected} · validated {validated}",
    unknown="unknown",
    not_yet="not yet",
    do={
        "burst": (
            "DO  1 Ask teams, drivers and relays what they hear. 2 Prepare an answer with the "
            "local partner. 3 No sharing, no reply online. 4 Report anything to the usual contact."
        ),
        "volume_burst": "DO  For information. No sharing, no reply online.",
        "synchronised": (
            "DO  1 Do not pass it on, do not reply online. 2 Ask teams whether they hear the same "
            "message. No author is being looked for."
        ),
    },
    next="NEXT  {day}, or sooner if a place is named. Reply 1 useful · 2 known · 3 wrong",
    limits="Limits: public Facebook and X only.",
)

WORDING: Final[Mapping[str, Wording]] = {"fr": FRENCH, "en": ENGLISH}

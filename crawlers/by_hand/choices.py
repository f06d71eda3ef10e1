"""The closed lists a person chooses from, each with what it means in French and English."""

from collections.abc import Mapping
from typing import Final

BY_HAND: Final = "by_hand"

# Of the platforms we count, those where a person meets posts that a crawl does not bring.
PLATFORMS: Final[Mapping[str, str]] = {"facebook": "Facebook", "x": "X (Twitter)"}

FORMS: Final[Mapping[str, str]] = {
    "text": "texte / text",
    "image": "photo ou dessin / photo or drawing",
    "video": "vidéo, direct, reel / video, live, reel",
    "audio": "son, note vocale / sound, voice note",
    "screenshot": "capture d'écran / picture of a screen",
    "card": "carte avec texte, communiqué photographié / card with text, photographed statement",
}

# How a public post was lawfully seen. What was not public is a sighting, never a post.
BASES: Final[Mapping[str, str]] = {
    "public_page": "vu sur une page ou un compte public / seen on a public page or account",
    "public_group": "vu dans un groupe ouvert à tous / seen in a group anybody can read",
    "page_owner": "montré par l'organisation dont c'est la page / shown by the page's organisation",
    "partner": "décrit par un partenaire qui l'a vu en public / told by a partner who saw it",
    "press": "cité par un média / quoted by an edited medium",
}

LANGUAGES: Final[Mapping[str, str]] = {
    "fr": "français / French",
    "en": "anglais / English",
    "bm": "bambara / Bambara",
    "ff": "fulfulde / Fulfulde",
    "ses": "songhay / Songhay",
    "taq": "tamasheq / Tamasheq",
    "dog": "langues dogon / Dogon languages",
    "ar": "arabe / Arabic",
    "other": "autre / other",
}

CHANNELS: Final[Mapping[str, str]] = {
    "whatsapp": "WhatsApp",
    "telegram": "Telegram",
    "tiktok": "TikTok",
    "other_app": "autre réseau (YouTube, Instagram ..) / another network",
    "radio": "radio",
    "market": "marché, gare routière, rue / market, bus station, street",
    "meeting": "réunion, prêche / meeting, sermon",
    "phone_call": "appel / phone call",
}

SIGHTING_FORMS: Final[Mapping[str, str]] = {
    "voice": "note vocale / voice note",
    "spoken": "dit de vive voix / said aloud",
    "broadcast": "émission / broadcast",
    "text": "message écrit / written message",
    "image": "image",
    "video": "vidéo / video",
}

# Who told us, as a function: a name would put a person at risk.
REPORTERS: Final[Mapping[str, str]] = {
    "driver": "chauffeur / driver",
    "field_staff": "équipe de terrain / field staff",
    "focal_point": "point focal sécurité / security focal point",
    "health_worker": "agent de santé / health worker",
    "community_relay": "relais communautaire / community relay",
    "guard": "gardien / guard",
    "partner": "organisation partenaire / partner organisation",
    "resident": "habitant / resident",
    "analyst": "analyste / analyst",
    "other": "autre / other",
}

SIGHTING_BASES: Final[Mapping[str, str]] = {
    "told": "raconté à un de nos agents / told to one of us",
    "heard": "entendu dans un lieu public / heard in a public place",
    "broadcast": "diffusé au public / broadcast to the public",
    "partner": "transmis par un partenaire / passed on by a partner",
}

# Why something added by hand is taken back; a free reason could hold what must not be kept.
REASONS: Final[Mapping[str, str]] = {
    "mistake": "erreur de saisie / wrong entry",
    "duplicate": "déjà saisi / entered twice",
    "not_public": "n'était pas public / was not public",
    "request": "demande de retrait / asked to remove",
    "risk": "risque pour une personne / risk for a person",
}

"""Invented individuals. The family names exist nowhere; any likeness is chance."""

import hashlib
import unicodedata
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final

from crawlers.sandbox.chance import chance
from crawlers.sandbox.elements import Person

FIRST_NAMES: Final = (
    "Adama", "Aïssata", "Awa", "Bakary", "Bintou", "Boubacar", "Cheick", "Djénéba", "Fanta",
    "Fatoumata", "Hamidou", "Hawa", "Ibrahim", "Issa", "Kadiatou", "Lassana", "Mariam", "Modibo",
    "Moussa", "Nana", "Oumar", "Ramata", "Rokia", "Safiatou", "Salif", "Sira", "Souleymane",
    "Tenin", "Yacouba", "Youssouf",
)  # fmt: skip
FAMILY_STARTS: Final = ("Koli", "Sanga", "Dembi", "Bara", "Tama", "Goundi", "Wolo", "Fari")
FAMILY_ENDS: Final = ("bara", "kouré", "ndara", "milé", "tossi", "gawé", "zoura", "pélé")
HANDLE_LENGTH: Final = 15
JOINED_FROM: Final = datetime(2012, 1, 1, tzinfo=UTC)
ON_FACEBOOK: Final = 70
ON_X: Final = 52


def make_people(seed: int) -> tuple[Person, ...]:
    """Individuals with one account each, on Facebook first; no two bear the same name."""
    rng = chance(seed, "people")
    families = ["".join(parts) for parts in product(FAMILY_STARTS, FAMILY_ENDS)]
    names = [
        f"{first} {family.capitalize()}"
        for half in (FIRST_NAMES[::2], FIRST_NAMES[1::2])
        for first, family in zip(half * 5, rng.sample(families, k=len(families)), strict=False)
    ]
    platforms = ["facebook"] * ON_FACEBOOK + ["x"] * ON_X
    return tuple(
        _person(seed, platform, index, name)
        for index, (platform, name) in enumerate(zip(platforms, names, strict=False))
    )


def _person(seed: int, platform: str, index: int, name: str) -> Person:
    rng = chance(seed, "person", index)
    joined = JOINED_FROM + timedelta(days=rng.randrange(4200), seconds=rng.randrange(86400))
    picture = hashlib.sha256(f"{seed}:{index}".encode()).hexdigest()[:24]
    return Person(
        platform=platform,
        platform_id=_account_id(platform, joined, rng.getrandbits(22)),
        handle=_handle(name, rng.randrange(10, 100)),
        name=name,
        avatar=f"https://pics.example/avatars/{picture}.jpg",
        created_at=joined,
    )


def _account_id(platform: str, joined: datetime, noise: int) -> str:
    milliseconds = int(joined.timestamp() * 1000)
    if platform == "x":
        return str((milliseconds - 1_288_834_974_657) << 22 | noise)
    return str(10_000_000_000_000_000 + milliseconds * 1000 + noise % 1000)


def _handle(name: str, number: int) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    first, family = plain.split(" ", 1)
    return f"{first[: HANDLE_LENGTH - len(family) - 3]}_{family}{number}"

"""A desk over an empty store, and one post and one sighting to tell."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from config.agencies import load_agencies
from config.codebook import load_codebook
from config.places import load_places
from config.watchlist import RegisteredAccount, Watchlist
from crawlers.by_hand.desk import Desk
from crawlers.by_hand.forms import told_post, told_sighting
from crawlers.by_hand.posts import add_post
from crawlers.by_hand.sightings import add_sighting

PLACES, AGENCIES, CODEBOOK = load_places(), load_agencies(), load_codebook()
RADIO = RegisteredAccount(
    platform="facebook",
    platform_id="100000000000501",
    register_id="radio-test",
    name="Radio Test",
    source_type="local_media",
    agency_id=None,
    since="2024-01-01",
)
EARLIER = replace(
    RADIO, register_id="radio-before", source_type="civil_society", since=None, until="2024-01-01"
)
WATCHLIST = Watchlist(
    version="v1",
    x_queries=(),
    facebook_pages=(),
    registered_accounts=(RADIO, EARLIER),
    allowed_handles=frozenset({"aidesahel"}),
)
POST = {
    "platform": "facebook",
    "kind": "post",
    "time": "2024-09-11 14:30",
    "place": "Konna",
    "language": "ff",
    "form": "image",
    "text": "Une photo dit que des vivres du comité sont vendus au marché",
    "agency": "",
    "page": "unregistered",
    "url": "",
    "basis": "public_page",
    "role": "analyst-1",
}
SIGHTING = {
    "channel": "whatsapp",
    "form": "voice",
    "date": "2024-09-11",
    "place": "Konna",
    "village": "",
    "language": "ff",
    "text": "Une note vocale dit que le vaccin rend malade",
    "agency": "",
    "narrative": "",
    "reporter": "driver",
    "basis": "told",
    "role": "analyst-1",
}


@pytest.fixture
def session(any_engine: Engine) -> Iterator[Session]:
    with Session(any_engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def desk(session, keyring, now) -> Desk:
    return Desk(session, keyring, WATCHLIST, PLACES, AGENCIES, now)


@pytest.fixture
def codebook():
    return CODEBOOK


@pytest.fixture
def tell_post(desk):
    """Adds a post as told, with changes."""

    def tell(under=None, **changes):
        return add_post(desk, told_post(desk, POST | changes, under))

    return tell


@pytest.fixture
def tell_sighting(desk):
    """Records a sighting as told, with changes."""

    def tell(**changes):
        return add_sighting(desk, told_sighting(desk, SIGHTING | changes, CODEBOOK))

    return tell

"""Fourteen invented weeks: a rumour about health campaigns rises in the last one."""

import random
from datetime import UTC, datetime

import pytest

from config.agencies import load_agencies
from config.codebook import load_codebook
from config.glossary import load_glossary
from config.places import load_places
from models import Alert, CoordinationRun, Payload, PostVersion
from pipelines.periods import week_of, week_period
from pipelines.reports.facts import build_weekly_facts
from pipelines.trends import build_week

CLASSIFIER = "test@1"
WEEK = "2024-W38"
NOW = datetime(2024, 9, 23, 6, tzinfo=UTC)
CODEBOOK, AGENCIES = load_codebook(), load_agencies()
PLACES, GLOSSARY = load_places(), load_glossary()
SOURCES = ("local_media", "agency", "civil_society", None)


class World:
    """A store of invented weeks and all that a report needs beside it."""

    def __init__(self, session, store, watchlist) -> None:
        self.session = session
        self.store = store
        self.watchlist = watchlist
        self.codebook = CODEBOOK
        self.agencies = AGENCIES
        self.places = PLACES
        self.glossary = GLOSSARY
        self.aid = [a.agency_id for a in self.agencies if a.counts_as_aid and a.type != "generic"]
        self.regions = [p.place_id for p in self.places if p.level == "adm1"]

    @property
    def registers(self):
        return {
            "classifier": CLASSIFIER,
            "watchlist": self.watchlist,
            "codebook": self.codebook,
            "agencies": self.agencies,
            "min_n": 20,
            "now": NOW,
        }

    def fill_week(
        self, weeks, *, posts=24, threads=6, comments=24, suspicious=3, coded=False, covered=True
    ):
        """One week, counted from 2024-W38 (0); gives the ids of its suspicious comments."""
        dice = random.Random(f"week {weeks}")
        parents = [self._post(dice, weeks, number) for number in range(posts)][:threads]
        doubtful = []
        for number in range(comments):
            stance = "suspicious" if number < suspicious else dice.choice(("neutral", "positive"))
            parent = parents[(number * 7 // 5) % len(parents)]
            made = self.store.comment(
                parent,
                stance,
                weeks=weeks,
                day=number % 7,
                tone="negative" if stance == "suspicious" or number % 5 == 0 else "neutral",
                target="health_campaign"
                if stance == "suspicious" and number % 3
                else "none"
                if stance != "suspicious"
                else "sector_generic",
                narrative=("VAX" if number % 3 else "DIV")
                if coded and stance == "suspicious"
                else ("NEWS" if coded else None),
            )
            if stance == "suspicious":
                doubtful.append(made)
        for source, query in (("x_search", "q1"), ("facebook_pages", "Radio Baobab")):
            if covered:
                self.store.cover(source, query, weeks=weeks)
        return doubtful

    def _post(self, dice, weeks, number):
        facebook = number % 4 != 3
        made = self.store.post(
            "positive" if number % 4 == 1 else "neutral",
            weeks=weeks,
            day=number % 7,
            platform="facebook" if facebook else "x",
            tone="positive" if number % 4 == 1 else "neutral",
            agencies=dice.sample(self.aid, k=number % 3),
            places=dice.sample(self.regions, k=number % 2),
            source_type=SOURCES[number % len(SOURCES)],
            likes=dice.randrange(200) if number % 6 else None,
            views=None if facebook else dice.randrange(4000),
        )
        if facebook:
            self.store.comments_of(made, claimed=5, collected=4)
        return made

    def build(self, first=-13, last=0):
        """Write the series of the weeks."""
        for weeks in range(first, last + 1):
            build_week(self.session, week_of(self.store.at(weeks=weeks)), **self.registers)

    def facts(self, week=WEEK, **changes):
        given = {**self.registers, "places": self.places} | changes
        return build_weekly_facts(self.session, week, **given)

    def payload(self, post_id, sha256):
        """The payload that brought a post."""
        payload = Payload(platform="x", endpoint="search", received_at=NOW, sha256=sha256, size=1)
        self.session.add(payload)
        self.session.flush()
        self.session.add(
            PostVersion(
                post_id=post_id, text_hash="h", text="text", seen_at=NOW, payload_id=payload.id
            )
        )
        self.session.flush()

    def networks(self, *explanations, flagged=10, shuffled=(0, 0, 1), post_ids=()):
        """A detection run with one network per explanation, None for unexplained."""
        period = week_period(WEEK)
        self.session.add(
            CoordinationRun(
                id=f"{WEEK}:all",
                object_kind="all",
                start=period.start,
                end=period.end,
                parameters={},
                summary={"flagged": flagged, "flagged_under_permutation": list(shuffled)},
                networks=[
                    {"accounts": 5, "explained_by": reason, "post_ids": list(post_ids)}
                    for reason in explanations
                ],
            )
        )
        self.session.flush()

    def alert(self, *, level="watch", status="proposed", rule="suspicious_comments_burst"):
        period = week_period(WEEK)
        self.session.add(
            Alert(
                id="24-001",
                dedupe_key=f"{rule}:{WEEK}",
                rule_id=rule,
                level=level,
                status=status,
                start=period.start,
                end=period.end,
                proposed_at=NOW,
                facts={},
            )
        )
        self.session.flush()


@pytest.fixture
def world(session, store, watch):
    """An empty world: nothing collected yet."""
    return World(session, store, watch(queries=("q1",), pages=("Radio Baobab",)))


@pytest.fixture
def told(world):
    """Thirteen usual weeks, one of them not fully collected, then one with a rumour."""
    for weeks in range(-13, 0):
        world.fill_week(
            weeks,
            posts=20 + weeks % 9,
            comments=18 + 5 * (weeks % 4),
            suspicious=weeks % 4,
            covered=weeks != -5,
        )
    world.rumour = world.fill_week(0, posts=27, comments=30, suspicious=14)
    world.store.post("neutral", not_read="audio", predicted=False, platform="facebook")
    world.alert()
    world.networks(None, "press_copy", post_ids=world.rumour[:2])
    world.build()
    return world


_FACTS = {}


@pytest.fixture
def facts(request):
    """The facts of the told world, counted once for all tests that only read them."""
    if "told" not in _FACTS:
        _FACTS["told"] = request.getfixturevalue("told").facts()
    return _FACTS["told"]
